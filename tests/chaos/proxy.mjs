// A TCP relay that can cut every connection through it at once, as a network does.
import net from 'node:net';

export class Proxy {
    // Relays to a port of this host.
    static open(targetPort) {
        return new Promise((resolve, reject) => {
            const proxy = new Proxy();
            proxy.sockets = new Set();
            proxy.cuts = 0;
            proxy.target = targetPort;
            proxy.server = net.createServer((near) => proxy.#relay(near, proxy.target));
            proxy.server.on('error', reject);
            proxy.server.listen(0, '127.0.0.1', () => {
                proxy.port = proxy.server.address().port;
                resolve(proxy);
            });
        });
    }

    #relay(near, targetPort) {
        const far = net.connect(targetPort, '127.0.0.1');
        for (const [socket, other] of [[near, far], [far, near]]) {
            this.sockets.add(socket);
            socket.setNoDelay(true);
            socket.on('error', () => other.destroy());
            socket.on('close', () => {
                this.sockets.delete(socket);
                other.destroy();
            });
            socket.pipe(other);
        }
    }

    // From now on to another port. Returns the one before.
    turnTo(targetPort) {
        const before = this.target;
        this.target = targetPort;
        this.cut();
        return before;
    }

    cut() {
        for (const socket of this.sockets) socket.resetAndDestroy();
        ++this.cuts;
    }

    close() {
        this.cut();
        this.server.close();
    }
}
