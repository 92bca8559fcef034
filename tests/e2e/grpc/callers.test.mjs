// A whole stack with mutual TLS: an invoice goes round, and each caller gets what its certificate allows and nothing else,
// method by method. Who has no right certificate gets no connection.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Admin, request } from '../lib/http.mjs';
import { Stack, script } from '../lib/stack.mjs';
import { Stripe } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';
import { call, detailOf, failure, grpc, quittance } from './client.mjs';
import { connectAs, identityOf, issue, names } from './identity.mjs';

const { status } = grpc;
const run = promisify(execFile);
const others = mkdtempSync(path.join(tmpdir(), 'quittance-others-'));
let stack, addresses;

before(async () => {
    stack = await Stack.start('grpc_callers', { RPC_TRANSPORT: 'tls' });
    addresses = { InvoiceStore: stack.env.INVOICE_STORE_ADDRESS, StripeGateway: stack.env.STRIPE_GATEWAY_ADDRESS };
});
after(async () => {
    await stack?.down();
    rmSync(others, { recursive: true, force: true });
});

// Who may call what, as the services come.
const reading = ['edge', 'webhook-ingester', 'operator'];
const repairing = ['webhook-ingester', 'operator'];
const allowed = {
    InvoiceStore: {
        GetInvoice: reading, BatchGetInvoices: reading, ListInvoices: reading, BatchListInvoices: reading, GetLastInvoice: reading,
        GetBillingHistory: reading, FindByCreationKey: reading, GetCustomer: reading,
        WatchInvoices: ['operator'],
        RegisterCustomer: ['edge', 'operator'],
        ApplyInvoiceEvents: repairing, ListRefetches: repairing, ReportRefetch: repairing, RequestRefetches: repairing,
        BatchGetPaymentFacts: repairing, GetCursor: repairing, MoveCursor: repairing,
        RecordStripeAccount: ['stripe-gateway', 'operator'],
        ListEvents: ['operator'], GetEvent: ['operator'], ReplayEvents: ['operator'], DiscardEvents: ['operator'],
    },
    StripeGateway: {
        CreateInvoice: ['edge', 'operator'], PayInvoice: ['edge', 'operator'], FinalizeInvoice: ['edge', 'operator'],
        VoidInvoice: ['edge', 'operator'], MarkInvoiceUncollectible: ['edge', 'operator'], SendInvoice: ['edge', 'operator'],
        RetrieveInvoice: reading,
        ListEvents: repairing, ListInvoices: repairing, FindPaidInvoice: repairing,
        RetrieveEvent: repairing, ListRefunds: repairing, ListDisputes: repairing,
    },
};

// The code of an empty request: what is allowed may well be invalid.
async function codeOf(client, service, method) {
    if (!quittance.v1[service].service[method].responseStream) {
        try {
            await call(client, method);
            return status.OK;
        } catch (error) {
            return error.code;
        }
    }
    const stream = client[method]({}, { deadline: Date.now() + 60_000 });
    return new Promise((resolve) => {
        stream.on('data', () => {
            resolve(status.OK);
            stream.cancel();
        });
        stream.on('error', (error) => resolve(error.code));
    });
}

test('an invoice goes round', async () => {
    const made = await new Stripe(stack.env).paidInvoice(4200);
    const admin = new Admin(stack.env);
    await until('it is paid', async () => (await admin.get(made.id)).json?.status === 'paid');
    const body = { items: [{ name: 'Resources', amount: 700 }], customer: stack.env.CUSTOMER, paymentMethod: stack.env.PAYMENT_METHOD };
    const created = await admin.create(body);
    assert.equal(created.status, 200, created.text);
    await until('what the edge created is paid', async () => (await admin.get(created.json.id)).json?.status === 'paid');
});

for (const service of Object.keys(allowed)) {
    test(`${service}: every method for every name`, async () => {
        assert.deepEqual(Object.keys(allowed[service]).sort(), Object.keys(quittance.v1[service].service).sort());
        for (const name of names) {
            const client = connectAs(identityOf(stack.directory, name), addresses[service], quittance.v1[service]);
            for (const [method, who] of Object.entries(allowed[service])) {
                const code = await codeOf(client, service, method);
                assert.equal(code !== status.PERMISSION_DENIED, who.includes(name), `${name} ${service}.${method}: ${status[code]}`);
                assert.ok(![status.UNAVAILABLE, status.INTERNAL].includes(code), `${name} ${service}.${method}: ${status[code]}`);
            }
            client.close();
        }
    });
}

test('a refusal says who may not call what, is logged and counted', async () => {
    const client = connectAs(identityOf(stack.directory, 'stripe-gateway'), addresses.InvoiceStore);
    const error = await failure(call(client, 'GetInvoice', { id: 'in_1' }));
    client.close();
    assert.equal(error.code, status.PERMISSION_DENIED);
    assert.match(error.details, /stripe-gateway, localhost may not call InvoiceStore.GetInvoice/);
    assert.equal(detailOf(error).reason, 'caller_not_allowed');
    const { text } = await request(`${stack.env.INVOICE_STORE_METRICS_URL}/metrics`);
    assert.match(text, /quittance_rpc_callers_refused_total\{method="InvoiceStore.GetInvoice"\} [1-9]/);
    assert.match(stack.log('invoice_store'), /a caller was refused.*stripe-gateway.*InvoiceStore.GetInvoice/);
});

test('who has no certificate, one that expired, or one of another authority gets no connection', async () => {
    const made = await script('certificates', ['--dir', others]);
    assert.equal(made.code, 0, made.stderr);
    const right = identityOf(stack.directory, 'edge');
    const callers = {
        none: { ca: right.ca },
        expired: { ...issue(stack.directory, 'edge', -1), ca: right.ca },
        foreign: { ...identityOf(others, 'edge'), ca: right.ca },
    };
    for (const [service, address] of Object.entries(addresses)) {
        for (const [what, identity] of Object.entries(callers)) {
            const client = connectAs(identity, address, quittance.v1[service]);
            const error = await failure(call(client, 'ListInvoices', {}, { deadline: Date.now() + 2_000 }));
            assert.ok([status.UNAVAILABLE, status.DEADLINE_EXCEEDED].includes(error.code), `${service} ${what}: ${error}`);
            client.close();
        }
        const client = connectAs({ ...issue(stack.directory, 'operator', 1), ca: right.ca }, address, quittance.v1[service]);
        await call(client, 'ListInvoices').catch((error) => assert.equal(error.code, status.INVALID_ARGUMENT));
        client.close();
    }
});

test('quittancectl speaks as an operator, and says what is missing', async () => {
    const program = path.join(process.env.QUITTANCE_BIN, 'quittancectl');
    await until('it lists the paid invoice', async () => {
        const { stdout } = await run(program, ['events', 'list', '--json'], { env: { ...process.env, ...stack.env } });
        return /invoice.paid/.test(stdout);
    });
    const without = { ...process.env, ...stack.env, TLS_KEY: '' };
    const error = await failure(run(program, ['events', 'list'], { env: without }));
    assert.equal(error.code, 2);
    assert.match(error.stderr, /TLS_KEY is missing/);
});

test('a service refuses to start without certificates and without the word plaintext', async () => {
    const settings = { DATABASE_URL: stack.env.DATABASE_URL, STRIPE_API_KEY: 'sk_test_1', METRICS_LISTEN: '127.0.0.1:0' };
    for (const service of ['edge', 'invoice-store', 'stripe-gateway', 'webhook-ingester']) {
        const program = path.join(process.env.QUITTANCE_BIN, `quittance-${service}`);
        const error = await failure(run(program, [], { env: { PATH: process.env.PATH, ...settings } }));
        assert.equal(error.code, 1, service);
        assert.match(error.stderr, /TLS_CERT, TLS_KEY and TLS_CA are missing; without TLS: RPC_TRANSPORT=plaintext/, service);
    }
});
