// Strangers announce bodies, send all but the last byte, and wait.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Admin } from '../lib/http.mjs';
import { exchange } from '../lib/raw.mjs';
import { Stack } from '../lib/stack.mjs';
import { deliver, paidEvent, sign } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';
import { environment, podSettings } from './lib/limits.mjs';
import { MemoryWatch } from './lib/memory.mjs';
import { Meanwhile } from './lib/meanwhile.mjs';
import { connectMany, leaveAll } from './lib/strangers.mjs';

const connections = 256;
const announced = 1024 * 1024;
let stack, admin;

before(async () => {
    stack = await Stack.start('strangers_half_sent_bodies', { ...environment, ...podSettings('edge') });
    admin = new Admin(stack.env);
    assert.equal((await create()).status, 200);
    assert.equal((await deliver(stack.env, paidEvent())).status, 200);
});
after(() => stack?.down());

function create() {
    const { CUSTOMER: customer, PAYMENT_METHOD: paymentMethod } = stack.env;
    return admin.create({ items: [{ name: 'Resources', amount: 1000 }], customer, paymentMethod }, {}, { timeoutSeconds: 30 });
}

// All connections send a head and all but one byte of the body. `head` gives the lines of a request for one of them.
async function attack(service, url, head, meanwhile, { count = connections, length = announced } = {}) {
    const memory = new MemoryWatch(service, await stack.pid(service));
    const strangers = await connectMany(url, count, (number) => ({ from: `127.0.1.${1 + (number % 100)}` }));
    const others = new Meanwhile(meanwhile);
    const body = Buffer.alloc(length - 1, 'x');
    for (const stranger of strangers) void stranger.send(Buffer.concat([Buffer.from(head()), body]));
    await until('every stranger has sent everything or was sent away', () =>
        strangers.every(({ gone, socket }) => gone || (socket.bytesWritten > length - 1 && socket.writableLength === 0)));
    const during = others.count;
    await until('others were answered meanwhile', () => others.count >= during + 10 || others.failures.length > 0);
    leaveAll(strangers);
    await others.end();
    memory.assertWithinLimit();
    assert.equal(await stack.pid(service), memory.pid, `${service} has not died`);
    await memory.givenBack(48);
    return strangers;
}

test('without a credential the edge reads no body', async () => {
    const url = stack.env.EDGE_URL;
    const head = () => `POST /admin/api/invoices HTTP/1.1\r\nHost: ${new URL(url).host}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${announced}\r\n\r\n`;
    await attack('edge', url, head, [create, () => admin.list('?limit=1')]);
});

test('without a signature the ingester reads no body', async () => {
    const url = stack.env.WEBHOOK_URL;
    const head = () => `POST /webhooks/stripe HTTP/1.1\r\nHost: ${new URL(url).host}\r\nContent-Length: ${announced}\r\n\r\n`;
    await attack('webhook_ingester', url, head, [() => deliver(stack.env, paidEvent())]);
});

test('a made-up signature brings bodies into a budget, and webhooks of Stripe find room beside them', async () => {
    const url = stack.env.WEBHOOK_URL;
    const head = () => `POST /webhooks/stripe HTTP/1.1\r\nHost: ${new URL(url).host}\r\nContent-Length: ${announced}\r\n` +
        `Stripe-Signature: t=${Math.floor(Date.now() / 1000)},v1=${'0'.repeat(64)}\r\n\r\n`;
    const large = () => deliver(stack.env, paidEvent((event) => { event.data.object.description = 'd'.repeat(300_000); }));
    await attack('webhook_ingester', url, head, [() => deliver(stack.env, paidEvent()), large]);
});

test('with a made-up signature, many small bodies stay in a budget, too', async () => {
    const url = stack.env.WEBHOOK_URL;
    const length = 60_000;
    const head = () => `POST /webhooks/stripe HTTP/1.1\r\nHost: ${new URL(url).host}\r\nContent-Length: ${length}\r\n` +
        `Stripe-Signature: t=${Math.floor(Date.now() / 1000)},v1=${'0'.repeat(64)}\r\n\r\n`;
    const count = Number(podSettings('webhook_ingester').MAX_CONNECTIONS) - 200;
    await attack('webhook_ingester', url, head, [() => deliver(stack.env, paidEvent())], { count, length });
});

test('100 Continue comes to those alone who are not refused', async () => {
    const first = async (url, path, fields) => {
        const lines = [`POST ${path} HTTP/1.1`, `Host: ${new URL(url).host}`, 'Expect: 100-continue', 'Content-Length: 10', ...fields];
        const { answers } = await exchange(url, `${lines.join('\r\n')}\r\n\r\n`);
        return answers[0];
    };
    const edge = (fields) => first(stack.env.EDGE_URL, '/admin/api/invoices', fields);
    const refused = await edge([]);
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.connection, 'close');
    assert.equal(refused.headers['cache-control'], 'no-store');
    assert.equal((await edge(['Api-Key: wrong'])).status, 401);
    assert.equal((await edge([`Api-Key: ${stack.env.ADMIN_API_KEY}`])).status, 100);
    const ingester = (fields) => first(stack.env.WEBHOOK_URL, '/webhooks/stripe', fields);
    const old = Math.floor(Date.now() / 1000) - 400;
    const refusals = { missing_header: [], bad_header: ['Stripe-Signature: v1=abc'],
        timestamp_too_old: [`Stripe-Signature: ${sign('x', stack.env.STRIPE_WEBHOOK_SECRET, old)}`] };
    for (const [reason, fields] of Object.entries(refusals)) {
        const { status, body } = await ingester(fields);
        assert.equal(status, 400);
        assert.equal(JSON.parse(body).code, `signature_${reason}`);
    }
    assert.equal((await ingester([`Stripe-Signature: ${sign('x', stack.env.STRIPE_WEBHOOK_SECRET)}`])).status, 100);
});
