// The Client and Billing APIs, customers and filters of the Admin API, as their callers see them: shapes of the
// contract, who is let in, and every answer held against the OpenAPI document.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import http from 'node:http';
import { assertProblem, assertSameShape, contractSample } from '../lib/contract.mjs';
import { Admin, request } from '../lib/http.mjs';
import { OpenApi } from '../lib/openapi.mjs';
import { Stack } from '../lib/stack.mjs';
import { Stripe } from '../lib/stripe.mjs';
import { makeToken } from '../lib/token.mjs';
import { undisturbed, until } from '../lib/wait.mjs';

const otherTeam = 'bbbbbbbbbbbbbbbbbbbbbbbb';
const bearer = (token) => ({ Authorization: `Bearer ${token}` });

let stack, admin, stripe, api;

before(async () => {
    stack = await Stack.start('surfaces');
    admin = new Admin(stack.env);
    stripe = new Stripe(stack.env);
    api = await OpenApi.of(stack.env);
});
after(() => stack?.down());

// Asks the edge and holds the answer against the document. `template`: the path as the document has it.
async function ask(method, template, { values = {}, query = '', headers = {}, body } = {}) {
    const path = template.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values[name]));
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await request(`${stack.env.EDGE_URL}${path}${query}`, {
        method,
        headers: text === undefined ? headers : { 'Content-Type': 'application/json', ...headers },
        body: text,
    });
    return api.check(method, template, answer) ?? answer;
}

async function create(change = {}) {
    const answer = await ask('POST', '/admin/api/invoices', {
        headers: admin.key,
        body: { items: [{ name: 'Resources', amount: 3300 }], customer: stack.env.CUSTOMER,
                paymentMethod: stack.env.PAYMENT_METHOD, ...change },
    });
    assert.equal(answer.status, 200, answer.text);
    return until(`invoice ${answer.json.id} is stored as ${answer.json.status}`, async () => {
        const stored = await admin.get(answer.json.id);
        return stored.status === 200 && stored.json.status === answer.json.status ? stored.json : undefined;
    });
}

async function createDeclined() {
    const { id: customer } = await stripe.post('/v1/customers', { name: 'Short of Cash' });
    const card = await stripe.post('/v1/payment_methods/pm_card_chargeCustomerFail/attach', { customer });
    return create({ customer, paymentMethod: card.id, metadata: { team_id: stack.env.TEAM_ID } });
}

const client = (template, options) =>
    ask('GET', template, { values: { id: stack.env.TEAM_ID }, headers: bearer(stack.env.CLIENT_TOKEN), ...options });
const billing = (template, options) => ask('GET', template, { headers: bearer(stack.env.BILLING_TOKEN), ...options });

test('a team without invoices has an empty history and no last invoice', async () => {
    const headers = bearer(makeToken(stack.env, { teams: [otherTeam] }));
    const last = await client('/api/teams/{id}/last-invoice', { values: { id: otherTeam }, headers });
    assertProblem(last, 404);
    const history = await client('/api/teams/{id}/billing-history', { values: { id: otherTeam }, headers });
    assert.deepEqual(history.json, { docs: [], totalDocs: 0, limit: 10, totalPages: 1, page: 1, pagingCounter: 1,
        hasPrevPage: false, hasNextPage: false, prevPage: null, nextPage: null });
});

test("a team's last invoice and billing history", async () => {
    const made = [];
    for (let i = 0; i < 3; ++i) made.unshift(await create());
    const last = await client('/api/teams/{id}/last-invoice');
    assertSameShape(last.json, contractSample('client_last_invoice.response'));
    assert.equal(last.json.user, stack.env.USER_ID);
    const history = await client('/api/teams/{id}/billing-history');
    assertSameShape(history.json, contractSample('client_billing_history.response'));
    assert.equal(history.json.docs[0]._id, last.json._id);
    assert.deepEqual(new Set(history.json.docs.map((doc) => doc._id)), new Set(made.map((invoice) => invoice._id)));
    const second = await client('/api/teams/{id}/billing-history', { query: '?page=2&limit=2' });
    assert.equal(second.json.docs.length, 1);
    assert.equal(second.json.pagingCounter, 3);
    assert.equal(second.json.prevPage, 1);
    assertProblem(await client('/api/teams/{id}/billing-history', { query: '?page=0' }), 400, 'page');
    assertProblem(await client('/api/teams/{id}/billing-history', { query: '?pgae=1' }), 400, 'pgae');
});

test('rich invoices by cursor: every one, once', async () => {
    const whole = await billing('/billing/v1/invoices', { query: '?limit=100' });
    assert.ok(whole.json.data.items.length >= 3);
    assert.equal(whole.json.data.hasMore, false);
    assert.equal(whole.json.data.items[0].status, 'PAID');
    assert.equal(whole.json.data.items[0].paymentProfileId, stack.env.CUSTOMER);
    assert.match(whole.json.data.items[0].invoiceItems[0], /^ii_/);
    assert.deepEqual(Object.keys(whole.json.data.items[0]).slice(0, 15),
        Object.keys(contractSample('v1_get_invoice.response').data));
    const one = whole.json.data.items[0];
    await undisturbed('each invoice is the same in every list, and alone', async () => {
        const { items: all } = (await billing('/billing/v1/invoices', { query: '?limit=100' })).json.data;
        const walked = [];
        for (let query = '?limit=2', more = true; more; ) {
            const { hasMore, items } = (await billing('/billing/v1/invoices', { query })).json.data;
            walked.push(...items);
            more = hasMore;
            query = `?limit=2&startingAfter=${items.at(-1).id}`;
        }
        assert.deepEqual(walked, all);
        for (const invoiceId of [one.id, one.invoiceId])
            assert.deepEqual((await billing('/billing/v1/invoices/{invoiceId}', { values: { invoiceId } })).json.data, all[0]);
    });
    assert.deepEqual((await billing('/billing/v1/invoices', { query: '?limit=0' })).json.data, { hasMore: true, items: [] });
    const unknown = await billing('/billing/v1/invoices', { query: '?startingAfter=000000000000000000000000' });
    assertProblem(unknown, 400, 'startingAfter');
    assertProblem(await billing('/billing/v1/invoices', { query: '?limit=101' }), 400, 'limit');
    const withKey = await ask('GET', '/billing/v1/invoices', { headers: admin.key });
    assert.equal(withKey.status, 200);
});

test('a payment is retried: a decline is an answer, paid and draft are conflicts', async () => {
    const retry = (invoiceId, headers = {}) =>
        ask('POST', '/billing/v1/invoices/{invoiceId}/retry-payment',
            { values: { invoiceId }, headers: { ...bearer(stack.env.BILLING_TOKEN), ...headers } });
    const declined = await createDeclined();
    const first = await retry(declined._id, { 'Idempotency-Key': 'retry-1' });
    assert.equal(first.status, 200, first.text);
    assert.equal(first.json.data.status, 'OPEN');
    assert.equal(first.json.data.id, declined._id);
    assert.equal((await retry(declined._id, { 'Idempotency-Key': 'retry-1' })).status, 200);
    assertProblem(await retry((await create())._id), 409);
    assertProblem(await retry((await create({ collect: 'later' }))._id), 409);
    assertProblem(await retry('in_unknown'), 404);
    const reader = makeToken(stack.env, { scope: 'billing:read' });
    assertProblem(await retry(declined._id, bearer(reader)), 403);
});

test('who is let in, and whose invoices they see', async () => {
    const lastInvoice = (headers) => client('/api/teams/{id}/last-invoice', { headers });
    const now = Math.floor(Date.now() / 1000);
    const none = await lastInvoice({});
    assertProblem(none, 401);
    assert.equal(none.headers['www-authenticate'], 'Bearer');
    const refused = { expired: makeToken(stack.env, { exp: now - 60 }), early: makeToken(stack.env, { nbf: now + 120 }),
        issuer: makeToken(stack.env, { iss: 'https://evil.test' }), audience: makeToken(stack.env, { aud: 'other' }),
        key: makeToken(stack.env, {}, { kid: 'unknown' }), none: makeToken(stack.env, {}, { alg: 'none' }),
        hmac: makeToken(stack.env, {}, { alg: 'HS256' }), subject: makeToken(stack.env, { sub: undefined }),
        cut: stack.env.CLIENT_TOKEN.slice(0, -20) };
    for (const [what, token] of Object.entries(refused)) {
        const answer = await lastInvoice(bearer(token));
        assert.equal(answer.status, 401, what);
        assertProblem(answer, 401);
        assert.match(answer.headers['www-authenticate'], /invalid_token/);
    }
    assertProblem(await lastInvoice(bearer(makeToken(stack.env, { teams: [otherTeam] }))), 403);
    assertProblem(await lastInvoice(bearer(makeToken(stack.env, { teams: undefined }))), 403);
    assertProblem(await billing('/billing/v1/invoices', { headers: bearer(stack.env.CLIENT_TOKEN) }), 403);

    const billingAs = (scope, teams) => billing('/billing/v1/invoices', { headers: bearer(makeToken(stack.env, { scope, teams })) });
    const forgotten = await billingAs('billing:read', undefined);
    assertProblem(forgotten, 403);
    assert.equal(forgotten.json.code, 'insufficient_scope');
    assert.match(forgotten.headers['www-authenticate'], /scope="billing:read billing:all-teams"/);
    const everything = await billingAs('billing:read billing:all-teams', undefined);
    assert.deepEqual(everything.json, (await billing('/billing/v1/invoices', { headers: admin.key })).json);
    // The claim limits a token that could see all teams.
    assert.deepEqual((await billingAs('billing:read billing:all-teams', [otherTeam])).json.data, { hasMore: false, items: [] });
    assertProblem(await billingAs('billing:read billing:all-teams', []), 403);

    const foreign = bearer(makeToken(stack.env, { scope: 'billing:read billing:write', teams: [otherTeam] }));
    const mine = (await billing('/billing/v1/invoices')).json.data.items[0];
    assert.deepEqual((await billing('/billing/v1/invoices', { headers: foreign })).json.data, { hasMore: false, items: [] });
    for (const invoiceId of [mine.id, mine.invoiceId])
        assertProblem(await billing('/billing/v1/invoices/{invoiceId}', { values: { invoiceId }, headers: foreign }), 404);
    const after = await billing('/billing/v1/invoices', { query: `?startingAfter=${mine.id}`, headers: foreign });
    assertProblem(after, 400, 'startingAfter');
});

test('registering a customer moves its invoices', async () => {
    const { id: customer } = await stripe.post('/v1/customers', { name: 'Jane Roe' });
    const card = await stripe.post('/v1/payment_methods/pm_card_visa/attach', { customer });
    const invoice = await create({ customer, paymentMethod: card.id });
    assert.deepEqual(invoice.user, { _id: null, name: 'Jane Roe' });
    const route = '/admin/api/customers/{customer}';
    const options = { values: { customer }, headers: admin.key };
    assertProblem(await ask('GET', route, options), 404);
    const wrong = await ask('PUT', route, { ...options, body: { user: { _id: 'x', age: 7 }, tema: otherTeam } });
    for (const field of ['user._id', 'user.age', 'user.name', 'tema', 'team']) assertProblem(wrong, 400, field);

    const body = { user: { _id: 'cccccccccccccccccccccccc', name: 'Jane M. Roe' }, team: otherTeam };
    const put = await ask('PUT', route, { ...options, body });
    assert.equal(put.status, 200, put.text);
    assert.deepEqual((await ask('GET', route, options)).json, put.json);
    assert.deepEqual((await admin.get(invoice._id)).json.user, body.user);
    const headers = bearer(makeToken(stack.env, { teams: [otherTeam] }));
    const last = await client('/api/teams/{id}/last-invoice', { values: { id: otherTeam }, headers });
    assert.equal(last.json._id, invoice._id);
});

test('the Admin list is filtered, and its count with it', async () => {
    const list = (query) => ask('GET', '/admin/api/invoices', { query, headers: admin.key });
    for (const [query, holds] of [
        ['status=paid', (invoice) => invoice.status === 'paid'],
        ['status=draft', (invoice) => invoice.status === 'draft'],
        [`user=${stack.env.USER_ID}`, (invoice) => invoice.user._id === stack.env.USER_ID],
        [`user=${stack.env.USER_ID}&status=paid`, (invoice) => invoice.user._id === stack.env.USER_ID && invoice.status === 'paid'],
        ['createdTo=2020-01-01', () => false],
        ['createdFrom=2020-01-01T00:00:00Z', () => true],
    ]) {
        await undisturbed(`the filter ${query}`, async () => {
            const expected = (await list('?limit=100')).json.invoices.filter(holds);
            const answer = (await list(`?limit=100&${query}`)).json;
            assert.deepEqual(answer.invoices, expected, query);
            assert.equal(answer.count, expected.length, query);
        });
    }
    const whole = (await list('?limit=100')).json;
    const team = (await list(`?limit=100&team=${stack.env.TEAM_ID}&customer=${stack.env.CUSTOMER}`)).json;
    assert.ok(team.count > 0 && team.count < whole.count);
    const wrong = await list('?status=PAID&team=x&createdFrom=yesterday&limit=0');
    for (const field of ['status', 'team', 'createdFrom', 'limit']) assertProblem(wrong, 400, field);
});

test('entity tags, HEAD, OPTIONS and gzip', async () => {
    const invoice = await create();
    await undisturbed('what has not changed is not sent again', async () => {
        const first = await admin.get(invoice._id);
        const again = await ask('GET', '/admin/api/invoices/{id}',
            { values: { id: invoice._id }, headers: { ...admin.key, 'If-None-Match': first.headers.etag } });
        assert.equal(again.status, 304);
        const head = await request(`${admin.url}/${invoice._id}`, { method: 'HEAD', headers: admin.key });
        assert.equal(head.status, 200);
        assert.equal(head.headers['content-length'], String(Buffer.byteLength(first.text)));
        assert.equal(head.text, '');
    });
    const options = await request(admin.url, { method: 'OPTIONS' });
    assert.equal(options.status, 204);
    assert.equal(options.headers.allow, 'GET, HEAD, POST, OPTIONS');
    assert.equal(options.headers['access-control-allow-origin'], undefined);

    const compressed = await new Promise((resolve, reject) => {
        http.get(`${stack.env.EDGE_URL}/openapi.json`, { headers: { 'Accept-Encoding': 'gzip' } }, (incoming) => {
            const chunks = [];
            incoming.on('data', (chunk) => chunks.push(chunk));
            incoming.on('end', () => resolve({ headers: incoming.headers, bytes: Buffer.concat(chunks) }));
        }).on('error', reject);
    });
    assert.equal(compressed.headers['content-encoding'], 'gzip');
    assert.deepEqual(JSON.parse(gunzipSync(compressed.bytes).toString()), api.document);
});

test('an invoice of 250 lines is complete, although its webhooks carry ten', async () => {
    const items = Array.from({ length: 250 }, (_, i) => ({ name: `Resource ${i + 1}`, amount: 100 + i }));
    const created = await create({ items, metadata: { team_id: stack.env.TEAM_ID } });
    assert.equal(created.amount, items.reduce((sum, item) => sum + item.amount, 0));
    const rich = await until('all of its lines are there', async () => {
        const { json } = await billing('/billing/v1/invoices/{invoiceId}', { values: { invoiceId: created._id } });
        return json.data.linesComplete && json.data;
    });
    assert.equal(new Set(rich.invoiceItems).size, 250);
    assert.equal(rich.subTotal, created.amount);
    const listed = (await billing('/billing/v1/invoices', { query: '?limit=100' })).json.data.items.find(({ id }) => id === created._id);
    assert.deepEqual(listed.invoiceItems, rich.invoiceItems);
});

test('lists that are asked for at the same time are each their own caller\'s', async () => {
    const customer = async (name, team) => {
        const { id } = await stripe.post('/v1/customers', { name });
        const method = await stripe.post('/v1/payment_methods/pm_card_visa/attach', { customer: id });
        await create({ customer: id, paymentMethod: method.id, metadata: { team_id: team } });
        await create({ customer: id, paymentMethod: method.id, metadata: { team_id: team } });
    };
    const thirdTeam = 'dddddddddddddddddddddddd';
    await customer('One of Many', otherTeam);
    await customer('Another of Many', thirdTeam);
    const scope = 'billing:read';
    const callers = [
        { path: '/admin/api/invoices', query: '?limit=5', headers: admin.key },
        { path: '/admin/api/invoices', query: '?limit=5&status=open', headers: admin.key },
        { path: '/admin/api/invoices', query: '?limit=2&page=2', headers: admin.key },
        ...[[stack.env.TEAM_ID], [otherTeam], [thirdTeam], [otherTeam, thirdTeam], []].map((teams) => ({
            path: '/billing/v1/invoices', query: '?limit=5', headers: bearer(makeToken(stack.env, { scope, teams })) })),
        { path: '/billing/v1/invoices', query: '?limit=5&startingAfter=in_none', headers: bearer(makeToken(stack.env, { scope, teams: [otherTeam] })) },
    ];
    const said = async ({ path, query, headers }) => {
        const { status, json } = await request(`${stack.env.EDGE_URL}${path}${query}`, { headers });
        return JSON.stringify(status === 200 ? json : [status, json.code, json.errors]);
    };
    const oneByOne = async () => {
        const answers = [];
        for (const caller of callers) answers.push(await said(caller));
        return answers;
    };
    // Events of the tests above may still be on their way: what counts is a moment in which nothing changes.
    const { alone, together } = await until('the same is heard before and afterwards', async () => {
        const before = await oneByOne();
        const together = await Promise.all(Array.from({ length: 20 }, () => callers.map(said)).flat());
        return JSON.stringify(before) === JSON.stringify(await oneByOne()) && { alone: before, together };
    });
    assert.equal(new Set(alone).size, callers.length, 'every caller hears something else');
    together.forEach((answer, i) => assert.equal(answer, alone[i % callers.length], JSON.stringify(callers[i % callers.length].query)));
});
