// Five hundred creations at once through two edges and two gateways, fifty of them with the same key: the right number
// of invoices at Stripe, each with its lines, each in the store, and each as Stripe's own SDK and schemas want it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FurtherService } from '../lib/further_service.mjs';
import { Admin } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';
import { Stripe } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';
import { checkEveryObject } from '../stripe_sdk/every_object.mjs';
import { checkAnswer } from '../stripe_sdk/support.mjs';

const creations = 500;
const withSameKey = 50;
const customers = 25;
const patienceSeconds = 480;
const apiVersion = '2023-10-16';
let stack, admins, stripe, further;

before(async () => {
    stack = await Stack.start('creation_race');
    stripe = new Stripe(stack.env);
    const gateway = await FurtherService.start(stack, 'stripe_gateway', { STRIPE_GATEWAY_LISTEN: '127.0.0.1:0' });
    further = [gateway];
    const edge = await FurtherService.start(stack, 'edge', {
        EDGE_LISTEN: '127.0.0.1:0', STRIPE_GATEWAY_ADDRESS: gateway.addresses.STRIPE_GATEWAY_LISTEN,
    });
    further.unshift(edge);
    admins = [new Admin(stack.env), new Admin({ ...stack.env, EDGE_URL: `http://${edge.addresses.EDGE_LISTEN}` })];
});
after(async () => {
    for (const service of further ?? []) await service.stop();
    await stack?.down();
});

async function newPayer() {
    const { id: customer } = await stripe.post('/v1/customers', { name: 'Ada Lovelace' });
    const { id: paymentMethod } = await stripe.post('/v1/payment_methods/pm_card_visa/attach', { customer });
    return { customer, paymentMethod };
}

// As a client does it that wants its invoice: the same request with the same key until there is an answer.
async function createUntilAnswered(admin, wanted, tally, via) {
    const deadline = Date.now() + patienceSeconds * 1000;
    for (;;) {
        const answer = await admin.create(wanted.body, { 'Idempotency-Key': wanted.key }, { via }).catch((error) => ({ error }));
        tally[answer.status ?? 'none'] = (tally[answer.status ?? 'none'] ?? 0) + 1;
        if (answer.status === 200) return answer;
        assert.ok([undefined, 409, 502, 503, 504].includes(answer.status), answer.text);
        assert.ok(Date.now() < deadline, `no invoice within ${patienceSeconds} s`);
        await sleep(200 + Math.random() * 800); // a client's back-off
    }
}

async function allAtStripe() {
    const found = [];
    for (let more = true; more;) {
        const from = found.length ? `&starting_after=${found.at(-1).id}` : '';
        const page = await stripe.get(`/v1/invoices?limit=100${from}`);
        found.push(...page.data);
        more = page.has_more;
    }
    return found;
}

test(`${creations} creations at once`, async () => {
    const payers = [];
    for (let i = 0; i < customers; ++i) payers.push(await newPayer());
    const shared = { key: randomUUID(), body: { ...payers[0], items: [{ name: 'Shared', amount: 4200 }] } };
    const wanted = Array.from({ length: creations }, (_, i) => i % (creations / withSameKey) === 0 ? shared : {
        key: randomUUID(),
        body: {
            ...payers[i % customers], collect: i % 3 === 0 ? 'later' : 'now',
            items: Array.from({ length: 1 + (i % 4) }, (_, n) => ({ name: `Line ${n}`, amount: 100 + i + n })),
        },
    });
    const via = new http.Agent({ keepAlive: true, maxSockets: creations });
    const tally = {};
    const started = Date.now();
    const answers = await Promise.all(wanted.map((one, i) => createUntilAnswered(admins[i % 2], one, tally, via)));
    const seconds = (Date.now() - started) / 1000;
    via.destroy();

    const byKey = new Map();
    wanted.forEach((one, i) => byKey.set(one.key, (byKey.get(one.key) ?? new Set()).add(answers[i].json.id)));
    for (const ids of byKey.values()) assert.equal(ids.size, 1, 'one key, one invoice');
    const fresh = answers.filter((answer) => answer.headers['idempotent-replayed'] !== 'true').length;

    const expected = new Map(wanted.map((one, i) => [answers[i].json.id, one.body]));
    assert.equal(expected.size, creations - withSameKey + 1);
    // Drafts of requests that failed half-way are deleted in the moments after their answer.
    const atStripe = await until('nothing else stands at Stripe', async () => {
        const all = await allAtStripe();
        return all.length === expected.size && all;
    });
    for (const invoice of atStripe) {
        const body = expected.get(invoice.id);
        assert.ok(body, `${invoice.id} was answered to somebody`);
        assert.equal(invoice.customer, body.customer);
        assert.equal(invoice.status, body.collect === 'later' ? 'draft' : 'paid');
        assert.deepEqual(invoice.lines.data.map((line) => line.amount).sort(), body.items.map((item) => item.amount).sort());
        assert.equal(invoice.total, body.items.reduce((sum, item) => sum + item.amount, 0));
    }
    const pending = await stripe.get('/v1/invoiceitems?pending=true&limit=1');
    assert.equal(pending.data.length, 0, 'nothing is left pending on a customer');

    await until('each webhook is in the store', async () => {
        const stored = new Map();
        for (let page = 1; ; ++page) {
            const { json } = await admins[page % 2].list(`?page=${page}&limit=100`);
            for (const invoice of json.invoices) stored.set(invoice.invoiceId, invoice.status);
            if (json.invoices.length < 100) break;
        }
        return stored.size === expected.size && atStripe.every((invoice) => stored.get(invoice.id) === invoice.status);
    }, patienceSeconds);
    console.log(`${creations} creations through two edges and two gateways: ${expected.size} invoices in ${seconds.toFixed(1)} s, ` +
        `${fresh} answers of a first request, answers by status ${JSON.stringify(tally)}`);
});

test('every object that the creations made is what the official SDK and the schemas expect', async () => {
    const invoices = await allAtStripe();
    for (const invoice of invoices) {
        assert.equal(invoice.metadata.quittance_lines, String(invoice.lines.data.length));
        assert.equal(invoice.metadata.quittance_sum, String(invoice.total));
    }
    const seen = await checkEveryObject(stack.env.STRIPE_URL, stack.env.STRIPE_API_KEY, apiVersion);
    const lines = invoices.reduce((sum, invoice) => sum + invoice.lines.data.length, 0);
    const paid = invoices.filter((invoice) => invoice.status === 'paid').length;
    assert.equal(seen.invoice, creations - withSameKey + 1);
    assert.equal(seen.line_item, lines);
    assert.equal(seen.invoiceitem, lines);
    assert.equal(seen.charge, paid, 'each paid invoice was charged once');
    assert.equal(seen.payment_intent, paid);
    assert.ok(seen.customer >= customers && seen.payment_method >= customers);
    console.log(`valid through the SDK: ${JSON.stringify(seen)}`);
    // What the edge answers is Stripe's object, untouched: it fits as well.
    const answer = await admins[0].create({ ...(await newPayer()), items: [{ name: 'One more', amount: 500 }] });
    assert.equal(answer.status, 200, answer.text);
    checkAnswer(answer.json, apiVersion);
});
