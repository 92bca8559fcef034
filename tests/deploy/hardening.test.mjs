// The programs are hardened, the code of a hardened program ends at an overrun, and the check sees what is missing.
// QUITTANCE_BIN: the programs, of a build with sanitisers (then only what the linker did is asked) or of a release.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import test, {after} from 'node:test';

const check = fileURLToPath(new URL('../../deploy/docker/check_hardening', import.meta.url));
const programs = readdirSync(process.env.QUITTANCE_BIN).filter((name) => name.startsWith('quittance'))
  .map((name) => path.join(process.env.QUITTANCE_BIN, name));
const overrun = process.env.QUITTANCE_OVERRUN;
const scratch = mkdtempSync(path.join(tmpdir(), 'quittance-hardening-'));
after(() => rmSync(scratch, {recursive: true}));

function findings(...words) {
  const {status, stdout, stderr} = spawnSync(check, words, {encoding: 'utf8'});
  assert.equal(stderr, '');
  assert.equal(status, stdout === '' ? 0 : 1);
  return stdout.trimEnd().split('\n').filter(Boolean).map((line) => line.slice(line.indexOf(': ') + 2));
}

function isSanitised(program) {
  return /__(asan|tsan)_init/.test(spawnSync('llvm-readelf', ['--dyn-syms', '--wide', program], {encoding: 'utf8', maxBuffer: 64 << 20}).stdout);
}

test('every program is hardened', () => {
  assert.ok(programs.length >= 5);
  for (const program of programs)
    assert.deepEqual(findings(...(isSanitised(program) ? ['--program-only'] : []), program), [], program);
});

test('a hardened program is found to be so, and ends at an overrun', () => {
  assert.deepEqual(findings(overrun), []);
  const run = (...words) => spawnSync(overrun, words, {encoding: 'utf8'});
  for (const [what, sentence] of [['copy', /buffer overflow detected/], ['loop', /stack smashing detected/]]) {
    const {signal, stdout, stderr} = run(what, '64');
    assert.equal(signal, 'SIGABRT', what);
    assert.match(stderr, sentence);
    assert.doesNotMatch(stdout, /nothing stopped it/);
  }
  assert.match(run('loop', '8').stdout, /nothing stopped it/);
});

const hardened = ['-fPIE', '-pie', '-fuse-ld=lld', '-fstack-protector-strong', '-D_FORTIFY_SOURCE=2', '-Wl,-z,relro', '-Wl,-z,now', '-Wl,-z,noexecstack'];
const mistakes = [
  [[], /^$/],
  [['-fno-pie', '-no-pie'], /position-independent/],
  [['-Wl,-z,norelro'], /read-only/],
  [['-Wl,-z,lazy'], /first use/],
  [['-Wl,-z,execstack'], /stack can be executed/],
  [['-Wl,-rpath,/opt/lib'], /directory of libraries/],
  [['-fno-stack-protector'], /no function has a stack protector/],
  [['-U_FORTIFY_SOURCE'], /no call is fortified/],
];
const source = path.join(scratch, 'source.c');
writeFileSync(source, `#include <stdio.h>
#include <string.h>
int main(int argc, char** argv) { char text[16]; strcpy(text, argv[argc - 1]); return puts(text); }
`);
for (const [flags, sentence] of mistakes)
  test(`found: ${flags.join(' ') || 'nothing, where nothing is missing'}`, () => {
    const program = path.join(scratch, 'program');
    const {status, stderr} = spawnSync('clang', ['-O2', ...hardened, ...flags, source, '-o', program], {encoding: 'utf8'});
    assert.equal(status, 0, stderr);
    const found = findings(program);
    assert.match(found.join('\n'), sentence);
    assert.equal(found.length, flags.length === 0 ? 0 : 1, found.join('\n'));
  });
