// Histories of Stripe's that once ended in a wrong row (tests/data/cases), posted as webhooks, and what callers of every
// surface must read afterwards.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { rowsOf } from '../lib/database.mjs';
import { FurtherService } from '../lib/further_service.mjs';
import { Admin, request } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';
import { deliver } from '../lib/stripe.mjs';
import { undisturbed, until } from '../lib/wait.mjs';

const read = (name) => JSON.parse(readFileSync(new URL(`../../data/cases/${name}`, import.meta.url), 'utf8'));

const cases = read('manifest.json');
const connected = cases.find((one) => one.connected).connected;
let stack, admin;

before(async () => {
    stack = await Stack.start('cases', { EMULATOR_CONNECTED_ACCOUNTS: connected });
    admin = new Admin(stack.env);
});
after(() => stack?.down());

// Gateway and ingester of a configuration that names the connected account, for `use`, which gets the ingester's URL: before Stripe
// was asked for the rest of an object, and after.
async function withConnectedAccount(use) {
    const account = { label: 'default', livemode: false, connected: [{ label: 'connected', account: connected }] };
    const gateway = await FurtherService.start(stack, 'stripe_gateway', {
        STRIPE_GATEWAY_LISTEN: '127.0.0.1:0', STRIPE_API_KEY: '',
        STRIPE_ACCOUNTS: JSON.stringify([{ ...account, api_key: stack.env.STRIPE_API_KEY }]),
    }, 'connected');
    const ingester = await FurtherService.start(stack, 'webhook_ingester', {
        WEBHOOK_LISTEN: '127.0.0.1:0', STRIPE_WEBHOOK_SECRETS: '', STRIPE_LIVEMODE: '',
        STRIPE_GATEWAY_ADDRESS: gateway.addresses.STRIPE_GATEWAY_LISTEN,
        STRIPE_ACCOUNTS: JSON.stringify([{ ...account, webhook_secrets: [stack.env.STRIPE_WEBHOOK_SECRET] }]),
    }, 'connected');
    await use(`http://${ingester.addresses.WEBHOOK_LISTEN}`);
    await until('Stripe was asked, and does not have it', async () => (await rowsOf(stack.env,
        "SELECT 1 FROM refetches WHERE account = 'connected' AND last_result = 'not_found'")).length > 0);
    await use(`http://${ingester.addresses.WEBHOOK_LISTEN}`);
    await ingester.stop();
    await gateway.stop();
}

// Invoices belong to the team of the stack's token, so that the Billing API shows them.
function ours(event) {
    const object = event.data.object;
    if (object.object === 'invoice') object.metadata = { ...object.metadata, team_id: stack.env.TEAM_ID };
    return event;
}

// What a surface shows of an invoice. The store's message has the columns of its row.
const surfaces = {
    admin: async (id) => {
        const answer = await admin.get(id);
        return answer.status === 200 ? answer.json : undefined;
    },
    billing: async (id) => {
        const headers = { Authorization: `Bearer ${stack.env.BILLING_TOKEN}` };
        return (await request(`${stack.env.EDGE_URL}/billing/v1/invoices/${id}`, { headers })).json?.data;
    },
    store: async (id) => {
        const [row] = await rowsOf(stack.env, `SELECT * FROM invoices WHERE stripe_invoice_id = '${id}'`);
        const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
        return row && Object.fromEntries(Object.entries(row).map(([name, value]) => [camel(name), value]));
    },
};

// Posts the events, and waits until each surface shows what it must: null stands for an invoice that is not there. A
// refetch may follow an event, and a settlement its invoice.
async function holds({ file, invoice, expect }, url) {
    for (const event of read(file)) {
        const answer = await deliver({ ...stack.env, WEBHOOK_URL: url }, ours(event));
        assert.equal(answer.status, 200, answer.text);
    }
    await undisturbed(`${invoice} is as expected`, async () => {
        for (const [surface, wanted] of Object.entries(expect)) {
            const shown = await surfaces[surface](invoice);
            if (wanted === null) assert.equal(shown, undefined, `${surface} shows no ${invoice}`);
            for (const [name, value] of Object.entries(wanted ?? {})) assert.deepEqual(shown?.[name], value, `${surface}.${name}`);
        }
    });
}

for (const one of cases)
    test(`${one.file}: ${one.what}`, () =>
        one.connected ? withConnectedAccount((url) => holds(one, url)) : holds(one, stack.env.WEBHOOK_URL));
