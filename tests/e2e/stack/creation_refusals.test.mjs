// What Stripe refuses of a creation, and we before it, as a client of the Admin API sees it: the status, the field, what
// stands at Stripe afterwards, and that nothing of our own credentials is told.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { assertProblem } from '../lib/contract.mjs';
import { Admin } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';
import { Stripe } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';

// A restricted key: it may do everything until somebody says otherwise.
const restrictedKey = `rk_test_${randomUUID().replaceAll('-', '')}`;
let stack, admin, stripe;

before(async () => {
    stack = await Stack.start('creation_refusals', { STRIPE_API_KEY: restrictedKey });
    admin = new Admin(stack.env);
    stripe = new Stripe(stack.env);
});
after(() => stack?.down());

async function newPayer(card = 'pm_card_visa') {
    const { id: customer } = await stripe.post('/v1/customers', { name: 'Ada Lovelace' });
    const { id: paymentMethod } = await stripe.post(`/v1/payment_methods/${card}/attach`, { customer });
    return { customer, paymentMethod };
}

const bodyFor = (payer, change = {}) => ({ ...payer, items: [{ name: 'Resources', amount: 3300 }], ...change });
const invoicesOf = async (customer) => (await stripe.get(`/v1/invoices?customer=${customer}&limit=100`)).data;

// A 400 that names the field, with Stripe's words where Stripe refused, and nothing left at Stripe.
async function assertRefused(body, field, { code, words } = {}) {
    const answer = await admin.create(body);
    assertProblem(answer, 400, field);
    if (code) assert.equal(answer.json.code, code);
    if (words) {
        assert.match(answer.json.detail, words);
        assert.match(answer.json.stripe.requestId, /^req_/);
    }
    const known = await stripe.get(`/v1/customers/${body.customer}`).catch(() => null);
    if (known) await nothingLeft(body.customer);
}

// The answer waits two seconds for the end of a draft that was refused half-way; a busy Stripe may need longer.
const nothingLeft = (customer) =>
    until('nothing is left at Stripe', async () => (await invoicesOf(customer)).length === 0);

test('an unknown customer', () =>
    assertRefused(bodyFor({ customer: 'cus_nobody' }), 'customer', { code: 'resource_missing', words: /No such customer/ }));

test('a customer that was deleted', async () => {
    const payer = await newPayer();
    await stripe.call('DELETE', `/v1/customers/${payer.customer}`);
    await assertRefused(bodyFor({ customer: payer.customer }), 'customer', { code: 'resource_missing', words: /No such customer/ });
});

test("another customer's payment method", async () => {
    const [mine, theirs] = [await newPayer(), await newPayer()];
    await assertRefused(bodyFor({ ...mine, paymentMethod: theirs.paymentMethod }), 'paymentMethod', { words: /payment method/i });
});

test('another currency than the one in which the customer is billed', async () => {
    const payer = await newPayer();
    const item = await stripe.post('/v1/invoiceitems', { customer: payer.customer, amount: '500', currency: 'usd' });
    await assertRefused(bodyFor(payer), 'currency', { words: /currency usd/ });
    await stripe.call('DELETE', `/v1/invoiceitems/${item.id}`);
    assert.equal((await admin.create(bodyFor(payer))).json.status, 'paid');
});

test('more than 250 lines', async () => {
    const items = Array.from({ length: 251 }, () => ({ name: 'Resources', amount: 1 }));
    await assertRefused(bodyFor(await newPayer(), { items }), 'items');
});

test("an amount below Stripe's smallest charge is settled without one, and owed with the next invoice", async () => {
    const payer = await newPayer();
    const answer = await admin.create(bodyFor(payer, { items: [{ name: 'Resources', amount: 1 }] }));
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual([answer.json.status, answer.json.total, answer.json.amount_due, answer.json.amount_paid], ['paid', 1, 0, 0]);
    assert.equal((await stripe.get(`/v1/customers/${payer.customer}`)).balance, 1);
});

test('a card that is declined is no error: the invoice is open', async () => {
    const payer = await newPayer('pm_card_chargeCustomerFail');
    const answer = await admin.create(bodyFor(payer));
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.status, 'open');
    assert.equal(answer.headers['quittance-payment-error'], 'card_declined');
    assert.deepEqual((await invoicesOf(payer.customer)).map(({ id }) => id), [answer.json.id]);
    await until('its webhook is stored', async () => (await admin.get(answer.json.id)).json?.status === 'open');
});

test('a key of ours that may not write: 502, the permission in the log, the key nowhere', async () => {
    const payer = await newPayer();
    const body = bodyFor(payer);
    const key = { 'Idempotency-Key': randomUUID() };
    const allow = (permissions) => stripe.emulator('POST', 'restricted_keys', { key: restrictedKey, permissions });
    await allow(['rak_invoice_read', 'rak_customer_read']);
    const answer = await admin.create(body, key);
    assertProblem(answer, 502);
    assert.equal(answer.json.code, 'stripe_failed');
    assert.doesNotMatch(answer.text, /rk_test|rak_|acct_/);
    await until('the log names the permission', () => /rak_invoice_write/.test(stack.log('stripe_gateway')));
    for (const service of ['stripe_gateway', 'edge']) {
        const log = stack.log(service);
        for (const part of [restrictedKey, restrictedKey.slice(-4)]) assert.ok(!log.includes(`${part}'`), `${service} logs the key`);
        assert.ok(!log.includes(restrictedKey), `${service} logs the key`);
    }
    await nothingLeft(payer.customer);
    await allow(['rak_invoice_write', 'rak_customer_write', 'rak_event_read']);
    assert.equal((await admin.create(body, key)).json.status, 'paid');
    assert.equal((await invoicesOf(payer.customer)).length, 1);
});
