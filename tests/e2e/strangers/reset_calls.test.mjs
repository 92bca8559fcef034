// A caller opens calls and resets them at once, and comes again when its connection is ended ("rapid reset",
// CVE-2023-44487). gRPC 1.51 forgets such calls more slowly than they can be opened.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { Admin, request } from '../lib/http.mjs';
import { patient } from '../lib/patience.mjs';
import { Stack } from '../lib/stack.mjs';
import { environment } from './lib/limits.mjs';
import { MemoryWatch } from './lib/memory.mjs';
import { Meanwhile } from './lib/meanwhile.mjs';
import { field, frame, healthByNewConnection, preface } from './lib/rpc.mjs';

const connections = 40;
const callsOfConnection = 5_000; // more than twice of what a connection may reset at once
const endHeaders = 4;
const cancel = Buffer.from([0, 0, 0, 8]); // RFC 9113, 7
const header = Buffer.concat(Object.entries({
    ':method': 'POST', ':scheme': 'http', ':path': '/quittance.v1.InvoiceStore/GetInvoice', ':authority': 'store',
    'content-type': 'application/grpc', te: 'trailers',
}).map(([name, value]) => field(name, value)));
let stack;

before(async () => {
    stack = await Stack.start('strangers_reset_calls', environment);
});
after(() => stack?.down());

// Resolves when the connection ends; with false where the server let everything pass.
function flood(address) {
    return new Promise((resolve) => {
        const socket = net.connect(Number(address.split(':').at(-1)), '127.0.0.1');
        let ended = true;
        socket.on('error', () => {});
        socket.on('close', () => resolve(ended));
        socket.setTimeout(patient(5) * 1000, () => {
            ended = false;
            socket.destroy();
        });
        socket.resume();
        const frames = [preface];
        for (let i = 0; i < callsOfConnection; ++i) frames.push(frame(1, endHeaders, 2 * i + 1, header), frame(3, 0, 2 * i + 1, cancel));
        socket.write(Buffer.concat(frames));
    });
}

async function floodsEnded() {
    const { text } = await request(`${stack.env.INVOICE_STORE_METRICS_URL}/metrics`);
    return Number(/^quittance_rpc_reset_floods_total (\d+)$/m.exec(text)?.[1] ?? 0);
}

test('a caller who resets calls again and again is cut off, and nobody else notices', async () => {
    const address = stack.env.INVOICE_STORE_ADDRESS;
    const memory = new MemoryWatch('invoice_store', await stack.pid('invoice_store'));
    const admin = new Admin(stack.env);
    const others = new Meanwhile([() => admin.list('?limit=1'), () => healthByNewConnection(address, '127.0.0.2')]);
    for (let i = 0; i < connections; ++i) assert.ok(await flood(address), 'the connection is ended');
    await others.end();
    memory.assertWithinLimit();
    assert.equal(await floodsEnded(), connections);
    assert.equal(await stack.pid('invoice_store'), memory.pid, 'the store has not died');
});
