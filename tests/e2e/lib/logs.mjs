// The log lines of a stack that was started with LOG_FORMAT=json.
import { until } from './wait.mjs';

export const services = ['edge', 'stripe_gateway', 'invoice_store', 'webhook_ingester'];

// All whole lines of a service, without those of the script that keeps it running. A line that is no JSON fails the test: every line has the log's format.
export function linesOf(stack, service) {
    const text = stack.log(service);
    return text.slice(0, text.lastIndexOf('\n') + 1).split('\n').filter((line) => line && !line.includes(' supervise: ')).map((line) => {
        try {
            return JSON.parse(line);
        } catch {
            throw new Error(`a line of ${service} is not in the log's format: ${line}`);
        }
    });
}

// The lines about a request in the services named.
export const linesAbout = (stack, id, names = services) =>
    names.flatMap((service) => linesOf(stack, service).filter((line) => line.request_id === id));

// Waits for a line in the log of a service.
export async function lineOf(stack, service, what, fits) {
    let found;
    await until(`${service} logs ${what}`, async () => (found = linesOf(stack, service).find(fits)) !== undefined);
    return found;
}
