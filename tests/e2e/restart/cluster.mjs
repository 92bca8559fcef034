// Two replicas of every service behind names and an ingress, as a cluster runs them: each pod has an address of its own
// (of the loopback network), gRPC goes by the names of headless Services, HTTP through the ingress. PostgreSQL and the
// emulator are those of a stack, whose own services end; the ingress listens where they did.
import { randomInt } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../support/free_port.mjs';
import { FurtherService } from '../lib/further_service.mjs';
import { request } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';
import { until } from '../lib/wait.mjs';
import { Ingress } from './ingress.mjs';
import { Names } from './names.mjs';

const listens = {
    invoice_store: 'INVOICE_STORE_LISTEN', stripe_gateway: 'STRIPE_GATEWAY_LISTEN',
    webhook_ingester: 'WEBHOOK_LISTEN', edge: 'EDGE_LISTEN',
};
export const services = Object.keys(listens); // in the order in which they need each other
const behindIngress = ['webhook_ingester', 'edge'];
const nameOf = (service) => `${service.replaceAll('_', '-')}.quittance.test`;

class Pod {
    constructor(service, address, process) {
        Object.assign(this, { service, address, process });
    }

    async metrics() {
        return (await request(`http://${this.process.addresses.METRICS_LISTEN}/metrics`)).text;
    }

    // Calls that it answered, as its own metrics count them.
    async calls() {
        const lines = (await this.metrics()).matchAll(/^quittance_rpc_server_calls_total\{[^}]*\} (\d+)/gm);
        return [...lines].reduce((sum, [, calls]) => sum + Number(calls), 0);
    }
}

export class Cluster {
    // `preStopMs`: how long a pod that is an endpoint no more goes on serving before it is told to stop. `settings`: of all
    // pods.
    static async start(name, { preStopMs, settings = {} }) {
        process.setMaxListeners(0); // each process of a test ends with it
        const cluster = new Cluster();
        Object.assign(cluster, { preStopMs, settings, pods: {}, started: 0 });
        cluster.network = `127.${randomInt(64, 200)}.${randomInt(1, 255)}`;
        cluster.port = freePort();
        cluster.names = await Names.open();
        try {
            cluster.stack = await Stack.start(name);
            cluster.env = cluster.stack.env;
            for (const service of services) await cluster.#endOfStack(service);
            for (const service of services) {
                cluster.pods[service] = [await cluster.startPod(service), await cluster.startPod(service)];
                cluster.#tellNames(service);
            }
            cluster.ingress = await Ingress.start(path.join(cluster.stack.directory, 'ingress'),
                behindIngress.map((service) => ({ name: service, listen: cluster.#siteOf(service), endpoints: cluster.#endpoints(service) })));
        } catch (error) {
            await cluster.down();
            throw error;
        }
        return cluster;
    }

    async startPod(service) {
        const address = `${this.network}.${++this.started}`;
        const pod = await FurtherService.start(this.stack, service, {
            [listens[service]]: `${address}:${this.port}`,
            INVOICE_STORE_ADDRESS: this.names.target(nameOf('invoice_store'), this.port),
            STRIPE_GATEWAY_ADDRESS: this.names.target(nameOf('stripe_gateway'), this.port),
            MIGRATE: 'off', ...this.settings,
        }, `pod${this.started}`);
        await until(`${service} at ${address} is ready`, async () =>
            (await request(`http://${pod.addresses.METRICS_LISTEN}/readyz`)).status === 200);
        return new Pod(service, address, pod);
    }

    // Replaces one pod as a Deployment with maxSurge 1 and maxUnavailable 0 does: the new one is an endpoint before the
    // old one is none any more, which then still serves for a while and is told to stop.
    async replace(pod) {
        await this.addEndpoint(await this.startPod(pod.service));
        await this.retire(pod);
    }

    // Moves one pod as the emptying of a node does: nobody takes its place until it is gone.
    async evict(pod) {
        await this.retire(pod);
        await this.addEndpoint(await this.startPod(pod.service));
    }

    async retire(pod) {
        await this.removeEndpoint(pod);
        await sleep(this.preStopMs); // the preStop hook
        await pod.process.stop();
    }

    async addEndpoint(pod) {
        this.pods[pod.service].push(pod);
        await this.#tell(pod.service);
    }

    async removeEndpoint(pod) {
        this.pods[pod.service] = this.pods[pod.service].filter((other) => other !== pod);
        await this.#tell(pod.service);
    }

    // The share of each store in the calls that stores answered while `work` ran.
    async shares(service, work) {
        const pods = [...this.pods[service]];
        const before = await Promise.all(pods.map((pod) => pod.calls()));
        await work();
        const after = await Promise.all(pods.map((pod) => pod.calls()));
        const calls = after.map((count, i) => count - before[i]);
        const all = calls.reduce((sum, count) => sum + count, 0);
        return calls.map((count) => count / Math.max(all, 1));
    }

    async down() {
        await this.ingress?.stop();
        for (const pod of Object.values(this.pods).flat().reverse()) pod.process.child.kill('SIGKILL');
        await this.stack?.down();
        this.names.close();
    }

    async #tell(service) {
        this.#tellNames(service);
        if (behindIngress.includes(service)) await this.ingress.setEndpoints(service, this.#endpoints(service));
    }

    #tellNames(service) {
        this.names.set(nameOf(service), this.pods[service].map((pod) => pod.address));
    }

    #endpoints(service) {
        return this.pods[service].map((pod) => `${pod.address}:${this.port}`);
    }

    #siteOf(service) {
        return new URL(service === 'edge' ? this.env.EDGE_URL : this.env.WEBHOOK_URL).host;
    }

    async #endOfStack(service) {
        process.kill(this.stack.supervisorPid(service), 'SIGTERM'); // which ends the service and starts no other
        await until(`the stack's own ${service} has ended`, async () => {
            try {
                await this.stack.pid(service);
                return false;
            } catch {
                return true;
            }
        });
    }
}
