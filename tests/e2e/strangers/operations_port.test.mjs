// Somebody holds every connection to the operations ports: the probes are answered all the same.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { request } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';
import { environment } from './lib/limits.mjs';
import { connectMany, leaveAll } from './lib/strangers.mjs';

const connections = 64;
const probeSeconds = 5; // as the probes of deploy/k8s wait at the most
let stack;

before(async () => {
    stack = await Stack.start('strangers_operations_port', environment);
});
after(() => stack?.down());

const ways = [
    { what: 'say nothing', bytes: '' },
    { what: 'send half a request', bytes: 'GET /metrics HTTP/1.1\r\nHost: x\r\n' },
    { what: 'ask for the metrics and read nothing', bytes: 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(50) },
];

for (const name of ['EDGE', 'WEBHOOK_INGESTER', 'INVOICE_STORE', 'STRIPE_GATEWAY'])
    for (const { what, bytes } of ways)
        test(`${connections} connections to the operations port of ${name.toLowerCase()} ${what}`, async () => {
            const url = stack.env[`${name}_METRICS_URL`];
            // From the probes' own address, and from others.
            const from = (number) => ({ reads: false, from: `127.0.0.${1 + (number % 4)}` });
            const strangers = await connectMany(url, connections, from);
            for (const stranger of strangers) if (bytes) void stranger.send(bytes);
            for (let i = 0; i < 20; ++i)
                for (const path of ['/healthz', '/readyz', '/metrics']) {
                    // A connection for each, as a kubelet makes them.
                    const via = new http.Agent({ keepAlive: false });
                    const answer = await request(url + path, { timeoutSeconds: probeSeconds, via });
                    assert.equal(answer.status, 200, `${path}: ${answer.text}`);
                }
            leaveAll(strangers);
        });
