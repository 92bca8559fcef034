// Strangers ask for large files, again and again, and read nothing.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Admin, request } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';
import { until } from '../lib/wait.mjs';
import { environment, podSettings } from './lib/limits.mjs';
import { MemoryWatch } from './lib/memory.mjs';
import { Meanwhile } from './lib/meanwhile.mjs';
import { metric } from './lib/metrics.mjs';
import { connectMany, leaveAll } from './lib/strangers.mjs';

const connections = 300;
const requests = 4;
const fileBytes = 1_400_000; // as Swagger UI's bundle has
let stack, admin, docs;

before(async () => {
    docs = mkdtempSync(path.join(tmpdir(), 'strangers-docs-'));
    mkdirSync(docs, { recursive: true });
    writeFileSync(path.join(docs, 'swagger-ui-bundle.js'), ';'.repeat(fileBytes));
    writeFileSync(path.join(docs, 'swagger-ui.css'), 'body{}');
    writeFileSync(path.join(docs, 'favicon-32x32.png'), 'png');
    const settings = { DOCS: 'true', DOCS_DIR: docs };
    stack = await Stack.start('strangers_unread_answers', { ...environment, ...podSettings('edge'), ...settings });
    admin = new Admin(stack.env);
    assert.equal((await admin.list()).status, 200);
});
after(async () => {
    await stack?.down();
    rmSync(docs, { recursive: true });
});

for (const file of ['/docs/swagger-ui-bundle.js', '/openapi.json'])
    test(`${connections} connections ask ${requests} times for ${file} and read nothing`, async () => {
        const url = stack.env.EDGE_URL;
        const ask = `GET ${file} HTTP/1.1\r\nHost: ${new URL(url).host}\r\n\r\n`;
        assert.equal((await request(url + file)).status, 200);
        const memory = new MemoryWatch('edge', await stack.pid('edge'));
        const others = new Meanwhile([() => admin.list('?limit=1')]);
        const strangers = await connectMany(url, connections, { reads: false });
        for (const stranger of strangers) void stranger.send(ask.repeat(requests));
        const answered = `quittance_http_requests_total{method="GET",route="${file.replace(/^\/docs\/.*/, '/docs/{file}')}",` +
            'server="edge",status="200"}';
        await until('every connection has its first answer under way', async () =>
            (await metric(stack.env.EDGE_METRICS_URL, answered)) >= connections);
        const before = others.count;
        await until('others were answered meanwhile', () => others.count >= before + 10 || others.failures.length > 0);
        memory.assertWithinLimit();
        // Small enough for the kernel, an answer is taken by it.
        if (file.startsWith('/docs'))
            await until('who reads nothing has lost the connection', async () =>
                (await metric(stack.env.EDGE_METRICS_URL, 'quittance_http_connections{server="edge"}')) < connections / 10);
        await others.end();
        leaveAll(strangers);
        memory.assertWithinLimit();
        assert.equal(await stack.pid('edge'), memory.pid, 'the edge has not died');
        await memory.givenBack(48);
    });
