// A Stripe that hangs, one that is gone, and one that is slow for a thousand at once: reads go on, creations fail fast as
// soon as the circuit is open, and everything recovers by itself.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertProblem } from '../lib/contract.mjs';
import { Admin, request } from '../lib/http.mjs';
import { Stack, programsDirectory, residentMiB } from '../lib/stack.mjs';
import { Stripe } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';

const waiting = Number(process.env.WAITING_CREATIONS ?? 1000);
const mostMiB = 100;
const fastMilliseconds = 5000; // a third of a try's time; a busy machine may need most of it
const failuresInARow = 10; // that open the circuit by themselves
const atOnce = 12; // more than the failures in a row that open the circuit
let stack, admin, stripe;

before(async () => {
    stack = await Stack.start('stripe_down', { STRIPE_CONNECTIONS: '1000', MAX_CONNECTIONS_PER_PEER: '10000' });
    admin = new Admin(stack.env);
    stripe = new Stripe(stack.env);
});
after(() => stack?.down());

// A sanitised program is several times as large and as slow: its figures are shown, not judged.
const sanitised = () => readFileSync(path.join(programsDirectory, 'quittance-stripe-gateway')).includes('__asan_init');

const newCustomers = (count) => Promise.all(Array.from({ length: count }, newCustomer));
const newCustomer = async () => (await stripe.post('/v1/customers', { name: 'Ada Lovelace' })).id;
const creation = (customer) => ({ customer, collect: 'later', items: [{ name: 'Resources', amount: 1200 }] });

async function circuitState() {
    const { text } = await request(`${stack.env.STRIPE_GATEWAY_METRICS_URL}/metrics`);
    return Number(/^quittance_stripe_circuit_state\{[^}]*\} (\d)/m.exec(text)[1]);
}

// How often the circuit has opened so far, and how many tries of calls Stripe has left without an answer.
async function openingsAndTries() {
    const { text } = await request(`${stack.env.STRIPE_GATEWAY_METRICS_URL}/metrics`);
    const sum = (lines) => [...lines].reduce((total, [, count]) => total + Number(count), 0);
    return {
        openings: sum(text.matchAll(/^quittance_stripe_circuit_openings_total\{[^}]*\} (\d+)/gm)),
        tries: sum(text.matchAll(/^quittance_stripe_calls_total\{[^}]*status="[a-z_]+"\} (\d+)/gm)),
    };
}

// Reads one after the other while `work` goes on; each must be answered.
async function readsDuring(work) {
    const milliseconds = [];
    let done = false;
    const ended = Promise.resolve(work).finally(() => (done = true));
    ended.catch(() => {}); // seen below
    const via = new http.Agent({ keepAlive: true });
    while (!done) {
        const start = performance.now();
        const answer = await admin.list('?limit=10', { via, patient: false });
        milliseconds.push(performance.now() - start);
        assert.equal(answer.status, 200, answer.text);
        await sleep(5); // one reader's rhythm
    }
    via.destroy();
    milliseconds.sort((a, b) => a - b);
    const at = (part) => milliseconds[Math.floor((milliseconds.length - 1) * part)].toFixed(1);
    return { result: await ended, reads: milliseconds.length, p50: at(0.5), p99: at(0.99) };
}

// Creations until the circuit is open, all of them failing with an answer; then how long a refusal takes. Of customers of
// their own: writes on one customer take turns, so that a Stripe that hangs would be met one by one.
async function failUntilOpen(customers) {
    const failures = [];
    const worker = async (customer) => {
        while (await circuitState() !== 2) failures.push(await admin.create(creation(customer)));
    };
    await Promise.all(customers.map(worker));
    for (const answer of failures) assert.ok([503, 504].includes(answer.status), `${answer.status} ${answer.text}`);
    // Probes go through now and then, so that one request may have to wait; most must not.
    const refused = await until('a creation fails fast', async () => {
        const start = performance.now();
        const answer = await admin.create(creation(customers[0]));
        const took = performance.now() - start;
        return answer.json?.code === 'stripe_circuit_open' && took < fastMilliseconds && { answer, took };
    });
    return { failures: failures.length, ...refused };
}

async function assertRecovers(customer) {
    const start = performance.now();
    const key = randomUUID();
    const created = await until('creations work again', async () => {
        const answer = await admin.create(creation(customer), { 'Idempotency-Key': key });
        return answer.status === 200 && answer;
    });
    // One that was sent before may still fail and open it once more.
    await until('the circuit is closed', async () => await circuitState() === 0);
    await until('its webhook is stored', async () => (await admin.get(created.json.id)).status === 200);
    return ((performance.now() - start) / 1000).toFixed(1);
}

function judgeRefusal({ answer }) {
    assertProblem(answer, 503);
    assert.ok(Number(answer.headers['retry-after']) >= 1);
}

test('Stripe hangs: creations fail fast once the circuit is open, reads go on, and it recovers', async () => {
    const customers = await newCustomers(atOnce);
    const emulator = await stack.pid('stripe_emulator');
    process.kill(emulator, 'SIGSTOP');
    let seen;
    try {
        seen = await readsDuring(failUntilOpen(customers));
    } finally {
        process.kill(emulator, 'SIGCONT');
    }
    judgeRefusal(seen.result);
    const recovery = await assertRecovers(customers[0]);
    console.log(`hanging: ${seen.result.failures} failures before the circuit opened, then refused in ` +
        `${seen.result.took.toFixed(1)} ms; ${seen.reads} reads, p50 ${seen.p50} ms, p99 ${seen.p99} ms; back after ${recovery} s`);
});

// A creation every two seconds, all of one customer, until the circuit opens; what they were told, how long it took, and how
// many tries.
async function openedByOne(customer) {
    const start = performance.now();
    const before = await openingsAndTries();
    const creations = [];
    let now = before;
    for (; now.openings === before.openings; now = await openingsAndTries()) {
        creations.push(admin.create(creation(customer)));
        await sleep(2000); // a client's rhythm
    }
    const seconds = (performance.now() - start) / 1000;
    const tries = now.tries - before.tries;
    const answers = await Promise.all(creations);
    for (const answer of answers) assert.ok([503, 504].includes(answer.status), `${answer.status} ${answer.text}`);
    return { seconds, tries, creations: creations.length };
}

test('Stripe hangs, and one customer alone meets it, one write after the other: the circuit opens all the same', async () => {
    const [customer] = await until('Stripe makes a customer', () => newCustomers(1));
    const emulator = await stack.pid('stripe_emulator');
    process.kill(emulator, 'SIGSTOP');
    let seen;
    try {
        seen = await readsDuring(openedByOne(customer));
    } finally {
        process.kill(emulator, 'SIGCONT');
    }
    const { seconds, tries, creations } = seen.result;
    assert.ok(tries > 0 && tries < failuresInARow, `the silence opened it, not ${tries} failures`);
    const recovery = await assertRecovers(customer);
    console.log(`hanging for one customer: open after ${seconds.toFixed(1)} s, ${creations} creations and ${tries} tries; ${seen.reads} reads, ` +
        `p50 ${seen.p50} ms, p99 ${seen.p99} ms; back after ${recovery} s`);
});

test('Stripe is gone: the same', async () => {
    const supervisor = stack.supervisorPid('stripe_emulator');
    // The hang may have cost us connections.
    const customers = await until('Stripe makes customers', () => newCustomers(atOnce));
    process.kill(supervisor, 'SIGSTOP'); // nobody starts it again
    let seen;
    try {
        process.kill(await stack.pid('stripe_emulator'), 'SIGKILL');
        seen = await readsDuring(failUntilOpen(customers));
    } finally {
        process.kill(supervisor, 'SIGCONT');
    }
    judgeRefusal(seen.result);
    // The emulator keeps nothing: a customer of its new life.
    const next = await until('the emulator is back', newCustomer);
    const recovery = await assertRecovers(next);
    console.log(`gone: ${seen.result.failures} failures before the circuit opened, then refused in ` +
        `${seen.result.took.toFixed(1)} ms; ${seen.reads} reads, p50 ${seen.p50} ms, p99 ${seen.p99} ms; back after ${recovery} s`);
});

// As a client does it that wants its invoice.
async function createUntilAnswered(body, via, tally) {
    const key = randomUUID();
    for (;;) {
        const answer = await admin.create(body, { 'Idempotency-Key': key }, { via }).catch(() => ({}));
        tally[answer.status ?? 'none'] = (tally[answer.status ?? 'none'] ?? 0) + 1;
        if (answer.status === 200) return answer.json.id;
        assert.ok([undefined, 409, 502, 503, 504].includes(answer.status), answer.text);
        await sleep(500 + Math.random() * 1000); // a client's back-off
    }
}

test(`${waiting} creations wait on a slow Stripe: the gateway stays small, reads are unhindered`, async () => {
    const customers = [];
    while (customers.length < waiting) {
        const more = Math.min(50, waiting - customers.length);
        customers.push(...(await until('Stripe makes customers', () => newCustomers(more))));
    }
    const gateway = await stack.pid('stripe_gateway');
    const before = residentMiB(gateway);
    const slow = await stripe.emulator('POST', 'faults',
        { kind: 'slow', ms: 5000, method: 'POST', path: '/v1/invoices', count: 0 });
    const via = new http.Agent({ keepAlive: true, maxSockets: waiting });
    const tally = {};
    let largest = before;
    const each = customers.map((customer) => createUntilAnswered(creation(customer), via, tally));
    const work = Promise.all(each);
    work.catch(() => {}); // seen below
    // The first answer comes when Stripe has taken its five seconds.
    const seen = await readsDuring(Promise.race(each));
    await until('all of them have come to Stripe', async () => {
        largest = Math.max(largest, residentMiB(gateway));
        const rules = await stripe.emulator('GET', 'faults');
        return rules.find((rule) => rule.id === slow.id).struck >= waiting;
    }, 600);
    await stripe.emulator('DELETE', 'faults'); // later ones, repeated ones too, are quick
    const ids = await work;
    largest = Math.max(largest, residentMiB(gateway));
    via.destroy();
    assert.equal(new Set(ids).size, waiting);
    console.log(`${waiting} waiting: gateway ${before.toFixed(0)} MiB before, ${largest.toFixed(0)} MiB at most; ${seen.reads} reads, ` +
        `p50 ${seen.p50} ms, p99 ${seen.p99} ms; answers by status ${JSON.stringify(tally)}${sanitised() ? ' (sanitised build)' : ''}`);
    if (!sanitised()) assert.ok(largest < mostMiB, `${largest} MiB`);
});
