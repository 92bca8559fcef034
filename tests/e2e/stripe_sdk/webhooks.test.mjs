// The emulator's webhooks: signed so that the official SDK accepts them, in the endpoint's version, sent again after
// failures, doubled, lost and shuffled on request.
import assert from 'node:assert/strict';
import {after, afterEach, before, beforeEach, test} from 'node:test';
import {Stripe, checkAnswer, client, customerWithCard, newest, oldest, startEmulator, startReceiver, until} from './support.mjs';

let emulator;
let receiver;
let stripe;
before(async () => { emulator = await startEmulator(); stripe = client(emulator); });
after(() => emulator.stop());
beforeEach(async () => { receiver = await startReceiver(); });
afterEach(async () => {
  await emulator.control('DELETE', '/_emulator/faults');
  for (const endpoint of (await stripe.webhookEndpoints.list()).data) await stripe.webhookEndpoints.del(endpoint.id);
  await receiver.stop();
});

const listen = (apiVersion, events = ['*']) => stripe.webhookEndpoints.create({url: receiver.url, enabled_events: events, api_version: apiVersion});
const settled = () => until(async () => (await emulator.state()).delivery.pending === 0, 'all webhooks are delivered');

async function paidInvoice() {
  const {customer} = await customerWithCard(stripe);
  const invoice = await stripe.invoices.create({customer: customer.id, currency: 'eur', pending_invoice_items_behavior: 'exclude'});
  await stripe.invoices.addLines(invoice.id, {lines: [{amount: 3300}]});
  return stripe.invoices.pay(invoice.id);
}

for (const version of [oldest, newest]) {
  test(`signatures and shapes at ${version}`, async () => {
    const {secret} = await listen(version);
    const invoice = await paidInvoice();
    await settled();
    for (const one of receiver.received) {
      const event = Stripe.webhooks.constructEvent(one.body, one.headers['stripe-signature'], secret);
      checkAnswer(JSON.parse(one.body), version);
      assert.equal(event.api_version, version);
      assert.equal(one.method, 'POST');
      assert.equal(one.path, '/webhooks/stripe');
      assert.equal(one.headers['content-type'], 'application/json; charset=utf-8');
      assert.equal(one.headers['user-agent'], 'Stripe/1.0 (+https://stripe.com/docs/webhooks)');
      assert.equal(one.body.toString(), JSON.stringify(JSON.parse(one.body), null, 2));
    }
    const paid = receiver.received.find((one) => one.event.type === 'invoice.paid').event;
    assert.equal(paid.data.object.id, invoice.id);
    assert.equal('paid' in paid.data.object, version === oldest);
    assert.equal(receiver.received.some((one) => one.event.type === 'invoice_payment.paid'), version === newest);
    const changed = Buffer.from(receiver.received[0].body);
    changed[changed.length - 2] ^= 1;
    assert.throws(() => Stripe.webhooks.constructEvent(changed, receiver.received[0].headers['stripe-signature'], secret));
  });
}

test('a refused webhook comes again, signed anew, until it is accepted', async () => {
  const {secret} = await listen(oldest, ['customer.created']);
  let refusals = 3;
  receiver.answer = () => (refusals-- > 0 ? 503 : 200);
  const customer = await stripe.customers.create({name: 'Patient'});
  const failures = () => until(async () => (await emulator.section('deliveries')).find((one) => one.object === customer.id && one.state === 'waiting'), 'a retry waits');
  for (const wait of [300, 1800, 7200]) {
    await failures();
    await emulator.advance(wait);
    const due = wait;
    await until(async () => {
      const [one] = (await emulator.section('deliveries')).filter((delivery) => delivery.object === customer.id);
      return one.state === 'accepted' || (one.state === 'waiting' && one.attempts === [300, 1800, 7200].indexOf(due) + 2);
    }, `the retry after ${wait} s`);
  }
  await settled();
  assert.equal(receiver.received.length, 4);
  assert.equal(new Set(receiver.received.map((one) => one.event.id)).size, 1);
  for (const one of receiver.received) Stripe.webhooks.constructEvent(one.body, one.headers['stripe-signature'], secret);
  const [event] = (await stripe.events.list({type: 'customer.created', delivery_success: true})).data;
  assert.equal(event.pending_webhooks, 0);
});

test('while a secret is rolled both sign', async () => {
  const endpoint = await listen(oldest, ['customer.created']);
  const {secrets} = await emulator.control('POST', `/_emulator/webhook_endpoints/${endpoint.id}/roll`, {});
  assert.equal(secrets[1], endpoint.secret);
  await stripe.customers.create({name: 'Rolled'});
  await settled();
  const [one] = receiver.received;
  assert.equal(one.headers['stripe-signature'].match(/v1=/g).length, 2);
  for (const secret of secrets) Stripe.webhooks.constructEvent(one.body, one.headers['stripe-signature'], secret);
});

test('lost, doubled and shuffled', async () => {
  await listen(oldest, ['customer.created']);
  await emulator.fault({kind: 'webhook_lose', probability: 0.2, seed: 3});
  await emulator.fault({kind: 'webhook_duplicate', probability: 0.5, seed: 4, ms: 50});
  await emulator.fault({kind: 'webhook_reorder', probability: 1, seed: 5, ms: 3000});
  const before = (await emulator.state()).delivery;
  const made = [];
  for (let i = 0; i < 40; i += 1) made.push((await stripe.customers.create({name: `C${i}`})).id);
  await settled();
  const {lost, copies} = (await emulator.state()).delivery;
  const seen = receiver.received.map((one) => one.event.data.object.id);
  assert.ok(lost > before.lost);
  assert.ok(copies > before.copies);
  assert.equal(new Set(seen).size, made.length - (lost - before.lost));
  assert.equal(seen.length, new Set(seen).size + (copies - before.copies));
  const firsts = [...new Set(seen)];
  assert.notDeepEqual(firsts, made.filter((id) => firsts.includes(id)), 'the order has changed');
  const undelivered = await stripe.events.list({type: 'customer.created', delivery_success: false, limit: 100});
  assert.equal(undelivered.data.filter((event) => made.includes(event.data.object.id)).length, lost - before.lost);
});

test('disabled endpoints get nothing, resent events come once more', async () => {
  const endpoint = await listen(oldest, ['customer.created']);
  await stripe.webhookEndpoints.update(endpoint.id, {disabled: true});
  await stripe.customers.create({name: 'Unheard'});
  await stripe.webhookEndpoints.update(endpoint.id, {disabled: false});
  const customer = await stripe.customers.create({name: 'Heard'});
  await settled();
  assert.deepEqual(receiver.received.map((one) => one.event.data.object.name), ['Heard']);
  const [event] = (await stripe.events.list({type: 'customer.created', limit: 1})).data;
  assert.equal(event.data.object.id, customer.id);
  await stripe.rawRequest('POST', `/v1/events/${event.id}/retry`, {webhook_endpoint: endpoint.id});
  await until(() => receiver.received.length === 2, 'the resent event');
  assert.equal(receiver.received[1].event.id, event.id);
});

test('a paused emulator keeps webhooks back', async () => {
  await listen(oldest, ['customer.created']);
  await emulator.control('POST', '/_emulator/pause', {deliveries: true});
  await stripe.customers.create({name: 'Later'});
  assert.equal((await emulator.state()).delivery.pending, 1);
  await emulator.control('POST', '/_emulator/pause', {deliveries: false});
  await settled();
  assert.equal(receiver.received.length, 1);
});

test('the clock finalises and collects, and reports it', async () => {
  const start = Math.floor(Date.now() / 1000);
  await listen(oldest, ['invoice.created', 'invoice.paid']);
  const {customer} = await customerWithCard(stripe);
  const invoice = await stripe.invoices.create({customer: customer.id, currency: 'eur', auto_advance: true});
  await stripe.invoices.addLines(invoice.id, {lines: [{amount: 800}]});
  await settled();
  await emulator.advance(3600);
  await until(() => receiver.received.some((one) => one.event.type === 'invoice.paid'), 'invoice.paid');
  const paid = receiver.received.find((one) => one.event.type === 'invoice.paid').event;
  assert.equal(paid.data.object.status, 'paid');
  assert.deepEqual(paid.request, {id: null, idempotency_key: null});
  assert.ok(paid.created >= start && paid.created <= Date.now() / 1000, 'events carry real time');
});
