// Random choices that a seed repeats: SEED=… in the environment, else one that is made and printed by who uses it.
import { randomInt } from 'node:crypto';

export function seedOfRun() {
    return Number(process.env.SEED ?? randomInt(2 ** 31));
}

// Mulberry32: 32 bits of state are plenty for choosing test cases.
export class Random {
    constructor(seed) {
        this.state = seed >>> 0;
    }

    // From 0 up to, not including, 1.
    unit() {
        this.state = (this.state + 0x6d2b79f5) >>> 0;
        let mixed = this.state;
        mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    }

    below(limit) {
        return Math.floor(this.unit() * limit);
    }

    pick(list) {
        return list[this.below(list.length)];
    }

    chance(probability) {
        return this.unit() < probability;
    }

    bytes(length) {
        return Buffer.from(Array.from({ length }, () => this.below(256)));
    }
}
