// One request as bytes over a socket of its own, and what comes back as bytes: what no HTTP client would send.
import net from 'node:net';
import { patient } from './patience.mjs';

// Resolves with {answers, clean, seconds}: the answers in order, each {status, headers, body}; `clean` is false where the
// connection ended within an answer. Ends when the server closes, or as soon as one whole final answer is there.
// Rejects where nothing of both happens within `seconds`. Our side is closed behind the bytes. `head`: answers to HEAD have
// no body.
export function exchange(url, bytes, { seconds = 60, head = false } = {}) {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
        const started = Date.now();
        let received = Buffer.alloc(0);
        const socket = net.connect({ host: hostname, port: Number(port), allowHalfOpen: true });
        const timer = setTimeout(() => {
            socket.destroy();
            reject(new Error(`neither an answer nor a close within ${seconds} s`));
        }, patient(seconds) * 1000);
        const finish = (clean) => {
            clearTimeout(timer);
            socket.destroy();
            resolve({ ...read(received, head), clean, seconds: (Date.now() - started) / 1000 });
        };
        socket.on('connect', () => socket.end(bytes));
        socket.on('data', (data) => {
            received = Buffer.concat([received, data]);
            if (read(received, head).answers.some((answer) => answer.status >= 200)) finish(true);
        });
        socket.on('end', () => finish(read(received, head).rest === 0));
        // What the server did not read when it closed resets the connection: an answer before that still counts.
        socket.on('error', () => finish(received.length === 0 || read(received, head).rest === 0));
    });
}

// The whole answers in `bytes`, and how many bytes are left behind them.
function read(bytes, head) {
    const answers = [];
    let at = 0;
    for (;;) {
        const end = bytes.indexOf('\r\n\r\n', at);
        if (end < 0) break;
        const [line, ...fields] = bytes.subarray(at, end).toString('latin1').split('\r\n');
        const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1] ?? NaN);
        const headers = {};
        for (const field of fields) {
            const colon = field.indexOf(':');
            headers[field.slice(0, colon).toLowerCase()] = field.slice(colon + 1).trim();
        }
        const length = head || status < 200 || status === 204 || status === 304 ? 0 : Number(headers['content-length']);
        if (bytes.length < end + 4 + length) break;
        answers.push({ status, headers, body: bytes.subarray(end + 4, end + 4 + length) });
        at = end + 4 + length;
    }
    return { answers, rest: bytes.length - at };
}
