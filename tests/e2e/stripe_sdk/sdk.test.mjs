// The official npm SDK against the emulator: creates, fills, finalises, pays, voids, deletes and pages invoices, meets
// Stripe's errors, and retries over faults. Every answer is checked against Stripe's schemas on its way in.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {answersChecked, client, customerWithCard, newest, oldest, startEmulator} from './support.mjs';

let emulator;
before(async () => { emulator = await startEmulator(); });
after(async () => {
  assert.ok(answersChecked() > 100, `answers checked: ${answersChecked()}`);
  await emulator.stop();
});

for (const version of [oldest, newest]) {
  test(`an invoice from draft to paid at ${version}`, async () => {
    const stripe = client(emulator, {apiVersion: version});
    const {customer} = await customerWithCard(stripe);
    const draft = await stripe.invoices.create({
      customer: customer.id, currency: 'eur', auto_advance: false, pending_invoice_items_behavior: 'exclude',
      description: 'Ünïcode & spaces + signs', metadata: {request: 'r-1'},
    });
    assert.equal(draft.status, 'draft');
    assert.equal(draft.description, 'Ünïcode & spaces + signs');
    const item = await stripe.invoiceItems.create({customer: customer.id, invoice: draft.id, amount: 1200, currency: 'eur', description: 'One'});
    assert.equal(item.invoice, draft.id);
    const filled = await stripe.invoices.addLines(draft.id, {
      lines: [{amount: 2000, description: 'Two', metadata: {n: '2'}}, {amount: -200, description: 'Credit', metadata: {n: '3'}}],
    });
    assert.equal(filled.total, 3000);
    assert.deepEqual(filled.lines.data.map((line) => line.amount), [1200, 2000, -200]);
    const open = await stripe.invoices.finalizeInvoice(draft.id);
    assert.equal(open.status, 'open');
    assert.match(open.number, /^[0-9A-F]{8}-0001$/);
    assert.match(open.invoice_pdf, /^https:\/\/pay\.stripe\.com\//);
    const paid = await stripe.invoices.pay(draft.id);
    assert.equal(paid.status, 'paid');
    assert.equal(paid.amount_paid, 3000);
    assert.equal(paid.attempt_count, 1);
    if (version === oldest) {
      assert.equal(paid.paid, true);
      const intent = await stripe.paymentIntents.retrieve(paid.payment_intent);
      assert.equal(intent.status, 'succeeded');
      assert.equal((await stripe.charges.retrieve(intent.latest_charge)).paid, true);
    } else {
      assert.equal(paid.paid, undefined);
      const payments = await stripe.invoicePayments.list({invoice: draft.id});
      assert.equal(payments.data[0].status, 'paid');
      const expanded = await stripe.invoices.retrieve(draft.id, {expand: ['payments', 'customer']});
      assert.equal(expanded.payments.data[0].amount_paid, 3000);
      assert.equal(expanded.customer.name, 'Ada Lovelace');
    }
    const types = (await stripe.events.list({limit: 100})).data.filter((event) => event.data.object.id === draft.id).map((event) => event.type);
    for (const type of ['invoice.created', 'invoice.finalized', 'invoice.updated', 'invoice.payment_succeeded', 'invoice.paid']) {
      assert.ok(types.includes(type), `${type} in ${types}`);
    }
  });

  test(`the other ends of an invoice at ${version}`, async () => {
    const stripe = client(emulator, {apiVersion: version});
    const {customer, card} = await customerWithCard(stripe);
    const make = async () => {
      const invoice = await stripe.invoices.create({customer: customer.id, currency: 'usd', pending_invoice_items_behavior: 'exclude'});
      await stripe.invoices.addLines(invoice.id, {lines: [{amount: 500}]});
      return invoice.id;
    };
    const voided = await make();
    await stripe.invoices.finalizeInvoice(voided);
    assert.equal((await stripe.invoices.voidInvoice(voided)).status, 'void');
    await assert.rejects(stripe.invoices.pay(voided), (error) => error.statusCode === 400);

    const lost = await make();
    await stripe.invoices.finalizeInvoice(lost);
    assert.equal((await stripe.invoices.markUncollectible(lost)).status, 'uncollectible');
    assert.equal((await stripe.invoices.pay(lost, {payment_method: card.id})).status, 'paid');

    const deleted = await make();
    assert.deepEqual((({id, deleted: gone}) => ({id, gone}))(await stripe.invoices.del(deleted)), {id: deleted, gone: true});
    await assert.rejects(stripe.invoices.retrieve(deleted), (error) => error.statusCode === 404 && error.code === 'resource_missing');

    const sent = await stripe.invoices.create({customer: customer.id, collection_method: 'send_invoice', days_until_due: 7, currency: 'usd', pending_invoice_items_behavior: 'exclude'});
    await stripe.invoices.addLines(sent.id, {lines: [{amount: 500}]});
    assert.equal((await stripe.invoices.sendInvoice(sent.id)).status, 'open');
    assert.equal((await stripe.invoices.pay(sent.id, {paid_out_of_band: true})).status, 'paid');

    const edited = await make();
    const lines = await stripe.invoices.listLineItems(edited);
    await stripe.invoices.updateLines(edited, {lines: [{id: lines.data[0].id, amount: 700}]});
    assert.equal((await stripe.invoices.updateLineItem(edited, lines.data[0].id, {description: 'Edited'})).amount, 700);
    assert.equal((await stripe.invoices.removeLines(edited, {lines: [{id: lines.data[0].id, behavior: 'delete'}]})).total, 0);
  });
}

for (const version of [oldest, newest]) {
  test(`what gives money back at ${version}`, async () => {
    const stripe = client(emulator, {apiVersion: version});
    const {customer, card} = await customerWithCard(stripe);
    const make = async (amount) => {
      const invoice = await stripe.invoices.create({customer: customer.id, currency: 'eur', pending_invoice_items_behavior: 'exclude'});
      await stripe.invoices.addLines(invoice.id, {lines: [{amount}]});
      return stripe.invoices.finalizeInvoice(invoice.id);
    };
    const open = await make(3000);
    const note = await stripe.creditNotes.create({invoice: open.id, amount: 1000, reason: 'order_change'});
    assert.equal(note.type, 'pre_payment');
    assert.equal((await stripe.invoices.retrieve(open.id)).amount_remaining, 2000);
    const paid = await stripe.invoices.pay(open.id, {payment_method: card.id});
    assert.equal(paid.amount_paid, 2000);

    const intent = (await stripe.paymentIntents.list({customer: customer.id, limit: 1})).data[0];
    const refund = await stripe.refunds.create({payment_intent: intent.id, amount: 500, reason: 'requested_by_customer'});
    assert.equal(refund.status, 'succeeded');
    await assert.rejects(stripe.refunds.create({charge: refund.charge, amount: 1501}), (error) => error.statusCode === 400);
    const after = await stripe.creditNotes.create({invoice: open.id, amount: 700, refund_amount: 600, credit_amount: 100});
    assert.equal(after.type, 'post_payment');
    assert.equal((await stripe.charges.retrieve(refund.charge)).amount_refunded, 1100);
    assert.equal((await stripe.customers.retrieve(customer.id)).balance, -100);
    assert.equal((await stripe.refunds.list({charge: refund.charge})).data.length, 2);
    assert.deepEqual((await stripe.creditNotes.list({invoice: open.id})).data.map((one) => one.id), [after.id, note.id]);
    if (version === newest) {
      const payments = await stripe.invoicePayments.list({payment: {type: 'payment_intent', payment_intent: intent.id}});
      assert.deepEqual(payments.data.map((payment) => payment.invoice), [open.id]);
    }

    const kept = await make(800);
    const voided = await stripe.creditNotes.create({invoice: kept.id, amount: 300});
    assert.equal((await stripe.creditNotes.voidCreditNote(voided.id)).status, 'void');
    assert.equal((await stripe.invoices.retrieve(kept.id)).amount_remaining, 700); // the credit took 100 off it

    const opened = await emulator.control('POST', '/_emulator/disputes', {invoice: open.id});
    assert.equal((await stripe.disputes.retrieve(opened.id)).status, 'needs_response');
    await emulator.control('POST', '/_emulator/disputes', {charge: refund.charge, status: 'lost'});
    assert.deepEqual((await stripe.disputes.list({charge: refund.charge})).data.map((dispute) => dispute.status), ['lost']);
    const failed = await emulator.control('POST', `/_emulator/refunds/${refund.id}/fail`);
    assert.equal(failed.status, 'failed');

    const types = ['refund.created', 'refund.failed', 'charge.refunded', 'charge.dispute.created', 'charge.dispute.closed', 'credit_note.created', 'credit_note.voided'];
    const told = await stripe.events.list({types, limit: 100}).autoPagingToArray({limit: 1000});
    assert.deepEqual([...new Set(told.map((event) => event.type))].sort(), types.sort());
  });
}

test('cards that fail', async () => {
  const stripe = client(emulator);
  const cases = [
    ['pm_card_chargeCustomerFail', 'card_declined', 'generic_decline'],
    ['pm_card_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_threeDSecure2Required', 'invoice_payment_intent_requires_action', ''],
  ];
  for (const [shared, code, declineCode] of cases) {
    const {customer} = await customerWithCard(stripe, shared);
    const invoice = await stripe.invoices.create({customer: customer.id, currency: 'eur', pending_invoice_items_behavior: 'exclude'});
    await stripe.invoices.addLines(invoice.id, {lines: [{amount: 900}]});
    await assert.rejects(stripe.invoices.pay(invoice.id), (error) => {
      assert.equal(error.type, 'StripeCardError');
      assert.equal(error.code, code);
      assert.equal(error.decline_code, declineCode);
      assert.match(error.requestId, /^req_/);
      return true;
    });
    assert.equal((await stripe.invoices.retrieve(invoice.id)).status, 'open');
  }
});

test('pages are walked by the SDK in both directions', async () => {
  const stripe = client(emulator);
  const {customer} = await customerWithCard(stripe);
  const made = [];
  for (let i = 0; i < 25; i += 1) made.push((await stripe.invoices.create({customer: customer.id, currency: 'eur'})).id);
  const walked = await stripe.invoices.list({customer: customer.id, limit: 10}).autoPagingToArray({limit: 1000});
  assert.deepEqual(walked.map((invoice) => invoice.id), [...made].reverse());
  const newer = await stripe.invoices.list({customer: customer.id, limit: 10, ending_before: made[4]}).autoPagingToArray({limit: 1000});
  assert.deepEqual(newer.map((invoice) => invoice.id), made.slice(5));
  const filled = await stripe.invoices.addLines(made[0], {lines: Array.from({length: 23}, (_, i) => ({amount: 100 + i}))});
  assert.equal(filled.lines.has_more, true);
  const lines = await stripe.invoices.listLineItems(made[0], {limit: 10}).autoPagingToArray({limit: 1000});
  assert.deepEqual(lines.map((line) => line.amount), Array.from({length: 23}, (_, i) => 100 + i));
});

test("Stripe's errors become the SDK's", async () => {
  const stripe = client(emulator);
  const {customer} = await customerWithCard(stripe);
  const refused = async (promise, type, fields) => assert.rejects(promise, (error) => {
    assert.equal(error.type, type);
    for (const [name, value] of Object.entries(fields)) assert.equal(error[name], value, name);
    return true;
  });
  await refused(stripe.invoices.create({}), 'StripeInvalidRequestError', {code: 'parameter_missing', param: 'customer', statusCode: 400});
  await refused(stripe.invoices.create({customer: customer.id, colour: 'red'}), 'StripeInvalidRequestError', {code: 'parameter_unknown', param: 'colour'});
  await refused(stripe.invoices.create({customer: 'cus_nope'}), 'StripeInvalidRequestError', {code: 'resource_missing', statusCode: 400});
  await refused(stripe.customers.retrieve('cus_nope'), 'StripeInvalidRequestError', {code: 'resource_missing', statusCode: 404});
  await refused(client(emulator, {stripeAccount: 'acct_other'}).customers.list(), 'StripePermissionError', {statusCode: 403});
  const item = (currency, amount) => stripe.invoiceItems.create({customer: customer.id, currency, amount});
  await refused(item('kwd', 12345), 'StripeInvalidRequestError', {code: 'invalid_charge_amount', param: 'amount'});
  await refused(item('ugx', 50050), 'StripeInvalidRequestError', {code: 'invalid_charge_amount_no_decimal_compatible', param: 'amount'});
  await refused(client(emulator, {apiVersion: '2024-04-11'}).customers.list(), 'StripeInvalidRequestError', {statusCode: 400});
  for (const unknown of ['/v1/invoices/upcoming', '/v1/invoices/search', '/v1/nothing/in_1']) {
    await assert.rejects(stripe.rawRequest('GET', unknown), (error) => error.statusCode === 404 && error.message.startsWith('Unrecognized request URL'));
  }
  const key = {idempotencyKey: `sdk-${Date.now()}`};
  const first = await stripe.invoices.create({customer: customer.id}, key);
  const again = await stripe.invoices.create({customer: customer.id}, key);
  assert.equal(again.id, first.id);
  assert.equal(again.lastResponse.headers['idempotent-replayed'], 'true');
  await refused(stripe.invoices.create({customer: customer.id, description: 'x'}, key), 'StripeIdempotencyError', {statusCode: 400});
});

test('the SDK retries over faults without a second effect', async () => {
  const stripe = client(emulator, {maxNetworkRetries: 3});
  const {customer} = await customerWithCard(stripe);
  for (const kind of ['drop_before', 'drop_after', 'lock_timeout_429', 'conflict_409']) {
    await emulator.fault({kind, method: 'POST', path: '/v1/invoices'});
    const tag = `${kind}-${Date.now()}`;
    const invoice = await stripe.invoices.create({customer: customer.id, currency: 'eur', metadata: {tag}});
    const all = await stripe.invoices.list({customer: customer.id, limit: 100}).autoPagingToArray({limit: 1000});
    assert.deepEqual(all.filter((one) => one.metadata.tag === tag).map((one) => one.id), [invoice.id], kind);
  }
  await emulator.fault({kind: 'error_500_after', method: 'POST', path: '/v1/invoices'});
  await assert.rejects(stripe.invoices.create({customer: customer.id, metadata: {tag: 'lost'}}), (error) => error.statusCode === 500);
  const all = await stripe.invoices.list({customer: customer.id, limit: 100}).autoPagingToArray({limit: 1000});
  assert.equal(all.filter((one) => one.metadata.tag === 'lost').length, 1);
});

test('a refund that was made before the answer was lost is made once', async () => {
  const stripe = client(emulator);
  const {customer} = await customerWithCard(stripe);
  const invoice = await stripe.invoices.create({customer: customer.id, currency: 'eur', pending_invoice_items_behavior: 'exclude'});
  await stripe.invoices.addLines(invoice.id, {lines: [{amount: 900}]});
  await stripe.invoices.pay(invoice.id);
  const intent = (await stripe.paymentIntents.list({customer: customer.id, limit: 1})).data[0];
  await emulator.fault({kind: 'drop_after', method: 'POST', path: '/v1/refunds'});
  const refund = await stripe.refunds.create({payment_intent: intent.id, amount: 100});
  assert.deepEqual((await stripe.refunds.list({charge: refund.charge})).data.map((one) => one.id), [refund.id]);
});

test('events are listed for thirty days', async () => {
  const own = await startEmulator();
  const stripe = client(own);
  const {customer} = await customerWithCard(stripe);
  assert.ok((await stripe.events.list({type: 'customer.created'})).data.length === 1);
  await own.control('POST', '/_emulator/advance', {days: 31});
  await stripe.customers.update(customer.id, {name: 'Ada King'});
  const left = await stripe.events.list({limit: 100});
  assert.deepEqual(left.data.map((event) => event.type), ['customer.updated']);
  await own.stop();
});

test('a held call keeps its key in use until it is released', async () => {
  const stripe = client(emulator, {maxNetworkRetries: 0});
  const {customer} = await customerWithCard(stripe);
  const rule = await emulator.fault({kind: 'hold', method: 'POST', path: '/v1/invoices'});
  const key = {idempotencyKey: `held-${Date.now()}`};
  const held = stripe.invoices.create({customer: customer.id}, key);
  while ((await emulator.state()).holding === 0);
  await assert.rejects(stripe.invoices.create({customer: customer.id}, key), (error) => error.statusCode === 409);
  assert.deepEqual(await emulator.control('POST', '/_emulator/release', {fault: rule.id}), {released: 1});
  assert.equal((await held).status, 'draft');
});
