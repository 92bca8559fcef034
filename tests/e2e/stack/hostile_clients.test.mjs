// Clients that are slow, idle or greedy: the edge stays responsive to everybody else, and its memory stays bounded.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { Admin } from '../lib/http.mjs';
import { Stack, residentMiB } from '../lib/stack.mjs';
import { until } from '../lib/wait.mjs';

const growthLimitMiB = 256;
const idleSeconds = 75; // for as long a connection may say nothing
let stack, admin, edge;

before(async () => {
    // AddressSanitizer keeps freed memory in quarantine, 256 MiB by default: that is not the edge's own memory.
    stack = await Stack.start('hostile_clients', { ASAN_OPTIONS: 'quarantine_size_mb=8', MAX_CONNECTIONS_PER_PEER: '10000' });
    admin = new Admin(stack.env);
    edge = new URL(stack.env.EDGE_URL);
    await admin.list();
});
after(() => stack?.down());

// A connection that remembers what it received, whether it was closed, and how long it lived.
function connect() {
    return new Promise((resolve, reject) => {
        const start = performance.now();
        const socket = net.connect(Number(edge.port), edge.hostname);
        socket.received = '';
        socket.setEncoding('latin1');
        socket.on('data', (data) => (socket.received += data));
        socket.once('connect', () => resolve(socket));
        socket.once('error', reject);
        socket.on('close', () => {
            socket.gone = true;
            socket.seconds = (performance.now() - start) / 1000;
        });
        socket.on('error', () => {});
    });
}

// Everybody else: requests one after the other, each answered within `seconds` although others misbehave.
async function assertResponsive(requests = 20, seconds = 30) {
    for (let i = 0; i < requests; ++i) {
        const answer = await admin.list('?limit=1', { timeoutSeconds: seconds, patient: false });
        assert.equal(answer.status, 200, answer.text);
    }
}

async function memoryGrowth(during) {
    const pid = await stack.pid('edge');
    const start = residentMiB(pid);
    await during();
    assert.equal(await stack.pid('edge'), pid, 'the edge has not died');
    const growth = residentMiB(pid) - start;
    console.log(`the edge grew by ${growth.toFixed(1)} MiB from ${start.toFixed(1)}`);
    assert.ok(growth < growthLimitMiB, `grew by ${growth} MiB`);
}

test('clients that send a byte a second', async () => {
    const slow = await Promise.all(Array.from({ length: 50 }, connect));
    const header = `GET /admin/api/invoices HTTP/1.1\r\nHost: ${edge.host}\r\nApi-Key: ${stack.env.ADMIN_API_KEY}\r\n\r\n`;
    let sent = 0;
    const drip = setInterval(() => {
        for (const socket of slow) if (!socket.gone) socket.write(header[sent % header.length]);
        ++sent;
    }, 1000);
    try {
        await memoryGrowth(async () => {
            await assertResponsive();
            await until('the edge has sent the slow ones away', () => slow.every((socket) => socket.gone));
            await assertResponsive();
        });
    } finally {
        clearInterval(drip);
    }
    // Told so, where the request had begun to be one.
    for (const socket of slow) assert.match(socket.received, /^(HTTP\/1\.1 408 |$)/);
});

test('a body that never comes to its end', async () => {
    const socket = await connect();
    socket.write(`POST /admin/api/invoices HTTP/1.1\r\nHost: ${edge.host}\r\nApi-Key: ${stack.env.ADMIN_API_KEY}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{');
    await assertResponsive();
    await until('the edge has sent it away', () => socket.gone);
    assert.match(socket.received, /^HTTP\/1\.1 408 /);
});

test('2,000 idle connections, each after a request', async () => {
    await memoryGrowth(async () => {
        const idle = [];
        for (let i = 0; i < 20; ++i) idle.push(...(await Promise.all(Array.from({ length: 100 }, connect))));
        for (const socket of idle) socket.write(`GET /openapi.json HTTP/1.1\r\nHost: ${edge.host}\r\nIf-None-Match: *\r\n\r\n`);
        await until('every one has its answer', () => idle.every((socket) => socket.received.startsWith('HTTP/1.1 304 ')));
        try {
            await assertResponsive();
            assert.deepEqual(idle.filter((socket) => socket.seconds < idleSeconds), [], 'they may stay');
        } finally {
            for (const socket of idle) socket.destroy();
        }
    });
    await assertResponsive();
});

test('a pipelined burst is answered in full and in order', async () => {
    const count = 2000;
    const one = (i) => `GET /admin/api/invoices${i % 2 ? '/in_nobody' : '?limit=1'} HTTP/1.1\r\nHost: ${edge.host}\r\n` +
        `Api-Key: ${stack.env.ADMIN_API_KEY}\r\n\r\n`;
    await memoryGrowth(async () => {
        const socket = await connect();
        socket.write(Array.from({ length: count }, (_, i) => one(i)).join(''));
        await assertResponsive();
        const statuses = await until('every answer came', () => {
            const found = socket.received.match(/HTTP\/1\.1 \d{3}/g) ?? [];
            return found.length === count && found;
        });
        statuses.forEach((status, i) => assert.equal(status, `HTTP/1.1 ${i % 2 ? 404 : 200}`, `answer ${i}`));
        socket.destroy();
    });
});

test('pipelining clients that never read their answers', async () => {
    const burst = `GET /admin/api/invoices HTTP/1.1\r\nHost: ${edge.host}\r\nApi-Key: ${stack.env.ADMIN_API_KEY}\r\n\r\n`.repeat(20_000);
    await memoryGrowth(async () => {
        const greedy = await Promise.all(Array.from({ length: 20 }, connect));
        for (const socket of greedy) {
            socket.pause();
            socket.write(burst);
        }
        await assertResponsive();
        for (const socket of greedy) socket.destroy();
    });
    await assertResponsive();
});
