// API keys come and go with their file while requests run: a key that stays is never refused, one that is added or removed
// counts soon, a broken content changes nothing, an empty one closes the surface.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { assertProblem } from '../lib/contract.mjs';
import { request } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';
import { until } from '../lib/wait.mjs';

const directory = mkdtempSync(path.join(tmpdir(), 'api-keys-'));
const file = path.join(directory, 'hashes');
const entry = (name, key) => `${name}:${createHash('sha256').update(key).digest('hex')}`;
const staying = entry('staying', 'key-that-stays');

let stack;

// In one step, as Kubernetes replaces a mounted Secret.
function replace(...entries) {
    writeFileSync(`${file}.new`, entries.join(',\n'));
    renameSync(`${file}.new`, file);
}

before(async () => {
    replace(staying);
    stack = await Stack.start('api_keys', { ADMIN_API_KEY: 'key-that-stays', ADMIN_API_KEY_HASHES_FILE: file });
});
after(async () => {
    await stack?.down();
    rmSync(directory, { recursive: true, force: true });
});

const list = (key) => request(`${stack.env.EDGE_URL}/admin/api/invoices?limit=1`, { headers: { 'Api-Key': key } });
const fits = async (key) => (await list(key)).status === 200;
const metric = async (line) => (await request(`${stack.env.EDGE_METRICS_URL}/metrics`)).text.includes(`${line}\n`);

// Asks with the key that stays, again and again, until told to stop; gives how often it was let in.
function keepAsking() {
    let going = true;
    const asking = (async () => {
        let times = 0;
        for (; going; ++times) assert.equal((await list('key-that-stays')).status, 200);
        return times;
    })();
    return async () => {
        going = false;
        return asking;
    };
}

test('a key is added and removed while another one is in use', async () => {
    assert.equal(await fits('second-key'), false);
    const stop = keepAsking();
    replace(staying, entry('second', 'second-key'));
    await until('the new key is let in', () => fits('second-key'));
    await until('as many keys are counted', () => metric('quittance_api_keys 2'));
    replace(staying);
    await until('the removed key is refused', async () => !(await fits('second-key')));
    assert.ok((await stop()) > 0);
    assertProblem(await list('second-key'), 401);
    await until('as many keys are counted', () => metric('quittance_api_keys 1'));
});

test('a key that is limited may do what its rights say', async () => {
    const ask = (key, method, target) => request(`${stack.env.EDGE_URL}${target}`, { method, headers: { 'Api-Key': key } });
    replace(staying, `${entry('reports', 'reading-key')}:read`, `${entry('robots', 'writing-key')}:write`);
    await until('the limited keys are known', () => metric('quittance_api_keys 3'));
    assert.equal((await ask('reading-key', 'GET', '/admin/api/invoices')).status, 200);
    assert.equal((await ask('reading-key', 'GET', '/billing/v1/invoices')).status, 200);
    for (const [key, method, target, right] of [
        ['reading-key', 'POST', '/admin/api/invoices', 'write'],
        ['reading-key', 'POST', '/billing/v1/invoices/in_1/retry-payment', 'write'],
        ['writing-key', 'GET', '/admin/api/invoices', 'read'],
        ['writing-key', 'GET', '/billing/v1/invoices', 'read'],
    ]) {
        const refused = await ask(key, method, target);
        assertProblem(refused, 403);
        assert.equal(refused.json.code, 'insufficient_rights');
        assert.match(refused.json.detail, new RegExp(`\`${right}\``));
    }
    // The right is asked for before the body is judged.
    assert.equal((await ask('writing-key', 'POST', '/admin/api/invoices')).status, 415);
    replace(staying);
    await until('only one key is left', () => metric('quittance_api_keys 1'));
});

test('a broken content is logged without its text and changes nothing', async () => {
    const stop = keepAsking();
    replace('swordfish-typed-without-a-hash');
    await until('the broken content is refused', () => metric('quittance_secret_file_changes_total{result="refused",setting="ADMIN_API_KEY_HASHES"} 1'));
    assert.ok((await stop()) > 0);
    assert.ok(await fits('key-that-stays'));
    await until('the log says so', () => /a file of secrets changed and is refused.*ADMIN_API_KEY_HASHES/.test(stack.log('edge')));
    assert.doesNotMatch(stack.log('edge'), /swordfish/);
    rmSync(file);
    await until('the absence is noticed', () => metric('quittance_secret_file_changes_total{result="refused",setting="ADMIN_API_KEY_HASHES"} 2'));
    assert.ok(await fits('key-that-stays'));
});

test('an empty content closes the surface, a good one opens it again', async () => {
    replace('');
    await until('nobody is let in', async () => !(await fits('key-that-stays')));
    replace(staying);
    await until('the key is let in again', () => fits('key-that-stays'));
});
