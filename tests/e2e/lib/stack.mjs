// A stack of its own for one test file: deploy/local/up with the programs of the tree that is being tested, in a
// directory of the build tree, so that the next run cleans up what a killed one has left.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { patient } from './patience.mjs';

const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
export const programsDirectory = process.env.QUITTANCE_BIN ?? path.join(repository, 'build/dev/bin');
const stacks = process.env.QUITTANCE_STACKS ?? path.join(repository, 'build/e2e');

// How long the services of a test are patient with each other: a sanitised build on a busy machine may stand still for
// seconds. A webhook that is refused comes again after Stripe's first five minutes, which is longer than any test waits.
export const patience = {
    STATEMENT_TIMEOUT_MS: '15000', ACK_TIMEOUT_MS: '25000', DRAIN_SECONDS: '40', EMULATOR_WEBHOOK_TIMEOUT_MS: '60000',
    READY_SECONDS: String(patient(120)),
};

// Runs one of the scripts in deploy/local; resolves with {code, stdout, stderr}.
export function script(name, args, environment = {}) {
    return new Promise((resolve, reject) => {
        const child = spawn(path.join(repository, 'deploy/local', name), args, {
            env: { ...process.env, BIN_DIR: programsDirectory, ...environment },
            stdio: ['ignore', 'pipe', 'pipe'],
        });
        let stdout = '';
        let stderr = '';
        child.stdout.on('data', (data) => (stdout += data));
        child.stderr.on('data', (data) => (stderr += data));
        child.on('error', reject);
        child.on('close', (code) => resolve({ code, stdout, stderr }));
    });
}

export function parseStackEnv(text) {
    const settings = {};
    for (const line of text.split('\n')) {
        const setting = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line);
        if (setting) settings[setting[1]] = setting[2];
    }
    return settings;
}

export class Stack {
    // `environment` reaches every service, as it would from a shell.
    static async start(name, environment = {}) {
        const stack = new Stack();
        stack.directory = path.join(stacks, name);
        await stack.down(); // left by a run that was killed: its settings would not be ours
        const { code, stderr } = await script('up', ['--dir', stack.directory], { ...patience, ...environment });
        if (code !== 0) throw new Error(`up failed with ${code}:\n${stderr}`);
        stack.env = parseStackEnv(readFileSync(path.join(stack.directory, 'stack.env'), 'utf8'));
        return stack;
    }

    async down() {
        const { code, stderr } = await script('down', ['--dir', this.directory]);
        if (code !== 0) throw new Error(`down failed with ${code}:\n${stderr}`);
    }

    async pid(service) {
        const { code, stdout, stderr } = await script('pid', [service, '--dir', this.directory]);
        if (code !== 0) throw new Error(`pid ${service} failed with ${code}:\n${stderr}`);
        return Number(stdout);
    }

    // The process that starts a service again; stopped (SIGSTOP), it leaves a dead service dead.
    supervisorPid(service) {
        return Number(readFileSync(path.join(this.directory, 'run', `${service}.supervisor`), 'utf8').split(' ')[0]);
    }

    log(service) {
        return readFileSync(path.join(this.directory, 'log', `${service}.log`), 'utf8');
    }
}

// Resident memory of a process in MiB.
export function residentMiB(pid) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) / 1024;
}
