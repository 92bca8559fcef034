// The page at /docs as a person sees it: rendered in a headless Chromium without a single error and without asking any
// other server, and a request tried out with a key that was entered in it. Leaves screenshots in the build tree.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { assertProblem } from '../lib/contract.mjs';
import { request } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';

const { chromium } = createRequire(path.join(process.env.DOCS_PACKAGES, 'package.json'))('playwright-core');
const patience = 120_000; // ms; generous: a sanitised build and a browser on a busy machine

let stack, browser, page;
const asked = [];
const complaints = [];

before(async () => {
    mkdirSync(process.env.SCREENSHOTS, { recursive: true });
    stack = await Stack.start('docs', { DOCS_DIR: path.join(process.env.DOCS_PACKAGES, 'node_modules/swagger-ui-dist') });
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'], timeout: patience });
    page = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
    page.setDefaultTimeout(patience);
    page.on('request', (one) => asked.push(one.url()));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
});
after(async () => {
    await browser?.close();
    await stack?.down();
});

const screenshot = (name) => page.screenshot({ path: path.join(process.env.SCREENSHOTS, `${name}.png`) });

test('the page shows every operation of the document', async () => {
    await page.goto(`${stack.env.EDGE_URL}/docs`, { timeout: patience });
    const { json: document } = await request(`${stack.env.EDGE_URL}/openapi.json`);
    const described = Object.entries(document.paths).flatMap(([route, operations]) =>
        Object.keys(operations).map((method) => `${method.toUpperCase()} ${route}`));
    await page.locator('.opblock').nth(described.length - 1).waitFor();
    const shown = await page.$$eval('.opblock', (blocks) => blocks.map((block) =>
        [block.querySelector('.opblock-summary-method').textContent, block.querySelector('.opblock-summary-path').dataset.path].join(' ')));
    assert.deepEqual(shown.sort(), described.sort());
    assert.ok(await page.locator('[data-path="/admin/api/invoices"]').first().isVisible());
    await screenshot('docs');
});

test('a request is tried out with the key that was entered', async () => {
    await page.click('.btn.authorize');
    const form = page.locator('.auth-container').filter({ hasText: 'Api-Key' }).first();
    await form.locator('input').fill(stack.env.ADMIN_API_KEY);
    await form.locator('button[type=submit]').click();
    await page.click('.btn-done');
    const operation = page.locator('.opblock-get').filter({ has: page.locator('[data-path="/admin/api/invoices"]') });
    await operation.locator('.opblock-summary-control').click();
    await operation.locator('.try-out__btn').click();
    await operation.locator('.btn.execute').click();
    const status = operation.locator('.live-responses-table .response-col_status').last();
    await status.waitFor();
    assert.match(await status.textContent(), /^200/);
    assert.match(await operation.locator('.live-responses-table').textContent(), /"invoices"/);
    await operation.locator('.live-responses-table').scrollIntoViewIfNeeded();
    await screenshot('docs_tried_out');
});

test('it asked this server alone, and nothing went wrong', () => {
    assert.ok(asked.some((url) => url.includes('/admin/api/invoices')));
    const elsewhere = asked.filter((url) => !url.startsWith(`${stack.env.EDGE_URL}/`) && !url.startsWith('data:') && !url.startsWith('blob:'));
    assert.deepEqual(elsewhere, []);
    assert.deepEqual(complaints, []);
});

test('its files are the listed ones, each with its type and tag', async () => {
    const get = (name, headers = {}) => request(`${stack.env.EDGE_URL}/docs${name}`, { headers });
    for (const [name, type] of [['', /^text\/html/], ['/start.js', /^text\/javascript/], ['/swagger-ui.css', /^text\/css/],
        ['/swagger-ui-bundle.js', /^text\/javascript/], ['/favicon-32x32.png', /^image\/png$/]]) {
        const answer = await get(name);
        assert.equal(answer.status, 200, name);
        assert.match(answer.headers['content-type'], type);
        assert.match(answer.headers['content-security-policy'], /default-src 'none'/);
        assert.equal(answer.headers['x-content-type-options'], 'nosniff');
        assert.equal((await get(name, { 'If-None-Match': answer.headers.etag })).status, 304);
    }
    const compressed = await get('/swagger-ui-bundle.js', { 'Accept-Encoding': 'gzip' });
    assert.equal(compressed.headers['content-encoding'], 'gzip');
    for (const name of ['/package.json', '/index.html', '/..%2fpackage.json', '/%2e%2e']) assertProblem(await get(name), 404);
});
