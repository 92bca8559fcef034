// Compares an answer with a sample of the contract: the same keys in the same order, the same types. Values differ.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export function contractSample(name) {
    return JSON.parse(readFileSync(fileURLToPath(new URL(`../../data/contract/${name}.json`, import.meta.url)), 'utf8'));
}

function typeOf(value) {
    if (value === null) return 'null';
    if (Array.isArray(value)) return 'array';
    if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'float';
    return typeof value;
}

// `nullable`: paths that may be null on either side, such as "invoicePdf". Keys of ours may follow the sample's.
export function assertSameShape(actual, sample, nullable = [], path = '') {
    const here = path || 'the answer';
    const actualType = typeOf(actual);
    if (nullable.includes(path) && (actual === null || sample === null)) return;
    assert.equal(actualType, typeOf(sample), `type of ${here}`);
    if (actualType === 'object') {
        const keys = Object.keys(sample);
        assert.deepEqual(Object.keys(actual).slice(0, keys.length), keys, `keys of ${here}, in order`);
        for (const key of keys) assertSameShape(actual[key], sample[key], nullable, path ? `${path}.${key}` : key);
    } else if (actualType === 'array' && sample.length > 0) {
        for (const element of actual) assertSameShape(element, sample[0], nullable, `${path}[]`);
    }
}

export const ourId = /^[0-9a-f]{24}$/;
export const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

// A problem body of RFC 9457 as the contract wants it; `field`: one that `errors` must name.
export function assertProblem(answer, status, field) {
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.headers['content-type'], /^application\/problem\+json/);
    const problem = answer.json;
    assert.deepEqual(Object.keys(problem).slice(0, 6), ['type', 'title', 'status', 'detail', 'code', 'requestId']);
    assert.equal(problem.status, status);
    for (const key of ['type', 'title', 'detail', 'requestId']) assert.ok(problem[key]?.length > 0, `${key} says something`);
    assert.match(problem.code, /^[a-z_]+$/);
    if (field === undefined) return;
    assert.ok(Array.isArray(problem.errors), `a list of errors: ${answer.text}`);
    for (const error of problem.errors) assert.deepEqual(Object.keys(error), ['field', 'message']);
    assert.ok(problem.errors.some((error) => error.field === field), `an error names ${field}: ${answer.text}`);
}
