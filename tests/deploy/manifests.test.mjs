// The check of the Kubernetes manifests must be able to fail: each mistake below is made in what the production overlay
// comes to, and must be what is found, and all of it.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'node:test';
import {named, of} from '../../deploy/k8s/policy/objects.mjs';
import {render} from '../../deploy/k8s/policy/render.mjs';
import {violations} from '../../deploy/k8s/policy/violations.mjs';

const overlay = (name) => fileURLToPath(new URL(`../../deploy/k8s/overlays/${name}`, import.meta.url));
const production = render(overlay('production'));

const pod = (objects, name = 'edge', kind = 'Deployment') => named(objects, kind, name).spec.template.spec;
const container = (objects, name, kind) => pod(objects, name, kind).containers[0];
const policy = (objects, name) => named(objects, 'NetworkPolicy', name).spec;
const without = (objects, kind, name) => objects.splice(objects.indexOf(named(objects, kind, name)), 1);

const secrets = (objects, name, kind) => pod(objects, name, kind).volumes.find((volume) => volume.name === 'secrets').projected.sources[0].secret;
const nginx = 'nginx.ingress.kubernetes.io/';
const annotations = (objects, name) => named(objects, 'Ingress', name).metadata.annotations;

const tlsMount = (objects, name) => container(objects, name).volumeMounts.find((mount) => mount.name === 'tls');
const tlsSecret = (objects, name) => pod(objects, name).volumes.find((volume) => volume.name === 'tls').secret;

const mistakes = [
  ['an unknown field', /livenesProbe: unknown field/, (o) => { container(o).livenesProbe = {}; }],
  ['a wrong type', /minReadySeconds: type integer/, (o) => { named(o, 'Deployment', 'edge').spec.minReadySeconds = 'five'; }],
  ['a required field that is missing', /required selector/, (o) => { delete named(o, 'Deployment', 'edge').spec.selector; }],
  ['a kind that nobody knows', /no schema for/, (o) => { named(o, 'Deployment', 'edge').kind = 'Deploiement'; }],
  ['a wrong field of the operator', /unknown field/, (o) => { of(o, 'ServiceMonitor')[0].spec.endpoints[0].prot = 'x'; }],
  ['root', /other than root/, (o) => { pod(o).securityContext.runAsUser = 0; }],
  ['no seccomp profile', /seccomp/, (o) => { delete pod(o).securityContext.seccompProfile; }],
  ['a writable root', /read-only root/, (o) => { container(o).securityContext.readOnlyRootFilesystem = false; }],
  ['privilege escalation', /escalate/, (o) => { delete container(o).securityContext.allowPrivilegeEscalation; }],
  ['a capability', /drop all capabilities/, (o) => { container(o).securityContext.capabilities.add = ['NET_ADMIN']; }],
  ['the host network', /hostNetwork/, (o) => { pod(o).hostNetwork = true; }],
  ['a directory of the node', /the node's/, (o) => { pod(o).volumes.push({name: 'node', hostPath: {path: '/'}}); }],
  ['a token', /service account token/, (o) => { delete pod(o).automountServiceAccountToken; }],
  ['an account with a token', /mount its token/, (o) => { named(o, 'ServiceAccount', 'edge').automountServiceAccountToken = true; }],
  ['service links', /service links/, (o) => { delete pod(o).enableServiceLinks; }],
  ['no requests', /must request cpu/, (o) => { delete container(o).resources.requests.cpu; }],
  ['no memory limit', /memory limit/, (o) => { delete container(o, 'invoice-store').resources.limits; }],
  ['half of the memory for strangers', /more than 64 in HTTP_MEMORY_MIB/, (o) => { container(o).env.push({name: 'HTTP_MEMORY_MIB', value: '128'}); }],
  ['a memory limit that shrank', /more than 32 in HTTP_MEMORY_MIB/, (o) => { container(o, 'webhook-ingester').resources.limits.memory = '128Mi'; }],
  ['memory for strangers without a limit', /must have HTTP_MEMORY_MIB/, (o) => { container(o).env.push({name: 'HTTP_MEMORY_MIB', value: ''}); }],
  ['all connections for one peer', /MAX_CONNECTIONS_PER_PEER/, (o) => { container(o).env.push({name: 'MAX_CONNECTIONS_PER_PEER', value: '4000'}); }],
  ['the documentation for everybody', /must not show \/docs/, (o) => { container(o).env.push({name: 'DOCS', value: 'true'}); }],
  ['a secret in the environment', /has a value in the manifest/, (o) => { container(o, 'stripe-gateway').env.push({name: 'STRIPE_API_KEY', value: 'sk'}); }],
  ['a secret in a ConfigMap', /is a secret/, (o) => { of(o, 'ConfigMap')[0].data.NOTE = 'whsec_abc'; }],
  ['a Secret in the tree', /do not belong/, (o) => { o.push({apiVersion: 'v1', kind: 'Secret', metadata: {name: 'x'}, stringData: {a: 'b'}}); }],
  ['a Secret that nobody was told of', /README.md names no Secret/, (o) => { pod(o).volumes.find((volume) => volume.projected).projected.sources[0].secret.name = 'other'; }],
  ['settings that are not there', /no ConfigMap/, (o) => { container(o, 'edge').envFrom.push({configMapRef: {name: 'gone'}}); }],
  ['an image without version', /must be named by its digest/, (o) => { container(o).image = 'registry.example:5000/edge'; }],
  ['an image by its tag', /must be named by its digest/, (o) => { container(o).image = 'quittance/edge:0.1.0'; }],
  ['half a digest', /must be named by its digest/, (o) => { container(o).image = 'quittance/edge@sha256:0123'; }],
  ['the emulator', /is for development/, (o) => { container(o).image = `quittance/stripe-emulator@sha256:${'1'.repeat(64)}`; }],
  ['no startup probe', /startup probe/, (o) => { delete container(o).startupProbe; }],
  ['readiness that asks whether it lives', /readiness probe/, (o) => { container(o).readinessProbe.httpGet.path = '/healthz'; }],
  ['liveness that asks for the database', /liveness probe/, (o) => { container(o, 'invoice-store').livenessProbe.httpGet.path = '/readyz'; }],
  ['no preStop', /preStop until/, (o) => { delete container(o).lifecycle; }],
  ['too short a grace', /grace period of at least/, (o) => { pod(o).terminationGracePeriodSeconds = 30; }],
  ['a rollout that takes replicas away', /while it rolls/, (o) => { named(o, 'Deployment', 'edge').spec.strategy.rollingUpdate.maxUnavailable = 1; }],
  ['all replicas in one zone', /spread over topology/, (o) => { pod(o).topologySpreadConstraints.shift(); }],
  ['no disruption budget', /PodDisruptionBudget, has 0/, (o) => without(o, 'PodDisruptionBudget', 'webhook-ingester')],
  ['a budget of other pods', /PodDisruptionBudget, has 0/, (o) => { named(o, 'PodDisruptionBudget', 'edge').spec.selector.matchLabels = {a: 'b'}; }],
  ['no autoscaler', /HorizontalPodAutoscaler/, (o) => without(o, 'HorizontalPodAutoscaler', 'edge')],
  ['one replica', /two replicas/, (o) => { named(o, 'HorizontalPodAutoscaler', 'edge').spec.minReplicas = 1; }],
  ['replicas beside an autoscaler', /to its autoscaler/, (o) => { named(o, 'Deployment', 'edge').spec.replicas = 3; }],
  ['more gateways than Stripe allows', /may call Stripe/, (o) => { named(o, 'HorizontalPodAutoscaler', 'stripe-gateway').spec.maxReplicas = 10; }],
  ['more stores than the database bears', /connections to PostgreSQL/, (o) => { named(o, 'HorizontalPodAutoscaler', 'invoice-store').spec.maxReplicas = 30; }],
  ['no migration', /no migration Job/, (o) => without(o, 'Job', 'invoice-store-migrate')],
  ['a migration of another version', /of the store's version/, (o) => { container(o, 'invoice-store-migrate', 'Job').image = `quittance/invoice-store@sha256:${'9'.repeat(64)}`; }],
  ['a store that migrates by itself', /to the Job/, (o) => { container(o, 'invoice-store').env.push({name: 'MIGRATE', value: 'auto'}); }],
  ['a database in the clear', /must verify PostgreSQL/, (o) => { container(o, 'invoice-store').env.push({name: 'DATABASE_TLS', value: 'unverified'}); }],
  ['a migration in the clear', /Job invoice-store-migrate: must verify PostgreSQL/, (o) => {
    container(o, 'invoice-store-migrate', 'Job').env.push({name: 'DATABASE_TLS', value: 'unverified'});
  }],
  ['no authority of the database', /must have DATABASE_CA/, (o) => {
    container(o, 'invoice-store').env = container(o, 'invoice-store').env.filter(({name}) => name !== 'DATABASE_CA');
  }],
  ['an authority that is not mounted', /database-ca.crt of the Secret/, (o) => { secrets(o, 'invoice-store').items.pop(); }],
  ['an authority that can be written', /DATABASE_CA read-only/, (o) => {
    delete container(o, 'invoice-store').volumeMounts.find(({name}) => name === 'secrets').readOnly;
  }],
  ["a store with the owner's credentials", /credentials of the tables' owner/, (o) => {
    secrets(o, 'invoice-store').items.push({key: 'database-owner-url', path: 'owner'});
  }],
  ['a migration as the store', /as the tables' owner/, (o) => {
    container(o, 'invoice-store-migrate', 'Job').env.find(({name}) => name === 'DATABASE_OWNER_URL_FILE').value = '/run/secrets/quittance/database-url';
  }],
  ['a migration that gives no rights', /its rights/, (o) => {
    const job = container(o, 'invoice-store-migrate', 'Job');
    job.env = job.env.filter(({name}) => name !== 'DATABASE_STORE_ROLE');
  }],
  ['an open network', /denies what no other allows/, (o) => without(o, 'NetworkPolicy', 'deny-all')],
  ['a store that everybody may call', /invoice-store may be called by \(any pod\)/, (o) => { policy(o, 'invoice-store').ingress[0].from.push({podSelector: {}}); }],
  ['a store that anything may call', /invoice-store may be called by namespace \(any\)/, (o) => { delete policy(o, 'invoice-store').ingress[0].from; }],
  ['an edge that the ingress cannot reach', /edge may be called by nobody/, (o) => { policy(o, 'edge').ingress = []; }],
  ['metrics for everybody', /metrics may be read by/, (o) => { policy(o, 'read-metrics').ingress[0].from = [{namespaceSelector: {}}]; }],
  ['a gateway that goes anywhere', /stripe-gateway may go to/, (o) => { policy(o, 'stripe-gateway').egress.push({}); }],
  ['a gateway that goes into the cluster', /private networks/, (o) => { policy(o, 'stripe-gateway').egress[0].to[0].ipBlock.except.splice(1, 1); }],
  ['an edge that reaches the database', /edge may go to PostgreSQL/, (o) => { policy(o, 'edge').egress.push({to: [{ipBlock: {cidr: '10.0.0.0/8'}}], ports: [{port: 5432}]}); }],
  ['a store that reaches all private addresses', /at network 10.0.0.0\/8, which is wider than \/24/, (o) => { policy(o, 'invoice-store').egress[0].to[0].ipBlock.cidr = '10.0.0.0/8'; }],
  ['a migration that reaches any pod', /at \(any pod\), which is wider/, (o) => { policy(o, 'invoice-store-migrate').egress[0].to = [{podSelector: {}}]; }],
  ['a database that nobody reaches', /may not go to PostgreSQL anywhere/, (o) => { policy(o, 'invoice-store').egress = []; }],
  ['one address for all stores', /must be headless/, (o) => { delete named(o, 'Service', 'invoice-store').spec.clusterIP; }],
  ['one connection to one gateway', /must be dns:/, (o) => { of(o, 'ConfigMap').find((map) => map.metadata.name.startsWith('edge')).data.STRIPE_GATEWAY_ADDRESS = 'stripe-gateway:9091'; }],
  ['a Service of other pods', /selects other pods/, (o) => { named(o, 'Service', 'edge').spec.selector = {a: 'b'}; }],
  ['metrics that nobody can name', /port metrics/, (o) => { named(o, 'Service', 'edge').spec.ports.pop(); }],
  ['everything on the API', /\/ must not lead to edge/, (o) => { named(o, 'Ingress', 'api').spec.rules[0].http.paths.push({...named(o, 'Ingress', 'api').spec.rules[0].http.paths[0], path: '/'}); }],
  ['the back office on the API', /admin and api share the host|from which networks/, (o) => { named(o, 'Ingress', 'api').spec.rules[0].http.paths.push(named(o, 'Ingress', 'admin').spec.rules[0].http.paths[0]); }],
  ['a back office for everybody', /from which networks/, (o) => { delete annotations(o, 'admin')[`${nginx}whitelist-source-range`]; }],
  ['a back office for every address', /from which networks/, (o) => { annotations(o, 'admin')[`${nginx}whitelist-source-range`] += ',0.0.0.0/0'; }],
  ['no back office', /no Ingress of admin/, (o) => without(o, 'Ingress', 'admin')],
  ['as many connections as a client likes', /must have limit-connections/, (o) => { delete annotations(o, 'api')[`${nginx}limit-connections`]; }],
  ['as many requests as a client likes', /must have limit-rps/, (o) => { annotations(o, 'webhooks')[`${nginx}limit-rps`] = '0'; }],
  ['bodies of any size', /proxy-body-size/, (o) => { annotations(o, 'admin')[`${nginx}proxy-body-size`] = '0'; }],
  ['bodies as they drop in', /must read a body before/, (o) => { annotations(o, 'api')[`${nginx}proxy-request-buffering`] = 'off'; }],
  ['one host for both', /share the host/, (o) => {
    named(o, 'Ingress', 'webhooks').spec.rules[0].host = 'api.quittance.example';
    named(o, 'Ingress', 'webhooks').spec.tls[0].hosts = ['api.quittance.example'];
  }],
  ['the whole ingester in public', /must be exact/, (o) => { named(o, 'Ingress', 'webhooks').spec.rules[0].http.paths[0].pathType = 'Prefix'; }],
  ['the webhooks on the edge', /leads to edge/, (o) => { named(o, 'Ingress', 'webhooks').spec.rules[0].http.paths[0].backend.service.name = 'edge'; }],
  ['an API without TLS', /has no TLS/, (o) => { delete named(o, 'Ingress', 'api').spec.tls; }],
  ['a wrong field of cert-manager', /unknown field/, (o) => { of(o, 'Certificate')[0].spec.rotation = 'x'; }],
  ['a wrong type of cert-manager', /type string/, (o) => { named(o, 'Certificate', 'edge').spec.duration = 720; }],
  ['plaintext between services', /must not talk in plaintext/, (o) => { container(o).env.push({name: 'RPC_TRANSPORT', value: 'plaintext'}); }],
  ['no certificate', /must have TLS_CERT/, (o) => { container(o).env = container(o).env.filter(({name}) => name !== 'TLS_CERT'); }],
  ['a key that is a certificate', /TLS_KEY must be tls.key/, (o) => { container(o).env.find(({name}) => name === 'TLS_KEY').value = '/run/secrets/tls/tls.crt'; }],
  ['files from here and there', /in one directory/, (o) => { container(o).env.find(({name}) => name === 'TLS_CA').value = '/run/secrets/other/ca.crt'; }],
  ['a certificate that can be written', /read-only/, (o) => { delete tlsMount(o, 'edge').readOnly; }],
  ['a certificate that stays as it was', /by subPath/, (o) => { tlsMount(o, 'edge').subPath = 'tls'; }],
  ['a certificate out of a ConfigMap', /must be a Secret/, (o) => {
    const volume = pod(o).volumes.find(({name}) => name === 'tls');
    delete volume.secret;
    volume.configMap = {name: 'edge'};
  }],
  ["another service's certificate", /shares the Secret|must be for edge alone/, (o) => { tlsSecret(o, 'edge').secretName = 'invoice-store-tls'; }],
  ['a Secret that nothing makes', /there are 0/, (o) => without(o, 'Certificate', 'webhook-ingester')],
  ['two that make it', /there are 2/, (o) => { named(o, 'Certificate', 'operator').spec.secretName = 'edge-tls'; }],
  ["another service's name", /for stripe-gateway alone/, (o) => { named(o, 'Certificate', 'stripe-gateway').spec.dnsNames.push('edge'); }],
  ['an authority as a service', /must not be an authority/, (o) => { named(o, 'Certificate', 'edge').spec.isCA = true; }],
  ['no client certificate', /good for client auth/, (o) => { named(o, 'Certificate', 'edge').spec.usages = ['server auth']; }],
  ['a key that stays', /new key each time/, (o) => { named(o, 'Certificate', 'edge').spec.privateKey.rotationPolicy = 'Never'; }],
  ['a certificate of a year', /longer than 2160 h/, (o) => { Object.assign(named(o, 'Certificate', 'edge').spec, {duration: '8760h', renewBefore: '2500h'}); }],
  ['a renewal at the last moment', /with a quarter left/, (o) => { named(o, 'Certificate', 'edge').spec.renewBefore = '24h'; }],
  ['a certificate of somebody else', /an authority of ours/, (o) => { named(o, 'Certificate', 'edge').spec.issuerRef.name = 'letsencrypt'; }],
  ['an authority that signs for itself alone', /an authority of ours/, (o) => { named(o, 'Certificate', 'edge').spec.issuerRef.name = 'quittance-self-signed'; }],
  ['an authority that nothing makes', /nothing makes the Secret/, (o) => without(o, 'Certificate', 'quittance-authority')],
  ['a name that no certificate has', /expects the name other of invoice-store/, (o) => { container(o).env.push({name: 'INVOICE_STORE_TLS_NAME', value: 'other'}); }],
  ['a lax namespace', /restricted pod security/, (o) => { of(o, 'Namespace')[0].metadata.labels['pod-security.kubernetes.io/enforce'] = 'baseline'; }],
  ['no alerts', /no PrometheusRule/, (o) => without(o, 'PrometheusRule', 'quittance')],
];

for (const name of ['development', 'production'])
  test(`the ${name} overlay is as it should be`, () => {
    assert.deepEqual(violations(render(overlay(name)), {production: name === 'production'}), []);
  });

for (const [what, sentence, spoil] of mistakes)
  test(`found: ${what}`, () => {
    const objects = structuredClone(production);
    spoil(objects);
    const found = violations(objects, {production: true});
    assert.notEqual(found.length, 0, 'nothing was found');
    for (const each of found) assert.match(each, sentence);
  });

test('in development, plaintext is said by name', () => {
  const objects = render(overlay('development'));
  for (const map of of(objects, 'ConfigMap')) if (map.metadata.name.startsWith('edge')) delete map.data.RPC_TRANSPORT;
  const found = violations(objects, {production: false});
  assert.ok(found.length > 0);
  for (const each of found) assert.match(each, /^Deployment edge: must have TLS_/);
});

test('with a replica for reads the store has a second secret file, and all else is as it should be', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'quittance-overlay-'));
  const from = (target) => path.relative(directory, fileURLToPath(new URL(`../../deploy/k8s/${target}`, import.meta.url)));
  writeFileSync(path.join(directory, 'kustomization.yaml'), `resources: ['${from('overlays/production')}']\ncomponents: ['${from('components/read-replica')}']\n`);
  const objects = render(directory);
  rmSync(directory, {recursive: true});
  assert.deepEqual(violations(objects, {production: true}), []);
  const {env} = container(objects, 'invoice-store');
  const file = env.find(({name}) => name === 'DATABASE_READ_URL_FILE').value;
  const {name} = container(objects, 'invoice-store').volumeMounts.find(({mountPath}) => mountPath === path.dirname(file));
  const {projected} = pod(objects, 'invoice-store').volumes.find((volume) => volume.name === name);
  assert.equal(projected.sources[0].secret.items[0].path, path.basename(file));
});

test('what is released has the digests of a release', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'quittance-overlay-'));
  const names = ['edge', 'stripe-gateway', 'invoice-store', 'webhook-ingester'];
  const digestOf = (name) => `sha256:${createHash('sha256').update(name).digest('hex')}`;
  const pin = (...words) => spawnSync(fileURLToPath(new URL('../../deploy/k8s/pin-images', import.meta.url)), ['--overlay', directory, ...words], {encoding: 'utf8'});
  cpSync(overlay('production'), directory, {recursive: true});
  const file = path.join(directory, 'kustomization.yaml');
  const base = fileURLToPath(new URL('../../deploy/k8s', import.meta.url));
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('../../', `${path.relative(directory, base)}/`));

  const unpinned = violations(render(directory), {production: true, release: true});
  assert.equal(unpinned.length, 5);
  for (const sentence of unpinned) assert.match(sentence, /has no digest of a release/);

  const before = readFileSync(file, 'utf8');
  const all = names.map((name) => `quittance/${name}=${digestOf(name)}`);
  for (const [words, sentence] of [[all.slice(1), /digest of quittance\/edge is missing/], [[...all, `quittance/other=${digestOf('x')}`], /names no image quittance\/other/],
    [['quittance/edge=0.1.0'], /is not NAME=sha256/], [[`quittance/edge=sha256:${'0'.repeat(64)}`], /stands for none/]]) {
    const {status, stderr} = pin(...words);
    assert.notEqual(status, 0);
    assert.match(stderr, sentence);
    assert.equal(readFileSync(file, 'utf8'), before);
  }

  assert.equal(pin(...all).status, 0);
  const objects = render(directory);
  rmSync(directory, {recursive: true});
  assert.deepEqual(violations(objects, {production: true, release: true}), []);
  for (const name of names) assert.equal(container(objects, name).image, `registry.quittance.example/quittance/${name}@${digestOf(name)}`);
});

test("Stripe's addresses are a component, and are written anew from a list that is one", () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'quittance-overlay-'));
  const from = (target) => path.relative(directory, fileURLToPath(new URL(`../../deploy/k8s/${target}`, import.meta.url)));
  writeFileSync(path.join(directory, 'kustomization.yaml'), `resources: ['${from('overlays/production')}']\ncomponents: ['${from('components/stripe-addresses')}']\n`);
  const objects = render(directory);
  assert.deepEqual(violations(objects, {production: true}), []);
  const addresses = annotations(objects, 'webhooks')[`${nginx}whitelist-source-range`].split(',');
  assert.ok(addresses.length >= 10);
  for (const address of addresses) assert.match(address, /^\d+\.\d+\.\d+\.\d+\/32$/);
  assert.equal(annotations(objects, 'api')[`${nginx}whitelist-source-range`], undefined);

  const file = path.join(directory, 'addresses.yaml');
  const original = readFileSync(fileURLToPath(new URL('../../deploy/k8s/components/stripe-addresses/addresses.yaml', import.meta.url)), 'utf8');
  const renew = (list) => {
    writeFileSync(file, original);
    writeFileSync(path.join(directory, 'list.txt'), list);
    const {status, stderr} = spawnSync(fileURLToPath(new URL('../../deploy/k8s/components/stripe-addresses/renew', import.meta.url)), [`file://${directory}/list.txt`],
      {encoding: 'utf8', env: {...process.env, ADDRESSES_FILE: file}});
    return {status, stderr, text: readFileSync(file, 'utf8')};
  };
  const list = addresses.map((address) => address.replace('/32', '')).reverse();
  assert.equal(renew(list.join('\r\n')).text, original);
  const changed = renew([...list.slice(1), '198.51.100.7'].join('\n'));
  assert.equal(changed.status, 0, changed.stderr);
  assert.match(changed.text, /,198\.51\.100\.7\/32\n$/);
  for (const [wrong, sentence] of [['<html>', /no IPv4 address: <html>/], ['1.2.3.256', /no IPv4 address/], [list.slice(0, 3).join('\n'), /has 3 addresses/], ['', /has 0 addresses/]]) {
    const refused = renew(wrong);
    assert.notEqual(refused.status, 0, wrong);
    assert.match(refused.stderr, sentence);
    assert.equal(refused.text, original);
  }
  rmSync(directory, {recursive: true});
});

test('production names nothing of development', () => {
  assert.doesNotMatch(JSON.stringify(production), /emulator|development/);
});
