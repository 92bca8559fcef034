// One HTTP/1.1 connection, by hand: a test of draining must know of each request whether it was answered in full, and
// whether the server said that the connection ends, which an agent with a pool hides.
import net from 'node:net';

export class Connection {
    static open(url) {
        const { hostname, port, host } = new URL(url);
        return new Promise((resolve, reject) => {
            const connection = new Connection();
            connection.host = host;
            connection.received = Buffer.alloc(0);
            connection.socket = net.connect(Number(port), hostname, () => resolve(connection));
            connection.socket.setNoDelay(true);
            connection.socket.once('error', reject);
            connection.socket.on('error', (error) => connection.#end(error.message));
            connection.socket.on('close', () => connection.#end('closed'));
            connection.socket.on('data', (data) => {
                connection.received = Buffer.concat([connection.received, data]);
                connection.#take();
            });
        });
    }

    // One request at a time. Resolves with {status, closes, body}; rejects where the connection ends before the answer.
    ask(method, path, headers = {}, body = '') {
        if (this.ended) return Promise.reject(new Error(`the connection ended before: ${this.ended}`));
        const length = Buffer.byteLength(body);
        const lines = [`${method} ${path} HTTP/1.1`, `Host: ${this.host}`];
        for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
        if (length > 0) lines.push(`Content-Length: ${length}`);
        return new Promise((resolve, reject) => {
            this.waiting = { resolve, reject };
            this.socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
        });
    }

    close() {
        this.socket.destroy();
    }

    #take() {
        const end = this.received.indexOf('\r\n\r\n');
        if (end < 0 || !this.waiting) return;
        const head = this.received.subarray(0, end).toString('latin1');
        const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
        if (this.received.length < end + 4 + length) return;
        const body = this.received.subarray(end + 4, end + 4 + length).toString('utf8');
        this.received = this.received.subarray(end + 4 + length);
        const { resolve } = this.waiting;
        this.waiting = undefined;
        resolve({ status: Number(head.split(' ')[1]), closes: /^connection: *close/im.test(head), body });
    }

    #end(why) {
        this.ended ??= why;
        this.waiting?.reject(new Error(`no answer to a request that was sent: ${why}`));
        this.waiting = undefined;
    }
}
