// The store dies while webhooks arrive: the ingester answers 503, Stripe tries again, and in the end every invoice is
// right and none is there twice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Admin } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';
import { Stripe, deliver, paidEvent } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';

const invoices = 60;
const kills = 6;
let stack, admin, stripe;

before(async () => {
    // Ten minutes of Stripe's retry schedule in a second: its three days are over long after the kills, also where the
    // machine is slow. More of Stripe's patience than of ours is not the point here.
    stack = await Stack.start('store_killed', { EMULATOR_CLOCK_RATE: '600' });
    admin = new Admin(stack.env);
    stripe = new Stripe(stack.env);
});
after(() => stack?.down());

async function allStored() {
    const found = [];
    for (let page = 1; ; ++page) {
        const answer = await admin.list(`?page=${page}&limit=100`);
        assert.equal(answer.status, 200, answer.text);
        found.push(...answer.json.invoices);
        if (found.length >= answer.json.count || answer.json.invoices.length === 0) return found;
    }
}

async function allAtStripe() {
    const found = [];
    for (let more = true; more;) {
        const from = found.length ? `&starting_after=${found.at(-1).id}` : '';
        const page = await stripe.get(`/v1/invoices?limit=100${from}`);
        found.push(...page.data);
        more = page.has_more;
    }
    return found;
}

test('while the store is down the ingester answers 503, and 200 once it is back', async () => {
    const supervisor = stack.supervisorPid('invoice_store');
    process.kill(supervisor, 'SIGSTOP'); // nobody starts the store again
    process.kill(await stack.pid('invoice_store'), 'SIGKILL');
    const event = paidEvent();
    try {
        const refused = await until('a delivery is refused', async () => {
            const answer = await deliver(stack.env, event);
            return answer.status !== 200 && answer;
        });
        assert.equal(refused.status, 503, refused.text);
        assert.ok(Number(refused.headers['retry-after']) >= 1);
        const read = await admin.get(event.data.object.id);
        assert.equal(read.status, 503, read.text);
        assert.match(read.headers['content-type'], /^application\/problem\+json/);
        assert.ok(Number(read.headers['retry-after']) >= 1);
    } finally {
        process.kill(supervisor, 'SIGCONT');
    }
    await until('the same delivery is taken', async () => (await deliver(stack.env, event)).status === 200);
    await until('it can be read', async () => (await admin.get(event.data.object.id)).json?.status === 'paid');
});

test('killed again and again, the store ends level with Stripe', async () => {
    let done = false;
    const killing = (async () => {
        let killed = 0;
        while (!done || killed < kills) {
            process.kill(await stack.pid('invoice_store'), 'SIGKILL');
            if (++killed >= kills && done) break;
            await sleep(300); // the rhythm of the disturbance, not a wait for anything
        }
        return killed;
    })();
    const made = [];
    const worker = async (first) => {
        for (let i = first; i < invoices; i += 4) made.push(await stripe.paidInvoice(1000 + i));
    };
    await Promise.all([0, 1, 2, 3].map(worker));
    done = true;
    const killed = await killing;

    const stored = await until('every invoice is stored and paid', async () => {
        const ours = new Map((await allStored()).map((invoice) => [invoice.invoiceId, invoice]));
        return made.every(({ id }) => ours.get(id)?.status === 'paid') && (await allStored());
    });

    const atStripe = await allAtStripe();
    assert.equal(atStripe.length, invoices);
    const ids = stored.map((invoice) => invoice.invoiceId);
    assert.equal(new Set(ids).size, ids.length, 'none is there twice');
    for (const theirs of atStripe) {
        const ours = stored.find((invoice) => invoice.invoiceId === theirs.id);
        assert.deepEqual({ status: ours.status, amount: ours.amount }, { status: theirs.status, amount: theirs.amount_paid });
    }
    const { delivery } = await stripe.emulator('GET', 'state');
    assert.ok(delivery.failed > 0, 'webhooks met a dead store');
    assert.equal(delivery.given_up + delivery.lost, 0);
    console.log(`${delivery.failed} of ${delivery.attempts} deliveries failed and were made again`);
    console.log(`${atStripe.length} invoices level with Stripe after ${killed} kills of the store`);
});
