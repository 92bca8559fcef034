// Stripe's side of a test: calls to the emulator, and events signed as Stripe signs them.
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { request } from './http.mjs';
import { until } from './wait.mjs';

// The first version that lists the payments of invoices, and the newest one that can detach one.
export const versionWithPayments = '2025-03-31.basil';
export const versionThatDetaches = '2026-01-28.preview';

const fixtures = new URL('../../data/stripe/fixtures/', import.meta.url);

export class Stripe {
    // `version`: of the API, if it is not the account's.
    constructor(env, version) {
        this.env = env;
        this.version = version;
    }

    // `form`: [['name', 'value'], …] or an object; throws with Stripe's message where it refuses.
    async call(method, path, form = {}) {
        const body = new URLSearchParams(form).toString();
        const answer = await request(`${this.env.STRIPE_URL}${path}`, {
            method,
            headers: {
                Authorization: `Bearer ${this.env.STRIPE_API_KEY}`, 'Content-Type': 'application/x-www-form-urlencoded',
                ...(this.version ? { 'Stripe-Version': this.version } : {}),
            },
            body: method === 'GET' ? undefined : body,
        });
        if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.json?.error?.message ?? answer.text}`);
        return answer.json;
    }

    get(path) {
        return this.call('GET', path);
    }

    post(path, form) {
        return this.call('POST', path, form);
    }

    // The emulator's switches: faults, state.
    async emulator(method, path, json) {
        const answer = await request(`${this.env.STRIPE_URL}/_emulator/${path}`, {
            method,
            headers: { 'Content-Type': 'application/json' },
            body: json === undefined ? undefined : JSON.stringify(json),
        });
        if (answer.status !== 200) throw new Error(`${method} /_emulator/${path}: ${answer.status} ${answer.text}`);
        return answer.json;
    }

    // Until all webhooks of what has happened so far are accepted: others may well come after the one that a test saw.
    allDelivered() {
        return until('every webhook is accepted', async () => (await this.emulator('GET', 'state')).delivery.pending === 0);
    }

    // A whole invoice life at Stripe, up to paid.
    async paidInvoice(amount) {
        const { CUSTOMER: customer, PAYMENT_METHOD: card } = this.env;
        const draft = await this.post('/v1/invoices', {
            customer, currency: 'eur', auto_advance: 'false', pending_invoice_items_behavior: 'exclude',
        });
        await this.post('/v1/invoiceitems', { customer, invoice: draft.id, amount: String(amount), currency: 'eur', description: 'Resources' });
        await this.post(`/v1/invoices/${draft.id}/finalize`);
        return this.post(`/v1/invoices/${draft.id}/pay`, { payment_method: card });
    }
}

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

export function fixture(name) {
    return JSON.parse(readFileSync(fileURLToPath(new URL(`${name}.json`, fixtures)), 'utf8'));
}

// An invoice.paid event of an invoice of its own, as Stripe would send it.
export function paidEvent(change = () => {}) {
    const event = fixture('invoice_paid');
    const id = randomBytes(12).toString('hex');
    event.id = `evt_${id}`;
    event.created = Math.floor(Date.now() / 1000);
    event.data.object.id = `in_${id}`;
    change(event);
    return event;
}

export function sign(body, secret, time = Math.floor(Date.now() / 1000)) {
    return `t=${time},v1=${createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`;
}

// Posts an event to the stack's ingester, signed with its secret.
export function deliver(env, event, options = {}) {
    const body = JSON.stringify(event, null, 2);
    return request(`${env.WEBHOOK_URL}/webhooks/stripe`, {
        method: 'POST',
        headers: {
            'Content-Type': 'application/json; charset=utf-8',
            'Stripe-Signature': sign(body, env.STRIPE_WEBHOOK_SECRET),
        },
        body,
        ...options,
    });
}
