// What happens once in the middle of the lives: for some seconds the gateway has another account's key.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { FurtherService } from '../e2e/lib/further_service.mjs';
import { request } from '../e2e/lib/http.mjs';
import { until } from '../e2e/lib/wait.mjs';

const otherKey = 'sk_test_of_another_account_0123';
export const otherAccount = { EMULATOR_FURTHER_ACCOUNTS: `acct_1Another00000001=${otherKey}` };

// At least this long, the key of the other account is in use.
const wrongKeyMs = 4_000;

// Everybody talks to a gateway with the key of another account. That gateway is not ready and answers nothing.
export async function otherAccountsKey(stack, gatewayProxy, report) {
    const gateway = await FurtherService.start(stack, 'stripe_gateway', {
        STRIPE_GATEWAY_LISTEN: '127.0.0.1:0', STRIPE_API_KEY: otherKey, SWEEP_AFTER_SECONDS: '120', SWEEP_EVERY_SECONDS: '1',
    }, 'other_account');
    const ready = () => request(`http://${gateway.addresses.METRICS_LISTEN}/readyz`);
    // The store may be down while the gateway starts; the mismatch is known once both have answered.
    await until('the gateway knows that its key is of another account', async () => {
        const { status, text } = await ready();
        assert.equal(status, 503, text);
        return /account/.test(text);
    });
    const usual = gatewayProxy.turnTo(Number(gateway.addresses.STRIPE_GATEWAY_LISTEN.split(':').at(-1)));
    await sleep(wrongKeyMs); // how long the disturbance lasts, not a wait for anything
    assert.equal((await ready()).status, 503);
    gatewayProxy.turnTo(usual);
    await gateway.stop();
    ++report.wrongKeys;
}
