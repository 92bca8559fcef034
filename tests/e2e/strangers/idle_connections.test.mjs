// Strangers open connections, as many as descriptors allow, and say nothing.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Admin } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';
import { deliver, paidEvent } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';
import { environment, podSettings } from './lib/limits.mjs';
import { MemoryWatch } from './lib/memory.mjs';
import { Meanwhile } from './lib/meanwhile.mjs';
import { metric } from './lib/metrics.mjs';
import { connectMany, leaveAll } from './lib/strangers.mjs';

const settings = podSettings('edge');
const descriptors = Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))[1]);
const connections = Math.min(10_000, descriptors - 500);
const firstByteSeconds = 10;
let stack, admin;

before(async () => {
    stack = await Stack.start('strangers_idle_connections', { ...environment, ...settings });
    admin = new Admin(stack.env);
    assert.equal((await admin.list()).status, 200);
    assert.equal((await deliver(stack.env, paidEvent())).status, 200);
});
after(() => stack?.down());

const services = [
    { service: 'edge', server: 'edge', urlName: 'EDGE_URL', metricsName: 'EDGE_METRICS_URL', ask: () => admin.list('?limit=1') },
    {
        service: 'webhook_ingester', server: 'webhook', urlName: 'WEBHOOK_URL', metricsName: 'WEBHOOK_INGESTER_METRICS_URL',
        ask: () => deliver(stack.env, paidEvent()),
    },
];
// A loopback has many addresses.
const crowds = [
    { who: 'one peer', most: Number(settings.MAX_CONNECTIONS_PER_PEER), from: () => '127.0.0.2' },
    { who: 'many peers', most: Number(settings.MAX_CONNECTIONS), from: (number) => `127.0.1.${1 + (number % 100)}` },
];

for (const { service, server, urlName, metricsName, ask } of services)
    for (const { who, most, from } of crowds)
        test(`${connections} idle connections of ${who} to the ${service}`, async () => {
            const url = stack.env[urlName];
            const memory = new MemoryWatch(service, await stack.pid(service));
            const others = new Meanwhile([ask]);
            const strangers = await connectMany(url, connections, (number) => ({ from: from(number) }));
            const before = others.count;
            await until('others were answered meanwhile', () => others.count >= before + 10 || others.failures.length > 0);
            const open = await metric(stack.env[metricsName], `quittance_http_connections{server="${server}"}`);
            assert.ok(open <= most + 10, `${open} connections are open`);
            await until('all are gone', () => strangers.every((stranger) => stranger.gone));
            await others.end();
            const last = strangers.at(-1);
            assert.ok(last.seconds > firstByteSeconds - 1, `the last one stayed ${last.seconds} s, without a byte`);
            leaveAll(strangers);
            memory.assertWithinLimit();
            assert.equal(await stack.pid(service), memory.pid, `the ${service} has not died`);
        });
