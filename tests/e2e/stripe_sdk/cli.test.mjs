// The official Stripe CLI against the emulator: its `trigger` fixtures run, and its plain calls work.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {promisify} from 'node:util';
import {apiKey, client, oldest, packages, startEmulator} from './support.mjs';

const binary = path.join(packages, 'node_modules', '@stripe', `cli-${process.platform}-${process.arch}`, 'bin', 'stripe');
const run = promisify(execFile);
let emulator;
let home;
before(async () => {
  emulator = await startEmulator();
  home = mkdtempSync(path.join(tmpdir(), 'quittance-stripe-cli-'));
});
after(async () => {
  rmSync(home, {recursive: true, force: true});
  await emulator.stop();
});

// The CLI reaches nothing but the emulator: its question for updates meets a closed port.
const cli = (...words) => run(binary, [...words, '--api-base', emulator.url], {
  timeout: 240_000,
  env: {PATH: process.env.PATH, HOME: home, XDG_CONFIG_HOME: home, STRIPE_CLI_TELEMETRY_OPTOUT: '1', HTTPS_PROXY: 'http://127.0.0.1:9', STRIPE_API_KEY: apiKey},
});

// The CLI has 57 triggers about customers, their payments, and what invoices are made of. Those for
// subscriptions, quotes, discounts and cash balances are outside of what the emulator does.
const triggers = {
  'invoice.created': 'draft',
  'invoice.finalized': 'open',
  'invoice.paid': 'paid',
  'invoice.payment_failed': 'open',
  'invoice.payment_action_required': 'open',
  'invoice.payment_succeeded': 'paid',
  'invoice.voided': 'void',
  'invoice.marked_uncollectible': 'uncollectible',
  'invoice.sent': 'open',
  'invoice.updated': 'draft',
  'invoice.deleted': 'deleted',
  'invoiceitem.created': undefined,
  'invoiceitem.deleted': undefined,
  'credit_note.created': 'issued',
  'credit_note.updated': 'issued',
  'credit_note.voided': 'void',
  'charge.captured': 'succeeded',
  'charge.dispute.closed': 'warning_closed',
  'charge.dispute.created': 'warning_needs_response',
  'charge.dispute.updated': 'warning_needs_response',
  'charge.failed': 'failed',
  'charge.refund.updated': 'succeeded',
  'charge.refunded': 'succeeded',
  'charge.succeeded': 'succeeded',
  'payment_intent.amount_capturable_updated': 'requires_capture',
  'payment_intent.canceled': 'canceled',
  'payment_intent.created': 'requires_payment_method',
  'payment_intent.payment_failed': 'requires_payment_method',
  'payment_intent.requires_action': 'requires_action',
  'payment_intent.succeeded': 'succeeded',
  'payment_intent.processing': 'processing',
  'payment_method.attached': undefined,
  'payment_method.detached': undefined,
  'payment_method.updated': undefined,
  'setup_intent.canceled': 'canceled',
  'setup_intent.created': 'requires_payment_method',
  'setup_intent.requires_action': 'requires_action',
  'setup_intent.setup_failed': 'requires_payment_method',
  'setup_intent.succeeded': 'succeeded',
  'customer.created': undefined,
  'customer.deleted': undefined,
  'customer.source.created': undefined,
  'customer.source.updated': undefined,
  'customer.updated': undefined,
  'coupon.created': undefined,
  'coupon.deleted': undefined,
  'coupon.updated': undefined,
  'plan.created': undefined,
  'plan.deleted': undefined,
  'plan.updated': undefined,
  'price.created': undefined,
  'price.updated': undefined,
  'product.created': undefined,
  'product.deleted': undefined,
  'product.updated': undefined,
  'promotion_code.created': undefined,
  'promotion_code.updated': undefined,
  'tax_rate.created': undefined,
  'tax_rate.updated': undefined,
};

for (const [type, status] of Object.entries(triggers)) {
  test(`trigger ${type}`, async () => {
    const stripe = client(emulator, {apiVersion: oldest});
    const before = new Set((await stripe.events.list({type, limit: 100})).data.map((event) => event.id));
    const {stdout} = await cli('trigger', type);
    assert.match(stdout, /Trigger succeeded/);
    const made = (await stripe.events.list({type, limit: 100})).data.filter((event) => !before.has(event.id));
    assert.ok(made.length >= 1, `${type} exists`);
    assert.equal(made[0].data.object.status, status);
  });
}

test('get, post and delete', async () => {
  const customer = JSON.parse((await cli('post', '/v1/customers', '-d', 'name=Ada Lovelace', '-d', 'metadata[team]=t1')).stdout);
  assert.equal(customer.name, 'Ada Lovelace');
  assert.deepEqual(customer.metadata, {team: 't1'});
  const shown = JSON.parse((await cli('get', `/v1/customers/${customer.id}`, '-v', '2026-10-28.endive')).stdout);
  assert.equal(shown.id, customer.id);
  const gone = JSON.parse((await cli('delete', `/v1/customers/${customer.id}`, '--confirm')).stdout);
  assert.equal(gone.deleted, true);
});
