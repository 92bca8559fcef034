// What the tests share: an emulator of their own on a free port, an SDK client that checks every answer against Stripe's
// schemas, a receiver of webhooks, and waiting for a condition.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, existsSync, rmSync} from 'node:fs';
import http from 'node:http';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {patient} from '../lib/patience.mjs';

export const packages = process.env.STRIPE_PACKAGES;
const require = createRequire(path.join(packages, 'package.json'));
export const Stripe = require('stripe');
const Ajv = require('ajv');

export const apiKey = 'sk_test_0123456789abcdef';
export const newest = '2026-10-28.endive';
export const oldest = '2023-10-16';

// The condition's first true value; throws when the time is over.
export async function until(condition, what, timeoutMs = 240_000) {
  const deadline = Date.now() + patient(timeoutMs);
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export async function startEmulator(settings = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'quittance-emulator-'));
  const ready = path.join(folder, 'ready');
  const environment = {
    ...process.env, EMULATOR_LISTEN: '127.0.0.1:0', METRICS_LISTEN: '127.0.0.1:0', LOG_LEVEL: 'warn', READY_FILE: ready, ...settings,
  };
  const child = spawn(process.env.STRIPE_EMULATOR, [], {env: environment, stdio: ['ignore', 'inherit', 'inherit']});
  let ended = false;
  const exit = new Promise((resolve) => child.on('exit', (code) => { ended = true; resolve(code); }));
  await until(() => ended || existsSync(ready), 'the emulator serves');
  assert.ok(!ended, 'the emulator ended at once');
  const address = readFileSync(ready, 'utf8').match(/^EMULATOR_LISTEN=(.*)$/m)[1];
  const url = `http://${address}`;
  const control = async (method, target, body) => {
    const answer = await fetch(url + target, {method, body: body === undefined ? undefined : JSON.stringify(body)});
    const value = await answer.json();
    assert.equal(answer.status, 200, `${method} ${target}: ${JSON.stringify(value)}`);
    return value;
  };
  return {
    url,
    port: Number(address.split(':')[1]),
    control,
    state: () => control('GET', '/_emulator/state?limit=1000'),
    section: async (name) => (await control('GET', `/_emulator/state?section=${name}&limit=10000`)).data,
    fault: (rule) => control('POST', '/_emulator/faults', rule),
    advance: (seconds) => control('POST', '/_emulator/advance', {seconds}),
    async stop() {
      child.kill('SIGTERM');
      const code = await exit;
      rmSync(folder, {recursive: true, force: true});
      assert.equal(code, 0, 'the emulator stops cleanly');
    },
  };
}

// ------------------------------------------------------------------ schemas
const ajv = new Ajv({strict: false, allErrors: true});
ajv.addSchema(JSON.parse(readFileSync(process.env.STRIPE_SCHEMAS, 'utf8')), 'stripe');
let checked = 0;
export const answersChecked = () => checked;

function definitionOf(body, version) {
  const shape = version >= '2025-03-31' ? 'basil' : '2023';
  if (body.error) return 'error';
  if (body.deleted) return 'deleted_object';
  switch (body.object) {
    case 'invoice': return `invoice_${shape}`;
    case 'invoiceitem': return `invoiceitem_${shape}`;
    case 'line_item': return `line_item_${shape}`;
    case 'event': case 'customer': case 'payment_method': case 'webhook_endpoint': case 'payment_intent': case 'charge':
    case 'invoice_payment': case 'list': case 'credit_note': return body.object;
    // The subset has no schema of these; types.test.mjs checks them.
    case 'refund': case 'dispute': case 'account': case 'payment_record': case 'product': case 'price': case 'plan': case 'coupon':
    case 'promotion_code': case 'tax_rate': case 'setup_intent': case 'card': return undefined;
    default: throw new Error(`no schema for ${body.object}`);
  }
}

// Throws unless the answer fits Stripe's schema of its kind and version; lists with all their elements.
export function checkAnswer(body, version) {
  const name = definitionOf(body, version);
  if (name === undefined) return;
  const validate = ajv.getSchema(`stripe#/definitions/${name}`);
  assert.ok(validate(body), `${name}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(body, null, 1)}`);
  checked += 1;
  if (name === 'list') for (const element of body.data) checkAnswer(element, version);
  if (name === 'event') {
    const kind = body.data.object;
    // The captured status of deleted invoices is outside the published words of newer versions.
    if (body.type !== 'invoice.deleted' && !kind.deleted) checkAnswer(kind, body.api_version);
  }
}

export function client(emulator, options = {}) {
  const apiVersion = options.apiVersion ?? newest;
  const httpClient = Stripe.createNodeHttpClient();
  const send = httpClient.makeRequest.bind(httpClient);
  httpClient.makeRequest = async (...call) => {
    const response = await send(...call);
    const read = response.toJSON.bind(response);
    response.toJSON = async () => {
      const body = await read();
      checkAnswer(body, apiVersion);
      return body;
    };
    return response;
  };
  return new Stripe(apiKey, {
    host: '127.0.0.1', port: emulator.port, protocol: 'http', telemetry: false, httpClient, ...options, apiVersion,
  });
}

// A customer with a card that is its default.
export async function customerWithCard(stripe, shared = 'pm_card_visa') {
  const customer = await stripe.customers.create({name: 'Ada Lovelace', email: 'ada@example.com'});
  const card = await stripe.paymentMethods.attach(shared, {customer: customer.id});
  await stripe.customers.update(customer.id, {invoice_settings: {default_payment_method: card.id}});
  return {customer, card};
}

// ------------------------------------------------------------------ receiver
// Keeps every webhook that comes in; `answer(request)` may say another status than 200.
export async function startReceiver() {
  const received = [];
  const receiver = {received, answer: () => 200};
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const one = {headers: request.headers, path: request.url, method: request.method, body: Buffer.concat(parts)};
      one.event = JSON.parse(one.body.toString('utf8'));
      one.status = receiver.answer(one, received);
      received.push(one);
      response.statusCode = one.status;
      response.end('{}');
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  receiver.url = `http://127.0.0.1:${server.address().port}/webhooks/stripe`;
  receiver.stop = () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); });
  return receiver;
}
