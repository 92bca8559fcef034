// The short form of the chaos, for every test run; tests/chaos/run has the long one.
import { test } from 'node:test';
import { chaos } from './chaos.mjs';

test('killed, cut and lied to, the store ends level with Stripe', async () => {
    const report = await chaos({ invoices: 48, seed: Number(process.env.SEED ?? 20261122), leastKills: 8 });
    console.log(JSON.stringify(report, null, 2));
});
