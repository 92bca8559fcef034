// A caller with a credential sends a request that is wrong in as many ways as fit into it: the answer stays small.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Admin } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';
import { environment, podSettings } from './lib/limits.mjs';
import { MemoryWatch } from './lib/memory.mjs';
import { Meanwhile } from './lib/meanwhile.mjs';

const bodyBytes = 1_000_000;
const largestAnswer = 200_000;
const mostErrors = 100;
let stack, admin;

before(async () => {
    stack = await Stack.start('strangers_amplification', { ...environment, ...podSettings('edge') });
    admin = new Admin(stack.env);
    assert.equal((await admin.list()).status, 200);
});
after(() => stack?.down());

const count = 400; // of members below a name that fills the rest of the body
const name = 'n'.repeat(bodyBytes - 40 * count);
const members = (text) => Array.from({ length: count }, (_, i) => text(i)).join(',');
const bodies = {
    'duplicates below a long name': `{"${name}":{${members((i) => `"a${i}":1,"a${i}":2`)}}}`,
    'unknown fields with long names': `{${members((i) => `"${String(i).padStart(bodyBytes / count - 10, 'x')}":1`)}}`,
    'items without anything': `{"customer":"cus_1","items":[${Array(200_000).fill('{}').join(',')}]}`,
    'metadata with long names': `{"metadata":{${members((i) => `"${String(i).padStart(bodyBytes / count - 10, 'x')}":1`)}}}`,
};

for (const [what, body] of Object.entries(bodies))
    test(`${what}: ${body.length} bytes`, async () => {
        const memory = new MemoryWatch('edge', await stack.pid('edge'));
        const others = new Meanwhile([() => admin.list('?limit=1')]);
        const answers = await Promise.all(Array.from({ length: 4 }, () => admin.create(body)));
        for (const { status, json, text } of answers) {
            assert.equal(status, 400, text.slice(0, 500));
            assert.equal(json.errors.length, mostErrors);
            assert.ok(json.errorsOmitted >= count - mostErrors, `${json.errorsOmitted} errors are left out`);
            const names = json.errors.map(({ field }) => field).filter((field) => field.length > 50);
            for (const field of names) assert.match(field, /… \([1-9]\d* bytes more\)$/);
            assert.ok(text.length < largestAnswer, `the answer has ${text.length} bytes`);
        }
        await others.end();
        memory.assertWithinLimit();
    });

test('a long list of parameters', async () => {
    const query = Array.from({ length: 50 }, (_, i) => `${'p'.repeat(250)}${i}=1`).join('&');
    const { status, text } = await admin.list(`?${query}`);
    assert.equal(status, 400);
    assert.ok(text.length < largestAnswer, `the answer has ${text.length} bytes`);
});
