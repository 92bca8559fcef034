// Draws that a seed decides, so that a run can be repeated.

// mulberry32: 32 bits of state are plenty for choosing whom to kill.
export class Random {
    constructor(seed) {
        this.state = seed >>> 0;
    }

    // [0, 1)
    fraction() {
        this.state = (this.state + 0x6d2b79f5) >>> 0;
        let t = this.state;
        t = Math.imul(t ^ (t >>> 15), t | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    }

    between(least, most) {
        return least + Math.floor(this.fraction() * (most - least + 1));
    }

    of(list) {
        return list[this.between(0, list.length - 1)];
    }

    chance(probability) {
        return this.fraction() < probability;
    }
}
