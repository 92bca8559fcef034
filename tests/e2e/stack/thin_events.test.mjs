// Thin events through the whole stack: what they stand for is there within seconds, although no other webhook comes and
// nobody reads Stripe's list of events.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Admin } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';
import { Stripe, deliver } from '../lib/stripe.mjs';
import { thinEventsOnly } from '../lib/thin_events.mjs';
import { until } from '../lib/wait.mjs';

let stack, admin, stripe;

before(async () => {
    stack = await Stack.start('thin_events', { RECONCILE_EVERY_SECONDS: '0', AUDIT_EVERY_SECONDS: '0' });
    admin = new Admin(stack.env);
    stripe = new Stripe(stack.env);
});
after(() => stack?.down());

const seconds = 5;
const shows = (id, wanted) => until(`${id} is ${JSON.stringify(wanted)}`, async () => {
    const { json } = await admin.get(id);
    for (const [name, value] of Object.entries(wanted)) assert.equal(json[name], value, name);
    return true;
}, seconds);

// Stripe's newest event of this type about this object.
async function snapshotOf(type, object) {
    const { data } = await stripe.get(`/v1/events?type=${type}&limit=100`);
    return data.find((event) => event.data.object.id === object);
}

// The event of a case, about this object and its snapshot.
function thinEvent(file, object, snapshot) {
    const text = readFileSync(new URL(`../../data/cases/${file}.json`, import.meta.url), 'utf8');
    const [event] = JSON.parse(text.replaceAll(/(in|re)_REPLACED/g, object).replaceAll('evt_REPLACED', snapshot));
    return event;
}

// No webhook of Stripe's own arrives while `use` runs.
async function withoutWebhooks(use) {
    const { id } = await stripe.emulator('POST', 'faults', { kind: 'webhook_lose', count: 0 });
    await use();
    await stripe.emulator('DELETE', `faults/${id}`);
}

test('a thin event of a payment brings the paid invoice, and its snapshot event nothing more', () => withoutWebhooks(async () => {
    const paid = await stripe.paidInvoice(4200);
    const snapshot = await snapshotOf('invoice.paid', paid.id);
    const thin = thinEvent('thin-v1-invoice-paid', paid.id, snapshot.id);
    assert.equal((await deliver(stack.env, thin)).status, 200);
    await shows(paid.id, { status: 'paid', amount: 4200, settlement: 'settled' });
    const again = await deliver(stack.env, snapshot);
    assert.equal(again.status, 200);
    assert.match(again.text, /duplicate|stale/);
}));

test('a thin event of a refund brings its effect', () => withoutWebhooks(async () => {
    const paid = await stripe.paidInvoice(900);
    const thinPaid = thinEvent('thin-v1-invoice-paid', paid.id, (await snapshotOf('invoice.paid', paid.id)).id);
    assert.equal((await deliver(stack.env, thinPaid)).status, 200);
    const refund = await stripe.post('/v1/refunds', { charge: paid.charge, amount: '300' });
    const thin = thinEvent('thin-v1-refund-created', refund.id, (await snapshotOf('refund.created', refund.id)).id);
    assert.equal((await deliver(stack.env, thin)).status, 200);
    await shows(paid.id, { status: 'paid', settlement: 'partially_refunded', amountRefunded: 300 });
}));

test('an endpoint of thin events alone brings whole lives', async () => {
    await thinEventsOnly(stack.env);
    const paid = await stripe.paidInvoice(5100);
    await shows(paid.id, { status: 'paid', amount: 5100, settlement: 'settled' });
    await stripe.post('/v1/refunds', { charge: paid.charge });
    await shows(paid.id, { settlement: 'refunded', amountRefunded: 5100 });
    const other = await stripe.paidInvoice(700);
    await stripe.emulator('POST', 'disputes', { charge: other.charge, status: 'lost' });
    await shows(other.id, { status: 'paid', settlement: 'charged_back' });
});
