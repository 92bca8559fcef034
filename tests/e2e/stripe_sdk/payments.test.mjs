// Payments over HTTP, by the official SDK: intents of their own, several payments of one invoice, one payment of several
// invoices, payment records, detaching, and the lists by which an audit finds what no event told.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {client, customerWithCard, newest, startEmulator} from './support.mjs';

let emulator;
let stripe;
before(async () => { emulator = await startEmulator(); stripe = client(emulator); });
after(() => emulator.stop());

async function open(customer, amount) {
  const invoice = await stripe.invoices.create({customer: customer.id, currency: 'eur', pending_invoice_items_behavior: 'exclude'});
  await stripe.invoices.addLines(invoice.id, {lines: [{amount}]});
  return stripe.invoices.finalizeInvoice(invoice.id);
}

test('an intent pays two invoices, and its refund is listed', async () => {
  const {customer, card} = await customerWithCard(stripe);
  const first = await open(customer, 3000);
  const second = await open(customer, 2000);
  const since = Math.floor(Date.now() / 1000);
  const intent = await stripe.paymentIntents.create({amount: 5000, currency: 'eur', customer: customer.id});
  for (const invoice of [first, second]) await stripe.invoices.attachPayment(invoice.id, {payment_intent: intent.id});
  const paid = await stripe.paymentIntents.confirm(intent.id, {payment_method: card.id});
  assert.equal(paid.status, 'succeeded');
  assert.equal((await stripe.invoices.retrieve(first.id)).amount_paid, 3000);
  assert.equal((await stripe.invoices.retrieve(second.id)).status, 'paid');
  const payments = await stripe.invoicePayments.list({payment: {type: 'payment_intent', payment_intent: intent.id}, status: 'paid', limit: 1})
    .autoPagingToArray({limit: 10});
  assert.deepEqual(payments.map((one) => [one.invoice, one.amount_paid]), [[second.id, 2000], [first.id, 3000]]);

  const refund = await stripe.refunds.create({payment_intent: intent.id});
  const dispute = await emulator.control('POST', '/_emulator/disputes', {charge: (await paidCharge(customer, card)), status: 'needs_response'});
  const ids = async (resource, filter) => (await stripe[resource].list(filter)).data.map((one) => one.id);
  assert.deepEqual(await ids('refunds', {created: {gte: since}, payment_intent: intent.id}), [refund.id]);
  assert.deepEqual(await ids('refunds', {charge: paid.latest_charge}), [refund.id]);
  assert.deepEqual(await ids('refunds', {created: {gt: since + 3600}}), []);
  assert.deepEqual(await ids('refunds', {created: {lt: since}}), []);
  assert.deepEqual(await ids('disputes', {created: {gte: since, lte: since + 3600}, charge: dispute.charge}), [dispute.id]);
  assert.deepEqual(await ids('disputes', {payment_intent: dispute.payment_intent}), [dispute.id]);
  assert.deepEqual(await ids('disputes', {created: {lt: since}}), []);
});

async function paidCharge(customer, card) {
  const intent = await stripe.paymentIntents.create({amount: 900, currency: 'eur', customer: customer.id, payment_method: card.id, confirm: true});
  return intent.latest_charge;
}

test('a bank debit clears days later, or comes back', async () => {
  const customer = await stripe.customers.create({name: 'Bob', email: 'bob@example.com'});
  const debit = await stripe.paymentMethods.create({type: 'sepa_debit', sepa_debit: {iban: 'AT321904300235473204'}, billing_details: {name: 'Bob', email: 'bob@example.com'}});
  await stripe.paymentMethods.attach(debit.id, {customer: customer.id});
  const settle = async (invoice, succeeds) => {
    const [payment] = (await stripe.invoicePayments.list({invoice})).data;
    await emulator.control('POST', `/_emulator/payment_intents/${payment.payment.payment_intent}/settle`, {succeeds});
    return stripe.invoices.retrieve(invoice);
  };
  const clears = await open(customer, 900);
  const waiting = await stripe.invoices.pay(clears.id, {payment_method: debit.id});
  assert.deepEqual([waiting.status, waiting.amount_paid, waiting.attempt_count], ['open', 0, 1]);
  assert.equal((await settle(clears.id, true)).status, 'paid');
  const returns = await open(customer, 900);
  await stripe.invoices.pay(returns.id, {payment_method: debit.id});
  assert.equal((await settle(returns.id, false)).status, 'open');
  const types = (await stripe.events.list({limit: 100})).data.filter((event) => event.data.object.id === returns.id).map((event) => event.type);
  assert.ok(types.includes('invoice.payment_failed'), types.join());
});

test('parts, records and detaching', async () => {
  const {customer, card} = await customerWithCard(stripe);
  const invoice = await open(customer, 3000);
  const record = await stripe.paymentRecords.reportPayment({
    amount_requested: {value: 1000, currency: 'eur'}, initiated_at: 1700000000, outcome: 'guaranteed', guaranteed: {guaranteed_at: 1700000001},
    payment_method_details: {type: 'custom', custom: {display_name: 'Wire'}},
  });
  const partly = await stripe.invoices.attachPayment(invoice.id, {payment_record: record.id});
  assert.deepEqual([partly.status, partly.amount_paid, partly.amount_remaining], ['open', 1000, 2000]);
  const paid = await stripe.invoices.pay(invoice.id, {expand: ['payments']});
  assert.deepEqual([paid.status, paid.amount_paid], ['paid', 3000]);
  const intent = paid.payments.data.find((one) => one.payment.type === 'payment_intent').payment.payment_intent;
  await assert.rejects(stripe.rawRequest('POST', `/v1/invoices/${invoice.id}/detach_payment`, {payment_intent: intent}), (error) => error.statusCode === 404);
  const preview = client(emulator, {apiVersion: '2026-01-28.preview'});
  const open_again = await preview.rawRequest('POST', `/v1/invoices/${invoice.id}/detach_payment`, {payment_intent: intent});
  assert.deepEqual([open_again.status, open_again.amount_paid, open_again.attempt_count], ['open', 1000, 0]);
  const again = await stripe.invoices.pay(invoice.id, {payment_method: card.id});
  assert.equal(again.status, 'paid');
  assert.equal(newest, stripe.getApiField('version'));
});
