// An Idempotency-Key names one invoice for as long as we know it: also after Stripe has forgotten its keys, also before
// any webhook has told of it, and for nobody else's request.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { assertProblem } from '../lib/contract.mjs';
import { Admin } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';
import { Stripe } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';

let stack, admin, stripe;

before(async () => {
    // Events are left to their webhooks, also where those are held back for longer than usual.
    stack = await Stack.start('creation_keys', { RECONCILE_SETTLE_SECONDS: '3600' });
    admin = new Admin(stack.env);
    stripe = new Stripe(stack.env);
});
after(() => stack?.down());

// A customer with no other invoices.
async function newCustomer(card = 'pm_card_visa') {
    const { id: customer } = await stripe.post('/v1/customers', { name: 'Ada Lovelace' });
    const { id: paymentMethod } = await stripe.post(`/v1/payment_methods/${card}/attach`, { customer });
    return { customer, paymentMethod };
}

const bodyFor = (payer, amounts, change = {}) =>
    ({ ...payer, items: amounts.map((amount) => ({ name: 'Resources', amount })), ...change });
const keyed = (key, body) => admin.create(body, { 'Idempotency-Key': key });
const forgetKeys = () => stripe.emulator('POST', 'idempotency/prune', { older_than_seconds: 0 });
const stored = (id, status) =>
    until(`${id} is stored as ${status}`, async () => (await admin.get(id)).json?.status === status);

async function assertOnly(customer, id, status) {
    const { data } = await stripe.get(`/v1/invoices?customer=${customer}&limit=100`);
    assert.deepEqual(data.map((invoice) => [invoice.id, invoice.status]), [[id, status]]);
}

async function assertReplay(key, body, first, status) {
    const again = await keyed(key, body);
    assert.equal(again.status, 200, again.text);
    assert.equal(again.headers['idempotent-replayed'], 'true');
    assert.equal(again.json.id, first.json.id);
    assert.equal(again.json.status, status);
    assert.deepEqual(Object.keys(again.json), Object.keys(first.json));
    const other = structuredClone(body);
    other.items[0].amount += 1;
    const refused = await keyed(key, other);
    assertProblem(refused, 422);
    assert.equal(refused.json.code, 'idempotency_key_reused');
    await assertOnly(body.customer, first.json.id, status);
}

for (const collect of ['now', 'later']) {
    const status = collect === 'now' ? 'paid' : 'draft';
    test(`collect ${collect}: the same key is the same invoice, after Stripe forgot it too`, async () => {
        const key = `order/${randomUUID()}`;
        const body = bodyFor(await newCustomer(), [3300, -300, 1], { collect });
        const first = await keyed(key, body);
        assert.equal(first.status, 200, first.text);
        assert.equal(first.headers['idempotent-replayed'], undefined);
        await assertReplay(key, body, first, status);
        await stored(first.json.id, status);
        await assertReplay(key, body, first, status);
        await forgetKeys();
        await assertReplay(key, body, first, status);
    });
}

test('before any webhook has told of the invoice, Stripe still knows the key', async () => {
    await stripe.emulator('POST', 'pause', { deliveries: true });
    const key = randomUUID();
    const body = bodyFor(await newCustomer(), [700]);
    const first = await keyed(key, body);
    assert.equal(first.status, 200, first.text);
    await assertReplay(key, body, first, 'paid');
    assert.equal((await admin.get(first.json.id)).status, 404, 'nothing has told us of it');
    await stripe.emulator('POST', 'pause', { deliveries: false });
    await stored(first.json.id, 'paid');
});

test('a declined invoice is answered as it is now, and nobody is asked for the money again', async () => {
    const key = randomUUID();
    const body = bodyFor(await newCustomer('pm_card_chargeCustomerFail'), [900]);
    const first = await keyed(key, body);
    assert.equal(first.json.status, 'open', first.text);
    await stored(first.json.id, 'open');
    await forgetKeys();
    const again = await keyed(key, body);
    assert.equal(again.headers['idempotent-replayed'], 'true', again.text);
    assert.equal(again.json.attempt_count, first.json.attempt_count);
    await stripe.post(`/v1/invoices/${first.json.id}/void`);
    await stored(first.json.id, 'void');
    await assertReplay(key, body, first, 'void');
});

test('an invoice that nobody was told of and that was voided is replaced once by its key, and known by it for good', async () => {
    const key = randomUUID();
    const body = bodyFor(await newCustomer(), [1400]);
    const limit = await stripe.emulator('POST', 'faults', { kind: 'rate_limit_429', path: '*/pay', count: 0 });
    const lost = await keyed(key, body);
    assert.ok(lost.status >= 500, lost.text);
    await stripe.emulator('DELETE', `faults/${limit.id}`);
    const { data: [open] } = await stripe.get(`/v1/invoices?customer=${body.customer}`);
    assert.equal(open.status, 'open');
    // What the sweep does once it is old.
    await stripe.post(`/v1/invoices/${open.id}`, { 'metadata[quittance_abandoned]': 'true' });
    await stripe.post(`/v1/invoices/${open.id}/void`);
    await stored(open.id, 'void');
    await forgetKeys();
    const created = await keyed(key, body);
    assert.equal(created.status, 200, created.text);
    assert.equal(created.json.status, 'paid');
    assert.notEqual(created.json.id, open.id);
    await stored(created.json.id, 'paid');
    await forgetKeys();
    const again = await keyed(key, body);
    assert.equal(again.json.id, created.json.id, again.text);
    const { data } = await stripe.get(`/v1/invoices?customer=${body.customer}&limit=100`);
    assert.deepEqual(data.map(({ status }) => status).sort(), ['paid', 'void']);
});

test('the same key while its first request still runs is 409, and the first one is not disturbed', async () => {
    const key = randomUUID();
    const body = bodyFor(await newCustomer(), [1500]);
    await stripe.emulator('POST', 'faults', { kind: 'hold', idempotency_key: `*:${key}:create` });
    const first = keyed(key, body);
    await until('Stripe has the first request', async () =>
        (await stripe.emulator('GET', 'faults')).some((rule) => rule.struck > 0));
    const second = await keyed(key, body);
    assertProblem(second, 409);
    assert.equal(second.json.code, 'idempotency_key_in_use');
    await stripe.emulator('DELETE', 'faults');
    const answer = await first;
    // A sanitised build on a busy machine may have run out of the request's time; its repetition ends it.
    const whole = answer.status === 200 ? answer : await keyed(key, body);
    assert.equal(whole.status, 200, whole.text);
    await assertReplay(key, body, whole, 'paid');
});

test('without the store nobody can tell whether a key was used: 503, and it works again afterwards', async () => {
    const key = randomUUID();
    const body = bodyFor(await newCustomer(), [1600]);
    const supervisor = stack.supervisorPid('invoice_store');
    process.kill(supervisor, 'SIGSTOP'); // nobody starts the store again
    try {
        process.kill(await stack.pid('invoice_store'), 'SIGKILL');
        const refused = await until('a creation is refused', async () => {
            const answer = await keyed(key, body);
            return answer.status !== 200 && answer;
        });
        assertProblem(refused, 503);
        assert.ok(Number(refused.headers['retry-after']) >= 1);
        const unkeyed = await admin.create(bodyFor(await newCustomer(), [1700]));
        assert.equal(unkeyed.status, 200, 'a request without a key needs nobody to remember it');
    } finally {
        process.kill(supervisor, 'SIGCONT');
    }
    const created = await until('the store is back', async () => {
        const answer = await keyed(key, body);
        return answer.status === 200 && answer;
    });
    await assertReplay(key, body, created, 'paid');
});
