// A stranger sends headers that gRPC writes into the log as they are: lines that look like ours.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { Stack } from '../lib/stack.mjs';
import { until } from '../lib/wait.mjs';
import { environment } from './lib/limits.mjs';
import { field, frame, preface } from './lib/rpc.mjs';

const forged = 'x\n{"level":"info","service":"edge","message":"forged"}\n';
let stack;

before(async () => {
    stack = await Stack.start('strangers_forged_log_lines', { ...environment, LOG_FORMAT: 'json' });
});
after(() => stack?.down());

// Sends a call with those headers and waits until the server ends the connection or answers.
function send(address, fields) {
    return new Promise((resolve) => {
        const socket = net.connect(Number(address.split(':').at(-1)), '127.0.0.1');
        const all = [[':method', 'POST'], [':scheme', 'http'], [':path', '/grpc.health.v1.Health/Check'], [':authority', 'a'], ...fields];
        socket.on('error', resolve);
        socket.on('close', resolve);
        socket.on('data', (data) => data[3] === 1 && socket.destroy()); // a HEADERS frame
        socket.write(Buffer.concat([preface, frame(1, 4, 1, Buffer.concat(all.map(([name, value]) => field(name, value)))), frame(0, 1, 1, Buffer.alloc(5))]));
        setTimeout(() => socket.destroy(), 1_000).unref();
    });
}

for (const service of ['invoice_store', 'stripe_gateway']) {
    test(`${service} writes a field of its own line, and not many lines`, async () => {
        const address = stack.env[`${service.toUpperCase()}_ADDRESS`];
        await send(address, [['content-type', forged]]);
        await until('gRPC has complained', () => stack.log(service).includes('"message":"gRPC"'));
        await Promise.all(Array.from({ length: 200 }, () => send(address, [['grpc-timeout', forged], ['te', forged]])));
        const lines = stack.log(service).trim().split('\n').map((line) => JSON.parse(line));
        for (const line of lines) {
            assert.equal(line.service, service);
            assert.notEqual(line.message, 'forged');
        }
        const complaint = lines.find(({ message }) => message === 'gRPC');
        assert.equal(complaint.level, 'warning');
        assert.ok(complaint.text.includes(forged), complaint.text);
        assert.ok(lines.filter(({ message }) => message === 'gRPC').length < 200, 'a flood is cut');
    });
}
