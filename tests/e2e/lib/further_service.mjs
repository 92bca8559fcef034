// One more process of a service beside a stack's own: with the stack's settings for it, on ports of its own. Ends with
// the test that started it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseStackEnv, patience, programsDirectory } from './stack.mjs';
import { until } from './wait.mjs';

export class FurtherService {
    // `service`: "stripe_gateway"; `changes`: settings that differ from the stack's, its listeners at least; `name`: of its
    // log, SERVICE.NAME.log.
    static async start(stack, service, changes, name = 'further') {
        const further = new FurtherService();
        const directory = mkdtempSync(path.join(tmpdir(), `quittance-${service}-`));
        const ready = path.join(directory, 'ready');
        // The stack's file is for a shell, which also takes the quotes off.
        const program = path.join(programsDirectory, `quittance-${service.replaceAll('_', '-')}`);
        const own = Object.entries({ ...patience, METRICS_LISTEN: '127.0.0.1:0', READY_FILE: ready, ...changes });
        const line = 'set -a; source "$1"; shift; exec env "$@"';
        further.child = spawn('bash', ['-c', line, 'bash', path.join(stack.directory, 'run', `${service}.env`),
            ...own.map(([name, value]) => `${name}=${value}`), program], { stdio: ['ignore', 'pipe', 'pipe'] });
        const log = createWriteStream(path.join(stack.directory, 'log', `${service}.${name}.log`));
        further.child.stdout.pipe(log);
        further.child.stderr.pipe(log);
        further.ended = new Promise((resolve) => further.child.on('exit', (code, signal) => resolve({ code, signal })));
        process.once('exit', () => further.child.kill('SIGKILL'));
        const started = await until(`a further ${service} serves`, () => existsSync(ready) || further.child.exitCode !== null);
        assert.ok(started && existsSync(ready), `${service} ended with ${further.child.exitCode}, see its log`);
        further.addresses = parseStackEnv(readFileSync(ready, 'utf8'));
        rmSync(directory, { recursive: true });
        return further;
    }

    get pid() {
        return this.child.pid; // the shell has become the program
    }

    async stop() {
        this.child.kill('SIGTERM');
        assert.deepEqual(await this.ended, { code: 0, signal: null });
    }
}
