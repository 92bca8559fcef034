// Why an invoice is not paid, through the whole stack: a declined payment is told on every surface within seconds, and a
// later payment takes it away. Before basil Stripe's payments name their invoice; since then Stripe is asked for it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Admin } from '../lib/http.mjs';
import { Stack, programsDirectory } from '../lib/stack.mjs';
import { Stripe } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';

const error = { code: 'card_declined', declineCode: 'insufficient_funds', message: 'Your card has insufficient funds.' };

function show(env, id) {
    return new Promise((resolve, reject) => {
        execFile(path.join(programsDirectory, 'quittancectl'), ['invoice', 'show', id], { env: { ...process.env, ...env } },
            (failure, out) => (failure ? reject(failure) : resolve(out)));
    });
}

for (const version of ['2023-10-16', '2025-03-31.basil'])
    describe(version, () => {
        let stack, admin, stripe;
        before(async () => {
            stack = await Stack.start(`payment_errors_${version.slice(0, 4)}`, { STRIPE_API_VERSION: version, EMULATOR_API_VERSION: version });
            admin = new Admin(stack.env);
            stripe = new Stripe(stack.env);
        });
        after(() => stack?.down());

        test('a declined creation says why, until a later payment succeeds', async () => {
            const { id: customer } = await stripe.post('/v1/customers', { name: 'Short of Cash' });
            const card = await stripe.post('/v1/payment_methods/pm_card_chargeDeclinedInsufficientFunds/attach', { customer });
            const created = await admin.create({ items: [{ name: 'Resources', amount: 3300 }], customer, paymentMethod: card.id });
            assert.equal(created.status, 200, created.text);
            assert.equal(created.headers['quittance-payment-error'], 'card_declined');
            // The charge's event comes first, and has the bank's reason alone.
            const row = await until('the failure is shown', async () => {
                const { json } = await admin.get(created.json.id);
                return json?.paymentError?.declineCode === error.declineCode ? json : undefined;
            });
            assert.deepEqual(row.paymentError, error);
            assert.equal(row.status, 'open');
            assert.match(await show(stack.env, created.json.id), /payment error +card_declined \(insufficient_funds\) at 20/);

            const good = await stripe.post('/v1/payment_methods/pm_card_visa/attach', { customer });
            await stripe.post(`/v1/invoices/${created.json.id}/pay`, { payment_method: good.id });
            const paid = await until('it is paid', async () => {
                const { json } = await admin.get(created.json.id);
                return json.status === 'paid' ? json : undefined;
            });
            assert.ok(!('paymentError' in paid));
            assert.match(stack.log('invoice_store'), /a payment failed.*card_declined/);
        });
    });
