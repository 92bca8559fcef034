// The operators' tool on a running stack: what it prints, what it repairs, and its exit codes.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { changeRows, rowsOf } from '../lib/database.mjs';
import { Admin, request } from '../lib/http.mjs';
import { differences } from '../lib/level.mjs';
import { Stack } from '../lib/stack.mjs';
import { Stripe, deliver, paidEvent } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';

const bin = process.env.QUITTANCE_BIN ?? fileURLToPath(new URL('../../../build/dev/bin', import.meta.url));
let stack, stripe;

before(async () => {
    // Nothing repairs itself here, so that the tool has something to do.
    stack = await Stack.start('quittancectl', { RECONCILE_EVERY_SECONDS: '0', AUDIT_EVERY_SECONDS: '0' });
    stripe = new Stripe(stack.env);
});
after(() => stack?.down());

// Resolves with {code, out, err}.
function ctl(...args) {
    const { RPC_TRANSPORT, INVOICE_STORE_ADDRESS, STRIPE_GATEWAY_ADDRESS, JWT_PRIVATE_KEY, JWT_KID, JWT_ISSUER, JWT_AUDIENCE } = stack.env;
    const env = { ...process.env, RPC_TRANSPORT, INVOICE_STORE_ADDRESS, STRIPE_GATEWAY_ADDRESS, JWT_PRIVATE_KEY, JWT_KID, JWT_ISSUER, JWT_AUDIENCE };
    return new Promise((resolve) => {
        execFile(path.join(bin, 'quittancectl'), args, { env, maxBuffer: 1 << 28 }, (error, out, err) =>
            resolve({ code: error ? error.code : 0, out, err }));
    });
}

async function expect(code, ...args) {
    const result = await ctl(...args);
    assert.equal(result.code, code, `${args.join(' ')}: ${result.out}${result.err}`);
    return result.out;
}

const lines = (out) => out.trim().split('\n').map((line) => JSON.parse(line));

// Webhooks of what `work` does never arrive; all before them have.
async function withoutWebhooks(work) {
    await stripe.allDelivered();
    await stripe.emulator('POST', 'faults', { kind: 'webhook_lose', count: 0 });
    const result = await work();
    await stripe.emulator('DELETE', 'faults');
    return result;
}

async function rowOf(id) {
    return (await rowsOf(stack.env, `SELECT * FROM invoices WHERE stripe_invoice_id = '${id}'`))[0];
}

async function settlementOf(id) {
    const { json } = await new Admin(stack.env).get(id);
    return { settlement: json.settlement, amountRefunded: json.amountRefunded };
}

// [invoice, reason, last result, fields] of each.
async function doubts() {
    const { code, out } = await ctl('doubts', 'list', '--json');
    const listed = out === '' ? [] : lines(out);
    assert.equal(code, listed.length > 0 ? 3 : 0);
    return listed.map((doubt) => [doubt.stripe_invoice_id, doubt.reason, doubt.last_result, doubt.detail]);
}

test('help teaches, wrong use is exit code 2, a service that is away is 5', async () => {
    const help = await expect(0, '--help');
    for (const word of ['events', 'reconcile', 'audit', 'backfill', 'invoice', 'key', 'token', 'Exit codes']) assert.ok(help.includes(word), word);
    await expect(0, 'events', 'replay', '--help');
    await expect(2, 'events', 'replay');
    await expect(2, 'backfill', '--from', 'yesterday');
    await expect(5, '--store', '127.0.0.1:1', 'events', 'list');
    await expect(4, 'invoice', 'show', 'in_unknown');
    await expect(4, 'events', 'show', 'evt_unknown');
});

test('events that no webhook brought: reconcile sees them, then takes them', async () => {
    const paid = await withoutWebhooks(() => stripe.paidInvoice(4200));
    assert.equal(await rowOf(paid.id), undefined);
    const seen = lines(await expect(3, 'reconcile', '--since', '1h', '--dry-run', '--json'))[0];
    assert.ok(seen.missing >= 3 && seen.dry_run);
    assert.equal(await rowOf(paid.id), undefined, 'a dry run changes nothing');
    const done = lines(await expect(0, 'reconcile', '--since', '1h', '--json'))[0];
    assert.equal(done.missing, seen.missing);
    assert.equal((await rowOf(paid.id)).status, 'paid');
    assert.equal(lines(await expect(0, 'reconcile', '--since', '1h', '--dry-run', '--json'))[0].missing, 0);
    assert.match(await expect(0, 'reconcile'), /Not in the inbox before: 0/);
});

test('an invoice is shown with its events', async () => {
    const paid = await stripe.paidInvoice(1700);
    await until('it is stored', async () => (await rowOf(paid.id))?.status === 'paid');
    await stripe.allDelivered(); // by which event it became so, chance decided
    const table = await expect(0, 'invoice', 'show', paid.id);
    for (const word of [paid.id, '1700 eur', 'invoice.paid', 'invoice.finalized', 'SOURCE_WEBHOOK']) assert.ok(table.includes(word), word);
    const { invoice, events } = JSON.parse(await expect(0, 'invoice', 'show', (await rowOf(paid.id)).id, '--json'));
    assert.equal(invoice.stripe_invoice_id, paid.id);
    assert.ok(events.some((event) => event.type === 'invoice.paid' && ['applied', 'needs_refetch', 'stale'].includes(event.state)));
    const event = events.find(({ type }) => type === 'invoice.paid');
    assert.match(await expect(0, 'events', 'show', event.event_id), /"type": *"invoice.paid"/);
    assert.ok(lines(await expect(0, 'events', 'list', '--invoice', paid.id, '--json')).length >= 3);
    assert.equal(lines(await expect(0, 'events', 'list', '--limit', '2', '--json')).length, 2);
});

test('a dead event is listed, replayed in vain, and discarded', async () => {
    const broken = paidEvent((event) => (event.data.object.amount_paid = 'many'));
    await until('it is taken', async () => (await deliver(stack.env, broken)).status === 200);
    const dead = lines(await expect(0, 'events', 'list', '--state', 'dead', '--json'));
    assert.deepEqual(dead.map((event) => event.event_id), [broken.id]);
    assert.match(dead[0].last_error, /amount_paid/);
    assert.match(await expect(3, 'events', 'replay', '--all-dead'), /DEAD/);
    assert.equal(lines(await expect(0, 'events', 'list', '--state', 'dead', '--json'))[0].attempts, dead[0].attempts + 1);
    await expect(2, 'events', 'discard', broken.id);
    await expect(0, 'events', 'discard', broken.id, '--reason', 'a test');
    assert.equal(await expect(0, 'events', 'list', '--state', 'dead', '--json'), '');
    assert.equal((await ctl('events', 'discard', broken.id, '--reason', 'again')).code, 1, 'only what is dead can be discarded');
});

test('drift is found, told field by field, and repaired', async () => {
    const draft = await stripe.post('/v1/invoices', { customer: stack.env.CUSTOMER, currency: 'eur', auto_advance: 'false' });
    const gone = await stripe.post('/v1/invoices', { customer: stack.env.CUSTOMER, currency: 'eur', auto_advance: 'false' });
    await until('both are stored', async () => (await rowOf(draft.id)) && (await rowOf(gone.id)));
    await withoutWebhooks(async () => {
        await stripe.post(`/v1/invoices/${draft.id}`, { description: 'Changed in silence' });
        await stripe.call('DELETE', `/v1/invoices/${gone.id}`);
    });
    const found = lines(await expect(3, 'audit', '--dry-run', '--json'));
    const summary = found.find((line) => 'compared' in line);
    assert.deepEqual(summary, { compared: summary.compared, drifted: 2, repaired: 0, unrepaired: 0, not_found: 1 });
    const changed = found.find((drift) => drift.stripe_invoice_id === draft.id);
    assert.ok(changed.fields.some(({ field, at_stripe }) => field === 'description' && at_stripe.includes('in silence')));
    assert.match(await expect(3, 'audit'), /1 repaired, 0 not repaired, 1 not found at Stripe/);
    assert.equal((await rowOf(draft.id)).description, 'Changed in silence');

    // A 404 is no deletion: it may come from a wrong key. Stripe's event tells of the deletion.
    assert.equal((await rowOf(gone.id)).status, 'draft');
    assert.deepEqual(await doubts(), [[gone.id, 'not_found', 'not_found', '']]);
    assert.match(await expect(3, 'doubts', 'ask'), new RegExp(`${gone.id}  not found at Stripe`));
    await expect(0, 'reconcile', '--since', '1h');
    assert.equal((await rowOf(gone.id)).status, 'deleted');
    assert.deepEqual(await doubts(), []);
    await expect(0, 'audit');
    assert.deepEqual(await differences(stack.env, stripe), []);
});

test('a repair that changes nothing is no repair: the row is listed with its fields until it agrees', async () => {
    const later = await stripe.post('/v1/invoices', { customer: stack.env.CUSTOMER, currency: 'eur', auto_advance: 'false' });
    await until('it is stored', () => rowOf(later.id));
    await stripe.allDelivered();
    await changeRows(stack.env, `UPDATE invoices SET status = 'deleted', rank = 4 WHERE stripe_invoice_id = '${later.id}'`);

    // Stripe has a draft, and no draft follows a deletion.
    const report = await expect(3, 'audit');
    assert.match(report, /1 not repaired/);
    const [[id, reason, result, fields]] = await doubts();
    assert.deepEqual([id, reason, result], [later.id, 'unrepaired', 'unrepaired']);
    assert.match(fields, /status/);
    assert.match(await expect(3, 'doubts', 'ask'), new RegExp(`${later.id}  still differs: .*status`));

    await changeRows(stack.env, `UPDATE invoices SET rank = 0 WHERE stripe_invoice_id = '${later.id}'`);
    assert.match(await expect(0, 'doubts', 'ask'), new RegExp(`${later.id}  answered`));
    assert.deepEqual(await doubts(), []);
    assert.equal((await rowOf(later.id)).status, 'draft');
    assert.deepEqual(await differences(stack.env, stripe), []);
});

test('a refund that no event told of is told by the audit, mended, and told as mended', async () => {
    const paid = await stripe.paidInvoice(3100);
    await until('it is stored', async () => (await rowOf(paid.id))?.status === 'paid');
    await stripe.allDelivered();
    const refund = await withoutWebhooks(() => stripe.post('/v1/refunds', { charge: paid.charge, amount: '1100' }));
    assert.equal((await settlementOf(paid.id)).settlement, 'settled');

    const drift = { object_id: refund.id, in_store: 'missing', at_stripe: 'succeeded 1100 eur' };
    const seen = lines(await expect(3, 'audit', '--dry-run', '--json'));
    assert.deepEqual(seen.find(({ object_id }) => object_id === refund.id), { ...drift, repaired: false });
    assert.equal((await settlementOf(paid.id)).settlement, 'settled', 'a dry run changes nothing');
    const mended = lines(await expect(3, 'audit', '--json'));
    assert.deepEqual(mended.find(({ object_id }) => object_id === refund.id), { ...drift, repaired: true });
    assert.deepEqual(await settlementOf(paid.id), { settlement: 'partially_refunded', amountRefunded: 1100 });
    await expect(0, 'audit');

    // The same for a fact that is lost here.
    await changeRows(stack.env, `DELETE FROM payment_facts WHERE object_id = '${refund.id}'`);
    const again = lines(await expect(3, 'audit', '--json'));
    assert.deepEqual(again.find(({ object_id }) => object_id === refund.id), { ...drift, repaired: true });
    assert.deepEqual(lines(await expect(0, 'audit', '--json')).at(-1).money_drifted, 0);
});

test('a backfill of a paid and refunded invoice ends at refunded, where no event came and Stripe has none any more', async () => {
    const paid = await withoutWebhooks(async () => {
        const invoice = await stripe.paidInvoice(2200);
        await stripe.post('/v1/refunds', { charge: invoice.charge });
        return invoice;
    });
    // Stripe keeps events for 30 days: the list of events has nothing to tell any more.
    await stripe.emulator('POST', 'advance', { days: 31 });
    assert.equal(lines(await expect(0, 'reconcile', '--since', '1h', '--json'))[0].listed, 0);
    assert.equal(await rowOf(paid.id), undefined);
    const slices = lines(await expect(0, 'backfill', '--from', '2h', '--slice', '1h', '--again', '--json'));
    assert.ok(slices.reduce((sum, slice) => sum + slice.money, 0) >= 1);
    assert.deepEqual(await settlementOf(paid.id), { settlement: 'refunded', amountRefunded: 2200 });
});

test('a backfill works slice by slice and remembers what it has done', async () => {
    // Within the second of the backfill before this one, the slices would be the same, and done.
    const second = Math.floor(Date.now() / 1000);
    await until('the next second', async () => Math.floor(Date.now() / 1000) > second);
    const paid = await withoutWebhooks(() => stripe.paidInvoice(999));
    const slices = lines(await expect(0, 'backfill', '--from', '3h', '--slice', '1h', '--json'));
    assert.equal(slices.length, 4, 'three hours, and the second that runs');
    assert.equal(slices.reduce((sum, slice) => sum + slice.added, 0), 1);
    assert.equal((await rowOf(paid.id)).status, 'paid');
    const from = new Date(slices[0].from * 1000).toISOString().slice(0, 19) + 'Z';
    const to = new Date(slices.at(-1).to * 1000).toISOString().slice(0, 19) + 'Z';
    const again = lines(await expect(0, 'backfill', '--from', from, '--to', to, '--slice', '1h', '--json'));
    assert.ok(again.every((slice) => slice.skipped));
    const anew = lines(await expect(0, 'backfill', '--from', from, '--to', to, '--slice', '1h', '--again', '--json'));
    assert.ok(anew.every((slice) => !slice.skipped && slice.added === 0 && slice.changed === 0));
    assert.deepEqual(await differences(stack.env, stripe), []);
});

test('an API key that it makes fits its entry, with the rights that were asked for', async () => {
    const hash = (key) => createHash('sha256').update(key).digest('hex');
    const [{ name, key, entry }] = lines(await expect(0, 'key', 'new', 'reports', '--may', 'read,audit', '--json'));
    assert.equal(name, 'reports');
    assert.match(key, /^qtk_[0-9a-f]{64}$/);
    assert.equal(entry, `reports:${hash(key)}:read+audit`);
    const text = await expect(0, 'key', 'new', 'office');
    const [, other] = /^key .*: +(qtk_\S+)$/m.exec(text);
    assert.notEqual(other, key);
    assert.match(text, new RegExp(`^entry .*: office:${hash(other)}$`, 'm'));
    assert.equal((await ctl('key', 'new', 'office', '--may', 'everything')).code, 2);
});

test('a token that it mints opens the team of its claims and no other', async () => {
    const token = (await expect(0, 'token', '--team', stack.env.TEAM_ID)).trim();
    const ask = (team) => request(`${stack.env.EDGE_URL}/api/teams/${team}/billing-history`, { headers: { Authorization: `Bearer ${token}` } });
    assert.equal((await ask(stack.env.TEAM_ID)).status, 200);
    assert.equal((await ask('0123456789abcdef01234567')).status, 403);
    assert.equal((await ctl('token', '--key', '/nowhere')).code, 1);
});
