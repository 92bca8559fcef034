// What Stripe's own lists of payments, refunds and disputes say became of the money of an invoice. Written from Stripe's
// documents, so that it is another opinion than the store's.
import { Stripe, listAll, versionWithPayments } from './stripe.mjs';

const goneDisputes = /^(lost|appeal_)/;
const openDisputes = /^(needs_response|under_review)$/;

function grouped(list, keyOf) {
    const groups = new Map();
    for (const element of list) groups.set(keyOf(element), [...(groups.get(keyOf(element)) ?? []), element]);
    return groups;
}

const sum = (list, amountOf) => list.reduce((total, element) => total + amountOf(element), 0);

// The part of an invoice in money that went back: at least, and at most, if the money paid other invoices too.
function partOf(back, own, others) {
    return { least: Math.max(0, Math.min(own, back - others)), most: Math.min(own, back) };
}

function wordOf(invoice, { refunded, unsure, lost, open }) {
    if (invoice.status !== 'paid' && invoice.amount_paid === 0) return 'none';
    if (lost) return 'charged_back';
    if (open) return 'disputed';
    if (refunded > 0 && refunded >= invoice.amount_paid) return 'refunded';
    if (unsure) return 'unknown';
    if (refunded > 0) return 'partially_refunded';
    return invoice.status === 'paid' ? 'settled' : 'none';
}

// Resolves with a function from Stripe's invoice to {settlement, amountRefunded}.
export async function moneyBack(env) {
    const stripe = new Stripe(env, versionWithPayments);
    const [payments, refunds, disputes] = await Promise.all(
        ['/v1/invoice_payments?status=paid', '/v1/refunds', '/v1/disputes'].map((path) => listAll(stripe, path)));
    const byInvoice = grouped(payments, (payment) => payment.invoice);
    const byIntent = grouped(payments, (payment) => payment.payment.payment_intent);
    const wentBack = grouped(refunds.filter((refund) => !/^(failed|canceled)$/.test(refund.status)), (refund) => refund.payment_intent);
    const disputed = grouped(disputes, (dispute) => dispute.payment_intent);
    return (invoice) => {
        const money = { refunded: 0, unsure: false, lost: false, open: false };
        for (const payment of byInvoice.get(invoice.id) ?? []) {
            const intent = payment.payment.payment_intent;
            if (!intent) continue; // a payment record: nobody here refunds one
            const own = payment.amount_paid;
            const others = sum(byIntent.get(intent), (one) => one.amount_paid) - own;
            const part = partOf(sum(wentBack.get(intent) ?? [], (refund) => refund.amount), own, others);
            money.refunded += part.least;
            money.unsure ||= part.least < part.most;
            for (const { status, amount } of disputed.get(intent) ?? []) {
                const share = partOf(amount, own, others);
                const known = share.least === share.most;
                money.lost ||= known && goneDisputes.test(status);
                money.open ||= known && openDisputes.test(status);
                money.unsure ||= !known && (goneDisputes.test(status) || openDisputes.test(status));
            }
        }
        return { settlement: wordOf(invoice, money), amountRefunded: money.refunded };
    };
}
