// Strangers take every file descriptor of the store, and every connection that it allows.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Admin, request } from '../lib/http.mjs';
import { Stack, parseStackEnv, patience, programsDirectory } from '../lib/stack.mjs';
import { until } from '../lib/wait.mjs';
import { environment } from './lib/limits.mjs';
import { MemoryWatch } from './lib/memory.mjs';
import { Meanwhile } from './lib/meanwhile.mjs';
import { healthByNewConnection } from './lib/rpc.mjs';
import { connectMany, leaveAll } from './lib/strangers.mjs';

const run = promisify(execFile);
let stack;

before(async () => {
    stack = await Stack.start('strangers_descriptors', environment);
});
after(() => stack?.down());

async function metric(url, pattern) {
    return Number(pattern.exec((await request(`${url}/metrics`)).text)?.[1] ?? 0);
}

test('descriptors run out, calls on open connections go on, and the listener recovers', async () => {
    const address = stack.env.INVOICE_STORE_ADDRESS;
    const pid = await stack.pid('invoice_store');
    const memory = new MemoryWatch('invoice_store', pid);
    const admin = new Admin(stack.env);
    assert.equal((await admin.list('?limit=1')).status, 200);
    const open = readdirSync(`/proc/${pid}/fd`).length;
    const usual = /^Max open files +(\d+) +(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'));
    assert.equal(usual[1], usual[2], 'the soft limit is the hard one');
    // Lower than what the limit on connections was made for: what leaks elsewhere may do.
    await run('prlimit', ['--pid', String(pid), `--nofile=${open + 20}:`]);
    const others = new Meanwhile([() => admin.list('?limit=1')]);
    const strangers = await connectMany(`http://${address}`, 200);
    await until('accept() has failed', async () => {
        const failed = /quittance_rpc_connections_refused_total\{reason="no_descriptor"\} (\d+)/;
        // The operations port needs a descriptor as well: asked again when some are closed.
        if (strangers.length > 100) leaveAll(strangers.splice(0, 100));
        return (await metric(stack.env.INVOICE_STORE_METRICS_URL, failed)) > 0;
    });
    leaveAll(strangers);
    await others.end();
    await until('a new caller is served', async () => (await healthByNewConnection(address)).status === 200);
    await until('the store is alive', async () => (await request(`${stack.env.INVOICE_STORE_METRICS_URL}/healthz`)).status === 200);
    await run('prlimit', ['--pid', String(pid), `--nofile=${usual[1]}:`]);
    memory.assertWithinLimit();
    assert.equal(await stack.pid('invoice_store'), pid, 'the store has not died');
});

test('a low limit of open files cuts the connections, and one address has half of them', async () => {
    const directory = mkdtempSync(path.join(stack.directory, 'few-'));
    const ready = path.join(directory, 'ready');
    const line = 'ulimit -n 300; set -a; source "$1"; shift; exec env "$@"';
    const settings = Object.entries({ ...patience, ...environment, METRICS_LISTEN: '127.0.0.1:0', INVOICE_STORE_LISTEN: '127.0.0.1:0', READY_FILE: ready });
    const child = spawn('bash', ['-c', line, 'bash', path.join(stack.directory, 'run/invoice_store.env'),
        ...settings.map(([name, value]) => `${name}=${value}`), path.join(programsDirectory, 'quittance-invoice-store')], { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    child.stderr.on('data', (data) => (log += data));
    try {
        await until('the store serves', () => existsSync(ready));
        const { INVOICE_STORE_LISTEN: address, METRICS_LISTEN: operations } = parseStackEnv(readFileSync(ready, 'utf8'));
        assert.match(log, /the limit of open files allows fewer connections than the setting.*RPC_CONNECTIONS.*150/);
        const memory = new MemoryWatch('invoice_store', child.pid);
        const strangers = await connectMany(`http://${address}`, 400);
        await until('all but half of them were sent away', () => strangers.filter(({ gone }) => !gone).length === 75);
        assert.equal((await healthByNewConnection(address, '127.0.0.2')).status, 200, 'another address is served');
        assert.equal((await request(`http://${operations}/healthz`)).status, 200, 'the store finds itself alive');
        // Who says nothing has ten seconds for the first bytes of HTTP/2.
        await until('the silent ones were sent away', () => strangers.every(({ gone }) => gone));
        assert.equal((await healthByNewConnection(address)).status, 200);
        leaveAll(strangers);
        memory.assertWithinLimit();
    } finally {
        child.kill('SIGTERM');
    }
});
