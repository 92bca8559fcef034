// Starts a service again and again, with this process's environment, and measures the time until /readyz answers 200.
// Usage: node start.mjs PROGRAM REPETITIONS      prints {"median_ms":…,"worst_ms":…}
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../support/free_port.mjs';

const deadlineMs = 60_000;
const [program, repetitions] = [process.argv[2], Number(process.argv[3])];

// Whether /readyz answers 200; a refused connection is no answer yet.
function isReady(port) {
    return new Promise((resolve) => {
        const request = http.get({ host: '127.0.0.1', port, path: '/readyz', agent: false }, (response) => {
            response.resume();
            resolve(response.statusCode === 200);
        });
        request.on('error', () => resolve(false));
    });
}

async function startOnce() {
    const port = freePort();
    const started = performance.now();
    const service = spawn(program, [], {
        env: { ...process.env, METRICS_LISTEN: `127.0.0.1:${port}` },
        stdio: ['ignore', 'ignore', 'inherit'],
    });
    const ended = once(service, 'exit');
    try {
        while (!(await isReady(port))) {
            if (service.exitCode !== null) throw new Error(`${program} ended with ${service.exitCode}`);
            if (performance.now() - started > deadlineMs) throw new Error(`${program} is not ready after a minute`);
            await pause(1);
        }
        return performance.now() - started;
    } finally {
        service.kill('SIGKILL'); // it holds nothing that a gentle stop would save
        await ended;
    }
}

const times = [];
for (let i = 0; i < repetitions; ++i) times.push(await startOnce());
times.sort((a, b) => a - b);
const rounded = (ms) => Math.round(ms);
console.log(JSON.stringify({ median_ms: rounded(times[Math.floor(times.length / 2)]), worst_ms: rounded(times.at(-1)) }));
