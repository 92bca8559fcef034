// One program alone, without a stack: for attacks that need no other service.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseStackEnv, programsDirectory } from '../../lib/stack.mjs';
import { until } from '../../lib/wait.mjs';
import { environment } from './limits.mjs';

const logs = path.join(process.env.QUITTANCE_STACKS ?? path.join(programsDirectory, '../e2e'), 'strangers');

export class Program {
    // `service`: "edge"; `settings`: by name. Listeners that are not named take free ports of the loopback.
    static async start(service, settings = {}) {
        mkdirSync(logs, { recursive: true });
        const program = new Program();
        const directory = mkdtempSync(path.join(logs, `${service}-`));
        const ready = path.join(directory, 'ready');
        program.child = spawn(path.join(programsDirectory, `quittance-${service.replaceAll('_', '-')}`), [], {
            env: { ...process.env, ...environment, METRICS_LISTEN: '127.0.0.1:0', READY_FILE: ready, ...settings },
            stdio: ['ignore', 'pipe', 'pipe'],
        });
        const log = createWriteStream(path.join(directory, 'log'));
        program.child.stdout.pipe(log);
        program.child.stderr.pipe(log);
        program.ended = new Promise((resolve) => program.child.on('exit', (code, signal) => resolve({ code, signal })));
        process.once('exit', () => program.child.kill('SIGKILL'));
        await until(`${service} serves`, () => existsSync(ready) || program.child.exitCode !== null);
        assert.ok(existsSync(ready), `${service} ended with ${program.child.exitCode}, see ${directory}/log`);
        program.addresses = parseStackEnv(readFileSync(ready, 'utf8'));
        return program;
    }

    get pid() {
        return this.child.pid;
    }

    // The URL of a listener: url('EDGE_LISTEN').
    url(setting) {
        return `http://${this.addresses[setting]}`;
    }

    async stop() {
        this.child.kill('SIGTERM');
        assert.deepEqual(await this.ended, { code: 0, signal: null });
    }
}
