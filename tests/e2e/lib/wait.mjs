// Waiting for a condition with a deadline: never for a time.
import { setTimeout as sleep } from 'node:timers/promises';
import { patient } from './patience.mjs';

// Generous: a sanitised build on a busy machine, where a webhook may be refused and come by Stripe's list of events, two
// minutes and a half later.
const defaultSeconds = 240;

// Calls `condition` until it gives something true, and gives that back. What it throws counts as "not yet".
export async function until(what, condition, seconds = defaultSeconds) {
    const deadline = Date.now() + patient(seconds) * 1000;
    let last;
    for (;;) {
        try {
            const value = await condition();
            if (value) return value;
            last = value;
        } catch (error) {
            last = error;
        }
        if (Date.now() > deadline) throw new Error(`not within ${patient(seconds)} s: ${what} (last: ${last?.message ?? last})`);
        await sleep(20);
    }
}

// For answers that are compared with each other: a row may change between them for a minute after the webhook that a test
// has seen, because others come later, and because Stripe is asked anew where several tell of the same second.
export function undisturbed(what, compare) {
    return until(what, async () => {
        await compare();
        return true;
    });
}
