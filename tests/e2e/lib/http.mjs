// HTTP for tests: one request on a connection of the agent's, and what the edge is asked for.
import http from 'node:http';
import { patient } from './patience.mjs';

// An idle connection is ours to close: where the server does, after 75 s, a request may just be on its way.
const agent = new http.Agent({ keepAlive: true, maxSockets: 64, timeout: 30_000 });

const patienceMs = 60_000;

// Resolves with {status, headers, text, json} whatever the status; rejects where no whole answer came. The edge gives our
// own services five seconds for a read, which a machine that stands still may need: who is patient asks again then.
export async function request(url, { patient = true, ...options } = {}) {
    const deadline = Date.now() + patienceMs;
    for (;;) {
        const answer = await requestOnce(url, options);
        const late = answer.status === 504 && answer.json?.code === 'timeout' && (options.method ?? 'GET') === 'GET';
        if (!patient || !late || Date.now() > deadline) return answer;
    }
}

function requestOnce(url, { method = 'GET', headers = {}, body, timeoutSeconds = 60, via = agent }) {
    return new Promise((resolve, reject) => {
        const outgoing = http.request(url, { method, headers, agent: via }, (incoming) => {
            const chunks = [];
            incoming.on('data', (chunk) => chunks.push(chunk));
            incoming.on('aborted', () => reject(new Error('the answer was cut off')));
            incoming.on('error', reject);
            incoming.on('end', () => {
                const text = Buffer.concat(chunks).toString('utf8');
                let json;
                if (text && /[/+]json/.test(incoming.headers['content-type'] ?? '')) json = JSON.parse(text);
                resolve({ status: incoming.statusCode, headers: incoming.headers, text, json });
            });
        });
        outgoing.setTimeout(patient(timeoutSeconds) * 1000, () => outgoing.destroy(new Error(`no answer within ${timeoutSeconds} s`)));
        outgoing.on('error', reject);
        outgoing.end(body);
    });
}

// The Admin API of a stack, with its key.
export class Admin {
    constructor(env) {
        this.url = `${env.EDGE_URL}/admin/api/invoices`;
        this.key = { 'Api-Key': env.ADMIN_API_KEY };
    }

    get(id, options = {}) {
        return request(`${this.url}/${id}`, { headers: this.key, ...options });
    }

    list(query = '', options = {}) {
        return request(`${this.url}${query}`, { headers: this.key, ...options });
    }

    // `body`: an object, or the very bytes to send. Comes back, if patient, while a new database
    // catches up with events.
    async create(body, headers = {}, { patient = true, ...options } = {}) {
        for (let tries = 0; ; ++tries) {
            const answer = await request(this.url, {
                method: 'POST',
                headers: { ...this.key, 'Content-Type': 'application/json', ...headers },
                body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
                ...options,
            });
            if (answer.json?.code !== 'events_behind' || !patient || tries > 200) return answer;
            await new Promise((resolve) => setTimeout(resolve, 200));
        }
    }
}
