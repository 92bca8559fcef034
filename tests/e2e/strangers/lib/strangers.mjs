// Strangers: many connections by hand to one address, each of which remembers what it received and whether it ended.
import net from 'node:net';

const atOnce = 100; // connecting

export class Stranger {
    // Resolves once connected, or once that has failed: then `gone` is true.
    static connect(url) {
        const { hostname, port } = new URL(url);
        return new Promise((resolve) => {
            const stranger = new Stranger();
            stranger.received = '';
            stranger.gone = false;
            stranger.started = performance.now();
            stranger.socket = net.connect(Number(port), hostname);
            stranger.socket.setEncoding('latin1');
            stranger.socket.on('data', (data) => (stranger.received += data));
            stranger.socket.on('error', (error) => (stranger.error = error.code));
            stranger.socket.on('close', () => {
                stranger.gone = true;
                stranger.seconds = (performance.now() - stranger.started) / 1000;
                resolve(stranger);
            });
            stranger.socket.once('connect', () => resolve(stranger));
        });
    }

    // The status of the first answer, or undefined.
    get status() {
        const line = /^HTTP\/1\.1 (\d{3}) /.exec(this.received);
        return line ? Number(line[1]) : undefined;
    }

    // Resolves when the kernel has taken the bytes, or the connection has ended.
    send(bytes) {
        return new Promise((resolve) => {
            if (this.gone) resolve();
            this.socket.once('close', resolve);
            this.socket.write(bytes, resolve);
        });
    }

    leave() {
        this.socket.destroy();
    }
}

export async function connectMany(url, count) {
    const strangers = [];
    while (strangers.length < count) {
        const next = Math.min(atOnce, count - strangers.length);
        strangers.push(...(await Promise.all(Array.from({ length: next }, () => Stranger.connect(url)))));
    }
    return strangers;
}

export function leaveAll(strangers) {
    for (const stranger of strangers) stranger.leave();
}
