// Strangers begin a header and never end it (CVE-2023-33953). The connection is closed after 32 KiB of it.
import assert from 'node:assert/strict';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Admin, request } from '../lib/http.mjs';
import { patient } from '../lib/patience.mjs';
import { Stack } from '../lib/stack.mjs';
import { environment } from './lib/limits.mjs';
import { MemoryWatch } from './lib/memory.mjs';
import { Meanwhile } from './lib/meanwhile.mjs';
import { field, frame, healthByNewConnection, preface } from './lib/rpc.mjs';

const frameBytes = 16_384;
const mebibyte = 1024 * 1024;
const connections = 4;

const filled = (bytes) => Buffer.concat(Array(Math.floor(frameBytes / bytes.length)).fill(bytes));
// The first fields of the header, what then follows without end, and how much of it each connection offers, in MiB.
const headers = {
    'many small fields': { first: field('aa', 'cccc'), more: filled(field('aa', 'cccc')), offered: 100 },
    'fields for the table': { first: Buffer.from([0x40, 1, 0x61, 1, 0x62]), more: filled(Buffer.from([0x40, 2, 0x61, 0x61, 4, 0x63, 0x63, 0x63, 0x63])), offered: 100 },
    'fields of 16 KB': { first: field('a', 'b'), more: largeField(16_000), offered: 200 },
    'one value of a gigabyte': { first: Buffer.from([0, 1, 0x61, 0x7f, 0x81, 0xff, 0xff, 0xff, 0x03]), more: Buffer.alloc(frameBytes, 'a'), offered: 50 },
    'a length without end': { first: Buffer.from([0, 1, 0x61, 0x7f]), more: Buffer.alloc(frameBytes, 0x80), offered: 50 },
};
let stack;

function largeField(length) {
    const rest = length - 127;
    return Buffer.concat([Buffer.from([0, 2, 0x61, 0x61, 0x7f, (rest & 0x7f) | 0x80, rest >> 7]), Buffer.alloc(length, 'c')]);
}

before(async () => {
    stack = await Stack.start('strangers_endless_headers', environment);
});
after(() => stack?.down());

// Resolves with the MiB that were sent when the connection ends, all was sent, or the time is over.
function endless(address, { first, more, offered }) {
    return new Promise((resolve) => {
        const socket = net.connect(Number(address.split(':').at(-1)), '127.0.0.1');
        const continuation = frame(9, 0, 1, more);
        let sent = 0;
        const finish = () => {
            clearTimeout(timer);
            socket.destroy();
            resolve(sent / mebibyte);
        };
        const timer = setTimeout(finish, patient(30) * 1000);
        socket.on('error', finish);
        socket.on('close', finish);
        socket.on('data', () => {});
        socket.write(Buffer.concat([preface, frame(1, 0, 1, first)]));
        const send = () => {
            while (sent < offered * mebibyte && !socket.destroyed) {
                sent += continuation.length;
                if (!socket.write(continuation)) return socket.once('drain', send);
            }
            finish();
        };
        send();
    });
}

for (const [what, header] of Object.entries(headers)) {
    test(`a header without end: ${what}`, async () => {
        const address = stack.env.INVOICE_STORE_ADDRESS;
        const memory = new MemoryWatch('invoice_store', await stack.pid('invoice_store'));
        const admin = new Admin(stack.env);
        const others = new Meanwhile([() => admin.list('?limit=1'), () => healthByNewConnection(address, '127.0.0.2')]);
        const sent = await Promise.all(Array.from({ length: connections }, () => endless(address, header)));
        console.log(`sent: ${sent.map((each) => each.toFixed(1)).join(', ')} MiB`);
        // What the buffers of the sockets took counts as sent.
        for (const each of sent) assert.ok(each < 30, `a header of ${each} MiB was taken`);
        await others.end();
        memory.assertWithinLimit();
        assert.equal(await stack.pid('invoice_store'), memory.pid, 'the store has not died');
        assert.equal((await request(`${stack.env.INVOICE_STORE_METRICS_URL}/healthz`)).status, 200);
    });
}

test('with mutual TLS only a caller with a certificate reaches the parser of headers', async () => {
    const encrypted = await Stack.start('strangers_endless_headers_tls', { ...environment, RPC_TRANSPORT: 'tls' });
    try {
        const memory = new MemoryWatch('invoice_store', await encrypted.pid('invoice_store'));
        const address = encrypted.env.INVOICE_STORE_ADDRESS;
        const sent = await endless(address, { ...headers['many small fields'], offered: 50 });
        assert.ok(sent < 50, `a stranger without TLS sent ${sent} MiB`);
        const ca = readFileSync(path.join(encrypted.directory, 'tls/edge/ca.crt'));
        const ended = await new Promise((resolve) => {
            const socket = tls.connect({ host: '127.0.0.1', port: Number(address.split(':').at(-1)), ca, ALPNProtocols: ['h2'], servername: 'invoice-store' });
            socket.on('error', () => resolve(true));
            socket.on('close', () => resolve(true));
            socket.on('data', () => resolve(false)); // the server's SETTINGS: we are in
            setTimeout(() => resolve(false), patient(30) * 1000).unref();
        });
        assert.ok(ended, 'a stranger without a certificate gets no connection');
        memory.assertWithinLimit();
    } finally {
        await encrypted.down();
    }
});
