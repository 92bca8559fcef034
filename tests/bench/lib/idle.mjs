// Opens many keep-alive connections, each with one answered request, lets them rest, and says how much memory the server
// then takes.
// Usage: node idle.mjs COUNT URL PID      prints {"open":…,"rss_mib":…}; API_KEY in the environment is sent along
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const [count, url, pid] = [Number(process.argv[2]), new URL(process.argv[3]), process.argv[4]];
const atATime = 100;
const restMs = 2_000;

const key = process.env.API_KEY ? `Api-Key: ${process.env.API_KEY}\r\n` : '';
const request = `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n${key}\r\n`;

// A connection on which one request was answered in full; what the answer says does not matter, only that it stays open.
async function restingConnection() {
    const socket = net.connect(Number(url.port), url.hostname);
    socket.on('error', () => socket.destroy());
    socket.write(request);
    let text = '';
    while (!isWhole(text)) {
        const [data] = await once(socket, 'data');
        text += data.toString('latin1');
    }
    return socket;
}

function isWhole(text) {
    const head = text.indexOf('\r\n\r\n');
    const length = /^content-length: *(\d+)/im.exec(text);
    return head >= 0 && text.length >= head + 4 + Number(length?.[1] ?? 0);
}

const sockets = [];
while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(atATime, count - sockets.length) }, restingConnection);
    sockets.push(...(await Promise.all(batch)));
}
await pause(restMs);
const rss = Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
const open = sockets.filter((socket) => socket.readyState === 'open').length;
console.log(JSON.stringify({ open, rss_mib: Math.round(rss * 10) / 10 }));
process.exit(0);
