// deploy/local/certificates without a stack: what it makes, for whom, for how long, and that it makes nothing twice.
import assert from 'node:assert/strict';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { lstatSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { script } from '../lib/stack.mjs';

const names = ['edge', 'webhook-ingester', 'invoice-store', 'stripe-gateway', 'operator'];
const directory = mkdtempSync(path.join(tmpdir(), 'quittance-certificates-'));
after(() => rmSync(directory, { recursive: true }));

const file = (name, which) => path.join(directory, 'tls', name, which);
const certificate = (name) => new X509Certificate(readFileSync(file(name, 'tls.crt')));
const serials = () => names.map((name) => certificate(name).serialNumber);
const authorities = (name) => readFileSync(file(name, 'ca.crt'), 'utf8').match(/-----BEGIN[^]*?-----END CERTIFICATE-----/g).map((pem) => new X509Certificate(pem));

async function run(step = [], environment = {}) {
    const { code, stderr } = await script('certificates', ['--dir', directory, ...step], environment);
    assert.equal(code, 0, stderr);
}

test('each has a certificate of its own name, and only its owner reads the key', async () => {
    await run([], { DAYS: '30' });
    assert.deepEqual(readdirSync(path.join(directory, 'tls')).filter((name) => !/^\.|^(authorities|lock)$/.test(name)).sort(), [...names].sort());
    for (const name of names) {
        const one = certificate(name);
        const listens = ['invoice-store', 'stripe-gateway'].includes(name);
        assert.equal(one.subjectAltName, listens ? `DNS:${name}, DNS:localhost, IP Address:127.0.0.1` : `DNS:${name}`);
        assert.ok(one.checkPrivateKey(createPrivateKey(readFileSync(file(name, 'tls.key')))));
        assert.equal(one.ca, false);
        assert.deepEqual(one.keyUsage.sort(), ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'], 'as a server and as a client');
        assert.ok(one.verify(authorities(name)[0].publicKey));
        assert.ok(Math.abs(Date.parse(one.validTo) - Date.now() - 30 * 86_400_000) < 3_600_000);
        assert.equal(statSync(file(name, 'tls.key')).mode & 0o777, 0o600);
        assert.ok(lstatSync(path.join(directory, 'tls', name)).isSymbolicLink(), 'one rename replaces all three');
    }
    assert.equal(statSync(path.join(directory, 'tls')).mode & 0o777, 0o700);
});

test('run again it keeps what is there, and replaces what soon expires', async () => {
    const first = serials();
    await run([], { DAYS: '30' });
    assert.deepEqual(serials(), first);
    await run([], { DAYS: '120' }); // a third of which is more than the thirty days that are left
    for (const [i, serial] of serials().entries()) assert.notEqual(serial, first[i]);
});

test('an authority is replaced in three steps, in no other order', async () => {
    const first = serials();
    await run(['add-authority']);
    assert.deepEqual(serials(), first);
    for (const name of names) assert.equal(authorities(name).length, 2);
    const early = await script('certificates', ['--dir', directory, 'drop-authority']);
    assert.equal(early.code, 1);
    assert.match(early.stderr, /renew first/);
    await run(['renew']);
    await run(['drop-authority']);
    for (const name of names) {
        assert.equal(authorities(name).length, 1);
        assert.ok(certificate(name).verify(authorities(name)[0].publicKey));
    }
    const unknown = await script('certificates', ['--dir', directory, 'destroy']);
    assert.equal(unknown.code, 1);
});
