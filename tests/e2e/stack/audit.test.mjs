// The ingester's own audit: final invoices and their refunds are compared with Stripe too, and a wrong row does not stay.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { changeRows, rowsOf } from '../lib/database.mjs';
import { Admin } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';
import { Stripe } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';

let stack, admin, stripe;

before(async () => {
    stack = await Stack.start('audit', { AUDIT_EVERY_SECONDS: '1', RECONCILE_EVERY_SECONDS: '0' });
    admin = new Admin(stack.env);
    stripe = new Stripe(stack.env);
});
after(() => stack?.down());

const shown = async (id) => (await admin.get(id)).json;

test('a paid invoice whose row is wrong is mended, and the log names the field', async () => {
    const paid = await stripe.paidInvoice(2600);
    await until('it is paid', async () => (await shown(paid.id))?.status === 'paid');
    await stripe.allDelivered();
    await changeRows(stack.env, `UPDATE invoices SET amount_minor = 1, amount_paid_minor = 1 WHERE stripe_invoice_id = '${paid.id}'`);
    assert.equal((await shown(paid.id)).amount, 1);
    await until('it is right again', async () => (await shown(paid.id)).amount === 2600);
    await until('the log says so', () =>
        new RegExp(`an invoice differed from Stripe.*${paid.id}.*amount_paid_minor.*repaired`).test(stack.log('webhook_ingester')));
});

test('a refund that is lost here is found in a walk over all refunds, however old it is', async () => {
    const paid = await stripe.paidInvoice(900);
    const refund = await stripe.post('/v1/refunds', { charge: paid.charge, amount: '400' });
    await until('it is told', async () => (await shown(paid.id))?.settlement === 'partially_refunded');
    await stripe.allDelivered();
    await changeRows(stack.env, `DELETE FROM payment_facts WHERE object_id = '${refund.id}' OR kind = 2`);
    await until('the fact is back', async () =>
        (await rowsOf(stack.env, `SELECT amount_minor FROM payment_facts WHERE object_id = '${refund.id}'`))[0]?.amount_minor === 400);
    const row = await shown(paid.id);
    assert.equal(row.settlement, 'partially_refunded');
    assert.equal(row.amountRefunded, 400);
});

test('an audit that finds nothing repairs nothing', async () => {
    const drifted = async () => Number(/quittance_audit_drifted_total\{[^}]*\} (\d+)/.exec(
        await (await fetch(`${stack.env.WEBHOOK_INGESTER_METRICS_URL}/metrics`)).text())?.[1]);
    const before = await drifted();
    const audits = () => stack.log('webhook_ingester').split('a part of all refunds and disputes').length;
    const done = audits();
    await until('two more audits are done', () => audits() >= done + 2);
    assert.equal(await drifted(), before);
});
