// The ingester is away for longer than Stripe's patience, and no webhook arrives at all: reconciliation alone brings the
// store level.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { rowsOf } from '../e2e/lib/database.mjs';
import { differences } from '../e2e/lib/level.mjs';
import { Stack } from '../e2e/lib/stack.mjs';
import { Stripe } from '../e2e/lib/stripe.mjs';
import { until } from '../e2e/lib/wait.mjs';
import { lives } from './lives.mjs';
import { Random } from './random.mjs';

const invoices = 64;
const seed = Number(process.env.SEED ?? 1000);
const fourDays = 4 * 86_400;
let stack, stripe, env;

before(async () => {
    stack = await Stack.start('lost_webhooks', {
        RECONCILE_EVERY_SECONDS: '1', RECONCILE_SETTLE_SECONDS: '0', AUDIT_EVERY_SECONDS: '0',
    });
    stripe = new Stripe(stack.env);
    const card = await stripe.post('/v1/payment_methods/pm_card_chargeCustomerFail/attach', { customer: stack.env.CUSTOMER });
    env = { ...stack.env, DECLINED: card.id };
});
after(() => stack?.down());

test('days without an ingester are read back from the list of events', async () => {
    // A new database takes no creations with a key until its ingester has followed Stripe's events once.
    await lives.created_here(env, new Random(999));
    const supervisor = stack.supervisorPid('webhook_ingester');
    process.kill(supervisor, 'SIGSTOP'); // nobody starts it again
    process.kill(await stack.pid('webhook_ingester'), 'SIGKILL');
    await stripe.emulator('POST', 'faults', { kind: 'webhook_lose', count: 0 });
    const kinds = Object.values(lives);
    await Promise.all(Array.from({ length: 8 }, async (_, worker) => {
        for (let i = worker; i < invoices; i += 8) await kinds[i % kinds.length](env, new Random(seed + i));
    }));
    await stripe.emulator('POST', 'advance', { seconds: fourDays }); // what Stripe was still to send, it gave up
    assert.notDeepEqual(await differences(env, stripe), [], 'the store knows nothing of it yet');

    const start = Date.now();
    process.kill(supervisor, 'SIGCONT');
    await until('the store is level with Stripe', async () => {
        const found = await differences(env, stripe);
        if (found.length > 0) throw new Error(`${found.length} differences, such as ${found.slice(0, 3).join('; ')}`);
        return true;
    });
    const [{ reconciled }] = await rowsOf(env, 'SELECT count(*)::int AS reconciled FROM events WHERE source = 2');
    const [{ delivered }] = await rowsOf(env, 'SELECT count(*)::int AS delivered FROM events WHERE source = 1');
    assert.ok(reconciled > invoices, `${reconciled} events came by the list`);
    console.log(`level after ${((Date.now() - start) / 1000).toFixed(1)} s: ${reconciled} events by the list, ${delivered} by webhooks before`);
});
