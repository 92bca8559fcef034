// Every request is found in the logs by its id: what succeeded, what was refused, what failed, in the edge and in the
// services behind it. Lines are few under a flood, and an operator may ask for more.
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { assertProblem } from '../lib/contract.mjs';
import { Admin, request } from '../lib/http.mjs';
import { lineOf, linesAbout, linesOf } from '../lib/logs.mjs';
import { Stack } from '../lib/stack.mjs';
import { Stripe } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';

const readerKey = randomUUID();
const operatorKey = randomUUID();
const entry = (name, key, rights = '') => `${name}:${createHash('sha256').update(key).digest('hex')}${rights}`;
let stack, admin, stripe, invoice;

before(async () => {
    stack = await Stack.start('request_lines', {
        LOG_FORMAT: 'json', ACCESS_LINES_PER_SECOND: '50', RATE_LIMIT_PER_SECOND: '0', ADMIN_API_KEY: operatorKey,
        ADMIN_API_KEY_HASHES: [entry('operator', operatorKey), entry('reader', readerKey, ':read')].join(','),
    });
    admin = new Admin(stack.env);
    stripe = new Stripe(stack.env);
});
after(() => stack?.down());

const body = () => ({
    customer: stack.env.CUSTOMER, paymentMethod: stack.env.PAYMENT_METHOD, items: [{ name: 'Resources', amount: 1200 }],
});
const accessLine = (id) => lineOf(stack, 'edge', `the request ${id}`, (line) => line.message === 'request' && line.request_id === id);

test('what succeeds is found by its id, in each service that it went through', async () => {
    const id = `create-${randomUUID()}`;
    const created = await admin.create(body(), { 'X-Request-Id': id });
    assert.equal(created.status, 200, created.text);
    assert.equal(created.headers['x-request-id'], id);
    invoice = created.json.id;
    const line = await accessLine(id);
    assert.equal(line.route, 'POST /admin/api/invoices');
    assert.equal(line.status, 200);
    assert.equal(line.caller, 'operator');
    assert.equal(line.level, 'info');
    assert.ok(line.ms > 0 && line.bytes_in > 0 && line.bytes_out > 0);
    assert.match(line.trace_id, /^[0-9a-f]{32}$/);
    const tries = linesAbout(stack, id, ['stripe_gateway']).filter(({ message }) => message === 'call to Stripe');
    assert.ok(tries.length >= 3, 'each write at Stripe has a line');
    for (const one of tries) {
        assert.match(one.stripe_request_id, /^req_/);
        assert.equal(one.try, 1);
    }
    assert.ok(tries.some(({ endpoint }) => endpoint === 'POST /v1/invoices/{id}/finalize'));
    const made = await lineOf(stack, 'stripe_gateway', 'the creation', (one) => one.message === 'invoice created' && one.request_id === id);
    assert.equal(made.invoice, created.json.id);
    const durable = await lineOf(stack, 'webhook_ingester', 'the webhook',
        (one) => one.message === 'durable' && one.type === 'invoice.paid' && one.invoice === created.json.id);
    assert.match(durable.request_id, /.+/);
    const read = `get-${randomUUID()}`;
    assert.equal((await admin.get(created.json.id, { headers: { 'Api-Key': operatorKey, 'X-Request-Id': read } })).status, 200);
    assert.equal((await accessLine(read)).route, 'GET /admin/api/invoices/{id}');
});

test('what is refused is found by the id in its problem, with the code and the caller', async () => {
    const refusals = [
        [401, 'missing_api_key', '', () => request(admin.url)],
        [403, 'insufficient_rights', 'reader', () => request(admin.url, { method: 'POST', headers: { 'Api-Key': readerKey, 'Content-Type': 'application/json' }, body: '{}' })],
        [404, 'invoice_not_found', 'reader', () => request(`${admin.url}/in_unknown`, { headers: { 'Api-Key': readerKey } })],
        [400, 'invalid_request', 'operator', () => admin.list('?limit=many')],
        [404, 'not_found', '', () => request(`${stack.env.EDGE_URL}/nowhere`)],
        [401, 'invalid_token', '', () => request(`${stack.env.EDGE_URL}/billing/v1/invoices`, { headers: { Authorization: 'Bearer no-token' } })],
    ];
    for (const [status, code, caller, ask] of refusals) {
        const answer = await ask();
        assertProblem(answer, status);
        assert.equal(answer.json.code, code);
        const line = await accessLine(answer.json.requestId);
        assert.equal(line.status, status);
        assert.equal(line.code, code);
        assert.equal(line.caller, caller);
        assert.equal(answer.json.traceId, line.trace_id);
    }
});

test('a creation that fails at its first call at Stripe is found in the edge and in the gateway', async () => {
    const answer = await admin.create({ ...body(), customer: 'cus_unknown' });
    assert.ok(answer.status >= 400 && answer.status < 500, answer.text);
    await accessLine(answer.json.requestId);
    const line = await lineOf(stack, 'stripe_gateway', 'the failed call',
        (one) => one.message === 'a call failed' && one.request_id === answer.json.requestId);
    assert.equal(line.method, 'StripeGateway.CreateInvoice');
    const attempt = linesAbout(stack, answer.json.requestId, ['stripe_gateway']).find(({ message }) => message === 'call to Stripe');
    assert.match(attempt.stripe_request_id, /^req_/);
});

test('what fails at Stripe is a warning, and each try has its number', async () => {
    await stripe.emulator('POST', 'faults', { kind: 'error_500_before', method: 'POST', path: '/v1/invoices', count: 0, stored: false });
    const answer = await admin.create(body(), {}, { patient: false });
    await stripe.emulator('DELETE', 'faults');
    assert.ok(answer.status >= 500, answer.text);
    const line = await accessLine(answer.json.requestId);
    assert.equal(line.level, 'warning');
    const tries = linesAbout(stack, answer.json.requestId, ['stripe_gateway'])
        .filter(({ message }) => message === 'call to Stripe').map((one) => one.try);
    assert.deepEqual(tries, tries.map((_, index) => index + 1));
    assert.ok(tries.length >= 2);
});

test('a flood of refusals writes few lines, and the next line tells how many were left out', async () => {
    const before = linesOf(stack, 'edge').length;
    const start = performance.now();
    const flood = 5000;
    for (let sent = 0; sent < flood; sent += 50)
        await Promise.all(Array.from({ length: 50 }, () => request(admin.url, { headers: { 'Api-Key': 'wrong' } })));
    const seconds = (performance.now() - start) / 1000;
    const written = linesOf(stack, 'edge').length - before;
    // So many a second, as many at once at first, and no more of the lines that tell of refused credentials.
    assert.ok(written <= 2 * 50 * (seconds + 2), `${written} lines in ${seconds} s`);
    await until('a line tells what was left out', async () => {
        const { json } = await request(admin.url);
        return linesAbout(stack, json.requestId, ['edge']).some(({ left_out: left }) => left > 0) ||
            linesOf(stack, 'edge').some((line) => line.message === 'request' && line.left_out > 0);
    });
});

test('an operator asks for all lines about one request; nobody else may', async () => {
    const asked = await request(`${admin.url}/${invoice}`, { headers: { 'Api-Key': operatorKey, 'Quittance-Log': 'debug' } });
    assert.equal(asked.status, 200, asked.text);
    const id = asked.headers['x-request-id'];
    const line = await lineOf(stack, 'invoice_store', 'the call', (one) => one.request_id === id);
    assert.equal(line.level, 'debug');
    assert.equal(line.code, 'OK');
    const refused = await request(`${admin.url}/${invoice}`, { headers: { 'Api-Key': readerKey, 'Quittance-Log': 'debug' } });
    assertProblem(refused, 403);
    assert.equal(refused.json.code, 'insufficient_rights');
});

test('SIGUSR1 raises the level of a running service, SIGUSR2 takes it back', async () => {
    const pid = await stack.pid('invoice_store');
    const debugLines = () => linesOf(stack, 'invoice_store').filter(({ level, message }) => level === 'debug' && message === 'a call was answered').length;
    process.kill(pid, 'SIGUSR1');
    await lineOf(stack, 'invoice_store', 'the change', (line) => line.signal === 'USR1');
    const before = debugLines();
    await until('a call has a line', async () => {
        await admin.list('?limit=1');
        return debugLines() > before;
    });
    process.kill(pid, 'SIGUSR2');
    await lineOf(stack, 'invoice_store', 'the change back', (line) => line.signal === 'USR2');
    const later = debugLines();
    await admin.list('?limit=1');
    assert.equal(debugLines(), later);
    assert.equal(await stack.pid('invoice_store'), pid);
});

test('every line of every service has the format of the log', () => {
    for (const service of ['edge', 'stripe_gateway', 'invoice_store', 'webhook_ingester']) {
        const lines = linesOf(stack, service);
        assert.ok(lines.length > 0);
        for (const line of lines) assert.ok(line.time && line.level && line.service && line.message);
    }
});
