// SIGTERM under load: a request that was accepted is answered, the connection's end is announced, and the process is
// gone within its drain deadline.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '../lib/connection.mjs';
import { Admin, request } from '../lib/http.mjs';
import { Stack, patience } from '../lib/stack.mjs';
import { Stripe, paidEvent, sign } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';

const drainSeconds = Number(patience.DRAIN_SECONDS);
let stack, admin, stripe;

before(async () => {
    stack = await Stack.start('drain');
    admin = new Admin(stack.env);
    stripe = new Stripe(stack.env);
});
after(() => stack?.down());

const creationOf = (amount) => ({
    items: [{ name: 'Resources', amount }], customer: stack.env.CUSTOMER, paymentMethod: stack.env.PAYMENT_METHOD,
});
const create = (amount) => admin.create(creationOf(amount));
// When this process last stood still for nearly as long as a server that stops waits for a further request on a connection
// (half a second): it may then have closed one rightly on which its answer was waiting for us.
let stoodStillAt = -Infinity;
let tick = performance.now();
setInterval(() => {
    const now = performance.now();
    if (now - tick > 300) stoodStillAt = now;
    tick = now;
}, 10).unref();

const metricsUrl = (service) => stack.env[`${service.toUpperCase()}_METRICS_URL`];

// `count` connections, each sending the next request as soon as the last one was answered, until the server announces
// the end. Gives the answers; rejects if a request that was sent in time got none.
async function loadUntilClosed(url, count, ask, answers) {
    const connections = await Promise.all(Array.from({ length: count }, () => Connection.open(url)));
    return Promise.all(connections.map(async (connection) => {
        for (let closes = false, answeredAt = performance.now(); !closes; answeredAt = performance.now()) {
            try {
                const answer = await ask(connection);
                answers.push(answer);
                closes = answer.closes;
            } catch (error) {
                await sleep(50); // for the clock to tick
                if (stoodStillAt < answeredAt - 50) throw error;
                closes = true;
            }
        }
        connection.close();
    }));
}

// SIGTERM, and how long the process took to end; it must end by itself and say so with code 0.
async function terminate(service) {
    const pid = await stack.pid(service);
    const start = Date.now();
    process.kill(pid, 'SIGTERM');
    await until(`${service} has ended`, () => stack.log(service).includes(`supervise: ${service} ended with`), drainSeconds + 60);
    assert.match(stack.log(service), new RegExp(`supervise: ${service} ended with 0,`));
    const seconds = (Date.now() - start) / 1000;
    assert.ok(seconds < drainSeconds + 20, `${service} took ${seconds} s`);
    return seconds;
}

test('the edge answers everything that it took', async () => {
    const key = admin.key;
    const creation = JSON.stringify(creationOf(3300));
    const reads = [];
    const creations = [];
    const load = Promise.all([
        loadUntilClosed(stack.env.EDGE_URL, 32, (one) => one.ask('GET', '/admin/api/invoices?limit=5', key), reads),
        loadUntilClosed(stack.env.EDGE_URL, 8, (one) =>
            one.ask('POST', '/admin/api/invoices', { ...key, 'Content-Type': 'application/json' }, creation), creations),
    ]);
    load.catch(() => {}); // seen below
    await until('the load is on', () => reads.length > 200 && creations.length > 8);
    const seconds = await terminate('edge');
    await load;
    for (const answer of [...reads, ...creations]) assert.equal(answer.status, 200, answer.body);

    const ids = creations.map((answer) => JSON.parse(answer.body).id);
    assert.equal(new Set(ids).size, ids.length);
    await until('the edge is back', async () => (await admin.list()).status === 200);
    for (const id of ids) {
        await until(`${id} is stored and paid`, async () => (await admin.get(id)).json?.status === 'paid');
    }
    console.log(`edge: ${reads.length} reads and ${creations.length} creations answered, ended ${seconds} s after SIGTERM`);
});

test('the ingester keeps every event that it acknowledged', async () => {
    const answers = [];
    const post = async (connection) => {
        const event = paidEvent();
        const body = JSON.stringify(event);
        const answer = await connection.ask('POST', '/webhooks/stripe', {
            'Content-Type': 'application/json', 'Stripe-Signature': sign(body, stack.env.STRIPE_WEBHOOK_SECRET),
        }, body);
        return { ...answer, invoice: event.data.object.id };
    };
    const load = loadUntilClosed(stack.env.WEBHOOK_URL, 32, post, answers);
    load.catch(() => {});
    await until('the load is on', () => answers.length > 200);
    const seconds = await terminate('webhook_ingester');
    await load;
    for (const answer of answers) assert.equal(answer.status, 200, answer.body);
    for (const { invoice } of answers) assert.equal((await admin.get(invoice)).json?.status, 'paid', invoice);
    console.log(`ingester: ${answers.length} events acknowledged and stored, ended ${seconds} s after SIGTERM`);
});

for (const service of ['invoice_store', 'stripe_gateway']) {
    test(`${service} ends in time under load; callers hear 503 until it is back, nothing else`, async () => {
        let served = 0;
        const refused = []; // not for want of time: a read that had none is asked again by http.mjs
        let stop = false;
        const work = Promise.all(Array.from({ length: 16 }, async (_, i) => {
            while (!stop) {
                const answer = await (service === 'invoice_store' || i % 2 ? admin.list('?limit=5') : create(100));
                if (answer.status === 200) ++served;
                else refused.push(answer);
            }
        }));
        work.catch(() => {}); // seen below
        await until('the load is on', () => served > 50);
        const seconds = await terminate(service);
        await until('it is served again', async () => (service === 'invoice_store' ? await admin.list() : await create(100)).status === 200);
        stop = true;
        await work;
        for (const answer of refused) {
            assert.equal(answer.status, 503, answer.text);
            assert.ok(Number(answer.headers['retry-after']) >= 1, answer.text);
        }
        console.log(`${service}: ${served} answered, ${refused.length} told to come again, ended ${seconds} s after SIGTERM`);
    });
}

test('a creation that waits for Stripe is finished before the gateway and the edge end', async () => {
    await until('creations are served', async () => (await create(100)).status === 200);
    await stripe.emulator('POST', 'faults', { kind: 'hold', method: 'POST', path: '/v1/invoices/*/pay' });
    const creating = create(4200);
    creating.catch(() => {}); // seen below
    await until('Stripe was asked', async () => (await stripe.emulator('GET', 'state')).holding === 1);
    process.kill(await stack.pid('edge'), 'SIGTERM');
    process.kill(await stack.pid('stripe_gateway'), 'SIGTERM');
    for (const service of ['edge', 'stripe_gateway']) {
        await until(`${service} is stopping`, async () => (await request(`${metricsUrl(service)}/readyz`)).status === 503);
    }
    await stripe.emulator('POST', 'release');
    const answer = await creating;
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.amount_paid, 4200);
});
