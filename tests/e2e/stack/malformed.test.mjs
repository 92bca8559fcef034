// 200 random malformed requests for every route of the edge and for the webhook: each gets an answer or a clean close,
// never a 5xx, never a word of what is inside, and every refusal is a problem body. SEED=N repeats a run, ROUNDS=N changes
// how many requests a route gets.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { request } from '../lib/http.mjs';
import { malformedRequest } from '../lib/malformed.mjs';
import { OpenApi } from '../lib/openapi.mjs';
import { Random, seedOfRun } from '../lib/random.mjs';
import { exchange } from '../lib/raw.mjs';
import { Stack } from '../lib/stack.mjs';
import { paidEvent, sign } from '../lib/stripe.mjs';

const rounds = Number(process.env.ROUNDS ?? 200);
const atATime = 16;
const seed = seedOfRun();
const services = ['edge', 'webhook_ingester', 'invoice_store', 'stripe_gateway'];

// Words of libraries, languages and this machine that no answer may have; ours and the caller's own are others.
const internal = /pqxx|libpq|postgres|sqlstate|syntax error at|\bselect .* from\b|insert into|violates|std::|boost|grpc|protobuf|asio|beast|sanitizer|\.[ch]pp\b|\/(tmp|usr|home|work|build)\/|127\.0\.0\.1|localhost|0x[0-9a-f]{8}|exception|stack ?trace|unimplemented/i;
// What the server answers before it knows the route; the document tells of these once, not at each operation.
const transport = new Set(['malformed_request', 'not_found', 'method_not_allowed', 'request_timeout', 'body_too_large', 'header_too_large',
    'expectation_failed', 'http_version_not_supported']);
// Ways that leave method and path as they were, so that the answer is one of the route's own operation.
const withinTheRoute = new Set(['query', 'manyParameters', 'token', 'credentialsTwice', 'contentType', 'json', 'invalidUtf8', 'noise', 'headers']);
// Ways that leave the server waiting for more, which our end of the connection then says will not come: a clean close.
const unfinished = new Set(['cut', 'shortBody', 'length', 'chunked', 'lines', 'coding', 'method', 'version']);

let stack, api, pids;

before(async () => {
    console.log(`seed ${seed}`);
    stack = await Stack.start('malformed');
    api = await OpenApi.of(stack.env);
    pids = await Promise.all(services.map((service) => stack.pid(service)));
});
after(() => stack?.down());

function routesOfEdge() {
    const bodies = {
        'POST /admin/api/invoices': { items: [{ name: 'Resources', amount: 3300 }], customer: 'cus_nobody', collect: 'now', metadata: { a: 'b' } },
        'PUT /admin/api/customers/{customer}': { user: { _id: 'cccccccccccccccccccccccc', name: 'Jane Roe' }, team: 'bbbbbbbbbbbbbbbbbbbbbbbb' },
    };
    const resolve = (value) => (value.$ref ? value.$ref.slice(2).split('/').reduce((at, key) => at[key], api.document) : value);
    return Object.entries(api.document.paths).flatMap(([path, operations]) => Object.entries(operations).map(([name, operation]) => {
        const method = name.toUpperCase();
        const schemes = operation.security.flatMap((one) => Object.keys(one));
        const token = path.startsWith('/billing') ? stack.env.BILLING_TOKEN : stack.env.CLIENT_TOKEN;
        return {
            url: stack.env.EDGE_URL, name: `${method} ${path}`, method, path, operation, body: bodies[`${method} ${path}`],
            query: (operation.parameters ?? []).map(resolve).filter((one) => one.in === 'query').map((one) => one.name),
            credentials: schemes.includes('Bearer') ? [['Authorization', `Bearer ${token}`]] : schemes.includes('ApiKey') ? [['Api-Key', stack.env.ADMIN_API_KEY]] : [],
        };
    }));
}

const webhook = () => ({
    url: stack.env.WEBHOOK_URL, name: 'POST /webhooks/stripe', method: 'POST', path: '/webhooks/stripe', query: [], credentials: [],
    body: paidEvent(), sign: (body) => sign(body, stack.env.STRIPE_WEBHOOK_SECRET),
});

function check(route, sent, { answers, clean }) {
    assert.ok(clean, 'the connection ended within an answer');
    assert.ok(answers.length > 0 || sent.ways.some((way) => unfinished.has(way)), 'a whole request got no answer');
    for (const { status, headers, body } of answers) {
        assert.ok(status >= 100 && status < 500, `status ${status}: ${body}`);
        if (status < 400) continue;
        assert.match(headers['content-type'], /^application\/problem\+json$/);
        assert.ok(headers['x-request-id'].length > 0);
        if (sent.method === 'HEAD') continue;
        const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
        assert.doesNotMatch(text, internal);
        const problem = JSON.parse(text);
        assert.deepEqual(Object.keys(problem).slice(0, 6), ['type', 'title', 'status', 'detail', 'code', 'requestId']);
        assert.equal(problem.status, status);
        assert.equal(problem.requestId, headers['x-request-id']);
        assert.ok(problem.code.length > 0 && problem.detail.length > 0);
        if (route.operation && sent.ways.every((way) => withinTheRoute.has(way)))
            assert.ok(route.operation.responses[status] || transport.has(problem.code), `${status} ${problem.code} is not described`);
    }
}

// Once more where our own services had no time on a busy machine: what the request itself does to them it does again.
async function answered(route, sent) {
    for (let again = 0; ; ++again) {
        const result = await exchange(route.url, sent.bytes, { head: sent.method === 'HEAD' });
        if (result.answers.at(-1)?.status !== 504 || again === 2) return result;
    }
}

async function spoil(route, random) {
    const seen = {};
    let left = rounds;
    const one = async () => {
        while (left-- > 0) {
            const sent = malformedRequest(random, route);
            const whatItWas = `${route.name}, spoilt by ${sent.ways.join(', ')}: ${JSON.stringify(sent.bytes.subarray(0, 600).toString('latin1'))}`;
            try {
                const result = await answered(route, sent);
                check(route, sent, result);
                const status = result.answers.at(-1)?.status ?? 'closed';
                seen[status] = (seen[status] ?? 0) + 1;
            } catch (error) {
                throw new Error(`SEED=${seed}: ${error.message}\n${whatItWas}`, { cause: error });
            }
        }
    };
    await Promise.all(Array.from({ length: atATime }, one));
    return seen;
}

test('malformed requests', async (t) => {
    for (const [index, route] of [...routesOfEdge(), webhook()].entries()) {
        await t.test(route.name, async (t) => {
            const seen = await spoil(route, new Random(seed + index * 7919));
            t.diagnostic(`${rounds} requests: ${Object.entries(seen).map(([status, count]) => `${status} ${count}`).join(', ')}`);
            assert.ok((seen[400] ?? 0) > 0, 'some were refused');
        });
    }
});

test('a header is read where the document says so, and nowhere else', async (t) => {
    const names = (operation) => (operation.parameters ?? []).map((one) => one.$ref.split('/').at(-1));
    for (const route of routesOfEdge()) {
        await t.test(route.name, async () => {
            const url = stack.env.EDGE_URL + route.path.replace('{id}', stack.env.TEAM_ID).replace(/\{\w+\}/, 'in_nobody');
            const answer = await request(url, {
                method: route.method,
                headers: { ...Object.fromEntries(route.credentials), 'Content-Type': 'application/json', 'Idempotency-Key': 'k'.repeat(256) },
                body: route.body && '{}',
            });
            const told = (answer.json?.errors ?? []).some((error) => error.field === 'Idempotency-Key');
            assert.equal(told, names(route.operation).includes('IdempotencyKey'), answer.text);
            assert.equal(route.operation.responses[304] !== undefined, names(route.operation).includes('IfNoneMatch'));
            if (answer.status === 200) assert.equal(answer.headers.etag !== undefined, names(route.operation).includes('IfNoneMatch'));
        });
    }
});

test('nobody fell over', async () => {
    assert.deepEqual(await Promise.all(services.map((service) => stack.pid(service))), pids);
    for (const service of services) assert.doesNotMatch(stack.log(service), /a handler threw|sanitizer|runtime error/i, service);
});
