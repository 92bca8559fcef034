// What the back office does to one invoice at Stripe: links, finalise, void, collect again. Each answer is held against
// the OpenAPI document, each state that forbids a step is told, and a step that is repeated with its key is the same step.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertProblem } from '../lib/contract.mjs';
import { Admin, request } from '../lib/http.mjs';
import { OpenApi } from '../lib/openapi.mjs';
import { Stack } from '../lib/stack.mjs';
import { deliver, Stripe } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';

let stack, admin, stripe, api;

before(async () => {
    stack = await Stack.start('invoice_actions');
    admin = new Admin(stack.env);
    stripe = new Stripe(stack.env);
    api = await OpenApi.of(stack.env);
});
after(() => stack?.down());

async function act(method, action, id, headers = {}) {
    const answer = await request(`${admin.url}/${id}/${action}`, { method, headers: { ...admin.key, ...headers } });
    return api.check(method, `/admin/api/invoices/{id}/${action}`, answer) ?? answer;
}

const stored = (id, status) =>
    until(`invoice ${id} is stored as ${status}`, async () => {
        const { json } = await admin.get(id);
        return json.status === status ? json : undefined;
    });

async function create(change = {}) {
    const { status, text, json } = await admin.create({ items: [{ name: 'Resources', amount: 3300 }],
        customer: stack.env.CUSTOMER, paymentMethod: stack.env.PAYMENT_METHOD, ...change });
    assert.equal(status, 200, text);
    return stored(json.id, json.status);
}

async function createDeclined() {
    const { id: customer } = await stripe.post('/v1/customers', { name: 'Short of Cash' });
    const card = await stripe.post('/v1/payment_methods/pm_card_chargeCustomerFail/attach', { customer });
    return create({ customer, paymentMethod: card.id });
}

async function assertUntouched(answer, id) {
    assert.equal(answer.status, 200, answer.text);
    const atStripe = await stripe.get(`/v1/invoices/${id}`);
    assert.deepEqual(Object.keys(answer.json), Object.keys(atStripe));
    assert.equal(answer.json.status, atStripe.status);
}

function assertConflict(answer, status) {
    assertProblem(answer, 409);
    assert.equal(answer.json.invoiceStatus, status);
}

test("links are Stripe's, as they are when they are asked for", async () => {
    const invoice = await create();
    const atStripe = await stripe.get(`/v1/invoices/${invoice.invoiceId}`);
    const fresh = { hostedInvoiceUrl: atStripe.hosted_invoice_url, invoicePdf: atStripe.invoice_pdf };
    for (const id of [invoice._id, invoice.invoiceId]) {
        const answer = await act('GET', 'link', id);
        assert.equal(answer.text, JSON.stringify(fresh));
        assert.equal(answer.headers['cache-control'], 'no-store');
    }
    // The row has a link that Stripe let expire since.
    const { data: [event] } = await stripe.get('/v1/events?type=invoice.paid&limit=1');
    event.id += 'later';
    event.type = 'invoice.updated';
    event.created += 60;
    event.data.object = { ...atStripe, invoice_pdf: 'https://pay.stripe.com/expired' };
    await until('the event is taken', async () => (await deliver(stack.env, event)).status === 200);
    assert.equal((await admin.get(invoice._id)).json.invoicePdf, 'https://pay.stripe.com/expired');
    assert.deepEqual((await act('GET', 'link', invoice._id)).json, fresh);

    const draft = await create({ collect: 'later' });
    assert.deepEqual((await act('GET', 'link', draft._id)).json, { hostedInvoiceUrl: null, invoicePdf: null });
});

test('a draft is finalised, once', async () => {
    const { _id, invoiceId } = await create({ collect: 'later' });
    const key = { 'Idempotency-Key': 'finalise-1' };
    const first = await act('POST', 'finalise', _id, key);
    await assertUntouched(first, invoiceId);
    assert.notEqual(first.json.status, 'draft');
    assert.match(first.json.number, /./);
    const again = await act('POST', 'finalise', _id, key);
    assert.equal(again.status, 200, again.text);
    assert.equal(again.json.id, invoiceId);
    assertConflict(await act('POST', 'finalise', _id), (await stripe.get(`/v1/invoices/${invoiceId}`)).status);
});

test('an open invoice is voided, for good', async () => {
    const { _id, invoiceId } = await createDeclined();
    const answer = await act('POST', 'void', invoiceId);
    await assertUntouched(answer, invoiceId);
    assert.equal(answer.json.status, 'void');
    await stored(_id, 'void');
    assertConflict(await act('POST', 'void', _id), 'void');
    assertConflict(await act('POST', 'retry-payment', _id), 'void');
    assertConflict(await act('POST', 'finalise', _id), 'void');
    assertConflict(await act('POST', 'void', (await create())._id), 'paid');
    assertConflict(await act('POST', 'void', (await create({ collect: 'later' }))._id), 'draft');
});

test('an open invoice is given up, and can be voided still', async () => {
    const { _id, invoiceId } = await createDeclined();
    const answer = await act('POST', 'mark-uncollectible', _id);
    await assertUntouched(answer, invoiceId);
    assert.equal(answer.json.status, 'uncollectible');
    await stored(_id, 'uncollectible');
    assertConflict(await act('POST', 'mark-uncollectible', _id), 'uncollectible');
    assert.equal((await act('POST', 'void', _id)).json.status, 'void');
    assertConflict(await act('POST', 'mark-uncollectible', (await create())._id), 'paid');
});

test('an invoice that the customer pays by itself is sent', async () => {
    const customer = stack.env.CUSTOMER;
    const draft = await stripe.post('/v1/invoices', { customer, currency: 'eur', collection_method: 'send_invoice',
        days_until_due: '30', pending_invoice_items_behavior: 'exclude' });
    await stripe.post('/v1/invoiceitems', { customer, invoice: draft.id, amount: '500', currency: 'eur', description: 'Resources' });
    await stored(draft.id, 'draft');
    const answer = await act('POST', 'send', draft.id);
    await assertUntouched(answer, draft.id);
    assert.equal(answer.json.status, 'open');
    await stored(draft.id, 'open');
    assertConflict(await act('POST', 'send', (await create())._id), 'paid');
});

test('a payment is retried: a decline is an answer', async () => {
    const { _id, invoiceId } = await createDeclined();
    const key = { 'Idempotency-Key': 'retry-1' };
    const declined = await act('POST', 'retry-payment', _id, key);
    await assertUntouched(declined, invoiceId);
    assert.equal(declined.json.status, 'open');
    assert.equal(declined.headers['quittance-payment-error'], 'card_declined');
    const { attempt_count: attempts } = await stripe.get(`/v1/invoices/${invoiceId}`);
    assert.equal((await act('POST', 'retry-payment', _id, key)).status, 200);
    assert.equal((await stripe.get(`/v1/invoices/${invoiceId}`)).attempt_count, attempts, 'the same try');
    assertConflict(await act('POST', 'retry-payment', (await create())._id), 'paid');
    assertConflict(await act('POST', 'retry-payment', (await create({ collect: 'later' }))._id), 'draft');
});

test('who may, and what is no invoice', async () => {
    const routes = Object.entries(api.document.paths).filter(([path]) => path.startsWith('/admin/api/invoices/{id}/'));
    assert.ok(routes.length >= 6);
    for (const [path, operations] of routes) {
        const action = path.split('/').at(-1);
        const [method] = Object.keys(operations).map((name) => name.toUpperCase());
        assertProblem(await act(method, action, 'in_nobody'), 404, 'id');
        assertProblem(await act(method, action, 'nonsense'), 404, 'id');
        assertProblem(await act(method, action, 'in_nobody', { 'Api-Key': 'wrong' }), 401);
        const longKey = { 'Idempotency-Key': 'k'.repeat(256) };
        if (method === 'POST') assertProblem(await act(method, action, 'in_nobody', longKey), 400, 'Idempotency-Key');
    }
});
