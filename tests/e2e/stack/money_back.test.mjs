// What becomes of an invoice's money after it was paid, and of its customer's name, through the whole stack: refunds and
// disputes are told beside Stripe's status, and a new name follows.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Admin } from '../lib/http.mjs';
import { everyEventOnce } from '../lib/inbox.mjs';
import { Stack } from '../lib/stack.mjs';
import { Stripe } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';

let stack, admin, stripe;

before(async () => {
    stack = await Stack.start('money_back');
    admin = new Admin(stack.env);
    stripe = new Stripe(stack.env);
});
after(() => stack?.down());

const settled = (id, settlement, amountRefunded) =>
    until(`${id} is ${settlement}`, async () => {
        const { json } = await admin.get(id);
        if (json.settlement === settlement && json.amountRefunded === amountRefunded) return json;
        throw new Error(`${json.settlement} ${json.amountRefunded}`);
    });

test('refunds are told, and the invoice stays paid', async () => {
    const paid = await stripe.paidInvoice(5000);
    await settled(paid.id, 'settled', 0);
    await stripe.post('/v1/refunds', { charge: paid.charge, amount: '1200' });
    await settled(paid.id, 'partially_refunded', 1200);
    await stripe.post('/v1/refunds', { charge: paid.charge });
    const row = await settled(paid.id, 'refunded', 5000);
    assert.equal(row.status, 'paid');
    assert.equal(row.amount, 5000);
});

test('a dispute is told, and what became of it', async () => {
    const paid = await stripe.paidInvoice(700);
    await settled(paid.id, 'settled', 0);
    await stripe.emulator('POST', 'disputes', { charge: paid.charge });
    await settled(paid.id, 'disputed', 0);
    await stripe.emulator('POST', 'disputes', { charge: paid.charge, status: 'lost' });
    await settled(paid.id, 'charged_back', 0);
});

test("a customer's new name follows to its past invoices", async () => {
    const customer = await stripe.post('/v1/customers', { name: 'Old Name' });
    const draft = await stripe.post('/v1/invoices', { customer: customer.id, currency: 'eur', auto_advance: 'false' });
    const named = (id, name) => until(`${id} belongs to ${name}`, async () => (await admin.get(id)).json.user?.name === name);
    await named(draft.id, 'Old Name');
    await stripe.post(`/v1/customers/${customer.id}`, { name: 'New Name' });
    await named(draft.id, 'New Name');
});

// Events know seconds alone, and their ids tell no order.
test('of a customer that is created and renamed within a second the new name stands', async () => {
    const drafts = [];
    for (let i = 0; i < 20; ++i) {
        const customer = await stripe.post('/v1/customers', { name: 'Old Name' });
        drafts.push(await stripe.post('/v1/invoices', { customer: customer.id, currency: 'eur', auto_advance: 'false' }));
        await stripe.post(`/v1/customers/${customer.id}`, { name: 'New Name' });
    }
    await until('all events have come', () => everyEventOnce(stack.env, stripe));
    for (const { id } of drafts) assert.equal((await admin.get(id)).json.user?.name, 'New Name', id);
});
