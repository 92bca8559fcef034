// Every certificate and the authority behind them are replaced while a whole stack is under load, as Kubernetes replaces
// mounted files: no call fails, servers show the new certificates, and the authority that went is trusted no more.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { realpathSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Admin, request } from '../lib/http.mjs';
import { Stack, script } from '../lib/stack.mjs';
import { Stripe, deliver, paidEvent } from '../lib/stripe.mjs';
import { until } from '../lib/wait.mjs';
import { call, grpc } from './client.mjs';
import { connectAs, identityOf, issue, serialAt } from './identity.mjs';
import { Health, serving } from './standard_services.mjs';

const services = ['edge', 'invoice_store', 'stripe_gateway', 'webhook_ingester'];
let stack, admin, servers;

before(async () => {
    stack = await Stack.start('grpc_certificates', { RPC_TRANSPORT: 'tls' });
    admin = new Admin(stack.env);
    servers = [stack.env.INVOICE_STORE_ADDRESS, stack.env.STRIPE_GATEWAY_ADDRESS];
});
after(() => stack?.down());

const operator = () => identityOf(stack.directory, 'operator');
const serials = () => Promise.all(servers.map((address) => serialAt(address, operator())));

// Whether a server takes a new connection with this identity. (The handshake alone does not say: in TLS 1.3 the client
// is done before the server has looked at its certificate.)
async function lets(identity, address) {
    const client = connectAs(identity, address, Health);
    try {
        return (await call(client, 'Check', { service: '' }, { deadline: Date.now() + 2_000 })).status === serving;
    } catch (error) {
        assert.ok([grpc.status.UNAVAILABLE, grpc.status.DEADLINE_EXCEEDED].includes(error.code), error.message);
        return false;
    } finally {
        client.close();
    }
}

async function metric(service, name) {
    const { text } = await request(`${stack.env[`${service.toUpperCase()}_METRICS_URL`]}/metrics`);
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

// Replaces files, and waits until every service has taken them.
async function replace(step, times) {
    const { code, stderr } = await script('certificates', ['--dir', stack.directory, step]);
    assert.equal(code, 0, stderr);
    for (const service of services) {
        await until(`${service} takes the files of ${step}`, async () =>
            (await metric(service, 'quittance_tls_file_changes_total\\{result="taken"\\}')) === times);
    }
}

// Reads, lists, webhooks, and gRPC calls on a new connection each, until it is told to stop.
class Load {
    answered = { get: 0, list: 0, webhook: 0, connection: 0 };
    failed = [];
    #going = true;
    #started = Date.now();

    constructor(invoice) {
        const strictly = { patient: false };
        const asks = {
            get: async () => assert.equal((await admin.get(invoice, strictly)).status, 200),
            list: async () => assert.equal((await admin.list('?limit=5', strictly)).status, 200),
            webhook: async () => assert.equal((await deliver(stack.env, paidEvent())).status, 200),
            connection: async () => {
                const client = connectAs(operator(), stack.env.INVOICE_STORE_ADDRESS);
                await call(client, 'GetInvoice', { id: invoice }).finally(() => client.close());
            },
        };
        const workers = { get: 6, list: 1, webhook: 2, connection: 1 };
        this.work = Promise.all(Object.entries(workers).flatMap(([what, count]) =>
            Array.from({ length: count }, () => this.#repeat(what, asks[what]))));
    }

    async #repeat(what, ask) {
        while (this.#going) {
            try {
                await ask();
                ++this.answered[what];
            } catch (error) {
                this.failed.push(`${what}: ${error.message}`);
            }
        }
    }

    get total() {
        return Object.values(this.answered).reduce((sum, count) => sum + count);
    }

    async goesOn() {
        const before = { ...this.answered };
        await until('every kind of call goes on', () => Object.keys(before).every((what) => this.answered[what] >= before[what] + 5));
    }

    async stop() {
        this.#going = false;
        await this.work;
        return (Date.now() - this.#started) / 1000;
    }
}

test('certificates and their authority are replaced under load', async () => {
    const { id } = await new Stripe(stack.env).paidInvoice(4200);
    await until('it is there', async () => (await admin.get(id)).status === 200);
    const old = operator();
    const first = await serials();
    const { validTo } = new X509Certificate(identityOf(stack.directory, 'invoice-store').certificate);
    assert.equal(await metric('invoice_store', 'quittance_tls_certificate_expires_timestamp_seconds'), Date.parse(validTo) / 1000);
    const load = new Load(id);
    await load.goesOn();

    await replace('add-authority', 1);
    await load.goesOn();
    assert.deepEqual(await serials(), first, 'a further authority changes no certificate');
    // What a service has taken, its gRPC uses a moment later: nobody may show a certificate of the new authority before.
    const next = { ...issue(stack.directory, 'operator', 1), ca: old.ca };
    for (const address of servers) await until(`${address} trusts the new authority`, () => lets(next, address));

    await replace('renew', 2);
    const renewed = await until('both servers show new certificates', async () => {
        const now = await serials();
        return now.every((serial, i) => serial !== first[i]) && now;
    });
    await load.goesOn();

    await replace('drop-authority', 3);
    const late = { ...old, ca: operator().ca };
    for (const address of servers) await until(`${address} refuses the old authority`, async () => !(await lets(late, address)));
    await load.goesOn();
    const seconds = await load.stop();
    assert.deepEqual(load.failed, []);
    assert.deepEqual(await serials(), renewed);
    console.log(`${load.total} calls in ${seconds.toFixed(1)} s through three replacements (${JSON.stringify(load.answered)}), none failed`);
});

test('after it, the services find each other on new connections', async () => {
    for (const service of ['invoice_store', 'stripe_gateway']) {
        const before = await stack.pid(service);
        process.kill(before, 'SIGTERM');
        await until(`another ${service} runs`, async () => (await stack.pid(service)) !== before);
    }
    const body = { items: [{ name: 'Resources', amount: 900 }], customer: stack.env.CUSTOMER, paymentMethod: stack.env.PAYMENT_METHOD };
    const created = await until('a creation goes through', async () => {
        const answer = await admin.create(body, { 'Idempotency-Key': 'after-the-rotation' });
        return answer.status === 200 && answer.json;
    });
    await until('its payment comes back', async () => (await admin.get(created.id)).json?.status === 'paid');
});

test('files that are broken change nothing, and show', async () => {
    const key = `${realpathSync(`${stack.directory}/tls/invoice-store`)}/tls.key`;
    const before = await serials();
    writeFileSync(key, '-----BEGIN PRIVATE KEY-----\nMIGH');
    await until('it shows', async () => (await metric('invoice_store', 'quittance_tls_files_unfit')) === 1);
    await until('the log says so', () => /TLS files changed and are refused/.test(stack.log('invoice_store')));
    assert.ok(!stack.log('invoice_store').includes('MIGH'));
    assert.deepEqual(await serials(), before);
    const { code, stderr } = await script('certificates', ['--dir', stack.directory, 'renew']);
    assert.equal(code, 0, stderr);
    await until('it is well again', async () => (await metric('invoice_store', 'quittance_tls_files_unfit')) === 0);
    await until('the next certificate is shown', async () => (await serials())[0] !== before[0]);
});
