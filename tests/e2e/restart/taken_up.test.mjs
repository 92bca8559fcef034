// The gateway that makes an invoice dies in the middle of it, at every step, before and after Stripe has done it: the other
// gateway takes the creation up, the caller hears nothing of it, and there is one invoice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Admin } from '../lib/http.mjs';
import { Stripe } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';
import { Cluster } from './cluster.mjs';

const steps = ['/v1/invoices', '/v1/invoices/*/add_lines', '/v1/invoices/*/finalize', '/v1/invoices/*/pay'];
let cluster, stripe, admin;

before(async () => {
    cluster = await Cluster.start('taken_up', { preStopMs: 0 });
    stripe = new Stripe(cluster.env);
    admin = new Admin(cluster.env);
});
after(() => cluster?.down());

async function gatewayAtWork() {
    for (const pod of cluster.pods.stripe_gateway)
        if (/^quittance_rpc_server_calls_in_flight 1$/m.test(await pod.metrics())) return pod;
    return undefined;
}

for (const when of ['before', 'after']) {
    for (const step of steps) {
        test(`killed ${when} the effect of POST ${step}`, async () => {
            const { id: customer } = await stripe.post('/v1/customers', { name: 'Ada Lovelace' });
            const { id: paymentMethod } = await stripe.post('/v1/payment_methods/pm_card_visa/attach', { customer });
            await stripe.emulator('POST', 'faults', { kind: 'hold', method: 'POST', path: step, when, count: 1 });
            const creating = admin.create({ items: [{ name: 'Resources', amount: 3300 }], customer, paymentMethod });
            creating.catch(() => {}); // seen below
            await until('Stripe was asked', async () => (await stripe.emulator('GET', 'state')).holding === 1);
            const victim = await until('the gateway is known', gatewayAtWork);
            process.kill(victim.process.pid, 'SIGKILL');
            await victim.process.ended;
            await stripe.emulator('POST', 'release');
            const answer = await creating;
            assert.equal(answer.status, 200, answer.text);
            assert.equal(answer.json.amount_paid, 3300);
            const { data } = await stripe.get(`/v1/invoices?customer=${customer}`);
            assert.deepEqual(data.map(({ id, status }) => [id, status]), [[answer.json.id, 'paid']]);
            await stripe.emulator('DELETE', 'faults');
            await cluster.removeEndpoint(victim);
            await cluster.addEndpoint(await cluster.startPod('stripe_gateway'));
        });
    }
}
