// Strangers: many connections by hand to one address, each of which remembers what it received and whether it ended.
import net from 'node:net';

const atOnce = 100; // connecting

export class Stranger {
    // Resolves once connected, or once that has failed: then `gone` is true. `reads`: false for one that leaves what comes
    // to the kernel, and so does not see the end of the connection; `from`: an address of the loopback.
    static connect(url, { reads = true, from = '127.0.0.1' } = {}) {
        const { hostname, port } = new URL(url);
        return new Promise((resolve) => {
            const stranger = new Stranger();
            stranger.received = '';
            stranger.gone = false;
            stranger.started = performance.now();
            stranger.socket = net.connect({ port: Number(port), host: hostname, localAddress: from });
            stranger.socket.setEncoding('latin1');
            if (reads) stranger.socket.on('data', (data) => (stranger.received += data));
            else stranger.socket.pause();
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

// `options`: of each connection, or a function of its number.
export async function connectMany(url, count, options = {}) {
    const strangers = [];
    const optionsOf = typeof options === 'function' ? options : () => options;
    while (strangers.length < count) {
        const next = Array.from({ length: Math.min(atOnce, count - strangers.length) }, (_, i) => strangers.length + i);
        strangers.push(...(await Promise.all(next.map((number) => Stranger.connect(url, optionsOf(number))))));
    }
    return strangers;
}

export function leaveAll(strangers) {
    for (const stranger of strangers) stranger.leave();
}
