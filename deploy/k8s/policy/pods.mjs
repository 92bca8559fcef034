// What holds for every pod, whoever makes it: locked down, limited, without secrets in sight.
import {named, of, title, workloads} from './objects.mjs';

// The Secrets that README.md tells operators to make.
const secretKeys = {
  'quittance-database': ['database-url', 'database-owner-url', 'database-read-url', 'database-ca.crt'],
  // Of the development overlay's own PostgreSQL.
  'quittance-postgres': ['postgres-password', 'postgres-owner-password', 'postgres-store-password', 'tls.crt', 'tls.key'],
  'quittance-edge': ['admin-api-key-hashes', 'jwks.json'],
  'quittance-stripe-api': ['stripe-api-key'],
  'quittance-stripe-webhooks': ['stripe-webhook-secrets'],
};

function* lockedDown(pod) {
  const security = pod.securityContext ?? {};
  if (security.runAsNonRoot !== true || !(security.runAsUser > 0)) yield 'must run as a numeric user other than root';
  if (security.seccompProfile?.type !== 'RuntimeDefault') yield 'must have the seccomp profile RuntimeDefault';
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) if (pod[field]) yield `must not use ${field}`;
  for (const container of [...pod.containers, ...(pod.initContainers ?? [])]) {
    const own = container.securityContext ?? {};
    const where = `container ${container.name}`;
    if (own.allowPrivilegeEscalation !== false) yield `${where} must not escalate privileges`;
    if (own.readOnlyRootFilesystem !== true) yield `${where} must have a read-only root`;
    if (own.privileged) yield `${where} must not be privileged`;
    if (!own.capabilities?.drop?.includes('ALL') || own.capabilities?.add?.length) yield `${where} must drop all capabilities`;
    if ((container.ports ?? []).some((port) => port.hostPort)) yield `${where} must not take a port of the node`;
  }
  for (const volume of pod.volumes ?? []) if (volume.hostPath) yield `volume ${volume.name} must not be the node's`;
}

function* withoutToken(objects, pod) {
  const account = named(objects, 'ServiceAccount', pod.serviceAccountName);
  if (pod.automountServiceAccountToken !== false) yield 'must not mount a service account token';
  if (account && account.automountServiceAccountToken !== false) yield `ServiceAccount ${pod.serviceAccountName} must not mount its token`;
  if (!account && pod.serviceAccountName !== 'default') yield `there is no ServiceAccount ${pod.serviceAccountName}`;
  // Kubernetes would put variables into the environment that read like settings.
  if (pod.enableServiceLinks !== false) yield 'must not get service links';
}

function* limited(pod) {
  for (const {name, resources} of pod.containers) {
    for (const what of ['cpu', 'memory']) if (!resources?.requests?.[what]) yield `container ${name} must request ${what}`;
    if (!resources?.limits?.memory) yield `container ${name} must have a memory limit`;
  }
}

function* secretsByReference(objects, pod) {
  for (const {name, env = [], envFrom = []} of pod.containers) {
    for (const {name: variable, value, valueFrom} of env) {
      if (valueFrom?.secretKeyRef) yield `container ${name}: ${variable} must be a file, not an environment variable`;
      if (variable === 'TLS_KEY' && value?.startsWith('/')) continue; // the file's path
      if (/(KEY|SECRETS?|PASSWORD|HASHES|TOKEN|DATABASE_URL|READ_URL|OWNER_URL)$/.test(variable) && value)
        yield `container ${name}: ${variable} has a value in the manifest`;
    }
    for (const {configMapRef, secretRef} of envFrom) {
      if (secretRef) yield `container ${name}: Secret ${secretRef.name} must be files, not environment variables`;
      if (configMapRef && !named(objects, 'ConfigMap', configMapRef.name)) yield `there is no ConfigMap ${configMapRef.name}`;
    }
  }
  for (const volume of pod.volumes ?? []) {
    for (const {secret} of volume.projected?.sources ?? []) {
      for (const {key} of secret?.items ?? [])
        if (!secretKeys[secret.name]?.includes(key)) yield `README.md names no Secret ${secret.name} with ${key}`;
    }
  }
}

// A tag may be another image tomorrow. The tree has zeros where a release has its digest.
function* fixedImages(pod, {production, release}) {
  for (const {image} of pod.containers) {
    const [, digest] = /@sha256:([0-9a-f]{64})$/.exec(image) ?? [];
    if (!digest && (production || !/:[^:/@]+$/.test(image))) yield `image ${image} must be named by its ${production ? 'digest' : 'tag or digest'}`;
    if (release && /^0*$/.test(digest ?? '')) yield `image ${image} has no digest of a release: pin-images writes it`;
    if (production && /emulator|development/.test(image)) yield `image ${image} is for development`;
  }
}

export function* podPolicy(objects, options) {
  for (const workload of workloads(objects)) {
    const pod = workload.spec.template.spec;
    const rules = [lockedDown(pod), withoutToken(objects, pod), limited(pod), secretsByReference(objects, pod), fixedImages(pod, options)];
    for (const rule of rules) for (const message of rule) yield `${title(workload)}: ${message}`;
  }
  for (const secret of of(objects, 'Secret')) yield `${title(secret)}: secrets do not belong into the tree`;
  for (const map of of(objects, 'ConfigMap')) {
    for (const [key, value] of Object.entries(map.data ?? {}))
      if (/sk_(test|live)_|rk_(test|live)_|whsec_|PRIVATE KEY|postgres(ql)?:\/\//.test(value)) yield `${title(map)}: ${key} is a secret`;
  }
}
