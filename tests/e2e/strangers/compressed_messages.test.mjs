// Strangers send messages that are small on the wire and become 300 MiB when they are inflated.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import zlib from 'node:zlib';
import { Admin } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';
import { environment } from './lib/limits.mjs';
import { MemoryWatch } from './lib/memory.mjs';
import { Meanwhile } from './lib/meanwhile.mjs';
import { call, connect, healthByNewConnection, prefixed } from './lib/rpc.mjs';

const unimplemented = 12;
const inflated = Buffer.alloc(300 * 1024 * 1024);
const bombs = { gzip: zlib.gzipSync(inflated, { level: 9 }), deflate: zlib.deflateSync(inflated, { level: 9 }) };
const victims = { invoice_store: '/quittance.v1.InvoiceStore/ApplyInvoiceEvents', stripe_gateway: '/quittance.v1.StripeGateway/CreateInvoice' };
let stack;

before(async () => {
    stack = await Stack.start('strangers_compressed_messages', environment);
});
after(() => stack?.down());

for (const [service, path] of Object.entries(victims)) {
    test(`${service} refuses compression before it inflates anything`, async () => {
        const address = stack.env[`${service.toUpperCase()}_ADDRESS`];
        const memory = new MemoryWatch(service, await stack.pid(service));
        const admin = new Admin(stack.env);
        const others = new Meanwhile([() => admin.list('?limit=1'), () => healthByNewConnection(address, '127.0.0.2')]);
        for (const [encoding, bomb] of Object.entries(bombs)) {
            assert.ok(bomb.length < 400 * 1024);
            const session = connect(address);
            const answers = await Promise.all(Array.from({ length: 16 }, () => call(session, path, prefixed(bomb, 1), { headers: { 'grpc-encoding': encoding } })));
            session.destroy();
            for (const { status, text } of answers) assert.equal(status, unimplemented, text);
        }
        // A mark of compression without its name, and a name that nobody knows: refused as well.
        for (const headers of [{}, { 'grpc-encoding': 'identity' }, { 'grpc-encoding': 'zstd' }]) {
            const session = connect(address);
            assert.notEqual((await call(session, path, prefixed(bombs.gzip, 1), { headers })).status, 0);
            session.destroy();
        }
        await others.end();
        memory.assertWithinLimit();
        assert.equal(await stack.pid(service), memory.pid, `${service} has not died`);
    });
}
