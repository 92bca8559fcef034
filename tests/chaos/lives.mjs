// What happens to invoices at Stripe while everything else breaks: each life is made of calls that are repeated, under
// the same key, until one is answered.
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from '../e2e/lib/http.mjs';
import { versionThatDetaches, versionWithPayments } from '../e2e/lib/stripe.mjs';

// Long enough for a whole system that is killed part by part, over and over; a call that takes longer is lost.
const patienceMs = 300_000;

// A call of Stripe's API that lasts until it is answered with something that stands.
async function stripeCall(env, random, method, path, form = {}, version) {
    const key = `chaos-${random.between(0, 2 ** 31)}-${random.between(0, 2 ** 31)}`;
    const deadline = Date.now() + patienceMs;
    for (let generation = 0; Date.now() < deadline;) {
        try {
            const answer = await request(`${env.STRIPE_URL}${path}`, {
                method, timeoutSeconds: 30,
                headers: {
                    Authorization: `Bearer ${env.STRIPE_API_KEY}`, 'Content-Type': 'application/x-www-form-urlencoded',
                    ...(version ? { 'Stripe-Version': version } : {}),
                    ...(method === 'POST' ? { 'Idempotency-Key': `${key}-${generation}` } : {}),
                },
                body: method === 'POST' ? new URLSearchParams(form).toString() : undefined,
            });
            if (answer.status < 409 || answer.status === 402) return { ...answer, repeated: generation > 0 };
            // A failure that is kept under its key would be replayed for ever.
            if (answer.headers['idempotent-replayed'] === 'true') ++generation;
        } catch {
            // The connection was cut: the effect may be there, which the key knows.
        }
        await sleep(20);
    }
    throw new Error(`${method} ${path}: no answer that stands`);
}

// Through our own door, as the back office does: one key, repeated until it is answered.
async function createThroughEdge(env, random, body) {
    const key = `chaos-${random.between(0, 2 ** 31)}-${random.between(0, 2 ** 31)}`;
    const heard = {};
    const deadline = Date.now() + patienceMs;
    while (Date.now() < deadline) {
        try {
            const answer = await request(`${env.EDGE_URL}/admin/api/invoices`, {
                method: 'POST', timeoutSeconds: 60,
                headers: { 'Api-Key': env.ADMIN_API_KEY, 'Content-Type': 'application/json', 'Idempotency-Key': key },
                body: JSON.stringify(body),
            });
            if (answer.status === 200) return answer.json;
            const told = `${answer.status} ${answer.json?.code}: ${answer.json?.detail}`;
            heard[told] = (heard[told] ?? 0) + 1;
            if (answer.status < 500 && answer.status !== 409 && answer.status !== 429)
                throw new Error(`a creation was refused: ${answer.status} ${answer.text}`);
        } catch (error) {
            if (/refused/.test(error.message) && /creation/.test(error.message)) throw error;
        }
        await sleep(50);
    }
    throw new Error(`a creation was never answered: ${JSON.stringify(heard)}`);
}

async function draft(env, random, { card = env.PAYMENT_METHOD, lines = random.between(1, 4) } = {}) {
    const post = (path, form) => stripeCall(env, random, 'POST', path, form);
    const answer = await post('/v1/invoices', {
        customer: env.CUSTOMER, currency: 'eur', auto_advance: 'false', pending_invoice_items_behavior: 'exclude',
        default_payment_method: card,
    });
    const invoice = answer.json.id;
    for (let i = 0; i < lines; ++i)
        await post('/v1/invoiceitems', {
            customer: env.CUSTOMER, invoice, currency: 'eur', amount: String(random.between(100, 99_999)), description: `Line ${i + 1}`,
        });
    return invoice;
}

async function open(env, random, options) {
    const invoice = await draft(env, random, options);
    await stripeCall(env, random, 'POST', `/v1/invoices/${invoice}/finalize`);
    return invoice;
}

// A call that must succeed, with its answer. Under a second key the effect may be there already: then the object is read.
async function done(env, random, path, form, version) {
    let answer = await stripeCall(env, random, 'POST', path, form, version);
    const object = /^\/v1\/\w+\/\w+(?=\/\w+$)/.exec(path)?.[0];
    if (answer.status === 400 && answer.repeated && object) answer = await stripeCall(env, random, 'GET', object);
    if (answer.status !== 200) throw new Error(`POST ${path}: ${answer.status} ${answer.json?.error?.message}`);
    return answer.json;
}

async function paid(env, random) {
    return done(env, random, `/v1/invoices/${await open(env, random)}/pay`);
}

const refund = (env, random, intent, amount) =>
    done(env, random, '/v1/refunds', { payment_intent: intent, ...(amount ? { amount: String(amount) } : {}) });

async function dispute(env, charge, status) {
    const answer = await request(`${env.STRIPE_URL}/_emulator/disputes`, {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ charge, status }),
    });
    if (answer.status !== 200) throw new Error(`a dispute: ${answer.status} ${answer.text}`);
}

const detach = (env, random, invoice) =>
    done(env, random, `/v1/invoices/${invoice.id}/detach_payment`, { payment_intent: invoice.payment_intent }, versionThatDetaches);

// An intent over `amount`, attached to these open invoices and confirmed.
async function payTogether(env, random, invoices, amount) {
    const intent = await done(env, random, '/v1/payment_intents', { amount: String(amount), currency: 'eur', customer: env.CUSTOMER });
    for (const invoice of invoices)
        await done(env, random, `/v1/invoices/${invoice.id}/attach_payment`, { payment_intent: intent.id }, versionWithPayments);
    return done(env, random, `/v1/payment_intents/${intent.id}/confirm`, { payment_method: env.PAYMENT_METHOD });
}

const opened = async (env, random) => done(env, random, `/v1/invoices/${await draft(env, random)}/finalize`);

const step = (env, random, invoice, name, form) => stripeCall(env, random, 'POST', `/v1/invoices/${invoice}/${name}`, form);

// Each takes (env, random): env with CUSTOMER, PAYMENT_METHOD and DECLINED (a card that is always declined).
export const lives = {
    async created_here(env, random) {
        const items = Array.from({ length: random.between(1, 14) }, (_, i) => ({ name: `Item ${i + 1}`, amount: random.between(100, 9_999) }));
        return (await createThroughEdge(env, random, { customer: env.CUSTOMER, paymentMethod: env.PAYMENT_METHOD, items })).id;
    },
    async paid(env, random) {
        const invoice = await open(env, random);
        if (random.chance(0.3)) await step(env, random, invoice, 'pay', { paid_out_of_band: 'true' });
        else await step(env, random, invoice, 'pay');
        return invoice;
    },
    async failed_twice_then_paid(env, random) {
        const invoice = await open(env, random);
        await step(env, random, invoice, 'pay', { payment_method: env.DECLINED });
        await step(env, random, invoice, 'pay', { payment_method: env.DECLINED });
        await step(env, random, invoice, 'pay', { payment_method: env.PAYMENT_METHOD });
        return invoice;
    },
    async failed(env, random) {
        const invoice = await open(env, random);
        await step(env, random, invoice, 'pay', { payment_method: env.DECLINED });
        return invoice;
    },
    async voided(env, random) {
        const invoice = await open(env, random);
        await step(env, random, invoice, 'void');
        return invoice;
    },
    async uncollectible_then_paid(env, random) {
        const invoice = await open(env, random);
        await step(env, random, invoice, 'mark_uncollectible');
        if (random.chance(0.5)) await step(env, random, invoice, 'pay');
        return invoice;
    },
    async deleted_draft(env, random) {
        const invoice = await draft(env, random);
        for (let tries = 0; tries < 100; ++tries) {
            const answer = await stripeCall(env, random, 'DELETE', `/v1/invoices/${invoice}`);
            if (answer.status === 200 || answer.status === 404) return invoice;
        }
        throw new Error('a draft was not deleted');
    },
    async reopened(env, random) {
        const invoice = await paid(env, random);
        await detach(env, random, invoice);
        // Before basil a charge names its invoice for ever, and no event tells of the detaching.
        if (random.chance(0.5)) await refund(env, random, invoice.payment_intent);
        const next = random.of(['none', 'pay', 'pay', 'void']);
        if (next !== 'none') await done(env, random, `/v1/invoices/${invoice.id}/${next}`);
        return invoice.id;
    },
    async paid_together(env, random) {
        const invoices = [await opened(env, random), await opened(env, random)];
        const amount = invoices[0].amount_due + invoices[1].amount_due;
        const intent = await payTogether(env, random, invoices, amount);
        if (random.chance(0.5)) await refund(env, random, intent.id, random.chance(0.3) ? random.between(1, amount - 1) : amount);
        return invoices[0].id;
    },
    async paid_in_parts(env, random) {
        const invoice = await opened(env, random);
        await payTogether(env, random, [invoice], Math.ceil(invoice.amount_due / 2));
        if (random.chance(0.7)) await done(env, random, `/v1/invoices/${invoice.id}/pay`);
        return invoice.id;
    },
    async refunded(env, random) {
        const invoice = await paid(env, random);
        const first = await refund(env, random, invoice.payment_intent, random.between(1, invoice.amount_paid - 1));
        if (random.chance(0.5)) await refund(env, random, invoice.payment_intent);
        if (random.chance(0.3)) await request(`${env.STRIPE_URL}/_emulator/refunds/${first.id}/fail`, { method: 'POST' });
        return invoice.id;
    },
    async disputed(env, random) {
        const invoice = await paid(env, random);
        await dispute(env, invoice.charge, random.of(['needs_response', 'warning_needs_response']));
        const ends = random.of(['under_review', 'won', 'lost', 'appealed']);
        await dispute(env, invoice.charge, ends === 'appealed' ? 'lost' : ends);
        if (ends === 'appealed') await dispute(env, invoice.charge, 'appeal_under_review');
        return invoice.id;
    },
    async edited_draft(env, random) {
        const invoice = await draft(env, random, { lines: random.between(8, 15) });
        await stripeCall(env, random, 'POST', `/v1/invoices/${invoice}`, { description: `Edited ${random.between(1, 1e6)}` });
        return invoice;
    },
};
