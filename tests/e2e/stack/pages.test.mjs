// Walks through all pages while another client creates invoices through the whole stack: of what was there at the start
// nothing is skipped and nothing comes twice, by cursor and by number.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Admin, request } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';
import { until } from '../lib/wait.mjs';

const atTheStart = 40;
const duringAWalk = 10; // at least: a walk goes on until so many came between its pages

let stack, admin;

before(async () => {
    stack = await Stack.start('pages');
    admin = new Admin(stack.env);
    await Promise.all(Array.from({ length: atTheStart }, create));
    await until('all of them are stored', async () => (await count()) >= atTheStart);
});
after(() => stack?.down());

async function create() {
    const answer = await admin.create({ items: [{ name: 'Resources', amount: 1000 }], customer: stack.env.CUSTOMER, paymentMethod: stack.env.PAYMENT_METHOD });
    assert.equal(answer.status, 200, answer.text);
}

const count = async () => (await admin.list('?limit=1')).json.count;

async function get(path) {
    const answer = await request(`${stack.env.EDGE_URL}${path}`, { headers: { Authorization: `Bearer ${stack.env.BILLING_TOKEN}` } });
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
}

// Creates without a pause until told to stop.
function keepCreating() {
    let going = true;
    const creating = (async () => {
        while (going) await create();
    })();
    return async () => {
        going = false;
        await creating;
    };
}

async function cursorWalk(limit, betweenPages = async () => {}) {
    const walked = [];
    for (let query = `?limit=${limit}`, more = true; more; ) {
        const { data } = await get(`/billing/v1/invoices${query}`);
        walked.push(...data.items.map((item) => item.id));
        more = data.hasMore;
        query = `?limit=${limit}&startingAfter=${data.items.at(-1)?.id}`;
        if (more) await betweenPages(walked.length);
    }
    return walked;
}

// Waits until the store has some more than it had, so that every walk meets insertions.
async function insertion() {
    const before = await count();
    await until('another invoice is stored', async () => (await count()) > before);
}

test('by cursor', async () => {
    const start = await cursorWalk(100);
    assert.ok(start.length >= atTheStart);
    const had = await count();
    const stop = keepCreating();
    const walked = await cursorWalk(3, insertion);
    await stop();
    assert.ok((await count()) >= had + duringAWalk, 'there were insertions meanwhile');
    assert.equal(new Set(walked).size, walked.length, 'nothing twice');
    // What is newer than the first page was is not met; all the rest is, in the same order.
    assert.deepEqual(walked.filter((id) => start.includes(id)), start);
});

test('by number: a page is what it was, further down by what came in between', async () => {
    const start = await cursorWalk(100);
    const had = await count();
    const stop = keepCreating();
    const walked = [];
    // New invoices push the old ones towards the end, so that one may show again on the next page, but none is passed over.
    for (let page = 1, pages = 1; page <= pages; ++page) {
        const history = await get(`/api/teams/${stack.env.TEAM_ID}/billing-history?page=${page}&limit=5`);
        assert.equal(history.page, page);
        assert.equal(history.totalPages, Math.ceil(history.totalDocs / 5));
        walked.push(...history.docs.map((doc) => doc._id));
        pages = history.totalPages;
        if (page % 3 === 0) await insertion();
    }
    await stop();
    assert.ok((await count()) > had, 'there were insertions meanwhile');
    assert.deepEqual(start.filter((id) => !walked.includes(id)), [], 'nothing of the start is skipped');
    const positions = [...new Set(walked)].filter((id) => start.includes(id));
    assert.deepEqual(positions, start, 'in the same order');
});
