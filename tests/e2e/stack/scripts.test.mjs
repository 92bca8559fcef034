// The scripts that people and other tests rely on: up, pid and down do what their --help says.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { Admin, request } from '../lib/http.mjs';
import { Stack, script } from '../lib/stack.mjs';
import { until } from '../lib/wait.mjs';

const services = ['edge', 'invoice_store', 'stripe_gateway', 'webhook_ingester', 'stripe_emulator', 'postgres'];
let stack;

before(async () => {
    stack = await Stack.start('scripts');
});
after(() => stack?.down());

function alive(pid) {
    try {
        process.kill(pid, 0);
        return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
        return false;
    }
}

test('stack.env has every key, is private, and is true', async () => {
    const file = path.join(stack.directory, 'stack.env');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const keys = `EDGE_URL WEBHOOK_URL STRIPE_URL STRIPE_API_KEY STRIPE_WEBHOOK_SECRET ADMIN_API_KEY DATABASE_URL
        INVOICE_STORE_ADDRESS STRIPE_GATEWAY_ADDRESS CUSTOMER PAYMENT_METHOD TEAM_ID USER_ID CLIENT_TOKEN BILLING_TOKEN
        JWT_PRIVATE_KEY JWT_KID JWT_ISSUER JWT_AUDIENCE EDGE_METRICS_URL INVOICE_STORE_METRICS_URL
        STRIPE_GATEWAY_METRICS_URL WEBHOOK_INGESTER_METRICS_URL STRIPE_EMULATOR_METRICS_URL
        EDGE_PID INVOICE_STORE_PID STRIPE_GATEWAY_PID WEBHOOK_INGESTER_PID STRIPE_EMULATOR_PID POSTGRES_PID`;
    for (const key of keys.split(/\s+/)) assert.ok(stack.env[key], `${key} has a value`);
    assert.match(stack.env.TEAM_ID, /^[0-9a-f]{24}$/);
    assert.match(stack.env.USER_ID, /^[0-9a-f]{24}$/);
    for (const service of services) {
        assert.equal(await stack.pid(service), Number(stack.env[`${service.toUpperCase()}_PID`]), service);
    }
});

test('sourcing stack.env puts the operators\' tool and the example client on PATH', async () => {
    const { stdout } = await promisify(execFile)('bash', ['-c',
        'source "$1"; command -v quittancectl invoice-store-example; quittancectl --help', 'bash',
        path.join(stack.directory, 'stack.env')], { env: { ...process.env, PATH: '/usr/bin:/bin' } });
    const lines = stdout.split('\n');
    assert.deepEqual(lines.slice(0, 2), ['quittancectl', 'invoice-store-example'].map((name) => path.join(stack.env.QUITTANCE_BIN, name)));
    assert.match(stdout, /events/);
});

test('every service answers on its operations port', async () => {
    for (const service of services.filter((one) => one !== 'postgres')) {
        const base = stack.env[`${service.toUpperCase()}_METRICS_URL`];
        assert.equal((await request(`${base}/healthz`)).status, 200, service);
        // Who needs longer than half a second for the question is not ready at that moment.
        await until(`${service} is ready`, async () => (await request(`${base}/readyz`)).status === 200);
        assert.match((await request(`${base}/metrics`)).text, /^# TYPE /m, service);
    }
});

test('the tokens are signed with the key, whose public half is the key set', () => {
    const directory = path.dirname(stack.env.JWT_PRIVATE_KEY);
    const [jwk] = JSON.parse(readFileSync(path.join(directory, 'jwks.json'), 'utf8')).keys;
    assert.equal(jwk.kid, stack.env.JWT_KID);
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    for (const name of ['CLIENT_TOKEN', 'BILLING_TOKEN']) {
        const [head, body, signature] = stack.env[name].split('.');
        assert.ok(verify('RSA-SHA256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url')), name);
        const claims = JSON.parse(Buffer.from(body, 'base64url'));
        assert.equal(claims.iss, stack.env.JWT_ISSUER);
        assert.equal(claims.aud, stack.env.JWT_AUDIENCE);
        assert.deepEqual(claims.teams, [stack.env.TEAM_ID]);
    }
});

test('a service that dies is started again, where it was', async () => {
    const admin = new Admin(stack.env);
    for (const service of services.filter((one) => one !== 'stripe_emulator')) {
        const old = await stack.pid(service);
        process.kill(old, 'SIGKILL');
        await until(`${service} has another process`, async () => (await stack.pid(service)) !== old);
        await until(`the list is served again after ${service} died`, async () => (await admin.list()).status === 200);
    }
});

test('pid refuses what is no service and where nothing runs', async () => {
    assert.notEqual((await script('pid', ['nobody', '--dir', stack.directory])).code, 0);
    assert.notEqual((await script('pid', ['edge', '--dir', `${stack.directory}-nothing`])).code, 0);
});

test('a second up of the same stack leaves it alone, another directory gets another stack', async () => {
    const old = await stack.pid('edge');
    assert.equal((await script('up', ['--dir', stack.directory])).code, 0);
    assert.equal(await stack.pid('edge'), old);

    const second = await Stack.start('scripts-second');
    try {
        assert.notEqual(second.env.EDGE_URL, stack.env.EDGE_URL);
        assert.equal((await new Admin(second.env).list()).status, 200);
        const strangers = await request(`${second.env.EDGE_URL}/admin/api/invoices`, { headers: { 'Api-Key': stack.env.ADMIN_API_KEY } });
        assert.equal(strangers.status, 401, 'each stack has keys of its own');
    } finally {
        await second.down();
    }
    assert.equal((await new Admin(stack.env).list()).status, 200, 'the first one still runs');
});

test("the caller's settings win", async () => {
    const key = 'a-key-of-my-own';
    const third = await Stack.start('scripts-settings', {
        ADMIN_API_KEY_HASHES: `mine:${createHash('sha256').update(key).digest('hex')}`,
        TEAM_ID: '65490130ff600e06af2a9694',
        DATABASE_URL: stack.env.DATABASE_URL,
    });
    try {
        assert.equal(third.env.TEAM_ID, '65490130ff600e06af2a9694');
        assert.equal(third.env.POSTGRES_PID, '');
        assert.equal((await request(`${third.env.EDGE_URL}/admin/api/invoices`, { headers: { 'Api-Key': key } })).status, 200);
    } finally {
        await third.down();
    }
});

test('down leaves nothing running and may be said twice', async () => {
    const pids = [];
    for (const service of services) pids.push(await stack.pid(service), stack.supervisorPid(service));
    await stack.down();
    assert.deepEqual(pids.filter(alive), []);
    assert.ok(!existsSync(path.join(stack.directory, 'stack.env')));
    assert.ok(readdirSync(path.join(stack.directory, 'log')).length >= services.length, 'the logs stay');
    await stack.down();
});

test('up after a stack whose supervisors were killed starts anew', async () => {
    stack = await Stack.start('scripts');
    const left = await stack.pid('edge');
    for (const service of services) process.kill(stack.supervisorPid(service), 'SIGKILL');
    assert.ok(alive(left), 'nobody ended the services');
    const { code, stderr } = await script('up', ['--dir', stack.directory]);
    assert.equal(code, 0, stderr);
    assert.ok(!alive(left));
    assert.notEqual(await stack.pid('edge'), left);
});
