// Whether the store says of every invoice what Stripe says of it, field by field.
import { isDeepStrictEqual } from 'node:util';
import { rowsOf } from './database.mjs';

const seconds = (column) => `extract(epoch FROM ${column})::bigint AS ${column}`;
const texts = ['stripe_invoice_id', 'status', 'currency', 'stripe_customer_id', 'number', 'collection_method', 'billing_reason',
    'description', 'customer_name', 'customer_email', 'default_payment_method'];
const amounts = ['amount_due', 'amount_paid', 'amount_remaining', 'subtotal', 'total'];
const times = ['create_time', 'period_start', 'period_end', 'finalize_time', 'paid_time', 'void_time', 'uncollectible_time'];

const query = `SELECT ${[...texts, ...amounts.map((name) => `${name}_minor`), 'attempt_count', 'attempted', 'metadata', 'lines_complete',
    "hosted_invoice_url <> '' AS has_page", "invoice_pdf_url <> '' AS has_pdf", 'lines', ...times.map(seconds)].join(', ')} FROM invoices`;

// Every object of a list of Stripe's, page by page.
export async function listAll(stripe, path) {
    const found = [];
    for (let more = true; more;) {
        const join = path.includes('?') ? '&' : '?';
        const from = found.length ? `&starting_after=${found.at(-1).id}` : '';
        const page = await stripe.get(`${path}${join}limit=100${from}`);
        found.push(...page.data);
        more = page.has_more;
    }
    return found;
}

function ofRow(row) {
    const { stripe_invoice_id: id, lines, lines_complete: linesComplete, ...rest } = row;
    return { ...rest, lines: linesComplete ? lines.map((line) => [line.id, Number(line.amount_minor ?? 0)]) : 'incomplete' };
}

async function ofStripe(stripe, invoice) {
    const lines = invoice.lines.has_more ? await listAll(stripe, `/v1/invoices/${invoice.id}/lines`) : invoice.lines.data;
    const moments = invoice.status_transitions;
    return {
        status: invoice.status, currency: invoice.currency, stripe_customer_id: invoice.customer, number: invoice.number ?? '',
        collection_method: invoice.collection_method, billing_reason: invoice.billing_reason ?? '',
        description: invoice.description ?? '', customer_name: invoice.customer_name ?? '',
        customer_email: invoice.customer_email ?? '', default_payment_method: invoice.default_payment_method ?? '',
        ...Object.fromEntries(amounts.map((name) => [`${name}_minor`, invoice[name]])),
        attempt_count: invoice.attempt_count, attempted: invoice.attempted, metadata: invoice.metadata,
        has_page: invoice.hosted_invoice_url != null, has_pdf: invoice.invoice_pdf != null,
        create_time: invoice.created, period_start: invoice.period_start, period_end: invoice.period_end,
        finalize_time: moments.finalized_at, paid_time: moments.paid_at, void_time: moments.voided_at,
        uncollectible_time: moments.marked_uncollectible_at,
        lines: lines.map((line) => [line.id, line.amount]),
    };
}

// One sentence for each difference; none: the two are level. Drafts that were deleted are gone at Stripe and must be
// `deleted` here.
export async function differences(env, stripe) {
    const rows = new Map((await rowsOf(env, query)).map((row) => [row.stripe_invoice_id, row]));
    const found = [];
    for (const invoice of await listAll(stripe, '/v1/invoices')) {
        const row = rows.get(invoice.id);
        rows.delete(invoice.id);
        if (!row) {
            found.push(`${invoice.id} is missing`);
            continue;
        }
        const [ours, theirs] = [ofRow(row), await ofStripe(stripe, invoice)];
        for (const field of Object.keys(theirs))
            if (!isDeepStrictEqual(ours[field], theirs[field]))
                found.push(`${invoice.id} ${field}: ${JSON.stringify(ours[field])}, at Stripe ${JSON.stringify(theirs[field])}`);
    }
    for (const row of rows.values())
        if (row.status !== 'deleted') found.push(`${row.stripe_invoice_id} is ${row.status} and not at Stripe`);
    return found;
}
