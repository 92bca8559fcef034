// What happens to invoices at Stripe while everything else breaks: each life is made of calls that are repeated, under
// the same key, until one is answered.
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from '../e2e/lib/http.mjs';

// Long enough for a whole system that is killed part by part, over and over; a call that takes longer is lost.
const patienceMs = 300_000;

// A call of Stripe's API that lasts until it is answered with something that stands.
async function stripeCall(env, random, method, path, form = {}) {
    const key = `chaos-${random.between(0, 2 ** 31)}-${random.between(0, 2 ** 31)}`;
    const deadline = Date.now() + patienceMs;
    for (let generation = 0; Date.now() < deadline;) {
        try {
            const answer = await request(`${env.STRIPE_URL}${path}`, {
                method, timeoutSeconds: 30,
                headers: {
                    Authorization: `Bearer ${env.STRIPE_API_KEY}`, 'Content-Type': 'application/x-www-form-urlencoded',
                    ...(method === 'POST' ? { 'Idempotency-Key': `${key}-${generation}` } : {}),
                },
                body: method === 'POST' ? new URLSearchParams(form).toString() : undefined,
            });
            if (answer.status < 409 || answer.status === 402) return answer;
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

const step = (env, random, invoice, name, form) => stripeCall(env, random, 'POST', `/v1/invoices/${invoice}/${name}`, form);

// Each takes (env, random): env with CUSTOMER, PAYMENT_METHOD and DECLINED (a card that is always declined).
export const lives = {
    async created_here(env, random) {
        const items = Array.from({ length: random.between(1, 14) }, (_, i) => ({ name: `Item ${i + 1}`, amount: random.between(100, 9_999) }));
        return (await createThroughEdge(env, random, { customer: env.CUSTOMER, paymentMethod: env.PAYMENT_METHOD, items })).id;
    },
    async paid(env, random) {
        const invoice = await open(env, random);
        await step(env, random, invoice, 'pay');
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
    async edited_draft(env, random) {
        const invoice = await draft(env, random, { lines: random.between(8, 15) });
        await stripeCall(env, random, 'POST', `/v1/invoices/${invoice}`, { description: `Edited ${random.between(1, 1e6)}` });
        return invoice;
    },
};
