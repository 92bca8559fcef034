// Strangers send headers without an end: few long fields, and as many short ones as fit.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Admin } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';
import { deliver, paidEvent } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';
import { environment, podSettings } from './lib/limits.mjs';
import { MemoryWatch } from './lib/memory.mjs';
import { Meanwhile } from './lib/meanwhile.mjs';
import { connectMany, leaveAll } from './lib/strangers.mjs';

const settings = podSettings('edge');
const connections = Number(settings.MAX_CONNECTIONS) - 200; // so that others need nobody's place
const headerBytes = 15 * 1024;
let stack, admin;

before(async () => {
    stack = await Stack.start('strangers_unfinished_headers', { ...environment, ...settings });
    admin = new Admin(stack.env);
    assert.equal((await admin.list()).status, 200);
    assert.equal((await deliver(stack.env, paidEvent())).status, 200);
});
after(() => stack?.down());

const services = [
    { service: 'edge', urlName: 'EDGE_URL', ask: () => admin.list('?limit=1') },
    { service: 'webhook_ingester', urlName: 'WEBHOOK_URL', ask: () => deliver(stack.env, paidEvent()) },
];
const headers = { 'long fields': `X: ${'x'.repeat(headerBytes)}`, 'short fields': 'a:b\r\n'.repeat(headerBytes / 5) };

for (const { service, urlName, ask } of services)
    for (const [what, fields] of Object.entries(headers))
        test(`${connections} connections send ${what} to the ${service}, and no end`, async () => {
            const url = stack.env[urlName];
            const memory = new MemoryWatch(service, await stack.pid(service));
            const strangers = await connectMany(url, connections, (number) => ({ from: `127.0.1.${1 + (number % 100)}` }));
            const others = new Meanwhile([ask]);
            for (const stranger of strangers) void stranger.send(`GET / HTTP/1.1\r\nHost: x\r\n${fields}`);
            const before = others.count;
            await until('others were answered meanwhile', () => others.count >= before + 10 || others.failures.length > 0);
            await until('all were sent away', () => strangers.every((stranger) => stranger.gone));
            await others.end();
            const statuses = new Set(strangers.map((stranger) => stranger.status));
            for (const status of [200, 401, 404]) assert.ok(!statuses.has(status), `${status}`);
            leaveAll(strangers);
            memory.assertWithinLimit();
            assert.equal(await stack.pid(service), memory.pid, `the ${service} has not died`);
            await memory.givenBack(48);
        });
