// One caller opens as many streams of changes as it can.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Admin } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';
import { until } from '../lib/wait.mjs';
import { environment } from './lib/limits.mjs';
import { MemoryWatch } from './lib/memory.mjs';
import { Meanwhile } from './lib/meanwhile.mjs';
import { call, connect, prefixed } from './lib/rpc.mjs';

const watch = '/quittance.v1.InvoiceStore/WatchInvoices';
const resourceExhausted = 8;
const share = 64;
let stack;

before(async () => {
    stack = await Stack.start('strangers_watchers', environment);
});
after(() => stack?.down());

// A watch over that connection; `state` becomes "open" at its first message, else the answer.
function watching(session) {
    const one = { state: undefined };
    one.ended = call(session, watch, prefixed(Buffer.alloc(0)), { seconds: 600, received: () => (one.state ??= 'open') })
        .then((answer) => (one.state = one.state === 'open' ? 'ended' : answer));
    return one;
}

test('a caller gets its share of the streams, with a sentence beyond it, and others still get theirs', async () => {
    const address = stack.env.INVOICE_STORE_ADDRESS;
    const memory = new MemoryWatch('invoice_store', await stack.pid('invoice_store'));
    const admin = new Admin(stack.env);
    const others = new Meanwhile([() => admin.list('?limit=1')]);
    const sessions = Array.from({ length: 10 }, () => connect(address));
    const hoarded = sessions.flatMap((session) => Array.from({ length: 40 }, () => watching(session)));
    await until('each watch is open or refused', () => hoarded.every(({ state }) => state !== undefined));
    const refused = hoarded.filter(({ state }) => state !== 'open');
    assert.equal(hoarded.length - refused.length, share);
    for (const { state } of refused) {
        assert.equal(state.status, resourceExhausted);
        assert.match(state.text, /a caller may have 64 streams at once, and ipv4:127\.0\.0\.1 has them/);
    }
    const other = connect(address, '127.0.0.2');
    const welcome = watching(other);
    await until('another caller watches', () => welcome.state === 'open');
    for (const session of [...sessions, other]) session.destroy();
    await others.end();
    memory.assertWithinLimit();
    const again = connect(address);
    await until('the hoarder may watch again', async () => {
        const one = watching(again);
        await until('it is open or refused', () => one.state !== undefined);
        return one.state === 'open';
    });
    again.destroy();
});
