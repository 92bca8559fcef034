// Whether the inbox holds every event of Stripe's that the store wants, once each and none of them dead.
import assert from 'node:assert/strict';
import { rowsOf } from './database.mjs';
import { listAll } from './stripe.mjs';

// Which of Stripe's events the store must have: those that its reader wants.
const wanted = /^(invoice\.(?!upcoming$)|invoice_payment\.|charge\.failed$|charge\.refunded$|charge\.refund\.|charge\.dispute\.|refund\.|credit_note\.|customer\.|payment_intent\.payment_failed$)/;

// Stripe's events and the inbox's rows of them.
export async function everyEventOnce(env, stripe) {
    const events = (await listAll(stripe, '/v1/events')).filter((event) => wanted.test(event.type));
    const inbox = await rowsOf(env, "SELECT event_id, state, source FROM events WHERE event_id LIKE 'evt\\_%'");
    const states = new Map(inbox.map((row) => [row.event_id, row.state]));
    assert.equal(states.size, inbox.length, 'no event is there twice');
    const missing = events.filter((event) => !states.has(event.id));
    assert.deepEqual(missing.map((event) => `${event.id} ${event.type}`), [], 'every event is in the inbox');
    assert.deepEqual(inbox.filter((row) => row.state === 'dead'), [], 'none is dead');
    return { events, inbox };
}
