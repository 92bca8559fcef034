// An even load of everything that callers do, at a given rate whatever the answers take, each on a connection of its own:
// what is not answered as it should be is kept with the moment at which it failed. Where half a second's worth of them
// waits for answers the next one waits, too: a machine that cannot keep the rate shows by the rate, not by failures.
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Admin, request } from '../lib/http.mjs';
import { makeToken } from '../lib/token.mjs';

const fresh = new http.Agent({ keepAlive: false, maxSockets: Infinity });

// Twenty requests in turn; each creation brings about eight webhooks.
const turn = ['get', 'list', 'get', 'history', 'get', 'billing', 'get', 'create', 'get', 'list',
    'get', 'last', 'get', 'history', 'get', 'register', 'get', 'list', 'get', 'billing'];

export class Load {
    constructor(env, perSecond) {
        Object.assign(this, { env, perSecond, admin: new Admin(env), answered: {}, failures: [], prepared: [], slowestMs: 0 });
        this.bearer = { Authorization: `Bearer ${makeToken(env, { scope: 'billing:read', exp: Math.floor(Date.now() / 1000) + 3600 })}` };
    }

    // Makes the invoices that are read: no others, because when the webhooks of others come nobody knows.
    async prepare(count) {
        for (let i = 0; i < count; ++i) {
            const answer = await this.create();
            if (answer.status !== 200) throw new Error(`a creation was refused: ${answer.status} ${answer.text}`);
            this.prepared.push(answer.json.id);
        }
    }

    start() {
        this.running = true;
        this.began = Date.now();
        this.loop = this.#run();
    }

    // Waits for the last answer. The requests a second that were really sent.
    async stop() {
        this.running = false;
        const sent = await this.loop;
        return sent / ((Date.now() - this.began) / 1000);
    }

    get total() {
        return Object.values(this.answered).reduce((sum, count) => sum + count, 0);
    }

    get = () => this.admin.get(this.#anyInvoice(), this.#options());
    list = () => this.admin.list(`?page=${1 + Math.floor(Math.random() * 3)}&limit=10`, this.#options());
    last = () => this.#bearer(`/api/teams/${this.env.TEAM_ID}/last-invoice`);
    history = () => this.#bearer(`/api/teams/${this.env.TEAM_ID}/billing-history?page=1`);
    billing = () => this.#bearer('/billing/v1/invoices?limit=5');
    create = () => this.admin.create({
        items: [{ name: 'Resources', amount: 100 + Math.floor(Math.random() * 9_900) }],
        customer: this.env.CUSTOMER, paymentMethod: this.env.PAYMENT_METHOD,
    }, {}, this.#options());
    register = () => request(`${this.env.EDGE_URL}/admin/api/customers/${this.env.CUSTOMER}`, {
        method: 'PUT', headers: { ...this.admin.key, 'Content-Type': 'application/json' },
        body: JSON.stringify({ user: { _id: this.env.USER_ID, name: 'John Doe' }, team: this.env.TEAM_ID }), ...this.#options(),
    });

    async #run() {
        const pending = new Set();
        let sent = 0;
        for (; this.running; ++sent) {
            const due = this.began + (sent * 1000) / this.perSecond;
            if (due > Date.now()) await sleep(due - Date.now());
            while (pending.size >= this.perSecond / 2) await Promise.race(pending);
            const one = this.#one(turn[sent % turn.length]).finally(() => pending.delete(one));
            pending.add(one);
        }
        await Promise.all(pending);
        return sent;
    }

    async #one(kind) {
        const start = Date.now();
        let what;
        try {
            const answer = await this[kind]();
            if (answer.status !== 200) what = `${answer.status} ${answer.text}`;
        } catch (error) {
            what = error.message;
        }
        const end = Date.now();
        this.slowestMs = Math.max(this.slowestMs, end - start);
        if (what === undefined) this.answered[kind] = (this.answered[kind] ?? 0) + 1;
        else this.failures.push({ kind, what, start: start - this.began, end: end - this.began });
    }

    #anyInvoice() {
        return this.prepared[Math.floor(Math.random() * this.prepared.length)];
    }

    #options() {
        return { via: fresh, patient: false };
    }

    #bearer(path) {
        return request(`${this.env.EDGE_URL}${path}`, { headers: this.bearer, ...this.#options() });
    }
}
