// Bad input: each with its status and a problem body that names the field; nothing internal leaks, nothing is created.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertProblem } from '../lib/contract.mjs';
import { Admin, request } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';
import { Stripe } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';

let stack, admin, stripe;

before(async () => {
    stack = await Stack.start('bad_input');
    admin = new Admin(stack.env);
    stripe = new Stripe(stack.env);
});
after(() => stack?.down());

const item = { name: 'Resources', amount: 3300 };
const body = (change = {}) => ({ items: [item], customer: stack.env.CUSTOMER, paymentMethod: stack.env.PAYMENT_METHOD, ...change });

// What a body says too much or too little about, and the field that the answer must name.
const badBodies = [
    ['300 items', () => body({ items: Array.from({ length: 300 }, () => item) }), 'items'],
    ['no items', () => body({ items: [] }), 'items'],
    ['items that are no array', () => body({ items: 'Resources' }), 'items'],
    ['items missing', () => ({ customer: stack.env.CUSTOMER }), 'items'],
    ['an item without a name', () => body({ items: [item, { amount: 1 }] }), 'items[1].name'],
    ['an item with a blank name', () => body({ items: [{ name: ' \t', amount: 1 }] }), 'items[0].name'],
    ['an item without an amount', () => body({ items: [{ name: 'Resources' }] }), 'items[0].amount'],
    ['amount 1.5', () => body({ items: [{ name: 'Resources', amount: 1.5 }] }), 'items[0].amount'],
    ['amount "10"', () => body({ items: [{ name: 'Resources', amount: '10' }] }), 'items[0].amount'],
    ['amount true', () => body({ items: [{ name: 'Resources', amount: true }] }), 'items[0].amount'],
    ['amount null', () => body({ items: [{ name: 'Resources', amount: null }] }), 'items[0].amount'],
    ['amount 2^63', () => JSON.stringify(body()).replace('3300', '9223372036854775808'), 'items[0].amount'],
    ['amount -2^63-1', () => JSON.stringify(body()).replace('3300', '-9223372036854775809'), 'items[0].amount'],
    ['amount 1e3', () => JSON.stringify(body()).replace('3300', '1e3'), 'items[0].amount'],
    ['a blank customer', () => body({ customer: ' ' }), 'customer'],
    ['an empty customer', () => body({ customer: '' }), 'customer'],
    ['no customer', () => ({ items: [item] }), 'customer'],
    ['a customer that is a number', () => body({ customer: 7 }), 'customer'],
    ['an unknown field', () => body({ colour: 'blue' }), 'colour'],
    ['an unknown field of an item', () => body({ items: [{ ...item, price: 1 }] }), 'items[0].price'],
    ['collect sometimes', () => body({ collect: 'sometimes' }), 'collect'],
    ['metadata that are no strings', () => body({ metadata: { a: 1 } }), 'metadata.a'],
    ['a wrapped null', () => ({ data: null }), 'data'],
];

test('bad bodies', async (t) => {
    for (const [what, make, field] of badBodies) {
        await t.test(what, async () => assertProblem(await admin.create(make()), 400, field));
    }
});

test('all of the mistakes are named, not the first', async () => {
    const answer = await admin.create({ items: [{ amount: 'x' }], colour: 'blue' });
    for (const field of ['items[0].name', 'items[0].amount', 'customer', 'colour']) assertProblem(answer, 400, field);
});

test('malformed JSON', async (t) => {
    for (const text of ['', '{', '{"items":[}', 'nonsense', '[]', '"text"', '\u0000', '{"a":1}{"b":2}', '['.repeat(5000)]) {
        await t.test(JSON.stringify(text.slice(0, 20)), async () => assertProblem(await admin.create(text), 400));
    }
    await t.test('invalid UTF-8', async () =>
        assertProblem(await admin.create(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])), 400));
});

test('wrong content type', async (t) => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', '']) {
        await t.test(type || 'none', async () => assertProblem(await admin.create(body(), { 'Content-Type': type }), 415));
    }
    await t.test('with a charset it is fine', async () => {
        const answer = await admin.create({}, { 'Content-Type': 'application/json; charset=utf-8' });
        assertProblem(answer, 400, 'items');
    });
});

test('a 2 MiB body is refused before it is read', async () => {
    const answer = await admin.create(body({ description: 'x'.repeat(2 * 1024 * 1024) }));
    assertProblem(answer, 413);
});

test('queries', async (t) => {
    const bad = [
        ['page=0', 'page'], ['page=-1', 'page'], ['page=1e3', 'page'], ['page=abc', 'page'], ['page=', 'page'],
        ['page=99999999999999999999', 'page'], ['page=1.0', 'page'], ['page=+1', 'page'],
        ['limit=0', 'limit'], ['limit=101', 'limit'], ['limit=abc', 'limit'], ['limit=1e3', 'limit'],
        ['limit=-1', 'limit'], ['limit=%20', 'limit'],
    ];
    for (const [query, field] of bad) {
        await t.test(query, async () => assertProblem(await admin.list(`?${query}`), 400, field));
    }
    await t.test('both at once', async () => {
        const answer = await admin.list('?page=0&limit=0');
        assertProblem(answer, 400, 'page');
        assertProblem(answer, 400, 'limit');
    });
});

test('unknown ids', async (t) => {
    for (const id of ['65490130ff600e06af2a9694', 'in_nobody', 'nonsense', '%00', "'", '65490130FF600E06AF2A9694']) {
        await t.test(id, async () => assertProblem(await admin.get(id), 404, 'id'));
    }
});

test('credentials', async (t) => {
    const given = (headers) => request(admin.url, { headers });
    const refusals = [
        ['no key', {}],
        ['wrong key', { 'Api-Key': 'wrong' }],
        ['empty key', { 'Api-Key': '' }],
        ['the key with something behind it', { 'Api-Key': `${stack.env.ADMIN_API_KEY}x` }],
        ['the hash instead of the key', { 'Api-Key': '0'.repeat(64) }],
        ['the key as a Bearer token', { Authorization: `Bearer ${stack.env.ADMIN_API_KEY}` }],
    ];
    for (const [what, headers] of refusals) {
        await t.test(what, async () => {
            const answer = await given(headers);
            assertProblem(answer, 401);
            assert.ok(answer.headers['www-authenticate']);
        });
    }
    await t.test('before anything else is looked at', async () => {
        assertProblem(await request(`${admin.url}?page=0`), 401);
        assertProblem(await request(`${admin.url}/in_nobody`), 401);
        assertProblem(await request(admin.url, { method: 'POST', body: '{' }), 401);
    });
});

test('routes and methods', async (t) => {
    for (const path of ['/', '/admin', '/admin/api', '/admin/api/invoices/', '/admin/api/invoices/a/b', '/nothing', '//']) {
        await t.test(`unknown route ${path}`, async () =>
            assertProblem(await request(stack.env.EDGE_URL + path, { headers: admin.key }), 404));
    }
    const allowed = async (url, method) => {
        const answer = await request(url, { method, headers: admin.key });
        assertProblem(answer, 405);
        return answer.headers.allow.split(/,\s*/).filter((one) => one !== 'HEAD' && one !== 'OPTIONS').sort();
    };
    await t.test('wrong method on the list', async () => {
        for (const method of ['PUT', 'DELETE', 'PATCH']) assert.deepEqual(await allowed(admin.url, method), ['GET', 'POST']);
    });
    await t.test('wrong method on one invoice', async () => {
        for (const method of ['POST', 'DELETE']) assert.deepEqual(await allowed(`${admin.url}/in_a`, method), ['GET']);
    });
});

test("Stripe's refusals keep Stripe's words", async (t) => {
    await t.test('unknown customer', async () => {
        const answer = await admin.create(body({ customer: 'cus_nobody' }));
        assertProblem(answer, 400);
        assert.equal(answer.json.code, 'resource_missing');
        assert.equal(answer.json.stripe.param, 'customer');
        assert.match(answer.json.stripe.requestId, /^req_/);
    });
    await t.test('unknown payment method', async () => {
        const answer = await admin.create(body({ paymentMethod: 'pm_nobody' }));
        assertProblem(answer, 400);
        assert.equal(answer.json.code, 'resource_missing');
    });
});

test('bad webhooks', async (t) => {
    const url = `${stack.env.WEBHOOK_URL}/webhooks/stripe`;
    const post = (headers, text) => request(url, { method: 'POST', headers, body: text });
    await t.test('no signature', async () => assertProblem(await post({}, '{}'), 400));
    await t.test('wrong signature', async () =>
        assertProblem(await post({ 'Stripe-Signature': `t=${Math.floor(Date.now() / 1000)},v1=${'0'.repeat(64)}` }, '{}'), 400));
    await t.test('wrong method', async () => {
        const answer = await request(url);
        assertProblem(answer, 405);
        assert.deepEqual(answer.headers.allow.split(/,\s*/).filter((one) => one !== 'OPTIONS'), ['POST']);
    });
});

test('nothing of all this made an invoice', async () => {
    // The two that Stripe refused were drafts at most; those are gone again, at a busy Stripe a moment later.
    await until('no invoice is left', async () => {
        const left = await stripe.get('/v1/invoices?limit=100');
        assert.deepEqual(left.data.map((invoice) => invoice.id), []);
        return true;
    });
});
