// Secrets that must not be read by others: none is a flag, and none goes over http to another host. SIGHUP ends nothing.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Stack, programsDirectory } from '../lib/stack.mjs';
import { Admin, request } from '../lib/http.mjs';
import { deliver, paidEvent, sign } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';

const directory = mkdtempSync(path.join(tmpdir(), 'secrets-'));
const services = ['edge', 'invoice_store', 'stripe_gateway', 'webhook_ingester', 'stripe_emulator'];
const secrets = {
    edge: ['ADMIN_API_KEY_HASHES'],
    invoice_store: ['DATABASE_URL', 'DATABASE_READ_URL'],
    stripe_gateway: ['STRIPE_API_KEY', 'STRIPE_ACCOUNTS'],
    webhook_ingester: ['STRIPE_WEBHOOK_SECRETS', 'STRIPE_ACCOUNTS', 'EVENT_RELAY_KEY_HASHES'],
    stripe_emulator: ['EMULATOR_API_KEYS', 'EMULATOR_WEBHOOK_SECRET'],
};
let stack;

before(async () => {
    stack = await Stack.start('secrets');
});
after(async () => {
    await stack?.down();
    rmSync(directory, { recursive: true, force: true });
});

// Starts a program alone; resolves with {code, output} when it has ended, and kills it once it serves.
function start(service, args, settings = {}) {
    const ready = path.join(directory, `${service}-${Math.random()}`);
    const child = spawn(path.join(programsDirectory, `quittance-${service.replaceAll('_', '-')}`), args, {
        env: { PATH: process.env.PATH, ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? '', METRICS_LISTEN: '127.0.0.1:0',
            RPC_TRANSPORT: 'plaintext', READY_FILE: ready, ...settings },
        stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    const ended = new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
    void until(`${service} serves or ends`, () => existsSync(ready) || child.exitCode !== null).then(() => child.kill('SIGKILL'));
    return ended.then((end) => ({ ...end, served: existsSync(ready) }));
}

test('no program takes a secret as a flag, or shows what was in it', async () => {
    for (const service of services) {
        for (const name of secrets[service]) {
            const flag = `--${name.toLowerCase().replaceAll('_', '-')}`;
            for (const args of [[flag, 'swordfish'], [`${flag}=swordfish`]]) {
                const { code, output, served } = await start(service, args);
                assert.equal(code, 1, `${service} ${flag}: ${output}`);
                assert.equal(served, false);
                assert.match(output, /a secret is no flag/);
                assert.match(output, new RegExp(`${name}_FILE`));
                assert.doesNotMatch(output, /swordfish/);
            }
        }
    }
});

test('no key set is read over http from another host, unless somebody says so', async () => {
    const settings = { EDGE_LISTEN: '127.0.0.1:0', JWT_ISSUER: 'https://issuer.example', JWT_AUDIENCE: 'quittance' };
    const keySet = { ...settings, JWT_JWKS: 'http://issuer.example/keys.json' };
    const refused = await start('edge', [], keySet);
    assert.equal(refused.code, 1, refused.output);
    assert.match(refused.output, /ALLOW_KEY_SET_OVER_HTTP/);
    assert.ok((await start('edge', [], { ...keySet, ALLOW_KEY_SET_OVER_HTTP: 'true' })).served);
    for (const location of ['https://issuer.example/keys.json', 'http://127.0.0.1:1/keys.json', 'http://localhost:1/keys.json'])
        assert.ok((await start('edge', [], { ...settings, JWT_JWKS: location })).served, location);
});

test('SIGHUP ends no service', async () => {
    const pids = Object.fromEntries(await Promise.all(services.map(async (service) => [service, await stack.pid(service)])));
    for (const service of services) {
        process.kill(pids[service], 'SIGHUP');
        await until(`${service} says so`, () => stack.log(service).includes('SIGHUP has no effect'));
    }
    assert.equal((await new Admin(stack.env).list()).status, 200);
    assert.equal((await deliver(stack.env, paidEvent())).status, 200);
    for (const service of services) assert.equal(await stack.pid(service), pids[service], service);
});

test('a webhook at the path of its account is taken, and at a path of no account it is not', async () => {
    const body = JSON.stringify(paidEvent());
    const headers = { 'Stripe-Signature': sign(body, stack.env.STRIPE_WEBHOOK_SECRET) };
    const send = (label) => request(`${stack.env.WEBHOOK_URL}/webhooks/stripe/${label}`, { method: 'POST', headers, body });
    assert.equal((await send('default')).status, 200);
    const stranger = await send('elsewhere');
    assert.equal(stranger.status, 404);
    assert.equal(stranger.json.code, 'unknown_account');
});
