// A client as a Node service would write it: the .proto files loaded at run time, a deadline on every call, failures
// with their details read.
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(path.join(process.env.GRPC_PACKAGES, 'package.json'));
export const grpc = require('@grpc/grpc-js');
export const protoLoader = require('@grpc/proto-loader');

const protoFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../proto');
// 64-bit numbers as text, because a JavaScript number cannot hold them all; enums by name.
export const loading = { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true, includeDirs: [protoFolder] };
const definition = protoLoader.loadSync(
    ['quittance/v1/invoice_store.proto', 'quittance/v1/stripe_gateway.proto', 'quittance/v1/error.proto'], loading);
export const { quittance } = grpc.loadPackageDefinition(definition);

const patienceMs = 60_000; // generous: a sanitised build on a busy machine

// `credentials`: grpc.credentials.createSsl(ca, key, certificate) where the stack has TLS.
export function connect(address, Service = quittance.v1.InvoiceStore, credentials = grpc.credentials.createInsecure()) {
    return new Service(address, credentials, {
        'grpc.keepalive_time_ms': 20_000,
        'grpc.initial_reconnect_backoff_ms': 100,
        'grpc.max_reconnect_backoff_ms': 1_000,
    });
}

// Resolves with the answer, rejects with grpc-js's error.
export function call(client, method, request = {}, options = {}) {
    return new Promise((resolve, reject) => {
        const settings = { deadline: Date.now() + patienceMs, ...options };
        client[method](request, new grpc.Metadata(), settings, (error, answer) => (error ? reject(error) : resolve(answer)));
    });
}

// proto-loader gives services; a message inside of a header is read with the library below it.
const protobuf = require('protobufjs');
const root = new protobuf.Root();
root.resolvePath = (_from, target) => (protobuf.common.get(target) ? target : path.join(protoFolder, target));
root.loadSync('quittance/v1/error.proto', { keepCase: true });

function decode(name, bytes) {
    const type = root.lookupType(`quittance.v1.${name}`);
    return type.toObject(type.decode(bytes), { longs: String, defaults: true });
}

// The ErrorDetail behind a failure.
export function detailOf(error) {
    const [bytes] = error.metadata.get('grpc-status-details-bin');
    if (!bytes) return undefined;
    const details = decode('StatusDetails', bytes);
    const [any] = details.details;
    if (!any?.type_url.endsWith('/quittance.v1.ErrorDetail')) return undefined;
    return { status: details, ...decode('ErrorDetail', any.value) };
}

// The failure of a call that must fail.
export async function failure(promise) {
    try {
        await promise;
    } catch (error) {
        return error;
    }
    throw new Error('the call was answered');
}
