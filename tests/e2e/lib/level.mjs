// Whether the store says of every invoice what Stripe says of it, field by field, and what became of its money.
import { isDeepStrictEqual } from 'node:util';
import { rowsOf } from './database.mjs';
import { Admin } from './http.mjs';
import { moneyBack } from './money_back.mjs';
import { listAll } from './stripe.mjs';

const seconds = (column) => `extract(epoch FROM ${column})::bigint AS ${column}`;
const texts = ['stripe_invoice_id', 'status', 'currency', 'stripe_customer_id', 'number', 'collection_method', 'billing_reason',
    'description', 'customer_name', 'customer_email', 'default_payment_method'];
const amounts = ['amount_due', 'amount_paid', 'amount_remaining', 'subtotal', 'total'];
const times = ['create_time', 'period_start', 'period_end', 'finalize_time', 'paid_time', 'void_time', 'uncollectible_time'];

const query = `SELECT ${[...texts, ...amounts.map((name) => `${name}_minor`), 'attempt_count', 'attempted', 'metadata', 'lines_complete',
    "hosted_invoice_url <> '' AS has_page", "invoice_pdf_url <> '' AS has_pdf", 'lines', ...times.map(seconds)].join(', ')} FROM invoices`;

// What the Admin API says of the money of each invoice, by Stripe's id.
async function settlements(env) {
    const admin = new Admin(env);
    const found = new Map();
    for (let page = 1, listed = 0, count = 1; listed < count; ++page) {
        const { status, json, text } = await admin.list(`?page=${page}&limit=100`);
        if (status !== 200) throw new Error(`the list of invoices: ${status} ${text}`);
        for (const { invoiceId, settlement, amountRefunded } of json.invoices) found.set(invoiceId, { settlement, amountRefunded });
        if (json.invoices.length === 0) break;
        listed += json.invoices.length;
        count = json.count;
    }
    return found;
}

function ofRow(row) {
    const { stripe_invoice_id: id, lines, lines_complete: linesComplete, ...rest } = row;
    return { ...rest, lines: linesComplete ? lines.map((line) => [line.id, Number(line.amount_minor ?? 0)]) : 'incomplete' };
}

// What was paid and what is left. Before basil, what was paid out of band stays in Stripe's amount_remaining.
function paidAndLeft({ status, paid_out_of_band: outOfBand, amount_paid: paid, amount_remaining: left }) {
    if (status === 'paid' && outOfBand) return { amount_paid_minor: paid + left, amount_remaining_minor: 0 };
    return { amount_paid_minor: paid, amount_remaining_minor: left };
}

async function ofStripe(stripe, invoice, settlement) {
    const lines = invoice.lines.has_more ? await listAll(stripe, `/v1/invoices/${invoice.id}/lines`) : invoice.lines.data;
    const moments = invoice.status_transitions;
    return {
        status: invoice.status, currency: invoice.currency, stripe_customer_id: invoice.customer, number: invoice.number ?? '',
        collection_method: invoice.collection_method, billing_reason: invoice.billing_reason ?? '',
        description: invoice.description ?? '', customer_name: invoice.customer_name ?? '',
        customer_email: invoice.customer_email ?? '', default_payment_method: invoice.default_payment_method ?? '',
        ...Object.fromEntries(amounts.map((name) => [`${name}_minor`, invoice[name]])), ...paidAndLeft(invoice),
        attempt_count: invoice.attempt_count, attempted: invoice.attempted, metadata: invoice.metadata,
        has_page: invoice.hosted_invoice_url != null, has_pdf: invoice.invoice_pdf != null,
        create_time: invoice.created, period_start: invoice.period_start, period_end: invoice.period_end,
        finalize_time: moments.finalized_at, paid_time: moments.paid_at, void_time: moments.voided_at,
        uncollectible_time: moments.marked_uncollectible_at,
        lines: lines.map((line) => [line.id, line.amount]), ...settlement,
    };
}

// One sentence for each difference; none: the two are level. Drafts that were deleted are gone at Stripe and must be
// `deleted` here.
export async function differences(env, stripe) {
    const rows = new Map((await rowsOf(env, query)).map((row) => [row.stripe_invoice_id, row]));
    const shown = await settlements(env);
    const settlementOf = await moneyBack(env);
    const found = [];
    for (const invoice of await listAll(stripe, '/v1/invoices')) {
        const row = rows.get(invoice.id);
        rows.delete(invoice.id);
        if (!row) {
            found.push(`${invoice.id} is missing`);
            continue;
        }
        const [ours, theirs] = [{ ...ofRow(row), ...shown.get(invoice.id) }, await ofStripe(stripe, invoice, settlementOf(invoice))];
        for (const field of Object.keys(theirs))
            if (!isDeepStrictEqual(ours[field], theirs[field]))
                found.push(`${invoice.id} ${field}: ${JSON.stringify(ours[field])}, at Stripe ${JSON.stringify(theirs[field])}`);
    }
    for (const row of rows.values())
        if (row.status !== 'deleted') found.push(`${row.stripe_invoice_id} is ${row.status} and not at Stripe`);
    return found;
}
