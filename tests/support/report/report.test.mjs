// What is told of tests that fail: by the test itself, and at the end of a run.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const failingCases = process.env.FAILING_CASES;
const failures = fileURLToPath(new URL('failures.mjs', import.meta.url));
const directory = mkdtempSync(path.join(tmpdir(), 'quittance-report-'));
after(() => rmSync(directory, { recursive: true }));

// As ctest would be without the runner that is running this.
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NODE_')));
const run = (program, ...args) => spawnSync(program, args, { encoding: 'utf8', env: environment });

test('a test shows the log of a case that failed, its end, and what failed last of all', () => {
    const { status, stdout, stderr } = run(failingCases);
    assert.notEqual(status, 0);
    assert.equal(stderr, '');
    assert.doesNotMatch(stdout, /chatter of what passes/);
    assert.match(stdout, /line 999 of what fails/);
    assert.doesNotMatch(stdout, /line 900 of what fails/);
    const summary = stdout.slice(stdout.indexOf('FAILED in failing_cases:'));
    assert.match(summary, /"fails and logs"\n +tests\/support\/report\/failing_cases.cpp:\d+ {2}CHECK\( round == 8 \) {2}with {2}7 == 8 {2}\[in round 7\]\n/);
    assert.match(summary, /"throws"\n.*the store did not serve in time\n/);
    assert.match(summary, /test cases: 3 \| 1 passed \| 2 failed\n/);
});

test('a run ends with the reasons of every test that failed', () => {
    const notOk = path.join(directory, 'not_ok.test.mjs');
    writeFileSync(notOk, `import assert from 'node:assert/strict';
        import { test } from 'node:test';
        test('holds', () => {});
        test('outer', async (t) => {
            await t.test('inner', () => assert.equal(1, 2, 'one is not two'));
        });`);
    writeFileSync(path.join(directory, 'CTestTestfile.cmake'), `
        add_test(passes "true")
        add_test(cases "${failingCases}")
        add_test(tap "${process.execPath}" "--test" "${notOk}")
        add_test(sanitised "bash" "-c" "echo '==7==ERROR: AddressSanitizer: heap-use-after-free'; \
            echo '    #1 0x5 in f() ../../libs/http/server.cpp:9'; exit 1")
        add_test(silent "bash" "-c" "echo last words; exit 3")`);
    const ctest = run('ctest', '--test-dir', directory);
    assert.match(ctest.stdout, /20% tests passed, 4 tests failed out of 5/);
    const told = run(process.execPath, failures, directory).stdout;
    assert.match(told, /^cases failed after .* sec:\n {2}"fails and logs"\n.*7 == 8/m);
    assert.match(told, /^tap failed after .* sec:\n {2}inner {2}\(not_ok.test.mjs:5:\d+\)\n {4}one is not two/m);
    assert.match(told, /^sanitised failed after .* sec:\n.*heap-use-after-free\n.*server.cpp:9$/m);
    assert.match(told, /^silent failed after .* sec:\n.*no reason.*\n {4}last words$/m);
    assert.doesNotMatch(told, /outer|holds|passes failed|chatter/);
    assert.ok(told.split('\n').length < 24, told);
});
