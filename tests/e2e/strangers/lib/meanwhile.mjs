// Authorised requests while somebody else attacks: one after the other, each with the answer it would have anyway.
import assert from 'node:assert/strict';

export class Meanwhile {
    // `requests`: functions that send one request each and resolve with {status, text}. They take turns until `end`.
    constructor(requests) {
        this.counts = {};
        this.failures = [];
        this.#running = this.#run(requests);
    }

    #running;
    #ended = false;

    async #run(requests) {
        for (let i = 0; !this.#ended; ++i) {
            try {
                const answer = await requests[i % requests.length]();
                this.counts[answer.status] = (this.counts[answer.status] ?? 0) + 1;
                if (answer.status !== 200) this.failures.push(`${answer.status} ${answer.text}`);
            } catch (error) {
                this.failures.push(error.message);
            }
        }
    }

    get count() {
        return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
    }

    // Ends, and fails unless every request had its 200 and there were some.
    async end() {
        this.#ended = true;
        await this.#running;
        console.log(`authorised requests meanwhile: ${JSON.stringify(this.counts)}`);
        assert.deepEqual(this.failures, [], 'authorised requests are answered as ever');
        assert.ok(this.count > 0, 'there were authorised requests');
    }
}
