// The table of ASVS 5.0 leaves no requirement out, has none twice, and counts right.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textOf } from './markdown.mjs';

const page = textOf('docs/operations/asvs.md');
// How many requirements of levels 1 and 2 each section has; their numbers begin with 1. (OWASP ASVS 5.0.0.)
const sections = {
    1.1: 2, 1.2: 9, 1.3: 11, 1.4: 3, 1.5: 2, 2.1: 3, 2.2: 3, 2.3: 4, 2.4: 1, 3.2: 2, 3.3: 4, 3.4: 6, 3.5: 5, 3.7: 2, 4.1: 3, 4.2: 1,
    4.3: 2, 4.4: 4, 5.1: 1, 5.2: 3, 5.3: 2, 5.4: 3, 6.1: 3, 6.2: 12, 6.3: 4, 6.4: 4, 6.5: 5, 6.6: 3, 6.8: 4, 7.1: 3, 7.2: 4, 7.3: 2,
    7.4: 5, 7.5: 2, 7.6: 2, 8.1: 2, 8.2: 3, 8.3: 1, 8.4: 1, 9.1: 3, 9.2: 4, 10.1: 2, 10.2: 2, 10.3: 4, 10.4: 11, 10.5: 5, 10.6: 2,
    10.7: 3, 11.1: 2, 11.2: 3, 11.3: 3, 11.4: 4, 11.5: 1, 11.6: 1, 12.1: 3, 12.2: 2, 12.3: 4, 13.1: 1, 13.2: 5, 13.3: 2, 13.4: 5,
    14.1: 2, 14.2: 4, 14.3: 3, 15.1: 3, 15.2: 3, 15.3: 7, 16.1: 1, 16.2: 5, 16.3: 4, 16.4: 3, 16.5: 3, 17.1: 1, 17.2: 4, 17.3: 2,
};
const wanted = Object.entries(sections).flatMap(([section, count]) => Array.from({ length: count }, (_, i) => `${section}.${i + 1}`));

// {number, state, why} of each requirement; a row may be about several that follow each other.
const lines = [...page.matchAll(/^\| (\d+\.\d+)\.(\d+)(?:–\1\.(\d+))? \| [^|]+ \| (held|not|n\/a) \| ([^|]+) \|$/gm)];
const rows = lines.flatMap(([, section, first, last, state, why]) =>
    Array.from({ length: Number(last ?? first) - Number(first) + 1 }, (_, i) => ({ number: `${section}.${Number(first) + i}`, state, why })));

test('each requirement of levels 1 and 2 has one row', () => {
    assert.equal(wanted.length, 253);
    assert.equal(lines.length, page.match(/^\| \d/gm).length, 'a row has another form');
    assert.deepEqual(rows.map(({ number }) => number).sort(), [...wanted].sort());
});

test('the page counts right', () => {
    assert.match(page, new RegExp(`has ${wanted.length} requirements`));
    for (const state of ['held', 'not', 'n/a']) {
        const [, said] = new RegExp(`^\\| ${state} \\| [^|]+ \\| (\\d+) \\|$`, 'm').exec(page);
        assert.equal(rows.filter((row) => row.state === state).length, Number(said), state);
    }
});

test('each row says why', () => {
    for (const { number, why } of rows) assert.ok(why.trim().length >= 5, number);
});
