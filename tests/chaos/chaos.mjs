// Everything goes wrong at once, as a seed decides: services and PostgreSQL are killed, connections are cut, Stripe fails,
// webhooks are lost, doubled, delayed and reordered, events about refunds and disputes go missing. In between the gateway
// has another account's key for some seconds, and from the middle on Stripe sends thin events alone. Then the disturbance
// ends, and the store has to come level with Stripe by itself, in rows and in settlements.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { rowsOf } from '../e2e/lib/database.mjs';
import { everyEventOnce } from '../e2e/lib/inbox.mjs';
import { differences } from '../e2e/lib/level.mjs';
import { Stack } from '../e2e/lib/stack.mjs';
import { Stripe } from '../e2e/lib/stripe.mjs';
import { thinEventsOnly } from '../e2e/lib/thin_events.mjs';
import { until } from '../e2e/lib/wait.mjs';
import { freePort } from '../support/free_port.mjs';
import { lives } from './lives.mjs';
import { otherAccount, otherAccountsKey } from './other_account.mjs';
import { Proxy } from './proxy.mjs';
import { Random } from './random.mjs';

// Of the webhooks: it tells of payments of invoices. What the gateway asks for has its own, older version.
const newest = '2026-10-28.endive';
const victims = ['invoice_store', 'stripe_gateway', 'webhook_ingester', 'edge', 'postgres'];
const workers = 8;

// Of each webhook and each call of the API one in so many; which ones, the emulator's seed decides.
const faults = [
    { kind: 'webhook_lose', probability: 0.04 },
    { kind: 'webhook_duplicate', probability: 0.1, ms: 800 },
    { kind: 'webhook_delay', probability: 0.1, ms: 1500 },
    { kind: 'webhook_reorder', probability: 0.25, ms: 700 },
    { kind: 'error_500_before', path: '/v1/invoice*', probability: 0.02, stored: false },
    { kind: 'error_500_after', path: '/v1/invoice*', probability: 0.02 },
    { kind: 'drop_before', path: '/v1/invoice*', probability: 0.02 },
    { kind: 'drop_after', path: '/v1/invoice*', probability: 0.02 },
    { kind: 'rate_limit_429', path: '/v1/invoice*', probability: 0.02 },
    { kind: 'lock_timeout_429', path: '/v1/invoice*', probability: 0.02 },
    { kind: 'drop_after', path: '/v1/payment_intents*', probability: 0.02 },
    { kind: 'drop_before', path: '/v1/refunds*', probability: 0.05 },
    // Of refunds and disputes hardly any webhook comes, and of many there is no event at all.
    { kind: 'webhook_lose', event_type: 'refund.*', probability: 0.7 },
    { kind: 'webhook_lose', event_type: 'charge.*', probability: 0.7 },
    { kind: 'event_missing', event_type: 'refund.*', probability: 0.4 },
    { kind: 'event_missing', event_type: 'charge.refund*', probability: 0.4 },
    { kind: 'event_missing', event_type: 'charge.dispute.*', probability: 0.4 },
    { kind: 'slow', path: '/v1/invoice*', probability: 0.03, ms: 400 },
];

// A disturbance that goes on for longer has met a machine on which nothing comes up between two blows: the lives, which are
// patient for five minutes, get the rest of that time.
const longestDisturbanceMs = 60_000;

async function disturb(stack, proxies, random, { least, most }, report, stopped) {
    // Dealt like cards, so that nobody is spared for long.
    const dealt = [];
    while (!stopped()) {
        await sleep(random.between(least, most)); // the rhythm of the disturbance, not a wait for anything
        if (random.chance(0.3)) {
            random.of(proxies).cut();
            ++report.cuts;
            continue;
        }
        if (dealt.length === 0) dealt.push(...victims);
        const [victim] = dealt.splice(random.between(0, dealt.length - 1), 1);
        try {
            process.kill(await stack.pid(victim), 'SIGKILL');
            report.kills[victim] = (report.kills[victim] ?? 0) + 1;
        } catch {
            // It is dead already and not back yet.
        }
    }
}

// `interludes`: by the number of the life before which one takes place. The other workers go on meanwhile.
async function live(env, count, seed, report, interludes) {
    const kinds = Object.keys(lives);
    let next = 0;
    const work = async () => {
        while (next < count) {
            const number = next++;
            await interludes.get(number)?.();
            // Each life draws from a seed of its own, so that it does not depend on who overtook whom.
            const random = new Random(seed + number * 7919);
            const kind = kinds[number % kinds.length];
            const start = Date.now();
            await lives[kind](env, random);
            report.lives[kind] = (report.lives[kind] ?? 0) + 1;
            const seconds = Math.round((Date.now() - start) / 1000);
            if (seconds >= report.slowest.seconds) report.slowest = { kind, seconds };
        }
    };
    await Promise.all(Array.from({ length: workers }, work));
}

async function startStack(name, seed) {
    const [storePort, gatewayPort] = [freePort(), freePort()];
    const proxies = [await Proxy.open(storePort), await Proxy.open(gatewayPort)];
    const stack = await Stack.start(name, {
        EMULATOR_CLOCK_RATE: '1800', EMULATOR_SEED: String(seed), EMULATOR_WEBHOOK_API_VERSION: newest, ...otherAccount,
        INVOICE_STORE_LISTEN: `127.0.0.1:${storePort}`, INVOICE_STORE_ADDRESS: `127.0.0.1:${proxies[0].port}`,
        STRIPE_GATEWAY_LISTEN: `127.0.0.1:${gatewayPort}`, STRIPE_GATEWAY_ADDRESS: `127.0.0.1:${proxies[1].port}`,
        RECONCILE_EVERY_SECONDS: '2', RECONCILE_SETTLE_SECONDS: '2', AUDIT_EVERY_SECONDS: '10',
    });
    return { stack, proxies };
}

async function declinedCard(env, stripe) {
    const card = await stripe.post('/v1/payment_methods/pm_card_chargeCustomerFail/attach', { customer: env.CUSTOMER });
    return card.id;
}

async function checkInbox(env, stripe, report) {
    const { events, inbox } = await everyEventOnce(env, stripe);
    report.events = events.length;
    report.reconciled = inbox.filter((row) => row.source === 2).length; // InvoiceEvent.SOURCE_EVENTS_LIST
    report.refetches = (await rowsOf(env, "SELECT count(*)::int AS n FROM events WHERE event_id LIKE 'refetch\\_%'"))[0].n;
}

async function checkTotals(env) {
    const kept = await rowsOf(env, `SELECT status, sum(invoices)::int AS n FROM invoice_totals WHERE scope = 'all'
                                    GROUP BY status HAVING sum(invoices) <> 0 ORDER BY status`);
    const counted = await rowsOf(env, 'SELECT status, count(*)::int AS n FROM invoices GROUP BY status ORDER BY status');
    assert.deepEqual(kept, counted, 'the totals are those of the rows');
}

// Runs it all; resolves with the report, rejects with what is not level.
export async function chaos({
    invoices, seed, name = 'chaos', leastKills = 5, levelSeconds = 300, pauseMs = { least: 150, most: 900 },
    disturbanceMs = longestDisturbanceMs,
}) {
    const report = { seed, invoices, kills: {}, cuts: 0, wrongKeys: 0, lives: {}, slowest: { seconds: 0 } };
    const { stack, proxies } = await startStack(name, seed);
    try {
        const stripe = new Stripe(stack.env);
        const env = { ...stack.env, DECLINED: await declinedCard(stack.env, stripe) };
        await stripe.emulator('POST', 'faults', faults);
        let done = false;
        const killed = () => Object.values(report.kills).reduce((sum, n) => sum + n, 0);
        const start = Date.now();
        const stopped = () => killed() >= leastKills && (done || Date.now() - start > disturbanceMs);
        const disturbance = disturb(stack, proxies, new Random(seed), pauseMs, report, stopped);
        const interludes = new Map([
            [Math.floor(invoices / 4), () => otherAccountsKey(stack, proxies[1], report)],
            [Math.floor(invoices / 2), () => thinEventsOnly(env)],
        ]);
        await live(env, invoices, seed, report, interludes).finally(() => (done = true));
        await disturbance;
        report.disturbedSeconds = Math.round((Date.now() - start) / 1000);

        await stripe.emulator('DELETE', 'faults');
        const calm = Date.now();
        await until('the store is level with Stripe', async () => {
            const found = await differences(env, stripe);
            if (found.length > 0) throw new Error(`${found.length} differences, such as ${found.slice(0, 3).join('; ')}`);
            return true;
        }, levelSeconds);
        report.levelAfterSeconds = Math.round((Date.now() - calm) / 1000);
        await until('every event is in the inbox', async () => {
            await checkInbox(env, stripe, report);
            return true;
        }, levelSeconds);
        await checkTotals(env);
        assert.deepEqual(await differences(env, stripe), [], 'still level');
        const state = await stripe.emulator('GET', 'state');
        report.deliveries = { attempts: state.delivery.attempts, failed: state.delivery.failed, lost: state.delivery.lost };
        return report;
    } finally {
        for (const proxy of proxies) proxy.close();
        await stack.down();
    }
}
