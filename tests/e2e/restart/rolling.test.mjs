// Everything is replaced under load, pod by pod, and nobody outside notices: no request fails, no webhook is refused, and
// the store is level with Stripe. Then pods die without a word, and what may be repeated is.
// QUITTANCE_LONG_TESTS=1: two hundred requests a second, and every pod replaced as a rollout and as the emptying of a node.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { everyEventOnce } from '../lib/inbox.mjs';
import { differences } from '../lib/level.mjs';
import { Stripe } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';
import { Cluster, services } from './cluster.mjs';
import { Load } from './load.mjs';

const long = process.env.QUITTANCE_LONG_TESTS === '1';
const perSecond = Number(process.env.REQUESTS_PER_SECOND ?? (long ? 200 : 60));
const windowMs = long ? 10_000 : 2_000; // of the load before and after, in which shares are counted
const fairShare = 0.3; // of two
let cluster, stripe, load;

before(async () => {
    cluster = await Cluster.start('rolling', {
        preStopMs: long ? 5_000 : 1_000,
        settings: { RECONCILE_EVERY_SECONDS: '0', AUDIT_EVERY_SECONDS: '0' }, // webhooks have to do it alone
    });
    stripe = new Stripe(cluster.env);
    load = new Load(cluster.env, perSecond);
    await load.prepare(10);
    await until('what was prepared is stored', async () => {
        const answers = await Promise.all(load.prepared.map((id) => load.admin.get(id)));
        const missing = answers.filter((answer) => answer.json?.status !== 'paid');
        if (missing.length > 0) throw new Error(missing[0].text);
        return true;
    });
});
after(() => cluster?.down());

async function noEventLost() {
    await until('the store is level with Stripe', async () => {
        const found = await differences(cluster.env, stripe);
        if (found.length > 0) throw new Error(`${found.length} differences, such as ${found.slice(0, 3).join('; ')}`);
        return true;
    });
    // An invoice is level with the first event that says what the last one says: the others may still be on their way.
    const { events, inbox } = await until('every event is in the inbox', () => everyEventOnce(cluster.env, stripe));
    assert.deepEqual(inbox.filter((row) => row.source !== 1 && /^evt_/.test(row.event_id)), [], 'each came by its webhook');
    return events.length;
}

// In one window or a later one: what callers have just connected to is not yet asked as often.
async function seeFairShares(when) {
    return until(`the stores have fair shares ${when}`, async () => {
        const shares = await cluster.shares('invoice_store', () => sleep(windowMs));
        const text = shares.map((share) => share.toFixed(2)).join(' : ');
        if (shares.some((share) => share <= fairShare)) throw new Error(text);
        return text;
    });
}

function report(what, { rate, seconds }) {
    console.log(`${what}: ${load.total} answered of ${load.total + load.failures.length} at ${rate.toFixed(0)}/s in ` +
        `${seconds.toFixed(0)} s, slowest ${load.slowestMs} ms, ${JSON.stringify(load.answered)}`);
    for (const failure of load.failures.slice(0, 20)) console.log(JSON.stringify(failure));
}

async function underLoad(what, work) {
    Object.assign(load, { answered: {}, failures: [], slowestMs: 0 });
    const start = Date.now();
    load.start();
    try {
        await work();
    } finally {
        const rate = await load.stop();
        report(what, { rate, seconds: (Date.now() - start) / 1000 });
    }
}

test('replaced pod by pod under load, nothing fails and no event is lost', async () => {
    await underLoad('rolling', async () => {
        const before = await seeFairShares('before');
        for (const replace of long ? ['replace', 'evict'] : ['replace']) {
            for (const service of services) {
                for (const pod of [...cluster.pods[service]]) {
                    await cluster[replace](pod);
                    console.log(`${((Date.now() - load.began) / 1000).toFixed(1)} s: ${replace} ${service} ${pod.address} done, ${load.failures.length} failed`);
                }
            }
        }
        console.log(`shares of the stores: before ${before}, after ${await seeFairShares('after')}`);
    });
    assert.deepEqual(load.failures, []);
    const events = await noEventLost();
    const { delivery } = await stripe.emulator('GET', 'state');
    assert.equal(delivery.failed + delivery.lost + delivery.given_up, 0, JSON.stringify(delivery));
    console.log(`${events} events, each once, none refused; level with Stripe`);
});

for (const service of ['invoice_store', 'stripe_gateway']) {
    test(`one ${service} that dies without a word fails nothing that another can answer`, async () => {
        const [victim] = cluster.pods[service];
        await underLoad(`one ${service} killed`, async () => {
            await sleep(windowMs);
            process.kill(victim.process.pid, 'SIGKILL');
            await victim.process.ended;
            await sleep(windowMs); // its name still leads to it, as until a cluster has noticed
            await cluster.removeEndpoint(victim);
            await cluster.addEndpoint(await cluster.startPod(service));
            await sleep(windowMs);
        });
        assert.deepEqual(load.failures, []);
        console.log(`${await noEventLost()} events, each once; level with Stripe`);
    });
}
