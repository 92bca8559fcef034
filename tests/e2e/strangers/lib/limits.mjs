// How much memory a service may use while a stranger attacks it. In release mode that is the memory limit of its pod. In
// dev mode it is a growth: AddressSanitizer's own memory has nothing to do with the pod.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const mode = process.env.QUITTANCE_STRANGERS || 'dev';
if (!['dev', 'release'].includes(mode)) throw new Error(`QUITTANCE_STRANGERS must be dev or release, not '${mode}'`);

// AddressSanitizer keeps freed memory in quarantine, 256 MiB by default. That is not the program's own memory.
export const environment = mode === 'dev' ? { ASAN_OPTIONS: 'quarantine_size_mb=1:malloc_context_size=2' } : {};

const base = (service, file) =>
    fileURLToPath(new URL(`../../../../deploy/k8s/base/${service.replaceAll('_', '-')}/${file}`, import.meta.url));

// The limits that deploy/k8s/base sets for a service: {MAX_CONNECTIONS: '4000', …}.
export function podSettings(service) {
    const names = ['MAX_CONNECTIONS', 'MAX_CONNECTIONS_PER_PEER', 'HTTP_MEMORY_MIB'];
    const text = readFileSync(base(service, 'settings.env'), 'utf8');
    return Object.fromEntries(names.map((name) => [name, new RegExp(`^${name}=(.+)$`, 'm').exec(text)[1]]));
}

// The memory limit of the pod of a service ("edge", "webhook_ingester") in deploy/k8s/base, in MiB.
export function podLimitMiB(service) {
    const file = base(service, 'deployment.yaml');
    const limit = /^ +limits:\n(?: +cpu: .*\n)? +memory: (\d+)Mi$/m.exec(readFileSync(file, 'utf8'));
    if (!limit) throw new Error(`no memory limit in ${file}`);
    return Number(limit[1]);
}

// The most resident memory in MiB of a service that had `beforeMiB`. Dev mode: three quarters of the pod's limit more, which
// every attack exceeds that exceeds the limit itself.
export function mostMiB(service, beforeMiB) {
    return mode === 'release' ? podLimitMiB(service) : beforeMiB + 0.75 * podLimitMiB(service);
}
