// The local scripts show no secret: not in the words of a command, which every user of the machine can list, and not in
// a file that others may read. Each program on PATH is replaced by one that writes its words down first.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import test, {after, before} from 'node:test';
import {Stack, parseStackEnv} from '../e2e/lib/stack.mjs';

const local = fileURLToPath(new URL('../../deploy/local', import.meta.url));
const scratch = mkdtempSync(path.join(tmpdir(), 'quittance-secrets-'));
const watched = path.join(scratch, 'bin');
const words = path.join(scratch, 'words');
let stack;

function watchPrograms() {
  mkdirSync(watched);
  const recorder = path.join(scratch, 'record');
  // bash's own builtins alone: a program that it called would be recorded, too.
  writeFileSync(recorder, `#!/bin/bash\nname=\${0##*/}\nprintf '%s\\n' "$name $*" >>${words}\nPATH=\${PATH#${watched}:}\nreal=$(type -P "$name")\nPATH=${watched}:$PATH\nexec -a "$name" "$real" "$@"\n`);
  chmodSync(recorder, 0o755);
  for (const directory of process.env.PATH.split(':').filter(existsSync))
    for (const name of readdirSync(directory))
      // What a script is run with comes by an absolute path; the rest is watched.
      if (!['bash', 'env', 'sh'].includes(name) && !existsSync(path.join(watched, name))) symlinkSync(recorder, path.join(watched, name));
}

before(async () => {
  watchPrograms();
  stack = await Stack.start('local-secrets', {PATH: `${watched}:${process.env.PATH}`});
});
after(async () => {
  await stack?.down();
  rmSync(scratch, {recursive: true});
});

// name -> value of everything that must stay unseen.
function secrets() {
  const settings = parseStackEnv(readFileSync(path.join(stack.directory, 'stack.env'), 'utf8'));
  const found = Object.entries(settings).filter(([name]) => /(KEY|SECRET|TOKEN)$/.test(name) && !/^(JWT_PRIVATE_KEY|TLS_KEY)$/.test(name));
  found.push(['password', new URL(settings.DATABASE_URL.replace(/@[^/]*/, '@host')).password]);
  assert.deepEqual(found.map(([name]) => name).sort(), ['ADMIN_API_KEY', 'BILLING_TOKEN', 'CLIENT_TOKEN', 'STRIPE_API_KEY', 'STRIPE_WEBHOOK_SECRET', 'password']);
  for (const [name, value] of found) assert.ok(value.length >= 16, name);
  return found;
}

test('no command has a secret among its words: the start, and an invoice going round', () => {
  const round = spawnSync('bash', ['-euo', 'pipefail', '-c', 'set -a; source stack.env; set +a; for part in console round; do source "$0/lib/$part.sh"; done; show_round .', local],
    {cwd: stack.directory, encoding: 'utf8', env: {...process.env, PATH: `${watched}:${process.env.PATH}`}});
  assert.equal(round.status, 0, round.stderr);
  const lines = readFileSync(words, 'utf8').split('\n');
  for (const name of ['curl', 'jq', 'openssl']) assert.ok(lines.some((line) => line.startsWith(`${name} `)), `${name} was not watched`);
  assert.ok(lines.some((line) => line.includes('/admin/api/invoices')));
  for (const [name, value] of secrets()) assert.deepEqual(lines.filter((line) => line.includes(value)), [], name);
});

test('no process that runs has a secret among its words', () => {
  const running = readdirSync(path.join(stack.directory, 'run')).filter((file) => /\.(pid|supervisor)$/.test(file))
    .map((file) => readFileSync(path.join(stack.directory, 'run', file), 'utf8').split(' ')[0]);
  assert.ok(running.length >= 12);
  for (const id of running) {
    const line = readFileSync(`/proc/${id}/cmdline`, 'utf8');
    for (const [name, value] of secrets()) assert.ok(!line.includes(value), `${name} is in: ${line}`);
  }
});

test('nobody else may read what the scripts wrote', () => {
  const open = [];
  const walk = (directory) => {
    for (const entry of readdirSync(directory, {withFileTypes: true})) {
      const file = path.join(directory, entry.name);
      if (entry.isDirectory()) walk(file);
      else if (entry.isFile() && (statSync(file).mode & 0o077) !== 0) open.push(`${file} ${(statSync(file).mode & 0o777).toString(8)}`);
    }
  };
  for (const name of ['stack.env', 'run', 'keys', 'log']) assert.ok(existsSync(path.join(stack.directory, name)), name);
  for (const name of ['run', 'keys', 'log']) {
    walk(path.join(stack.directory, name));
    assert.equal(statSync(path.join(stack.directory, name)).mode & 0o077, 0, name);
  }
  assert.equal(statSync(path.join(stack.directory, 'stack.env')).mode & 0o777, 0o600);
  assert.deepEqual(open, []);
});
