// The database is lost and put back from yesterday's backup, in each way that docs/operations/backup.md describes. Without
// a single webhook the store comes level with Stripe by itself, row by row as it was before the loss; what only we knew
// is gone, and said to be; nobody is billed twice meanwhile.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { lives } from '../../chaos/lives.mjs';
import { Random } from '../../chaos/random.mjs';
import { call, connect, detailOf } from '../grpc/client.mjs';
import { rowsOf } from '../lib/database.mjs';
import { Admin, request } from '../lib/http.mjs';
import { everyEventOnce } from '../lib/inbox.mjs';
import { differences } from '../lib/level.mjs';
import { Stack, programsDirectory } from '../lib/stack.mjs';
import { Stripe } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';
import { Postgres } from './postgres.mjs';

const services = ['edge', 'webhook_ingester', 'stripe_gateway', 'invoice_store']; // who needs comes before who is needed
const point = 'before_the_accident';
const otherTeam = 'aaaaaaaaaaaaaaaaaaaaaaaa';
const otherUser = 'bbbbbbbbbbbbbbbbbbbbbbbb';
let stack, stripe, admin, postgres, store, env;
const backups = {};
const known = {}; // what happened, for the checks

before(async () => {
    stack = await Stack.start('restore', {
        RECONCILE_EVERY_SECONDS: '1', RECONCILE_SETTLE_SECONDS: '0', AUDIT_EVERY_SECONDS: '0',
    });
    stripe = new Stripe(stack.env);
    admin = new Admin(stack.env);
    postgres = new Postgres(stack);
    store = connect(stack.env.INVOICE_STORE_ADDRESS);
    const card = await stripe.post('/v1/payment_methods/pm_card_chargeCustomerFail/attach', { customer: stack.env.CUSTOMER });
    env = { ...stack.env, DECLINED: card.id };
    await postgres.archiveWal();
    await until('the API serves', async () => (await admin.list()).status === 200);
});
after(async () => {
    store?.close();
    await stack?.down();
});

async function level() {
    await until('the store is level with Stripe', async () => {
        const found = await differences(env, stripe);
        if (found.length > 0) throw new Error(`${found.length} differences, such as ${found.slice(0, 3).join('; ')}`);
        const [{ open }] = await rowsOf(env, 'SELECT count(*)::int AS open FROM refetches');
        if (open > 0) throw new Error(`${open} invoices in doubt`);
        return true;
    });
    await until('every event is in the inbox', async () => {
        await everyEventOnce(env, stripe);
        return true;
    });
}

async function liveAll(times, seed) {
    await Promise.all(Object.values(lives).flatMap((life, i) =>
        Array.from({ length: times }, (_, n) => life(env, new Random(seed + i * 100 + n)))));
}

async function newCustomer(name) {
    const { id: customer } = await stripe.post('/v1/customers', { name });
    const { id: paymentMethod } = await stripe.post('/v1/payment_methods/pm_card_visa/attach', { customer });
    return { customer, paymentMethod };
}

const bodyFor = (payer, amount) => ({ ...payer, items: [{ name: 'Resources', amount }] });
const keyed = ({ key, body }) => admin.create(body, { 'Idempotency-Key': key }, { patient: false });
const register = (customer) => request(`${env.EDGE_URL}/admin/api/customers/${customer}`, {
    method: 'PUT', headers: { ...admin.key, 'Content-Type': 'application/json' },
    body: JSON.stringify({ user: { _id: otherUser, name: 'Grace Hopper' }, team: otherTeam }),
});

// A place in the changes, as a watcher has it that has dealt with all so far.
function watchToken() {
    return new Promise((resolve, reject) => {
        const stream = store.WatchInvoices({});
        stream.once('data', (answer) => {
            resolve(answer.resume_token);
            stream.cancel();
        });
        stream.on('error', reject);
    });
}

function watchFrom(token) {
    return new Promise((resolve) => {
        const stream = store.WatchInvoices({ resume_token: token });
        stream.on('data', () => {
            resolve('taken');
            stream.cancel();
        });
        stream.on('error', resolve);
    });
}

// What everybody can see of every invoice, and the sums behind the lists. Times of our own writes and questions, and
// which of two statements that say the same decided a row, are not part of it.
async function picture() {
    const invoices = await rowsOf(env, `SELECT to_jsonb(i) - ARRAY['first_seen_at', 'stored_at', 'event_time', 'event_id', 'update_time',
        'content_hash', 'previous_status', 'previous_team_id', 'previous_rank', 'previous_event_time', 'previous_event_id',
        'previous_begins_stage', 'begins_stage', 'furthest', 'answer_time', 'refetch_needed'] AS row
        FROM invoices i ORDER BY id`);
    const settlements = await rowsOf(env, `SELECT to_jsonb(s) - ARRAY['asked_time', 'unfollowed_paid_time'] AS row FROM settlements s
        WHERE amount_refunded_minor > 0 OR amount_disputed_minor > 0 OR dispute_open OR dispute_lost OR share_unknown
            OR failure_time IS NOT NULL ORDER BY stripe_invoice_id, account, livemode`);
    const customers = await rowsOf(env, 'SELECT * FROM stripe_customers ORDER BY stripe_customer_id, account, livemode');
    const totals = await rowsOf(env, `SELECT scope, scope_id, status, sum(invoices)::int AS n FROM invoice_totals
        GROUP BY scope, scope_id, status HAVING sum(invoices) <> 0 ORDER BY scope, scope_id, status`);
    return { invoices: invoices.map(({ row }) => row), settlements, customers, totals };
}

async function stopServices() {
    for (const service of services) {
        process.kill(stack.supervisorPid(service), 'SIGSTOP'); // nobody starts it again
        process.kill(await stack.pid(service), 'SIGKILL');
    }
}

function startServices(...names) {
    for (const service of names) process.kill(stack.supervisorPid(service), 'SIGCONT');
}

function ctl(...args) {
    const { RPC_TRANSPORT, INVOICE_STORE_ADDRESS, STRIPE_GATEWAY_ADDRESS } = env;
    return new Promise((resolve) => {
        execFile(path.join(programsDirectory, 'quittancectl'), args, { env: { ...process.env, RPC_TRANSPORT, INVOICE_STORE_ADDRESS, STRIPE_GATEWAY_ADDRESS } },
            (error, out, err) => resolve({ code: error ? error.code : 0, text: out + err }));
    });
}

test('before the backup and after it, invoices live all kinds of lives', async () => {
    await liveAll(2, 1000);
    known.refunded = await stripe.paidInvoice(5000);
    await stripe.post('/v1/refunds', { charge: known.refunded.charge, amount: '1200' });
    known.disputed = await stripe.paidInvoice(700);
    await stripe.emulator('POST', 'disputes', { charge: known.disputed.charge });
    known.opened = await stripe.post('/v1/invoices', { customer: env.CUSTOMER, currency: 'eur', auto_advance: 'false' });
    known.early = await newCustomer('Registered Before');
    assert.equal((await register(known.early.customer)).status, 200);
    await level();
    known.earlyToken = await watchToken();
    backups.base = await postgres.baseBackup('backup');
    backups.dump = await postgres.dump('backup.dump');

    await liveAll(2, 9000);
    await stripe.post('/v1/refunds', { charge: known.refunded.charge });
    await stripe.emulator('POST', 'disputes', { charge: known.disputed.charge, status: 'lost' });
    await stripe.call('DELETE', `/v1/invoices/${known.opened.id}`);
    await stripe.post(`/v1/customers/${known.early.customer}`, { name: 'Renamed After' });
    known.late = await newCustomer('Registered After');
    assert.equal((await register(known.late.customer)).status, 200);
    known.creation = { key: `order/${randomUUID()}`, body: bodyFor(known.late, 4200) };
    const created = await keyed(known.creation);
    assert.equal(created.status, 200, created.text);
    known.invoice = created.json.id;
    await level();
    await postgres.markPoint(point);
    known.lateToken = await watchToken();
    known.picture = await picture();
    await stripe.emulator('POST', 'faults', { kind: 'webhook_lose', count: 0 }); // from here on nothing is pushed to us
});

// Loses everything, puts it back with `putBack`, and sees it come level. `forgets`: the backup is older than the late
// registration.
async function restoreAndCompare(putBack, forgets) {
    await stopServices();
    await postgres.lose();
    await putBack();
    const [{ kept }] = await rowsOf(env, 'SELECT count(*)::int AS kept FROM invoices');
    const start = Date.now();
    startServices(...services);
    await level();
    console.log(`restored with ${kept} of ${known.picture.invoices.length} invoices, level after ${((Date.now() - start) / 1000).toFixed(1)} s`);
    await until('the API serves', async () => (await admin.list()).status === 200);
    if (forgets) {
        const row = (await admin.get(known.invoice)).json;
        assert.equal(row.user._id, null, 'whose it is, only we knew');
        assert.equal((await register(known.late.customer)).status, 200);
    }
    assert.deepEqual(await picture(), known.picture);
    const audit = await ctl('audit', '--dry-run');
    assert.equal(audit.code, 0, audit.text);
    const reconcile = await ctl('reconcile', '--since', '24h', '--dry-run');
    assert.equal(reconcile.code, 0, reconcile.text);
}

// The same order again is the same invoice, and the customer has only this one.
async function assertBilledOnce() {
    const again = await keyed(known.creation);
    assert.equal(again.status, 200, again.text);
    assert.equal(again.json.id, known.invoice);
    assert.equal(again.headers['idempotent-replayed'], 'true');
    const { data } = await stripe.get(`/v1/invoices?customer=${known.late.customer}&limit=100`);
    assert.deepEqual(data.map(({ id, status }) => [id, status]), [[known.invoice, 'paid']]);
}

test('from a base backup', async () => {
    await restoreAndCompare(() => postgres.putBack(backups.base), true);
    await assertBilledOnce();
});

test('a watcher from before the backup goes on, one from after it is told to begin anew', async () => {
    assert.equal(await watchFrom(known.earlyToken), 'taken');
    const refused = await watchFrom(known.lateToken);
    assert.equal(detailOf(refused)?.reason, 'resume_token_too_old', `${refused}`);
    assert.ok((await call(store, 'ListInvoices', { page_size: 10 })).invoices.length > 0);
    assert.ok(await watchToken());
});

test('from a dump', async () => {
    await restoreAndCompare(async () => {
        await postgres.putBack(backups.base);
        await postgres.readDump(backups.dump);
    }, true);
});

test('from a base backup and the archive, to a point that was named', async () => {
    await restoreAndCompare(() => postgres.putBack(backups.base, point), false);
    assert.equal(await watchFrom(known.lateToken), 'taken', 'nothing was lost');
});

test('a creation that is repeated before the restored store is level bills nobody twice', async () => {
    await stopServices();
    await postgres.lose();
    await postgres.putBack(backups.base);
    startServices('invoice_store', 'stripe_gateway', 'edge'); // nobody follows events yet
    await until('the API serves', async () => (await admin.list()).status === 200);
    await until('the gateway serves', async () => (await request(`${env.STRIPE_GATEWAY_METRICS_URL}/readyz`)).status === 200);
    assert.equal((await admin.get(known.invoice)).status, 404, 'the restored store knows nothing of it');
    await assertBilledOnce(); // within a day Stripe itself remembers the key

    // The backup is forty days old, and Stripe has forgotten.
    await postgres.sql("UPDATE cursors SET value = (value::bigint - 40 * 86400)::text WHERE name = 'events/default'");
    await stripe.emulator('POST', 'idempotency/prune', { older_than_seconds: 0 });
    const refused = await keyed(known.creation);
    assert.equal(refused.status, 503, refused.text);
    assert.equal(refused.json.code, 'events_behind');
    assert.ok(Number(refused.headers['retry-after']) >= 1);
    const { data } = await stripe.get(`/v1/invoices?customer=${known.late.customer}&limit=100`);
    assert.equal(data.length, 1);

    // Only once the events were followed up to what Stripe still remembers is the answer known; here, to their end,
    // because these keys were forgotten before their day was over.
    startServices('webhook_ingester');
    await level();
    await until('the same creation is answered', async () => (await keyed(known.creation)).status === 200);
    await assertBilledOnce();
    assert.match(stack.log('webhook_ingester'), /nobody followed Stripe's events for longer than Stripe keeps them: run quittancectl backfill/);
});

test('afterwards life goes on', async () => {
    await stripe.emulator('DELETE', 'faults');
    const paid = await stripe.paidInvoice(900);
    await until('its webhook arrives', async () => (await admin.get(paid.id)).json?.status === 'paid');
    await liveAll(1, 20_000);
    await level();
});
