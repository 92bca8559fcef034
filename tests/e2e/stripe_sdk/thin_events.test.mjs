// Thin events: event destinations of the v2 API, their deliveries, the calls that read them, and events that were never
// generated. Read by the official SDK.
import assert from 'node:assert/strict';
import {after, afterEach, before, beforeEach, test} from 'node:test';
import {Stripe, apiKey, client, customerWithCard, newest, oldest, startEmulator, startReceiver, until} from './support.mjs';

const connected = 'acct_1Connected000001';
let emulator;
let receiver;
let stripe;
let v2;
before(async () => {
  emulator = await startEmulator({EMULATOR_CONNECTED_ACCOUNTS: connected});
  stripe = client(emulator, {apiVersion: oldest});
  v2 = new Stripe(apiKey, {host: '127.0.0.1', port: emulator.port, protocol: 'http', telemetry: false});
});
after(() => emulator.stop());
beforeEach(async () => { receiver = await startReceiver(); });
afterEach(async () => {
  await emulator.control('DELETE', '/_emulator/faults');
  for (const one of (await v2.v2.core.eventDestinations.list()).data) await v2.v2.core.eventDestinations.del(one.id);
  await receiver.stop();
});

const settled = () => until(async () => (await emulator.state()).delivery.pending === 0, 'all webhooks are delivered');
const listen = (payload, types = ['*'], more = {}) => v2.v2.core.eventDestinations.create({
  name: 'Test', type: 'webhook_endpoint', event_payload: payload, enabled_events: types,
  webhook_endpoint: {url: receiver.url}, include: ['webhook_endpoint.signing_secret', 'webhook_endpoint.url'], ...more,
});

async function paidInvoice(sdk = stripe) {
  const {customer} = await customerWithCard(sdk);
  const invoice = await sdk.invoices.create({customer: customer.id, currency: 'eur', pending_invoice_items_behavior: 'exclude'});
  await sdk.invoices.addLines(invoice.id, {lines: [{amount: 3300}]});
  return sdk.invoices.pay(invoice.id);
}

test('a destination is made, read, changed and deleted', async () => {
  const made = await listen('thin', ['v1.invoice.paid']);
  assert.match(made.id, /^ed_/);
  assert.equal(made.event_payload, 'thin');
  assert.match(made.webhook_endpoint.signing_secret, /^whsec_/);
  const shown = await v2.v2.core.eventDestinations.retrieve(made.id);
  assert.equal(shown.webhook_endpoint, undefined);
  assert.equal((await v2.v2.core.eventDestinations.update(made.id, {name: 'Renamed'})).name, 'Renamed');
  assert.equal((await v2.v2.core.eventDestinations.disable(made.id)).status, 'disabled');
  assert.equal((await v2.v2.core.eventDestinations.enable(made.id)).status, 'enabled');
  await v2.v2.core.eventDestinations.del(made.id);
  await assert.rejects(v2.v2.core.eventDestinations.retrieve(made.id), (error) => error.statusCode === 404);
});

test('thin events name the object and the snapshot, signed as webhooks are', async () => {
  const {webhook_endpoint: {signing_secret: secret}} = await listen('thin');
  const invoice = await paidInvoice();
  await settled();
  const paid = receiver.received.find((one) => one.event.type === 'v1.invoice.paid');
  const notification = v2.parseEventNotification(paid.body, paid.headers['stripe-signature'], secret);
  assert.equal(notification.object, 'v2.core.event');
  assert.deepEqual({...notification.related_object}, {id: invoice.id, type: 'invoice', url: `/v1/invoices/${invoice.id}`});
  assert.equal(paid.event.data, undefined);
  const snapshot = await stripe.events.retrieve(paid.event.snapshot_event);
  assert.equal(snapshot.type, 'invoice.paid');
  assert.equal(snapshot.data.object.id, invoice.id);
  assert.equal((await v2.rawRequest('GET', paid.event.related_object.url)).id, invoice.id);
  const read = await v2.v2.core.events.retrieve(paid.event.id);
  assert.equal(read.type, 'v1.invoice.paid');
  assert.equal(read.snapshot_event, paid.event.snapshot_event);
  const updated = receiver.received.filter((one) => one.event.type === 'v1.invoice.updated').at(-1);
  const changes = (await v2.v2.core.events.retrieve(updated.event.id)).changes;
  assert.equal(changes.before.status, 'open');
  assert.equal(changes.after.status, 'paid');
  for (const type of ['v1.invoice_payment.open', 'v1.invoice_payment.paid', 'v1.charge.succeeded', 'v1.customer.created']) {
    assert.ok(receiver.received.some((one) => one.event.type === type), type);
  }
});

test('a destination may ask for snapshots of a version', async () => {
  const {webhook_endpoint: {signing_secret: secret}} = await listen('snapshot', ['invoice.paid'], {snapshot_api_version: newest});
  const invoice = await paidInvoice();
  await settled();
  assert.equal(receiver.received.length, 1);
  const event = Stripe.webhooks.constructEvent(receiver.received[0].body, receiver.received[0].headers['stripe-signature'], secret);
  assert.equal(event.api_version, newest);
  assert.equal(event.data.object.id, invoice.id);
});

test('the endpoint of the start gets thin events on request', async () => {
  const secret = 'whsec_of_the_start_0123456789';
  const own = await startEmulator({EMULATOR_WEBHOOK_URL: receiver.url, EMULATOR_WEBHOOK_SECRET: secret, EMULATOR_WEBHOOK_PAYLOAD: 'thin'});
  const customer = await client(own, {apiVersion: oldest}).customers.create({name: 'Ada'});
  await until(() => receiver.received.length === 1, 'the thin event');
  const [{body, headers}] = receiver.received;
  assert.equal(v2.parseEventNotification(body, headers['stripe-signature'], secret).related_object.id, customer.id);
  await own.stop();
});

test('thin events are listed by object and type, in pages', async () => {
  const invoice = await paidInvoice();
  const listed = await v2.v2.core.events.list({object_id: invoice.id, limit: 1}).autoPagingToArray({limit: 100});
  assert.ok(listed.length >= 4);
  assert.ok(listed.every((event) => event.related_object.id === invoice.id));
  const paid = await v2.v2.core.events.list({object_id: invoice.id, types: ['v1.invoice.paid']});
  assert.deepEqual(paid.data.map((event) => event.type), ['v1.invoice.paid']);
  await assert.rejects(v2.v2.core.events.retrieve('evt_test_nope'), (error) => error.statusCode === 404);
});

test('an event of a connected account names it as context', async () => {
  await listen('thin', ['v1.invoice.paid'], {events_from: ['other_accounts']});
  const invoice = await paidInvoice(client(emulator, {apiVersion: oldest, stripeAccount: connected}));
  await paidInvoice();
  await settled();
  assert.deepEqual(receiver.received.map((one) => [one.event.context, one.event.related_object.id]), [[connected, invoice.id]]);
});

test('an event that was never generated is told of by a health event', async () => {
  const {webhook_endpoint: {signing_secret: secret}} = await listen('thin');
  const endpoint = await stripe.webhookEndpoints.create({url: receiver.url, enabled_events: ['*']});
  await emulator.fault({kind: 'event_missing', event_type: 'invoice.p*', count: 0});
  const invoice = await paidInvoice();
  await settled();
  assert.ok(receiver.received.every((one) => !one.event.type.includes('invoice.paid')));
  assert.deepEqual((await stripe.events.list({type: 'invoice.paid'})).data.filter((event) => event.data.object.id === invoice.id), []);

  const told = await emulator.control('POST', '/_emulator/missing_events/report', {});
  assert.equal(told.reported, 2);
  await settled();
  const health = receiver.received.filter((one) => one.event.type === 'v2.core.health.event_generation_failure.resolved');
  assert.equal(health.length, 2);
  v2.parseEventNotification(health[0].body, health[0].headers['stripe-signature'], secret);
  const read = await Promise.all(health.map((one) => v2.v2.core.events.retrieve(one.event.id)));
  assert.deepEqual(read.map((event) => event.data.impact.event_type).sort(), ['invoice.paid', 'invoice.payment_succeeded']);
  assert.ok(read.every((event) => event.data.impact.related_object.id === invoice.id));
  await emulator.control('POST', '/_emulator/missing_events/report', {event_type: 'invoice.voided', object: invoice.id});
  await settled();
  await stripe.webhookEndpoints.del(endpoint.id);
});
