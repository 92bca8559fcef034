// The main job, whole: an invoice created over REST, collected by Stripe, reported by a signed webhook, pushed over
// gRPC, kept in PostgreSQL, and read back over REST in the shape of the contract.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertSameShape, contractSample, ourId, time } from '../lib/contract.mjs';
import { Admin } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';
import { Stripe } from '../lib/stripe.mjs';
import { undisturbed, until } from '../lib/wait.mjs';

let stack, admin, stripe;

before(async () => {
    stack = await Stack.start('first_light');
    admin = new Admin(stack.env);
    stripe = new Stripe(stack.env);
});
after(() => stack?.down());

function body(change = {}) {
    return {
        items: [{ name: 'All resources', amount: 3000 }, { name: 'Support', amount: 300 }],
        customer: stack.env.CUSTOMER,
        paymentMethod: stack.env.PAYMENT_METHOD,
        ...change,
    };
}

async function create(change, headers) {
    const answer = await admin.create(body(change), headers);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
}

const stored = (id, status, amount) =>
    until(`invoice ${id} over ${amount} is ${status}`, async () => {
        const answer = await admin.get(id);
        return answer.status === 200 && answer.json.status === status && answer.json.amount === amount ? answer : undefined;
    });

test('an invoice goes all the way round', async () => {
    const created = await create();
    assert.match(created.id, /^in_/);
    assert.equal(created.status, 'paid');
    assert.equal(created.amount_paid, 3300);
    assert.deepEqual(created.lines.data.map((line) => [line.description, line.amount]).sort(),
        [['All resources', 3000], ['Support', 300]]);

    const byStripeId = await stored(created.id, 'paid', 3300);
    assert.match(byStripeId.headers['content-type'], /^application\/json/);
    assertSameShape(byStripeId.json, contractSample('admin_get_invoice.response'));
    const invoice = byStripeId.json;
    assert.match(invoice._id, ourId);
    assert.deepEqual(invoice.user, { _id: stack.env.USER_ID, name: 'John Doe' });
    assert.equal(invoice.invoiceId, created.id);
    assert.equal(invoice.amount, 3300);
    assert.match(invoice.invoicePdf, /^https:\/\//);
    assert.match(invoice.createdAt, time);
    assert.match(invoice.updatedAt, time);

    await undisturbed('every way to it shows the same', async () => {
        const { text, json } = await admin.get(created.id);
        const byOurId = await admin.get(invoice._id);
        assert.equal(byOurId.status, 200);
        assert.equal(byOurId.text, text);

        const ignored = await admin.get(`${invoice._id}?page=1&limit=10`);
        assert.equal(ignored.text, text, 'page and limit are accepted and ignored');

        const list = await admin.list();
        assert.equal(list.status, 200);
        assertSameShape(list.json, contractSample('admin_list_invoices.response'));
        assert.deepEqual(list.json.invoices.filter((one) => one.invoiceId === created.id), [json]);
    });
});

test("the creation's answer is Stripe's invoice object, untouched", async () => {
    const created = await create();
    const atStripe = await stripe.get(`/v1/invoices/${created.id}`);
    assert.deepEqual(Object.keys(created), Object.keys(atStripe));
    assert.equal(created.object, 'invoice');
    assert.equal(created.customer, stack.env.CUSTOMER);
});

test('collect later leaves a draft that Stripe will collect', async () => {
    const created = await create({ collect: 'later' });
    assert.equal(created.status, 'draft');
    assert.equal(created.auto_advance, true);
    assertSameShape(Object.keys(created), Object.keys(contractSample('admin_create_invoice.response')));
    const answer = await stored(created.id, 'draft', 3300);
    assert.equal(answer.json.invoicePdf, null);
});

test('a body wrapped in data means the same', async () => {
    const answer = await admin.create({ data: body() });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.amount_due, 3300);
});

test('a declined card is not an error: the invoice is open', async () => {
    const card = await stripe.post('/v1/payment_methods/pm_card_chargeCustomerFail/attach', { customer: stack.env.CUSTOMER });
    const created = await create({ paymentMethod: card.id });
    assert.equal(created.status, 'open');
    await stored(created.id, 'open', 3300); // what is due
});

test('a customer that nobody registered: metadata say whose it is', async () => {
    const { id: customer } = await stripe.post('/v1/customers', { name: 'Jane Roe' });
    const { id: paymentMethod } = await stripe.post('/v1/payment_methods/pm_card_visa/attach', { customer });
    const user_id = 'aaaaaaaaaaaaaaaaaaaaaaaa';
    const created = await create({ customer, paymentMethod, metadata: { user_id, team_id: stack.env.TEAM_ID } });
    const answer = await stored(created.id, 'paid', 3300);
    assert.deepEqual(answer.json.user, { _id: user_id, name: 'Jane Roe' });
});

test('a credit line lowers the sum', async () => {
    const created = await create({ items: [{ name: 'Resources', amount: 5000 }, { name: 'Credit', amount: -1500 }] });
    assert.equal(created.amount_paid, 3500);
});

test('the same Idempotency-Key gives the same invoice, another body 422', async () => {
    const key = { 'Idempotency-Key': `first-light-${Date.now()}` };
    const first = await create({}, key);
    const second = await create({}, key);
    assert.equal(second.id, first.id);
    const other = await admin.create(body({ description: 'Something else' }), key);
    assert.equal(other.status, 422, other.text);
});

test('the list is newest first, pages do not overlap, count is of all', async () => {
    await stripe.allDelivered(); // also of what the tests above have created
    const before = (await admin.list('?limit=1')).json.count;
    const made = [];
    for (let i = 0; i < 4; ++i) made.push((await create({ items: [{ name: 'Resources', amount: 1000 + i }] })).id);
    for (const [i, id] of made.entries()) await stored(id, 'paid', 1000 + i);

    const whole = (await admin.list('?limit=100')).json;
    assert.equal(whole.count, before + 4);
    assert.equal(whole.invoices.length, whole.count);
    const created = whole.invoices.map((invoice) => invoice.createdAt);
    assert.deepEqual(created, [...created].sort().reverse());

    await undisturbed('the pages together are the whole list', async () => {
        const { invoices } = (await admin.list('?limit=100')).json;
        const paged = [];
        for (let page = 1; paged.length < whole.count; ++page) {
            const answer = (await admin.list(`?page=${page}&limit=3`)).json;
            assert.equal(answer.count, whole.count);
            assert.ok(answer.invoices.length > 0);
            paged.push(...answer.invoices);
        }
        assert.deepEqual(paged, invoices);
    });

    const past = await admin.list('?page=1000&limit=100');
    assert.equal(past.status, 200);
    assert.deepEqual(past.json, { invoices: [], count: whole.count });
});
