// Runs what the documents tell a reader to type. The plain `sh` blocks of a document run from top to bottom in one shell
// that stops at the first failure: those of the README in a copy of the repository, as a reader has it; those of other
// documents beside a stack that runs, with its stack.env. Blocks marked install, container, cluster or stripe need what a
// test has not (minutes of building, an engine, a cluster, an account); the shell reads them, and they do not run.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Stack, programsDirectory } from '../e2e/lib/stack.mjs';
import { patient } from '../e2e/lib/patience.mjs';
import { blocksOf, documents, repository, trackedFiles } from './markdown.mjs';

const copy = path.join(process.env.QUITTANCE_STACKS ?? path.join(repository, 'build/e2e'), 'documents');

// Ends with everything that the commands started in the foreground.
function run(script, environment) {
    return new Promise((resolve) => {
        const child = spawn('timeout', ['--kill-after=10', String(patient(240)), 'bash', '-euo', 'pipefail', '-c', script],
            { cwd: copy, env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
        let output = '';
        child.stdout.on('data', (data) => (output += data));
        child.stderr.on('data', (data) => (output += data));
        child.on('close', (code) => resolve({ code, output }));
    });
}

// Each command is shown before it runs, so that a failure says which one it was.
function scriptOf(file) {
    return blocksOf(file).filter(({ info }) => info === 'sh').map(({ line, text }) => `echo '== ${file}:${line}'\nset -x\n${text}\n{ set +x; } 2>/dev/null`).join('\n');
}

before(() => {
    rmSync(copy, { recursive: true, force: true });
    mkdirSync(path.join(copy, 'build/dev'), { recursive: true });
    execFileSync('cp', ['--parents', '-t', copy, ...trackedFiles()], { cwd: repository });
    symlinkSync(programsDirectory, path.join(copy, 'build/dev/bin'));
});

test('every block of commands is a script that a shell can read', () => {
    const wrong = [];
    for (const file of documents)
        for (const { info, line, text } of blocksOf(file))
            if (/^sh\b/.test(info)) {
                const { status, stderr } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' });
                if (status !== 0) wrong.push(`${file}:${line}: ${stderr}`);
            }
    assert.deepEqual(wrong, []);
});

test("the README's commands work in a copy of the repository", async () => {
    try {
        const { code, output } = await run(scriptOf('README.md'), { BIN_DIR: programsDirectory });
        assert.equal(code, 0, output.slice(-4000));
        assert.match(output, /"count"/);
    } finally {
        spawnSync(path.join(copy, 'deploy/local/down'), [], { stdio: 'ignore' });
    }
});

describe('beside a running stack', () => {
    let stack;
    before(async () => {
        stack = await Stack.start('documents-stack');
        mkdirSync(path.join(copy, '.local'), { recursive: true });
        symlinkSync(path.join(stack.directory, 'stack.env'), path.join(copy, '.local/stack.env'));
        // What documents take for granted: an invoice that was paid.
        const { code, output } = await run(`set -a; source .local/stack.env; set +a
            source deploy/local/lib/console.sh; source deploy/local/lib/round.sh; show_round .local`, {});
        assert.equal(code, 0, output);
    });
    after(() => stack?.down());

    const others = documents.filter((file) => file !== 'README.md' && blocksOf(file).some(({ info }) => info === 'sh'));
    for (const file of others)
        test(file, async () => {
            const { code, output } = await run(`set -a; source .local/stack.env; set +a\n${scriptOf(file)}`, { BIN_DIR: programsDirectory });
            assert.equal(code, 0, output.slice(-4000));
        });
});
