// Strangers try keys, tokens and signatures: few lines are written, the metrics count each, and those with the right
// credentials are answered as ever, from the same address.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { Admin, request } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';
import { deliver, paidEvent } from '../lib/stripe.mjs';
import { makeToken } from '../lib/token.mjs';
import { environment } from './lib/limits.mjs';
import { MemoryWatch } from './lib/memory.mjs';
import { Meanwhile } from './lib/meanwhile.mjs';

const attempts = 10_000;
const atOnce = 50;
const linesPerSecond = 10; // http::RefusalOptions
let stack, admin;

before(async () => {
    stack = await Stack.start('strangers_wrong_credentials', environment);
    admin = new Admin(stack.env);
    assert.equal((await admin.list()).status, 200);
});
after(() => stack?.down());

const refusedLines = (service) => stack.log(service).split('\n').filter((line) => line.includes('a request was refused'));

async function refused(service, surface, reason) {
    const { text } = await request(`${stack.env[`${service.toUpperCase()}_METRICS_URL`]}/metrics`);
    const line = new RegExp(`^quittance_refusals_total{reason="${reason}",surface="${surface}"} (\\S+)$`, 'm').exec(text);
    assert.ok(line, `${surface} ${reason} is counted from the start`);
    return Number(line[1]);
}

// Sends `send(i, agent)` for each i, `atOnce` at a time on kept connections; gives how often each status was answered.
async function flood(count, send) {
    const agent = new http.Agent({ keepAlive: true, maxSockets: atOnce });
    const statuses = {};
    let next = 0;
    const one = async () => {
        while (next < count) {
            const status = await send(next++, agent);
            statuses[status] = (statuses[status] ?? 0) + 1;
        }
    };
    await Promise.all(Array.from({ length: atOnce }, one));
    agent.destroy();
    return statuses;
}

function ask(agent, url, { method = 'GET', headers = {}, body } = {}) {
    return new Promise((resolve, reject) => {
        const outgoing = http.request(url, { method, headers, agent }, (incoming) => {
            incoming.resume();
            incoming.on('end', () => {
                assert.ok(incoming.statusCode !== 429 || Number(incoming.headers['retry-after']) >= 1, 'Retry-After');
                resolve(incoming.statusCode);
            });
        });
        outgoing.on('error', reject);
        outgoing.end(body);
    });
}

// Floods a service; others are answered meanwhile, and the log grows by a bounded number of lines.
async function attack(service, surface, reason, meanwhile, send) {
    const memory = new MemoryWatch(service, await stack.pid(service));
    const countedBefore = (await refused(service, surface, reason)) + (await refused(service, surface, 'too_many_refusals'));
    const linesBefore = refusedLines(service).length;
    const others = new Meanwhile(meanwhile);
    const started = performance.now();
    const statuses = await flood(attempts, send);
    const seconds = (performance.now() - started) / 1000;
    await others.end();
    memory.assertWithinLimit();
    const lines = refusedLines(service).slice(linesBefore);
    console.log(`${service}: ${attempts} attempts in ${seconds.toFixed(1)} s: ${JSON.stringify(statuses)}, ${lines.length} lines`);
    // The burst of one second, and those of each second.
    assert.ok(lines.length <= linesPerSecond * (Math.ceil(seconds) + 1), `${lines.length} lines in ${seconds} s`);
    assert.ok(lines.length >= 1);
    const counted = (await refused(service, surface, reason)) + (await refused(service, surface, 'too_many_refusals')) - countedBefore;
    assert.equal(counted, attempts, 'the metrics count every one');
    return { statuses, lines };
}

test('10,000 wrong API keys', async () => {
    const { statuses, lines } = await attack('edge', 'admin', 'invalid_api_key', [() => admin.list('?limit=1')], (i, agent) =>
        ask(agent, `${stack.env.EDGE_URL}/admin/api/invoices`, { headers: { 'Api-Key': `swordfish-${i}` } }));
    assert.deepEqual(Object.keys(statuses), ['401', '429']);
    assert.ok(statuses[429] > statuses[401], 'most are told to wait');
    assert.match(lines[0], /surface="admin" reason="\w+" route="GET \/admin\/api\/invoices" who="" peer="127\.0\.0\.1" request_id="[^"]+" left_out=\d+/);
    assert.ok(lines.some((line) => !line.endsWith('left_out=0')), 'lines say how many were left out');
    assert.doesNotMatch(stack.log('edge'), /swordfish/);
});

test('10,000 forged tokens', async () => {
    const token = makeToken(stack.env, { scope: 'billing:read' });
    const forged = `${token.slice(0, token.lastIndexOf('.'))}.${Buffer.alloc(256, 7).toString('base64url')}`;
    const list = `${stack.env.EDGE_URL}/billing/v1/invoices?limit=1`;
    const headers = { Authorization: `Bearer ${token}` };
    await attack('edge', 'billing', 'signature', [() => request(list, { headers })], (i, agent) =>
        ask(agent, list, { headers: { Authorization: `Bearer ${forged}` } }));
});

test('10,000 forged webhooks', async () => {
    const signature = () => `t=${Math.floor(Date.now() / 1000)},v1=${'0'.repeat(64)}`;
    const { statuses, lines } = await attack('webhook_ingester', 'webhook', 'no_match', [() => deliver(stack.env, paidEvent())],
        (i, agent) => ask(agent, `${stack.env.WEBHOOK_URL}/webhooks/stripe`,
            { method: 'POST', headers: { 'Stripe-Signature': signature(), 'Content-Type': 'application/json' }, body: '{}' }));
    assert.deepEqual(Object.keys(statuses), ['400', '429']);
    assert.match(lines[0], /surface="webhook" reason="\w+" route="POST \/webhooks\/stripe"/);
});
