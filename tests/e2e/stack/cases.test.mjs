// Histories of Stripe's that once ended in a wrong row (tests/data/cases), posted as webhooks, and what callers of every
// surface must read afterwards.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { rowsOf } from '../lib/database.mjs';
import { Admin, request } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';
import { deliver } from '../lib/stripe.mjs';
import { undisturbed } from '../lib/wait.mjs';

const read = (name) => JSON.parse(readFileSync(new URL(`../../data/cases/${name}`, import.meta.url), 'utf8'));

let stack, admin;

before(async () => {
    stack = await Stack.start('cases');
    admin = new Admin(stack.env);
});
after(() => stack?.down());

// Invoices belong to the team of the stack's token, so that the Billing API shows them.
function ours(event) {
    const object = event.data.object;
    if (object.object === 'invoice') object.metadata = { ...object.metadata, team_id: stack.env.TEAM_ID };
    return event;
}

// What a surface shows of an invoice. The store's message has the columns of its row.
const surfaces = {
    admin: async (id) => (await admin.get(id)).json,
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

for (const { file, what, invoice, expect } of read('manifest.json'))
    test(`${file}: ${what}`, async () => {
        for (const event of read(file)) {
            const answer = await deliver(stack.env, ours(event));
            assert.equal(answer.status, 200, answer.text);
        }
        // A refetch may follow an event, and a settlement its invoice.
        await undisturbed(`${invoice} is as expected`, async () => {
            for (const [surface, wanted] of Object.entries(expect)) {
                const shown = await surfaces[surface](invoice);
                for (const [name, value] of Object.entries(wanted)) assert.deepEqual(shown?.[name], value, `${surface}.${name}`);
            }
        });
    });
