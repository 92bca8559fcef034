// Thin events: an endpoint of the stack that gets nothing else.
import assert from 'node:assert/strict';
import { request } from './http.mjs';
import { Stripe } from './stripe.mjs';

// Stripe's v2 API takes JSON.
async function v2(env, method, path, body) {
    const answer = await request(`${env.STRIPE_URL}/v2/core/event_destinations${path}`, {
        method,
        headers: {
            Authorization: `Bearer ${env.STRIPE_API_KEY}`, 'Content-Type': 'application/json', 'Stripe-Version': '2026-10-28.endive',
        },
        body: body && JSON.stringify(body),
    });
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
}

// An event destination with thin events takes the place of every webhook endpoint, whose unsent webhooks are lost. It
// signs with the same secret.
export async function thinEventsOnly(env) {
    const stripe = new Stripe(env);
    const destination = await v2(env, 'POST', '', {
        name: 'Thin', type: 'webhook_endpoint', event_payload: 'thin', enabled_events: ['*'],
        webhook_endpoint: { url: `${env.WEBHOOK_URL}/webhooks/stripe` },
    });
    await stripe.emulator('POST', `webhook_endpoints/${destination.id}/roll`, { secret: env.STRIPE_WEBHOOK_SECRET, overlap_seconds: 0 });
    for (const { id } of (await stripe.get('/v1/webhook_endpoints')).data) await stripe.call('DELETE', `/v1/webhook_endpoints/${id}`);
}
