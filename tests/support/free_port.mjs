// A port for a program that starts later, or that comes back: as free_port.hpp.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const reservePort = fileURLToPath(new URL('reserve_port', import.meta.url));

// On 127.0.0.1; nobody listens on it now, and no other test or stack chooses it before this process has ended.
export function freePort() {
    return Number(execFileSync(reservePort, [`/proc/${process.pid}`], { encoding: 'utf8' }));
}
