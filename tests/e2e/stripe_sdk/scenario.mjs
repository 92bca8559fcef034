// A walk through the emulator's calls at one API version, over plain HTTP: gives every answer with the SDK's name of its
// type.
import assert from 'node:assert/strict';
import {apiKey} from './support.mjs';

function pairs(value, name, out) {
  if (value === undefined) return out;
  if (Array.isArray(value)) value.forEach((one, index) => pairs(one, `${name}[${index}]`, out));
  else if (value !== null && typeof value === 'object') for (const [key, one] of Object.entries(value)) pairs(one, name === '' ? key : `${name}[${key}]`, out);
  else out.push([name, String(value)]);
  return out;
}

class Walk {
  constructor(emulator, version) {
    this.emulator = emulator;
    this.version = version;
    this.answers = [];
    this.basil = version >= '2025-03-31';
  }

  // Keeps the answer as one of that type; `type` undefined: does not keep it.
  async call(type, method, target, parameters = {}) {
    const form = new URLSearchParams(pairs(parameters, '', [])).toString();
    const json = target.startsWith('/v2/');
    const url = this.emulator.url + target + (method === 'GET' && form !== '' ? `?${form}` : '');
    const headers = {Authorization: `Bearer ${apiKey}`, 'Stripe-Version': this.version};
    if (method === 'POST') headers['Content-Type'] = json ? 'application/json' : 'application/x-www-form-urlencoded';
    const answer = await fetch(url, {method, headers, body: method === 'POST' ? (json ? JSON.stringify(parameters) : form) : undefined});
    const body = await answer.json();
    assert.ok(answer.ok, `${method} ${target} at ${this.version}: ${JSON.stringify(body)}`);
    if (type !== undefined) this.answers.push({type, body});
    return body;
  }
  get(type, target, parameters) { return this.call(type, 'GET', target, parameters); }
  post(type, target, parameters) { return this.call(type, 'POST', target, parameters); }

  async openInvoice(customer, amount) {
    const draft = await this.post('Invoice', '/v1/invoices', {customer, currency: 'eur', auto_advance: true, pending_invoice_items_behavior: 'exclude'});
    await this.post('InvoiceItem', '/v1/invoiceitems', {customer, invoice: draft.id, amount, currency: 'eur', description: 'One'});
    await this.post('Invoice', `/v1/invoices/${draft.id}/finalize`, {});
    return draft.id;
  }
}

async function invoices(walk) {
  const customer = (await walk.post('Customer', '/v1/customers', {name: 'Ada', email: 'ada@example.com', address: {city: 'Berlin', country: 'DE'}})).id;
  const card = (await walk.post('PaymentMethod', '/v1/payment_methods/pm_card_visa/attach', {customer})).id;
  const invoice = await walk.openInvoice(customer, 3300);
  await walk.post('Invoice', `/v1/invoices/${invoice}/pay`, {payment_method: card});
  await walk.get('ApiList<Stripe.InvoiceLineItem>', `/v1/invoices/${invoice}/lines`);
  await walk.get('ApiList<Stripe.Invoice>', '/v1/invoices', {limit: 2, customer});
  if (walk.basil) await walk.get('Invoice', `/v1/invoices/${invoice}`, {expand: ['payments', 'confirmation_secret', 'customer']});
  const voided = await walk.openInvoice(customer, 900);
  await walk.post('Invoice', `/v1/invoices/${voided}/void`);
  return {customer, card, invoice};
}

async function corrections(walk, {customer, card, invoice}) {
  const open = await walk.openInvoice(customer, 2000);
  await walk.post('CreditNote', '/v1/credit_notes', {invoice: open, lines: [{type: 'custom_line_item', description: 'Sorry', unit_amount: 300, quantity: 1}]});
  const note = await walk.post('CreditNote', '/v1/credit_notes', {invoice, amount: 700, refund_amount: 500, credit_amount: 200});
  await walk.get('CreditNote', '/v1/credit_notes/preview', {invoice, amount: 100, out_of_band_amount: 100});
  await walk.get('ApiList<Stripe.CreditNoteLineItem>', `/v1/credit_notes/${note.id}/lines`);
  const intent = await walk.post('PaymentIntent', '/v1/payment_intents', {amount: 1500, currency: 'eur', customer, payment_method: card, confirm: true});
  await walk.get('Charge', `/v1/charges/${intent.latest_charge}`);
  const refund = await walk.post('Refund', '/v1/refunds', {payment_intent: intent.id, amount: 300, reason: 'requested_by_customer'});
  await walk.call('Refund', 'POST', `/_emulator/refunds/${refund.id}/fail`);
  await walk.get('ApiList<Stripe.Refund>', '/v1/refunds', {charge: intent.latest_charge});
  const disputed = await walk.post('PaymentIntent', '/v1/payment_intents', {amount: 1500, currency: 'eur', payment_method: 'pm_card_createDispute', confirm: true});
  await walk.get('ApiList<Stripe.Dispute>', '/v1/disputes', {payment_intent: disputed.id});
  await walk.post('PaymentIntent', '/v1/payment_intents', {amount: 1500, currency: 'eur', payment_method: 'pm_card_authenticationRequired', confirm: true});
  await walk.get('ApiList<Stripe.PaymentIntent>', '/v1/payment_intents', {limit: 5});
  await walk.get('ApiList<Stripe.Charge>', '/v1/charges', {limit: 5});
}

async function payments(walk, {customer}) {
  if (!walk.basil) return;
  const invoice = await walk.openInvoice(customer, 2000);
  await walk.get('ApiList<Stripe.InvoicePayment>', '/v1/invoice_payments', {invoice});
  if (walk.version < '2026') return;
  const record = await walk.post('PaymentRecord', '/v1/payment_records/report_payment', {
    amount_requested: {value: 1000, currency: 'eur'}, initiated_at: 1700000000, outcome: 'guaranteed', guaranteed: {guaranteed_at: 1700000001},
    payment_method_details: {type: 'custom', custom: {display_name: 'Wire'}},
  });
  await walk.post('Invoice', `/v1/invoices/${invoice}/attach_payment`, {payment_record: record.id});
  await walk.get('ApiList<Stripe.InvoicePayment>', '/v1/invoice_payments', {invoice});
}

async function others(walk) {
  await walk.get('Account', '/v1/account');
  await walk.post('WebhookEndpoint', '/v1/webhook_endpoints', {url: 'http://127.0.0.1:9/', enabled_events: ['charge.expired']});
  const product = await walk.post('Product', '/v1/products', {name: 'Thing'});
  await walk.post('Price', '/v1/prices', {product: product.id, currency: 'eur', unit_amount: 500});
  await walk.post('TaxRate', '/v1/tax_rates', {display_name: 'VAT', inclusive: false, percentage: 19});
  await walk.post('Coupon', '/v1/coupons', {percent_off: 12.5});
  await walk.get('ApiList<Stripe.Event>', '/v1/events', {limit: 1, type: 'customer.created'});
  if (walk.version < '2026') return;
  const destination = await walk.post('V2.Core.EventDestination', '/v2/core/event_destinations', {
    name: 'Types', type: 'webhook_endpoint', event_payload: 'thin', enabled_events: ['v1.charge.expired'], webhook_endpoint: {url: 'http://127.0.0.1:9/'},
    include: ['webhook_endpoint.signing_secret', 'webhook_endpoint.url'],
  });
  await walk.get('V2.Core.EventDestination', `/v2/core/event_destinations/${destination.id}`);
  for (const type of ['v1.invoice.paid', 'v1.refund.created', 'v1.invoice.updated']) {
    for (const event of (await walk.get(undefined, '/v2/core/events', {limit: 1, types: [type]})).data) walk.answers.push({type: 'V2.Core.Event', body: event});
  }
}

export async function scenario(emulator, version) {
  const walk = new Walk(emulator, version);
  const made = await invoices(walk);
  await corrections(walk, made);
  await payments(walk, made);
  await others(walk);
  return walk.answers;
}
