// One invoice is one story in the traces: the request, each try at Stripe, the statements, and linked to them the webhooks
// about it. A collector of the test's own reads what the services export, by the official schema.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import path from 'node:path';
import readline from 'node:readline';
import { after, before, test } from 'node:test';
import { Admin } from '../lib/http.mjs';
import { Stack, programsDirectory } from '../lib/stack.mjs';
import { until } from '../lib/wait.mjs';

let stack, admin, collector;
const spans = [];

// Resolves with the collector's endpoint.
function startCollector() {
    collector = spawn(path.join(programsDirectory, '../tests/otlp_collector'), { stdio: ['pipe', 'pipe', 'inherit'] });
    return new Promise((resolve, reject) => {
        collector.on('error', reject);
        readline.createInterface({ input: collector.stdout }).on('line', (line) =>
            line.startsWith('http') ? resolve(line) : spans.push(JSON.parse(line)));
    });
}

before(async () => {
    const endpoint = await startCollector();
    stack = await Stack.start('traces', { LOG_FORMAT: 'json', OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    admin = new Admin(stack.env);
});
after(async () => {
    await stack?.down();
    collector?.stdin.end();
});

const body = () => ({
    customer: stack.env.CUSTOMER, paymentMethod: stack.env.PAYMENT_METHOD, items: [{ name: 'Resources', amount: 1200 }],
});
const inTrace = (trace) => spans.filter((span) => span.trace === trace);
const named = (trace, name) => inTrace(trace).find((span) => span.name === name);

// A trace is whole once every span's parent is there, except the one parent outside.
const orphans = (trace, outside = '') => {
    const ids = new Set(inTrace(trace).map(({ span }) => span));
    return inTrace(trace).filter(({ parent }) => parent !== '' && parent !== outside && !ids.has(parent));
};

test('a creation is one story: request, tries at Stripe, webhooks, statements', async () => {
    const trace = randomBytes(16).toString('hex');
    const parent = randomBytes(8).toString('hex');
    const created = await admin.create(body(), { traceparent: `00-${trace}-${parent}-01`, 'Idempotency-Key': randomUUID() });
    assert.equal(created.status, 200, created.text);
    await until('the request is traced', async () => named(trace, 'POST /admin/api/invoices') !== undefined &&
        inTrace(trace).some(({ kind, service }) => kind === 'SPAN_KIND_SERVER' && service === 'quittance-stripe-gateway'));
    const root = named(trace, 'POST /admin/api/invoices');
    assert.equal(root.parent, parent);
    assert.equal(root.attributes['http.response.status_code'], '200');
    const called = inTrace(trace).find(({ name, kind }) => name === 'quittance.v1.StripeGateway/CreateInvoice' && kind === 'SPAN_KIND_SERVER');
    assert.equal(called.links.length, 1);
    const [creation] = called.links;
    await until('the creation is traced', async () => named(creation, 'create invoice') !== undefined);
    assert.deepEqual(named(creation, 'create invoice').links, [trace]);
    const tries = inTrace(creation).filter(({ kind }) => kind === 'SPAN_KIND_CLIENT');
    for (const step of ['POST /v1/invoices', 'POST /v1/invoices/{id}/add_lines', 'POST /v1/invoices/{id}/finalize', 'POST /v1/invoices/{id}/pay'])
        assert.ok(tries.some(({ name }) => name === step), step);
    for (const { attributes } of tries) assert.match(attributes['quittance.stripe_request_id'], /^req_/);
    let webhook;
    await until('a webhook is linked to the creation', async () =>
        (webhook = spans.find(({ name, links }) => name === 'process invoice.paid' && links.includes(creation))) !== undefined);
    assert.equal(webhook.attributes['quittance.invoice'], created.json.id);
    await until('the store is in the story', async () =>
        inTrace(webhook.trace).some(({ service, kind }) => service === 'quittance-invoice-store' && kind === 'SPAN_KIND_SERVER') ||
        spans.some(({ name, links }) => name === 'send events' && links.includes(webhook.trace)));
    for (const one of [creation, webhook.trace]) await until(`no span of ${one} lacks its parent`, async () => orphans(one).length === 0);
    await until('no span of the request lacks its parent', async () => orphans(trace, parent).length === 0);
});

test('a get is traced down to its statement', async () => {
    const trace = randomBytes(16).toString('hex');
    const { json } = await admin.create(body());
    await until('it is stored', async () => (await admin.get(json.id)).json?.status === 'paid');
    const headers = { ...admin.key, traceparent: `00-${trace}-${randomBytes(8).toString('hex')}-01` };
    assert.equal((await admin.get(json.id, { headers })).status, 200);
    await until('its statement is there', async () =>
        inTrace(trace).some(({ attributes }) => attributes['db.system.name'] === 'postgresql'));
    assert.ok(inTrace(trace).some(({ name, kind }) => name.startsWith('quittance.v1.InvoiceStore/') && kind === 'SPAN_KIND_SERVER'));
});

test('a request that its caller does not sample leaves no span', async () => {
    const trace = randomBytes(16).toString('hex');
    const headers = { ...admin.key, traceparent: `00-${trace}-${randomBytes(8).toString('hex')}-00` };
    assert.equal((await admin.list('?limit=1', { headers })).status, 200);
    const later = randomBytes(16).toString('hex');
    const sampled = { ...admin.key, traceparent: `00-${later}-${randomBytes(8).toString('hex')}-01` };
    await admin.list('?limit=1', { headers: sampled });
    await until('the later request is traced', async () => inTrace(later).length > 0);
    assert.deepEqual(inTrace(trace), []);
});
