// docker-compose.yml and the Dockerfile, as they stand: what is locked and limited, who has which secret, what is open to
// whom, and what waits for what.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'node:test';
import {named} from '../../deploy/k8s/policy/objects.mjs';
import {require} from '../../deploy/k8s/policy/packages.mjs';
import {render} from '../../deploy/k8s/policy/render.mjs';

const YAML = require('yaml');
const read = (file) => readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');
const compose = YAML.parse(read('docker-compose.yml'), {merge: true});
const dockerfile = read('deploy/docker/Dockerfile');
const programs = ['edge', 'stripe-gateway', 'invoice-store', 'webhook-ingester', 'stripe-emulator'];
const development = /emulator|development/;

// name -> {from, text} of each stage.
const stages = new Map();
for (const part of dockerfile.split(/^(?=FROM )/m).slice(1)) {
  const [, from, name] = /^FROM (\S+) AS (\S+)/.exec(part);
  stages.set(name, {from, text: part});
}
function ancestry(name) {
  const stage = stages.get(name);
  return stage ? [name, ...ancestry(stage.from)] : [];
}

test('every service is locked down', () => {
  for (const [name, service] of Object.entries(compose.services)) {
    assert.equal(service.read_only, true, name);
    assert.deepEqual(service.cap_drop, ['ALL'], name);
    assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
  }
});

test('every service has limits of memory and processes, the four services those of the manifests', () => {
  for (const [name, service] of Object.entries(compose.services)) {
    assert.match(service.mem_limit, /^\d+m$/, name);
    assert.equal(service.memswap_limit, service.mem_limit, `${name} may swap`);
    assert.ok(service.pids_limit >= 50 && service.pids_limit <= 300, name);
    for (const mount of service.tmpfs ?? []) assert.match(mount, /:size=\d+m$/, name);
  }
  const objects = render(fileURLToPath(new URL('../../deploy/k8s/overlays/production', import.meta.url)));
  for (const name of ['edge', 'stripe-gateway', 'invoice-store', 'webhook-ingester']) {
    const {memory} = named(objects, 'Deployment', name).spec.template.spec.containers[0].resources.limits;
    assert.equal(compose.services[name].mem_limit, memory.replace('Mi', 'm'), name);
  }
});

// The containers that read secrets, each with its own volume.
const readers = ['postgres', 'migrate', 'stripe-emulator', 'invoice-store', 'stripe-gateway', 'webhook-ingester', 'edge', 'try'];

test('each container mounts its own secrets, read-only, and only `keys` those of others', () => {
  assert.deepEqual(Object.keys(compose.services).sort(), ['keys', ...readers].sort());
  for (const name of readers)
    assert.deepEqual(compose.services[name].volumes.filter((mount) => mount !== 'postgres:/var/lib/quittance-postgres'), [`secrets-${name}:/run/quittance:ro`]);
  assert.deepEqual(compose.services.keys.volumes.slice().sort(),
    ['keys:/run/quittance/kept', ...readers.map((name) => `secrets-${name}:/run/quittance/${name}`)].sort());
});

test('each container gets exactly the files that its settings name', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'quittance-keys-'));
  for (const name of ['kept', ...readers]) mkdirSync(path.join(directory, name));
  const {environment} = compose.services.keys;
  execFileSync(fileURLToPath(new URL('../../deploy/docker/development/make_keys', import.meta.url)),
    {env: {PATH: process.env.PATH, KEYS_DIR: directory, JWT_ISSUER: environment.JWT_ISSUER, JWT_AUDIENCE: environment.JWT_AUDIENCE}});
  const given = Object.fromEntries(readers.map((name) => [name, readdirSync(path.join(directory, name)).sort()]));
  const modes = readdirSync(directory, {recursive: true}).map((file) => statSync(path.join(directory, file))).filter((stat) => stat.isFile()).map(({mode}) => mode & 0o777);
  rmSync(directory, {recursive: true});
  assert.deepEqual([...new Set(modes)], [0o600]);
  for (const name of readers) {
    const named = Object.values(compose.services[name].environment ?? {}).filter((value) => String(value).startsWith('/run/quittance/'));
    assert.deepEqual(given[name], name === 'try' ? ['stack.env'] : named.map((file) => path.basename(file)).sort(), name);
  }
});

test('only `keys` gets what the caller gave as a secret', () => {
  for (const [name, {environment = {}}] of Object.entries(compose.services))
    if (name !== 'keys') assert.doesNotMatch(JSON.stringify(environment), /\$\{(STRIPE_API_KEY|STRIPE_WEBHOOK_SECRETS)/, name);
});

test('only this machine reaches the ports, and PostgreSQL and gRPC not even that', () => {
  for (const [name, service] of Object.entries(compose.services)) {
    for (const port of service.ports ?? []) assert.match(port, /^127\.0\.0\.1:/, name);
    if (['postgres', 'invoice-store', 'stripe-gateway'].includes(name)) assert.equal(service.ports, undefined, name);
  }
});

test('plaintext between the services is said by name', () => {
  for (const name of ['edge', 'stripe-gateway', 'invoice-store', 'webhook-ingester'])
    assert.equal(compose.services[name].environment.RPC_TRANSPORT, 'plaintext', name);
});

test('PostgreSQL is verified, and the store works with rows alone', () => {
  const store = compose.services['invoice-store'].environment;
  const migrate = compose.services.migrate.environment;
  for (const environment of [store, migrate]) {
    assert.equal(environment.DATABASE_TLS, undefined);
    assert.equal(environment.DATABASE_CA, '/run/quittance/postgres_ca.crt');
  }
  assert.equal(store.DATABASE_OWNER_URL_FILE, undefined);
  assert.equal(migrate.DATABASE_URL_FILE, undefined);
  assert.equal(migrate.DATABASE_STORE_ROLE, 'quittance_store');
});

test('no credential is in the file', () => {
  for (const [name, {environment = {}}] of Object.entries(compose.services)) {
    for (const [variable, value] of Object.entries(environment)) {
      if (/(KEY|KEYS|SECRET|SECRETS|PASSWORD|HASHES|DATABASE_URL)$/.test(variable)) assert.match(String(value), /^\$\{\w+:-\}$/, `${name} ${variable}`);
      if (/_FILE$/.test(variable)) assert.match(value, /^\/run\/quittance\//, `${name} ${variable}`);
    }
  }
});

test('each program has a health check without shell or curl, in the image and in the file', () => {
  for (const name of programs) {
    const program = `/usr/local/bin/quittance-${name}`;
    assert.deepEqual(compose.services[name].healthcheck.test, ['CMD', program, '--check-ready']);
    const [, command] = /^HEALTHCHECK [^\n]*(?:\\\n)?\s*.*?CMD (\[.*\])$/m.exec(stages.get(name).text);
    assert.deepEqual(JSON.parse(command), [program, '--check-ready']);
  }
});

test('everybody waits for what it needs', () => {
  const wait = (name) => Object.fromEntries(Object.entries(compose.services[name].depends_on ?? {}).map(([on, {condition}]) => [on, condition]));
  assert.deepEqual(wait('migrate'), {postgres: 'service_healthy'});
  assert.deepEqual(wait('invoice-store'), {migrate: 'service_completed_successfully'});
  for (const name of ['edge', 'webhook-ingester'])
    assert.deepEqual(wait(name), {'invoice-store': 'service_healthy', 'stripe-gateway': 'service_healthy'});
});

test('every target of the compose file is a stage', () => {
  for (const [name, {build}] of Object.entries(compose.services)) assert.ok(stages.has(build.target), name);
});

test('the emulator is in no production image', () => {
  for (const name of ['edge', 'stripe-gateway', 'invoice-store', 'webhook-ingester', 'quittancectl']) {
    for (const stage of ancestry(name)) {
      assert.doesNotMatch(stage, development, `${name} is built on ${stage}`);
      assert.doesNotMatch(stages.get(stage).text.replace(/^#.*$/gm, ''), /stripe-emulator|--from=\S*(emulator|development)/, `${name}, stage ${stage}`);
    }
  }
  assert.doesNotMatch(stages.get('build').text.replace(/^#.*$/gm, ''), /emulator/);
});

test('production images run as a numbered user other than root, and start their program directly', () => {
  for (const name of [...programs, 'quittancectl']) {
    const text = ancestry(name).reverse().map((stage) => stages.get(stage).text).join('\n');
    assert.equal([...text.matchAll(/^USER (\S+)$/gm)].at(-1)[1], '10001:10001', name);
    assert.match(stages.get(name).text, /^ENTRYPOINT \["\/usr\/local\/bin\/quittance[a-z-]*"\]$/m, name);
  }
});

const images = [...programs, 'quittancectl', 'development-postgres', 'development-tools'];

test('each image has its labels, a bill of materials and the notices of what was compiled in', () => {
  const [, version] = /^project\(quittance VERSION (\S+) /m.exec(read('CMakeLists.txt'));
  for (const name of images) {
    const {text} = stages.get(name);
    const program = programs.includes(name) ? `quittance-${name}` : name;
    assert.ok(text.includes(`ARG VERSION=${version}\n`), `${name} has another version than CMakeLists.txt`);
    for (const label of ['title', 'description', 'version', 'revision', 'created']) assert.match(text, new RegExp(`org\\.opencontainers\\.image\\.${label}="\\S`), `${name}: ${label}`);
    assert.match(text, /org\.opencontainers\.image\.version="\$VERSION"[^"]*revision="\$REVISION"[^"]*created="\$CREATED"/, name);
    assert.match(text, new RegExp(`/sbom ${name} "\\$VERSION"`), name);
    if (!name.startsWith('development')) assert.match(text, new RegExp(`/usr/local/bin/${program} /usr/share/quittance >/usr/share/quittance/sbom.cdx.json`), name);
    if (!name.startsWith('development')) assert.match(text, new RegExp(`^COPY --from=build\\S* /parts/${program} /usr/share/quittance/$`, 'm'), name);
  }
});

test('each image that installs packages brings its base up to date, and each program is read for what hardens it', () => {
  const install = read('deploy/docker/install');
  assert.match(install, /^apt-get .*\bupgrade -y/m);
  assert.ok(install.indexOf(' upgrade ') < install.indexOf(' install -y'));
  for (const name of images)
    assert.ok(ancestry(name).some((stage) => /^ +\/install |target=\/install \/install |\/install [a-z]/m.test(stages.get(stage).text)), name);
  assert.match(stages.get('build').text, /&& \/check_hardening \/programs\/\*/);
});
