// Certificates of a stack with mutual TLS: those that deploy/local/certificates made, and others signed with the same or
// another authority, for callers who should not get through.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { connect, grpc } from './client.mjs';

export const names = ['edge', 'webhook-ingester', 'invoice-store', 'stripe-gateway', 'operator'];

// What a service's files hold at one moment: they are replaced together, and read one by one.
export function identityOf(directory, name) {
    const link = path.join(directory, 'tls', name);
    for (;;) {
        const version = realpathSync(link);
        try {
            const [certificate, key, ca] = ['tls.crt', 'tls.key', 'ca.crt'].map((file) => readFileSync(path.join(version, file)));
            return { certificate, key, ca };
        } catch (error) {
            if (error.code !== 'ENOENT' || realpathSync(link) === version) throw error;
        }
    }
}

export const credentialsOf = ({ ca, key, certificate }) => grpc.credentials.createSsl(ca, key ?? null, certificate ?? null);

export const connectAs = (identity, address, Service) => connect(address, Service, credentialsOf(identity));

// A certificate for `name` from the newest authority below `directory`, valid for `days`: -1 has expired.
export function issue(directory, name, days) {
    const scratch = mkdtempSync(path.join(tmpdir(), 'quittance-certificate-'));
    const authorities = path.join(directory, 'tls/authorities');
    const numbers = readdirSync(authorities).filter((file) => file.endsWith('.crt')).map((file) => parseInt(file, 10));
    const authority = path.join(authorities, String(Math.max(...numbers)));
    const file = (ending) => path.join(scratch, `one.${ending}`);
    const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });
    try {
        openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=test', '-addext',
            `subjectAltName=DNS:${name}`, '-keyout', file('key'), '-out', file('csr'));
        openssl('x509', '-req', '-days', String(days), '-copy_extensions', 'copyall', '-CA', `${authority}.crt`, '-CAkey',
            `${authority}.key`, '-in', file('csr'), '-out', file('crt'));
        return { certificate: readFileSync(file('crt')), key: readFileSync(file('key')) };
    } finally {
        rmSync(scratch, { recursive: true });
    }
}

// The serial number of the certificate that a server shows on a new connection.
export function serialAt(address, { ca, key, certificate }) {
    const [host, port] = address.split(':');
    return new Promise((resolve, reject) => {
        const socket = tls.connect({ host, port: Number(port), ca, key, cert: certificate, ALPNProtocols: ['h2'] }, () => {
            resolve(socket.getPeerCertificate().serialNumber);
            socket.destroy();
        });
        socket.on('error', reject);
    });
}
