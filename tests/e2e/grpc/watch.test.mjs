// Watching from Node, and with the C++ example: changes as they come, scopes, and nothing missed although the store is
// killed again and again.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Stack } from '../lib/stack.mjs';
import { Stripe } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';
import { call, connect, detailOf, grpc } from './client.mjs';

const { status } = grpc;
const invoices = 24;
const kills = 4;
let stack, store, stripe;

before(async () => {
    stack = await Stack.start('grpc_watch', { EMULATOR_CLOCK_RATE: '1200' });
    store = connect(stack.env.INVOICE_STORE_ADDRESS);
    stripe = new Stripe(stack.env);
});
after(async () => {
    store?.close();
    await stack?.down();
});

// Watches through disconnects, as a service would: remembers the last token it has dealt with and comes back with it.
class Watcher {
    changes = [];
    signs = 0;
    reconnects = -1;
    token = '';
    #closed = false;

    constructor(request = {}) {
        this.request = request;
        this.ended = this.#run();
    }

    async #run() {
        while (!this.#closed) {
            ++this.reconnects;
            const error = await this.#once();
            if (this.#closed) return;
            assert.ok([status.UNAVAILABLE, status.CANCELLED, status.INTERNAL].includes(error?.code), `${error}`);
            await sleep(50); // between attempts, so that a store that is down is not asked in a tight loop
        }
    }

    #once() {
        return new Promise((resolve) => {
            this.stream = store.WatchInvoices({ ...this.request, resume_token: this.token });
            this.stream.on('data', (answer) => {
                if (answer.invoice) this.changes.push(answer);
                else ++this.signs;
                this.token = answer.resume_token;
            });
            this.stream.on('error', resolve);
            this.stream.on('end', () => resolve(undefined));
        });
    }

    ready() {
        return until('the watcher hears the first sign of life', () => this.token);
    }

    async close() {
        this.#closed = true;
        this.stream.cancel();
        await this.ended;
    }
}

test('changes arrive while invoices live, each scope its own', async () => {
    const user = { id: stack.env.USER_ID, name: 'Ada' };
    await call(store, 'RegisterCustomer', { customer: { stripe_customer_id: stack.env.CUSTOMER, user, team_id: stack.env.TEAM_ID } });
    const all = new Watcher();
    const ours = new Watcher({ scope: { team_ids: [stack.env.TEAM_ID] }, view: 'VIEW_FULL' });
    const theirs = new Watcher({ scope: { team_ids: ['b'.repeat(24)] } });
    const nobody = new Watcher({ scope: {} });
    await Promise.all([all, ours, theirs, nobody].map((watcher) => watcher.ready()));
    const customer = stack.env.CUSTOMER;
    const made = await stripe.post('/v1/invoices', { customer, currency: 'eur', auto_advance: 'false' });
    const heard = (watcher, status) => () =>
        watcher.changes.find((change) => change.invoice.stripe_invoice_id === made.id && change.status === status);
    // Webhooks may overtake each other, and what comes together is one change: it is paid once the draft is known.
    await until('all hear of the draft', heard(all, 'draft'));
    await stripe.post('/v1/invoiceitems', { customer, invoice: made.id, amount: '4200', currency: 'eur', description: 'Resources' });
    await stripe.post(`/v1/invoices/${made.id}/pay`, { payment_method: stack.env.PAYMENT_METHOD });
    const change = await until('all hear that it is paid', heard(all, 'paid'));
    assert.equal(change.invoice.amount_minor, '4200');
    assert.ok(change.previous_status);
    assert.deepEqual(change.invoice.lines, [], 'basic view');
    assert.equal(change.invoice.team_id, stack.env.TEAM_ID);
    const full = await until('its team hears of it', heard(ours, 'paid'));
    assert.equal(full.invoice.lines.length, 1);
    assert.deepEqual([theirs.changes, nobody.changes], [[], []]);
    await Promise.all([all, ours, theirs, nobody].map((watcher) => watcher.close()));
});

test('what is no token is refused, with the field', async () => {
    const error = await new Promise((resolve) => {
        const stream = store.WatchInvoices({ resume_token: 'nonsense' });
        stream.on('error', resolve);
        stream.resume();
    });
    assert.equal(error.code, status.INVALID_ARGUMENT);
    assert.deepEqual(detailOf(error).fields.map(({ field }) => field), ['resume_token']);
});

test('the store is killed again and again, and the watcher misses nothing and hears nothing twice', async () => {
    const watcher = new Watcher();
    await watcher.ready();
    let done = false;
    const killing = (async () => {
        let killed = 0;
        while (!done || killed < kills) {
            await sleep(500); // the rhythm of the disturbance, not a wait for anything
            process.kill(await stack.pid('invoice_store'), 'SIGKILL');
            ++killed;
        }
        return killed;
    })();
    const made = [];
    for (let i = 0; i < invoices; ++i) made.push(await stripe.paidInvoice(1000 + i));
    done = true;
    const killed = await killing;
    const told = (id) => watcher.changes.filter((change) => change.invoice.stripe_invoice_id === id);
    await until('every payment is told', () => made.every(({ id }) => told(id).at(-1)?.status === 'paid'));
    for (const { id } of made) {
        // Each change begins where the one before ended: none is missing, none is there twice.
        const known = [''];
        for (const change of told(id)) {
            assert.equal(change.previous_status, known.at(-1), `${id}: ${JSON.stringify(told(id).map((one) => [one.previous_status, one.status]))}`);
            known.push(change.status);
        }
        // The last kill may have been a moment ago.
        const stored = await until('the store answers', () => call(store, 'GetInvoice', { id }).catch(() => undefined));
        assert.equal(stored.status, 'paid');
    }
    const tokens = watcher.changes.map((change) => change.resume_token);
    assert.equal(new Set(tokens).size, tokens.length);
    assert.ok(watcher.reconnects >= 1);
    console.log(`${watcher.changes.length} changes of ${invoices} invoices through ${killed} kills and ${watcher.reconnects} reconnects`);
    await watcher.close();
});

function example(...args) {
    const child = spawn(path.join(process.env.QUITTANCE_BIN, 'invoice-store-example'), [stack.env.INVOICE_STORE_ADDRESS, ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
    });
    const run = { child, stdout: '', stderr: '' };
    child.stdout.on('data', (data) => (run.stdout += data));
    child.stderr.on('data', (data) => (run.stderr += data));
    run.exit = new Promise((resolve) => child.on('close', resolve));
    return run;
}

test('the C++ example lists, gets, and watches through a kill of the store', async () => {
    const listed = example('list');
    assert.equal(await listed.exit, 0, listed.stderr);
    const [id, stripeId] = listed.stdout.split('\n')[0].split(' ');
    const got = example('get', stripeId);
    assert.equal(await got.exit, 0, got.stderr);
    assert.match(got.stdout, new RegExp(`^${id} ${stripeId} paid \\d+ \\w+\n$`));
    const missing = example('get', 'in_none');
    assert.equal(await missing.exit, 1);
    assert.match(missing.stderr, /invoice_not_found/);

    const folder = mkdtempSync(path.join(tmpdir(), 'quittance-example-'));
    const file = path.join(folder, 'token');
    const watching = example('watch', file);
    try {
        await until('it keeps its place', () => readFileSync(file, 'utf8').length > 10);
        process.kill(await stack.pid('invoice_store'), 'SIGKILL');
        const made = await stripe.paidInvoice(777);
        await until('it tells of the payment', () => new RegExp(`-> paid \\w+ ${made.id} paid 777`).test(watching.stdout));
        assert.match(watching.stdout, new RegExp(`^ -> \\w+ \\w+ ${made.id}`, 'm'), 'from the first change on');
    } finally {
        watching.child.kill('SIGKILL');
        await watching.exit;
        rmSync(folder, { recursive: true });
    }
});
