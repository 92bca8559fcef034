// Every call of the store from Node, with a deadline each: health, reflection, answers, and failures with their details.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Stack } from '../lib/stack.mjs';
import { call, connect, detailOf, failure, grpc, quittance } from './client.mjs';
import { Health, definitionOf, serving, servicesOf } from './standard_services.mjs';

const { status } = grpc;
const team = 'a'.repeat(24);
const otherTeam = 'b'.repeat(24);
let stack, store;

before(async () => {
    stack = await Stack.start('grpc_calls');
    store = connect(stack.env.INVOICE_STORE_ADDRESS);
});
after(async () => {
    store?.close();
    await stack?.down();
});

let events = 0;
function event(invoice, more = {}) {
    return {
        event_id: `evt_node_${++events}`,
        type: 'invoice.updated',
        account: 'default',
        event_time: { seconds: 1_700_000_100 + events },
        source: 'SOURCE_WEBHOOK',
        payload: Buffer.from('{}'),
        invoice: {
            stripe_invoice_id: invoice,
            stripe_customer_id: 'cus_node',
            status: 'open',
            currency: 'jpy',
            amount_due_minor: '9007199254740993',
            customer_name: 'Ada',
            create_time: { seconds: 1_700_000_000 },
            metadata: { team_id: team, quittance_key: `key-${invoice}` },
            lines: [{ id: `il_${invoice}` }],
            ...more,
        },
    };
}

async function apply(...list) {
    const { outcomes } = await call(store, 'ApplyInvoiceEvents', { events: list });
    return outcomes.map(({ state }) => state);
}

test('health knows each server and each of its services', async () => {
    for (const [address, service] of [
        [stack.env.INVOICE_STORE_ADDRESS, 'quittance.v1.InvoiceStore'],
        [stack.env.STRIPE_GATEWAY_ADDRESS, 'quittance.v1.StripeGateway'],
    ]) {
        const health = connect(address, Health);
        for (const name of ['', service]) assert.equal((await call(health, 'Check', { service: name })).status, serving, `${address} ${name}`);
        assert.equal((await failure(call(health, 'Check', { service: 'no.such.Service' }))).code, status.NOT_FOUND);
        health.close();
    }
});

test('a client made from reflection alone can call', async () => {
    const address = stack.env.INVOICE_STORE_ADDRESS;
    const names = await servicesOf(address);
    assert.ok(names.includes('quittance.v1.InvoiceStore') && names.includes('grpc.health.v1.Health'), names.join());
    const reflected = await definitionOf(address, 'quittance.v1.InvoiceStore');
    const client = connect(address, reflected.quittance.v1.InvoiceStore);
    assert.ok(Array.isArray((await call(client, 'ListInvoices', { page_size: 1 })).invoices));
    client.close();
});

test('what is applied is read back by every call', async () => {
    assert.deepEqual(await apply(event('in_1'), event('in_2'), event('in_3', { metadata: { team_id: otherTeam } })), ['APPLIED', 'APPLIED', 'APPLIED']);
    const again = event('in_1');
    assert.deepEqual(await apply(again), ['APPLIED']);
    assert.deepEqual(await apply(again), ['DUPLICATE']);

    const invoice = await call(store, 'GetInvoice', { id: 'in_1', view: 'VIEW_FULL' });
    assert.equal(invoice.amount_due_minor, '9007199254740993', 'beyond what a JavaScript number holds');
    assert.equal(invoice.team_id, team);
    assert.deepEqual(invoice.lines.map(({ id }) => id), ['il_in_1']);
    assert.deepEqual(await call(store, 'GetInvoice', { id: invoice.id, view: 'VIEW_FULL' }), invoice);

    const { results } = await call(store, 'BatchGetInvoices', { requests: [{ id: 'in_2' }, { id: 'in_none' }, { id: 'in_1' }] });
    assert.deepEqual(results.map((result) => result.invoice?.stripe_invoice_id), ['in_2', undefined, 'in_1']);

    const page = await call(store, 'ListInvoices', { page_size: 1, with_total: true, scope: { team_ids: [team] } });
    assert.equal(page.total_size, '2');
    const rest = await call(store, 'ListInvoices', { page_size: 1, page_token: page.next_page_token, scope: { team_ids: [team] } });
    assert.deepEqual([...page.invoices, ...rest.invoices].map((one) => one.stripe_invoice_id).sort(), ['in_1', 'in_2']);

    assert.equal((await call(store, 'FindByCreationKey', { idempotency_key: 'key-in_2' })).stripe_invoice_id, 'in_2');
});

test('a customer is registered, found, and takes its invoices along', async () => {
    await apply(event('in_moving', { stripe_customer_id: 'cus_moving' }));
    const customer = { stripe_customer_id: 'cus_moving', user: { id: 'c'.repeat(24), name: 'Grace' }, team_id: otherTeam };
    const registered = await call(store, 'RegisterCustomer', { customer });
    assert.equal(registered.account, 'default');
    assert.deepEqual(await call(store, 'GetCustomer', { stripe_customer_id: 'cus_moving' }), registered);
    const moved = await call(store, 'GetInvoice', { id: 'in_moving', scope: { team_ids: [otherTeam] } });
    assert.equal(moved.user.name, 'Grace');
    const error = await failure(call(store, 'GetInvoice', { id: 'in_moving', scope: { team_ids: [team] } }));
    assert.equal(error.code, status.NOT_FOUND);
});

// What the calls for pages and for operators answer to a question about the invoices above.
const others = {
    GetLastInvoice: [{ team_id: team }, (answer) => assert.equal(answer.team_id, team)],
    BatchListInvoices: [{ requests: [{ page_size: 1 }, { page_token: 'none of ours' }] }, ({ results: [one, refused] }) => {
        assert.equal(one.list.invoices.length, 1);
        assert.equal(refused.refusal.code, status.INVALID_ARGUMENT);
    }],
    GetBillingHistory: [{ team_id: team, page_size: 1 }, (answer) => assert.equal(answer.invoices.length, 1)],
    ListEvents: [{ invoice_id: 'in_1' }, (answer) => assert.ok(answer.events.length >= 2)],
    GetEvent: [{ name: { event_id: 'evt_node_1' } }, (answer) => assert.equal(answer.event_id, 'evt_node_1')],
    ReplayEvents: [{ names: [{ event_id: 'evt_node_1' }] }, (answer) => assert.equal(answer.outcomes.length, 1)],
    DiscardEvents: [{ names: [{ event_id: 'evt_node_1' }], reason: 'not dead' }, undefined, status.FAILED_PRECONDITION],
    ListRefetches: [{}, (answer) => assert.ok(Array.isArray(answer.refetches))],
    RequestRefetches: [{ refetches: [{ account: 'default', stripe_invoice_id: 'in_1' }] }, (answer) => assert.deepEqual(answer, {})],
    ReportRefetch: [{ account: 'default', stripe_invoice_id: 'in_none', result: 'agreed' }, (answer) => assert.deepEqual(answer, {})],
    BatchGetPaymentFacts: [{ account: 'default', object_ids: ['re_none'] }, ({ facts: [fact] }) => {
        assert.equal(fact.object_id, 're_none');
        assert.equal(fact.kind, 'KIND_UNSPECIFIED');
    }],
    RecordStripeAccount: [{ account: { label: 'node', stripe_account_id: 'acct_node' } }, (answer) => assert.equal(answer.stripe_account_id, 'acct_node')],
    GetCursor: [{ name: 'node/none' }, (answer) => assert.equal(answer.value, '')],
    MoveCursor: [{ name: 'node/one', value: 'x' }, (answer) => assert.equal(answer.value, 'x')],
};
const shownAbove = ['ApplyInvoiceEvents', 'GetInvoice', 'BatchGetInvoices', 'ListInvoices', 'FindByCreationKey', 'RegisterCustomer', 'GetCustomer'];
const streams = ['WatchInvoices']; // has a file of its own

for (const [method, [request, check, code]] of Object.entries(others)) {
    test(`${method} answers`, async (t) => {
        try {
            const answer = await call(store, method, request);
            assert.equal(code, undefined, 'it should have failed');
            check(answer);
        } catch (error) {
            if (error.code === status.UNIMPLEMENTED) return t.skip('this store does not have it');
            if (code === undefined || error.code !== code) throw error;
            assert.ok(detailOf(error).reason);
        }
    });
}

test('no call of the service is left out here', () => {
    const known = [...shownAbove, ...streams, ...Object.keys(others)].sort();
    assert.deepEqual(Object.keys(quittance.v1.InvoiceStore.service).sort(), known);
});

test('failures carry a reason and each wrong field', async () => {
    const missing = await failure(call(store, 'GetInvoice', { id: 'in_none' }));
    assert.equal(missing.code, status.NOT_FOUND);
    const detail = detailOf(missing);
    assert.equal(detail.reason, 'invoice_not_found');
    assert.equal(detail.status.code, status.NOT_FOUND);
    assert.equal(detail.status.message, missing.details);

    const wrong = await failure(call(store, 'ListInvoices', { page_size: 101, page: -1 }));
    assert.equal(wrong.code, status.INVALID_ARGUMENT);
    assert.equal(detailOf(wrong).reason, 'invalid_argument');
    assert.deepEqual(detailOf(wrong).fields.map(({ field }) => field).sort(), ['page', 'page_size']);

    assert.equal((await failure(call(store, 'FindByCreationKey', { idempotency_key: 'none' }))).code, status.NOT_FOUND);
    assert.equal((await failure(call(store, 'GetCustomer', { stripe_customer_id: 'cus_none' }))).code, status.NOT_FOUND);
});

test('a deadline is honoured', async () => {
    const late = await failure(call(store, 'ListInvoices', {}, { deadline: Date.now() - 1 }));
    assert.equal(late.code, status.DEADLINE_EXCEEDED);
});
