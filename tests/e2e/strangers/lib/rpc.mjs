// gRPC by hand: calls over HTTP/2 with any header and body, and frames that no client library would send.
import http2 from 'node:http2';
import net from 'node:net';
import { patient } from '../../lib/patience.mjs';

// A message with the prefix of five bytes that gRPC gives it.
export function prefixed(message, compressed = 0) {
    const prefix = Buffer.alloc(5);
    prefix[0] = compressed;
    prefix.writeUInt32BE(message.length, 1);
    return Buffer.concat([prefix, message]);
}

// A connection to "HOST:PORT", from a loopback address of the caller's choice.
export function connect(address, localAddress = '127.0.0.1') {
    const port = Number(address.split(':').at(-1));
    const session = http2.connect(`http://${address}`, { createConnection: () => net.connect({ host: '127.0.0.1', port, localAddress }) });
    session.on('error', () => {}); // each call tells of it
    return session;
}

// One call; resolves with {status, text}: gRPC's code and message, -1 where the connection or the stream ended without.
// `received`, where given, is called at the first message.
export function call(session, path, message, { headers = {}, received = () => {}, seconds = 120 } = {}) {
    return new Promise((resolve) => {
        let status = -1;
        let text = '';
        const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...headers });
        const read = (fields) => {
            if (fields['grpc-status'] === undefined) return;
            status = Number(fields['grpc-status']);
            text = decodeURIComponent(fields['grpc-message'] ?? '');
        };
        const timer = setTimeout(() => stream.close(), patient(seconds) * 1000);
        stream.on('response', read);
        stream.on('trailers', read);
        stream.on('error', (error) => (text ||= error.message));
        stream.on('data', () => received(stream));
        stream.on('close', () => {
            clearTimeout(timer);
            resolve({ status, text });
        });
        stream.end(message);
    });
}

// The standard health service, over a connection of its own: what an authorised caller does who has none yet. Resolves
// like a request of Meanwhile, with 200 for an answer.
export async function healthByNewConnection(address, localAddress) {
    const session = connect(address, localAddress);
    const { status, text } = await call(session, '/grpc.health.v1.Health/Check', prefixed(Buffer.alloc(0)));
    session.destroy();
    return { status: status === 0 ? 200 : 500, text: `gRPC ${status} ${text}` };
}

// A frame of RFC 9113, 4.1.
export function frame(type, flags, stream, payload) {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
}

// What a client sends first: the preface of RFC 9113, 3.4, and empty SETTINGS.
export const preface = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0, Buffer.alloc(0))]);

// A header field as RFC 7541, 6.2.2 writes it: a literal that no table keeps. Both are shorter than 127 bytes.
export function field(name, value) {
    return Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)]);
}
