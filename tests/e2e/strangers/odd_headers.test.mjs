// A caller sends odd headers: those that end other builds of gRPC (CVE-2023-1428), and one that ends a whole connection
// (CVE-2023-32732). Nobody else must notice.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { Admin } from '../lib/http.mjs';
import { patient } from '../lib/patience.mjs';
import { Stack } from '../lib/stack.mjs';
import { environment } from './lib/limits.mjs';
import { MemoryWatch } from './lib/memory.mjs';
import { Meanwhile } from './lib/meanwhile.mjs';
import { field, frame, healthByNewConnection, preface } from './lib/rpc.mjs';

const endHeaders = 4;
let stack;

before(async () => {
    stack = await Stack.start('strangers_odd_headers', environment);
});
after(() => stack?.down());

// The header of a call, with some of its fields replaced.
const header = (fields = {}) => Buffer.concat(Object.entries({
    ':method': 'POST', ':scheme': 'http', ':path': '/quittance.v1.InvoiceStore/GetInvoice', ':authority': 'store',
    'content-type': 'application/grpc', te: 'trailers', ...fields,
}).map(([name, value]) => field(name, value)));

function connect(address) {
    const socket = net.connect(Number(address.split(':').at(-1)), '127.0.0.1');
    socket.on('error', () => {});
    socket.resume();
    socket.write(preface);
    return socket;
}

async function unharmed(attack) {
    const memory = new MemoryWatch('invoice_store', await stack.pid('invoice_store'));
    const admin = new Admin(stack.env);
    const others = new Meanwhile([() => admin.list('?limit=1'), () => healthByNewConnection(stack.env.INVOICE_STORE_ADDRESS, '127.0.0.2')]);
    await attack(stack.env.INVOICE_STORE_ADDRESS);
    await others.end();
    memory.assertWithinLimit();
    assert.equal(await stack.pid('invoice_store'), memory.pid, 'the store has not died');
}

// Resolves when the server has answered or ended the connection.
function send(address, block) {
    return new Promise((resolve) => {
        const socket = connect(address);
        let frames = 0;
        socket.on('data', () => (frames += 1) > 1 && socket.destroy());
        socket.on('close', resolve);
        socket.setTimeout(patient(2) * 1000, () => socket.destroy());
        socket.write(frame(1, endHeaders, 1, block));
    });
}

// Beyond the limit of 16 KiB as gRPC counts, 32 bytes more for each field, and within one frame.
const large = Buffer.concat(Array.from({ length: 130 }, (_, i) => field(`x-large-${i}`, 'y'.repeat(100))));
for (const [name, value] of [['te', 'x'], [':scheme', 'x'], ['grpclb_client_stats', 'x'], ['x-odd-bin', '!no base64!']])
    test(`an odd header: ${name}`, () => unharmed((address) => send(address, Buffer.concat([header({ [name]: value }), large]))));
