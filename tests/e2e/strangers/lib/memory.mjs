// The memory of a process under attack: its most since the watch began, held to the limit of the mode.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { until } from '../../lib/wait.mjs';
import { mode, mostMiB } from './limits.mjs';

function statusMiB(pid, name) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)[1]) / 1024;
}

export class MemoryWatch {
    // From now on: the kernel's high water mark starts anew.
    constructor(service, pid) {
        this.service = service;
        this.pid = pid;
        writeFileSync(`/proc/${pid}/clear_refs`, '5');
        this.beforeMiB = statusMiB(pid, 'VmRSS');
        this.limitMiB = mostMiB(service, this.beforeMiB);
    }

    get residentMiB() {
        return statusMiB(this.pid, 'VmRSS');
    }

    get mostMiB() {
        return statusMiB(this.pid, 'VmHWM');
    }

    // Fails if the process has used more than its limit since the watch began, or has ended.
    assertWithinLimit() {
        const most = this.mostMiB;
        console.log(`${this.service}: ${this.beforeMiB.toFixed(0)} MiB before, at most ${most.toFixed(0)}, ` +
            `now ${this.residentMiB.toFixed(0)}, limit ${this.limitMiB.toFixed(0)}`);
        assert.ok(most < this.limitMiB, `${this.service} used ${most.toFixed(0)} MiB, its limit is ${this.limitMiB.toFixed(0)}`);
    }

    // Waits until the process has given back what it took, up to `aboveMiB` more than before. In dev mode this shows nothing:
    // AddressSanitizer's allocator, not ours, decides what goes back.
    async givenBack(aboveMiB, seconds = 120) {
        if (mode === 'dev') return;
        await until(`${this.service} gives memory back: ${this.beforeMiB.toFixed(0)} MiB before`, () => {
            if (this.residentMiB < this.beforeMiB + aboveMiB) return true;
            throw new Error(`${this.residentMiB.toFixed(0)} MiB`);
        }, seconds);
    }
}
