// The bill of materials of an image: made here of each program of this build and of this machine's packages, held
// against CycloneDX's schema, and against what a look into the ELF files and into dpkg's lists says by itself.
import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import test, {after} from 'node:test';
import {directory, require} from '../../deploy/k8s/policy/packages.mjs';

const scripts = fileURLToPath(new URL('../../deploy/docker', import.meta.url));
const tree = process.env.QUITTANCE_TREE;
const programs = ['quittance-edge', 'quittance-stripe-gateway', 'quittance-invoice-store', 'quittance-webhook-ingester', 'quittancectl'];
const scratch = mkdtempSync(path.join(tmpdir(), 'quittance-sbom-'));
after(() => rmSync(scratch, {recursive: true}));
const run = (program, ...words) => execFileSync(program, words, {encoding: 'utf8', maxBuffer: 1 << 28});

const {default: Ajv} = require('ajv');
const {default: addFormats} = require('ajv-formats');
const schema = (name) => JSON.parse(readFileSync(path.join(directory, 'node_modules/@cyclonedx/cyclonedx-library/res/schema', `${name}.SNAPSHOT.schema.json`), 'utf8'));
const ajv = new Ajv({strict: false, formats: {'iri-reference': true, 'idn-email': true}});
addFormats(ajv);
for (const name of ['spdx', 'jsf-0.82']) ajv.addSchema(schema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
const validate = ajv.compile(schema('bom-1.5'));

// The lists and notices that the image build hands to the script.
function partsOf(program) {
  const parts = mkdtempSync(path.join(scratch, 'parts-'));
  run(path.join(scripts, 'compiled_in'), tree, program, parts);
  return parts;
}

function sbomOf(program) {
  return JSON.parse(run(path.join(scripts, 'sbom'), program, '0.1.0', path.join(tree, 'bin', program), partsOf(program)));
}

const linkage = (component) => component.properties.find(({name}) => name === 'quittance:linkage').value;
const namesOf = (document, kind) => document.components.filter((component) => linkage(component) === kind).map(({name}) => name).sort();

// What the ELF files say, one after the other: the libraries that a program needs, that those need, and so on.
const libraryCache = new Map(run('/sbin/ldconfig', '-p').split('\n').flatMap((line) => {
  const [, name, file] = /^\s(\S+) \(libc6.*\) => (\S+)$/.exec(line) ?? [];
  return name ? [[name, file]] : [];
}).reverse());
function closureOf(program) {
  const files = new Set();
  const visit = (file) => {
    const dynamic = run('llvm-readelf', '--dynamic-table', file);
    for (const [, name] of dynamic.matchAll(/\(NEEDED\)\s+Shared library: \[(.+)\]/g)) {
      const found = libraryCache.get(name);
      assert.ok(found, `${file} needs ${name}`);
      if (!files.has(found)) files.add(found) && visit(found);
    }
  };
  visit(program);
  return [...files];
}

// path -> package, by dpkg's own lists, with and without the /usr that a link adds.
function ownersOf(files) {
  const owners = new Map();
  for (const line of spawnSync('dpkg-query', ['--search', ...files.flatMap((file) => [file, `/usr${file}`, file.replace(/^\/usr/, '')])], {encoding: 'utf8'}).stdout.split('\n')) {
    const [, name, file] = /^([^:,]+)[^ ]* (\/.*)$/.exec(line) ?? [];
    if (name) owners.set(realpathSync(path.dirname(file)) + '/' + path.basename(file), name);
  }
  return [...new Set(files.map((file) => owners.get(realpathSync(path.dirname(file)) + '/' + path.basename(file)) ?? `nobody's: ${file}`))].sort();
}

const documents = new Map();
for (const program of programs)
  test(`${program}: valid, and it names what the program loads`, () => {
    const document = sbomOf(program);
    documents.set(program, document);
    assert.ok(validate(document), JSON.stringify(validate.errors, null, 2));
    const loaded = ownersOf(closureOf(path.join(tree, 'bin', program)));
    assert.ok(loaded.length >= 10);
    assert.deepEqual(namesOf(document, 'loaded'), loaded);
    // Each component once, and the program needs exactly those that it loads or that were compiled in.
    const references = document.components.map((component) => component['bom-ref']);
    assert.equal(new Set(references).size, references.length);
    const needed = document.components.filter((component) => linkage(component) !== 'installed').map((component) => component['bom-ref']);
    assert.deepEqual(document.dependencies, [{ref: program, dependsOn: needed}]);
    const [{content}] = document.metadata.component.hashes;
    assert.equal(content, run('sha256sum', path.join(tree, 'bin', program)).split(' ')[0]);
  });

test('versions and packages are those that dpkg has', () => {
  const installed = new Map(run('dpkg-query', '-W', '-f', '${db:Status-Abbrev} ${Package}:${Architecture} ${Version}\n').split('\n')
    .filter((line) => line.startsWith('ii ')).map((line) => line.trim().split(/ +/).slice(1)));
  const {components} = documents.get('quittance-edge');
  assert.ok(components.length >= installed.size);
  for (const {name, version, purl} of components) {
    const architecture = /arch=(\w+)/.exec(purl)[1];
    assert.equal(installed.get(`${name}:${architecture}`), version, name);
    assert.equal(purl, `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}&distro=debian-12`);
  }
});

test('what has only headers or static code is named where it was compiled in, and nowhere else', () => {
  const compiled = (program) => namesOf(documents.get(program), 'compiled');
  for (const program of programs) for (const name of ['libgrpc++-dev', 'libprotobuf-dev', 'libstdc++-12-dev', 'libgcc-12-dev']) assert.ok(compiled(program).includes(name), `${program}: ${name}`);
  assert.ok(compiled('quittance-edge').includes('libboost1.81-dev'), 'Beast and Asio');
  assert.ok(compiled('quittancectl').includes('libcli11-dev'));
  assert.ok(!compiled('quittance-edge').includes('libcli11-dev'));
  assert.ok(compiled('quittance-invoice-store').includes('libpqxx-dev'));
  for (const program of programs.filter((name) => name !== 'quittance-invoice-store')) assert.ok(!compiled(program).includes('libpqxx-dev'), program);
});

test('an npm package is named too, and the same image gives the same document', () => {
  const parts = partsOf('quittance-edge');
  writeFileSync(path.join(parts, 'docs.list'), 'npm swagger-ui-dist 5.35.0\n');
  writeFileSync(path.join(parts, 'notices/swagger-ui-dist'), 'a licence\n');
  const words = [path.join(scripts, 'sbom'), 'edge', '0.1.0', path.join(tree, 'bin/quittance-edge'), parts];
  const first = run(...words);
  assert.equal(run(...words), first);
  const document = JSON.parse(first);
  assert.ok(validate(document), JSON.stringify(validate.errors));
  assert.ok(document.dependencies[0].dependsOn.includes('pkg:npm/swagger-ui-dist@5.35.0'));
});

test('an image without a program of ours has a document, too', () => {
  const document = JSON.parse(run(path.join(scripts, 'sbom'), 'development-tools', '0.1.0'));
  assert.ok(validate(document), JSON.stringify(validate.errors));
  assert.deepEqual(document.dependencies, [{ref: 'development-tools', dependsOn: []}]);
});

test('a component without a notice, and a library of no package, are errors', () => {
  const parts = partsOf('quittancectl');
  rmSync(path.join(parts, 'notices/libcli11-dev'));
  const sbom = (...words) => spawnSync(path.join(scripts, 'sbom'), words, {encoding: 'utf8'});
  const missing = sbom('quittancectl', '0.1.0', path.join(tree, 'bin/quittancectl'), parts);
  assert.notEqual(missing.status, 0);
  assert.match(missing.stderr, /there is no notice of libcli11-dev/);
  assert.equal(missing.stdout, '');

  const [library, source, program] = ['libstranger.so', 'main.c', 'program'].map((name) => path.join(scratch, name));
  writeFileSync(source, 'int stranger(void) { return 0; }\n');
  run('clang', '-shared', '-fPIC', source, '-o', library);
  writeFileSync(source, 'int stranger(void);\nint main(void) { return stranger(); }\n');
  run('clang', source, library, `-Wl,-rpath,${scratch}`, '-o', program);
  const strange = sbom('program', '0.1.0', program);
  assert.notEqual(strange.status, 0);
  assert.match(strange.stderr, /no package has .*libstranger\.so/);
  assert.ok(existsSync(program));
});
