// Careless and hostile clients of a creation: keys as long and odd as they may be, keys of two clients, of several routes,
// metadata that pretends to be ours, texts as large as Stripe takes them.
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { assertProblem } from '../lib/contract.mjs';
import { Admin, request } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';
import { Stripe } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';

const apiKeys = { first: randomUUID(), second: randomUUID() };
const hashes = Object.entries(apiKeys).map(([name, key]) => `${name}:${createHash('sha256').update(key).digest('hex')}`);
let stack, admin, other, stripe;

before(async () => {
    stack = await Stack.start('creation_clients', { ADMIN_API_KEY: apiKeys.first, ADMIN_API_KEY_HASHES: hashes.join(',') });
    admin = new Admin({ ...stack.env, ADMIN_API_KEY: apiKeys.first });
    other = new Admin({ ...stack.env, ADMIN_API_KEY: apiKeys.second });
    stripe = new Stripe(stack.env);
});
after(() => stack?.down());

async function newBody(change = {}) {
    const { id: customer } = await stripe.post('/v1/customers', { name: 'Ada Lovelace' });
    const { id: paymentMethod } = await stripe.post('/v1/payment_methods/pm_card_visa/attach', { customer });
    return { customer, paymentMethod, items: [{ name: 'Resources', amount: 3300 }], ...change };
}

const keyed = (client, key, body) => client.create(body, { 'Idempotency-Key': key });
const invoicesOf = async (customer) => (await stripe.get(`/v1/invoices?customer=${customer}&limit=100`)).data;

test('keys as long and as odd as they may be name one invoice each, after Stripe forgot them too', async (t) => {
    const odd = Array.from({ length: 0x7f - 0x21 }, (_, i) => String.fromCharCode(0x21 + i)).join('');
    const keys = ['k'.repeat(255), odd, '"quoted"', `sha256-${'a'.repeat(64)}`, 'a:create:g2', '%00', '../../v1/charges'];
    for (const key of keys) {
        await t.test(key.slice(0, 40), async () => {
            const body = await newBody();
            const first = await keyed(admin, key, body);
            assert.equal(first.status, 200, first.text);
            assert.equal(first.json.metadata.quittance_key, key);
            await until('it is stored', async () => (await admin.get(first.json.id)).json?.status === 'paid');
            await stripe.emulator('POST', 'idempotency/prune', { older_than_seconds: 0 });
            const again = await keyed(admin, key, body);
            assert.equal(again.json.id, first.json.id, again.text);
            assert.equal((await invoicesOf(body.customer)).length, 1);
        });
    }
});

test('keys that are none', async (t) => {
    for (const [what, key] of [['256 characters', 'k'.repeat(256)], ['empty', ''], ['a blank in it', 'a b'], ['no ASCII', 'cl\u00e9']]) {
        await t.test(what, async () => {
            const body = await newBody();
            assertProblem(await keyed(admin, key, body), 400, 'Idempotency-Key');
            assert.deepEqual(await invoicesOf(body.customer), []);
        });
    }
});

test('two clients with the same key share one space: a client may change its API key between two tries', async () => {
    const key = 'order-1';
    const body = await newBody();
    const first = await keyed(admin, key, body);
    assert.equal(first.status, 200, first.text);
    const again = await keyed(other, key, body);
    assert.equal(again.json.id, first.json.id, again.text);
    assert.equal(again.headers['idempotent-replayed'], 'true');
    const elsewhere = await newBody();
    const refused = await keyed(other, key, elsewhere);
    assertProblem(refused, 422);
    assert.ok(!refused.text.includes(first.json.id), 'nothing is told of the other request');
    assert.deepEqual(await invoicesOf(elsewhere.customer), []);
});

test('the same key on several routes and invoices is as many keys', async () => {
    const key = { 'Idempotency-Key': 'one-for-all' };
    const created = [];
    for (const collect of ['later', 'now']) {
        const answer = await admin.create(await newBody({ collect }), { 'Idempotency-Key': `one-for-all-${collect}` });
        assert.equal(answer.status, 200, answer.text);
        await until('it is stored', async () => (await admin.get(answer.json.id)).status === 200);
        created.push(answer.json.id);
    }
    const act = (action, id) => request(`${admin.url}/${id}/${action}`, { method: 'POST', headers: { ...admin.key, ...key } });
    const [draft, paid] = created;
    assert.equal((await admin.create(await newBody(), key)).status, 200);
    assert.equal((await act('finalise', draft)).json.status, 'open');
    assert.equal((await act('retry-payment', draft)).json.status, 'paid');
    assertProblem(await act('void', draft), 409);
    assertProblem(await act('finalise', paid), 409);
    assert.equal((await act('retry-payment', draft)).json.status, 'paid', 'the same try again');
});

test('metadata cannot pretend to be ours, and comes back as it was given', async () => {
    for (const name of ['quittance_key', ' quittance_released', '\tquittance_answered', 'quittance_'])
        assertProblem(await admin.create(await newBody({ metadata: { [name]: 'true' } })), 400, 'metadata');
    const full = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${'\u9375'.repeat(37)}_${10 + i}`, '\u{1f9fe}'.repeat(500)]));
    const body = await newBody({ metadata: full });
    const answer = await keyed(admin, randomUUID(), body);
    assert.equal(answer.status, 200, answer.text);
    for (const [name, value] of Object.entries(full)) assert.equal(answer.json.metadata[name], value);
    assertProblem(await admin.create(await newBody({ metadata: { ...full, more: '1' } })), 400, 'metadata');
    await until('its webhook is stored', async () => (await admin.get(answer.json.id)).json?.status === 'paid');
});

test('texts with U+0000 are refused, whatever holds them', async () => {
    const changes = [
        [{ items: [{ name: 'a\u0000b', amount: 1 }] }, 'items[0].name'], [{ description: '\u0000' }, 'description'],
        [{ footer: 'f\u0000' }, 'footer'], [{ metadata: { a: '\u0000' } }, 'metadata.a'], [{ metadata: { 'a\u0000': 'v' } }, 'metadata'],
    ];
    for (const [change, field] of changes) {
        const body = await newBody(change);
        assertProblem(await admin.create(body), 400, field);
        assert.deepEqual(await invoicesOf(body.customer), []);
    }
});

test('250 lines with the longest names of any script', async () => {
    const items = Array.from({ length: 250 }, (_, i) => ({ name: '\u{1f9fe}'.repeat(496) + String(1000 + i), amount: i % 7 === 6 ? -5 : 10 + i }));
    const body = await newBody({ items, collect: 'later' });
    const key = randomUUID();
    // A busy machine may need more than a request's time for so many; its repetitions end it.
    const answer = await until('it is created', async () => {
        const one = await keyed(admin, key, body);
        assert.ok([200, 409, 503, 504].includes(one.status), one.text);
        return one.status === 200 && one;
    });
    assert.equal(answer.json.total, items.reduce((sum, { amount }) => sum + amount, 0));
    const lines = [];
    for (let more = true; more;) {
        const from = lines.length ? `&starting_after=${lines.at(-1).id}` : '';
        const page = await stripe.get(`/v1/invoices/${answer.json.id}/lines?limit=100${from}`);
        lines.push(...page.data);
        more = page.has_more;
    }
    assert.deepEqual(lines.map(({ description, amount }) => ({ name: description, amount })), items);
});
