// What comes from npm is pinned: each package.json has a lock file, and every script installs exactly what it says,
// without running a package's own scripts.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'node:test';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const tracked = execFileSync('git', ['-C', repository, 'ls-files', '-z'], {encoding: 'utf8'}).split('\0').filter(Boolean);
const read = (file) => readFileSync(path.join(repository, file), 'utf8');
const manifests = tracked.filter((file) => path.basename(file) === 'package.json');

test('each package.json has a lock file that says the same', () => {
  assert.ok(manifests.length >= 4);
  for (const file of manifests) {
    const manifest = JSON.parse(read(file));
    const lock = path.join(path.dirname(file), 'package-lock.json');
    assert.ok(tracked.includes(lock), `${lock} is missing`);
    const root = JSON.parse(read(lock)).packages[''];
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies'])
      assert.deepEqual(root[kind] ?? {}, manifest[kind] ?? {}, `${lock}: ${kind}`);
  }
});

test('every version is exact, and every package has the hash of its content', () => {
  for (const file of manifests) {
    const manifest = JSON.parse(read(file));
    for (const [name, version] of Object.entries({...manifest.dependencies, ...manifest.optionalDependencies}))
      assert.match(version, /^(npm:[\w@/.-]+@)?\d+\.\d+\.\d+$/, `${file}: ${name}`);
    const {packages} = JSON.parse(read(path.join(path.dirname(file), 'package-lock.json')));
    for (const [name, {integrity, resolved}] of Object.entries(packages)) {
      if (name === '') continue;
      assert.match(integrity ?? '', /^sha512-[A-Za-z0-9+/]{86}==$/, `${file}: ${name}`);
      // Whoever installs chooses the registry.
      assert.equal(resolved, undefined, `${file}: ${name}`);
    }
  }
});

test('scripts install what the lock files say, and run no script of a package', () => {
  const calls = [];
  for (const file of tracked.filter((name) => !/\.(md|json)$/.test(name) && !name.startsWith('tests/data/') && name !== 'tests/deploy/packages.test.mjs'))
    for (const [, call] of read(file).matchAll(/^(?!\s*(?:#|\/\/)).*?((?:\bnpm|\$\{NPM\})\s+(?:ci|i|install|add|exec|x)\b.*|\bnpx\s.*|\b(?:yarn|pnpm)\s.*)$/gm)) {
      calls.push(call);
      assert.match(call, /^(npm|\$\{NPM\}) ci .*--ignore-scripts/, `${file}: ${call}`);
    }
  assert.ok(calls.length >= 2, calls.join('\n'));
});
