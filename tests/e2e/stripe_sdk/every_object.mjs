// Everything that stands at an emulated Stripe, seen through the official SDK and held against Stripe's schemas: all
// customers with their cards, invoices with all of their lines, items, payment intents and charges.
//
// As a program (node every_object.mjs URL API_KEY [API_VERSION]) it prints how many of each it saw; anything that does
// not fit ends it with an error.
import { pathToFileURL } from 'node:url';
import { checkAnswer, Stripe } from './support.mjs';

const largestPage = 100;

// Gives how many of each kind there are, by Stripe's word for it.
export async function checkEveryObject(url, apiKey, apiVersion = '2023-10-16') {
    const { hostname: host, port } = new URL(url);
    const sdk = new Stripe(apiKey, { host, port, protocol: 'http', telemetry: false, apiVersion, maxNetworkRetries: 2 });
    const seen = {};
    const check = (object) => {
        checkAnswer(object, apiVersion);
        seen[object.object] = (seen[object.object] ?? 0) + 1;
    };
    const limit = largestPage;
    for await (const customer of sdk.customers.list({ limit })) {
        check(customer);
        for await (const card of sdk.customers.listPaymentMethods(customer.id, { limit })) check(card);
    }
    for await (const invoice of sdk.invoices.list({ limit })) {
        check(invoice);
        for await (const line of sdk.invoices.listLineItems(invoice.id, { limit })) check(line);
    }
    for await (const item of sdk.invoiceItems.list({ limit })) check(item);
    for await (const intent of sdk.paymentIntents.list({ limit })) check(intent);
    for await (const charge of sdk.charges.list({ limit })) check(charge);
    return seen;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
    const [url, apiKey, apiVersion] = process.argv.slice(2);
    console.log(JSON.stringify(await checkEveryObject(url, apiKey, apiVersion)));
}
