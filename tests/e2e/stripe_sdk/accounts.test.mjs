// Several accounts in one emulator: by API key, by mode, and connected ones by the header Stripe-Account.
import assert from 'node:assert/strict';
import {after, afterEach, before, beforeEach, test} from 'node:test';
import {Stripe, apiKey, client, customerWithCard, oldest, startEmulator, startReceiver, until} from './support.mjs';

const own = 'acct_1FirstAccount0001';
const other = {id: 'acct_1OtherAccount001', key: 'sk_test_other_0123456789', live: 'sk_live_other_0123456789'};
const connected = 'acct_1Connected000001';
let emulator;
let receiver;
before(async () => {
  emulator = await startEmulator({
    EMULATOR_ACCOUNT: own, EMULATOR_API_KEYS: apiKey,
    EMULATOR_FURTHER_ACCOUNTS: `${other.id}=${other.key}:${other.live}`, EMULATOR_CONNECTED_ACCOUNTS: connected,
  });
});
after(() => emulator.stop());
beforeEach(async () => { receiver = await startReceiver(); });
afterEach(() => receiver.stop());

const with_key = (key) => new Stripe(key, {host: '127.0.0.1', port: emulator.port, protocol: 'http', telemetry: false, apiVersion: oldest});
const missing = (promise) => assert.rejects(promise, (error) => error.statusCode === 404 && error.code === 'resource_missing');

async function paidInvoice(stripe) {
  const {customer} = await customerWithCard(stripe);
  const invoice = await stripe.invoices.create({customer: customer.id, currency: 'eur', pending_invoice_items_behavior: 'exclude'});
  await stripe.invoices.addLines(invoice.id, {lines: [{amount: 3300}]});
  return stripe.invoices.pay(invoice.id);
}

test('each key sees its account and mode', async () => {
  const stripe = client(emulator, {apiVersion: oldest});
  assert.equal((await stripe.accounts.retrieve()).id, own);
  assert.equal((await with_key(other.key).accounts.retrieve()).id, other.id);
  assert.equal((await with_key(other.live).accounts.retrieve()).id, other.id);
  await assert.rejects(with_key('sk_test_of_nobody_0123').accounts.retrieve(), (error) => error.statusCode === 401);
  const invoice = await paidInvoice(stripe);
  const hidden = await paidInvoice(with_key(other.live));
  assert.equal(hidden.livemode, true);
  await missing(with_key(other.key).invoices.retrieve(invoice.id));
  await missing(with_key(other.live).invoices.retrieve(invoice.id));
  await missing(with_key(other.key).invoices.retrieve(hidden.id));
  await missing(stripe.invoices.retrieve(hidden.id));
  assert.deepEqual((await with_key(other.key).invoices.list()).data, []);
});

test('a connected account is reached with Stripe-Account or Stripe-Context', async () => {
  const stripe = client(emulator, {apiVersion: oldest});
  const {secret} = await stripe.webhookEndpoints.create({url: receiver.url, enabled_events: ['*'], connect: true});
  const invoice = await paidInvoice(client(emulator, {apiVersion: oldest, stripeAccount: connected}));
  await until(async () => (await emulator.state()).delivery.pending === 0, 'all webhooks are delivered');
  const paid = receiver.received.find((one) => one.event.type === 'invoice.paid');
  const event = Stripe.webhooks.constructEvent(paid.body, paid.headers['stripe-signature'], secret);
  assert.equal(event.account, connected);
  assert.equal(event.data.object.id, invoice.id);
  assert.ok(receiver.received.every((one) => one.event.account === connected));

  await missing(stripe.invoices.retrieve(invoice.id));
  assert.equal((await stripe.invoices.retrieve(invoice.id, {}, {stripeAccount: connected})).id, invoice.id);
  assert.equal((await stripe.invoices.retrieve(invoice.id, {}, {stripeContext: connected})).id, invoice.id);
  assert.equal((await stripe.accounts.retrieve(connected)).id, connected);
  assert.equal((await stripe.events.retrieve(event.id, {}, {stripeAccount: connected})).account, connected);
  await missing(stripe.events.retrieve(event.id));
  await assert.rejects(with_key(other.key).invoices.retrieve(invoice.id, {}, {stripeAccount: connected}), (error) => error.statusCode === 403);
  const state = await emulator.control('GET', `/_emulator/state?account=${connected}&section=invoices`);
  assert.deepEqual(state.data.map((one) => one.id), [invoice.id]);
});

test('an account is added while the emulator runs', async () => {
  const late = {id: 'acct_1Late0000000001', keys: ['sk_test_late_0123456789']};
  await emulator.control('POST', '/_emulator/accounts', late);
  assert.equal((await with_key(late.keys[0]).accounts.retrieve()).id, late.id);
});
