// A name server as a cluster has one for headless Services: a name is the addresses of the pods that are endpoints of it
// now. Answers A over UDP with no time to live; every other type of a known name is empty.
import dgram from 'node:dgram';

const typeA = 1;
const classIn = 1;

function readName(message, offset) {
    const labels = [];
    while (message[offset] !== 0) {
        labels.push(message.toString('latin1', offset + 1, offset + 1 + message[offset]));
        offset += 1 + message[offset];
    }
    return { name: labels.join('.').toLowerCase(), end: offset + 1 };
}

function addressRecord(address) {
    const record = Buffer.alloc(16);
    record.writeUInt16BE(0xc00c, 0); // the name of the question
    record.writeUInt16BE(typeA, 2);
    record.writeUInt16BE(classIn, 4);
    record.writeUInt32BE(0, 6); // time to live
    record.writeUInt16BE(4, 10);
    address.split('.').forEach((part, i) => record.writeUInt8(Number(part), 12 + i));
    return record;
}

export class Names {
    static open() {
        return new Promise((resolve, reject) => {
            const names = new Names();
            names.endpoints = new Map();
            names.questions = 0;
            names.socket = dgram.createSocket('udp4');
            names.socket.on('error', reject);
            names.socket.on('message', (message, from) => names.socket.send(names.#answer(message), from.port, from.address));
            names.socket.bind(0, '127.0.0.1', () => {
                names.port = names.socket.address().port;
                resolve(names);
            });
        });
    }

    set(name, addresses) {
        this.endpoints.set(name, [...addresses]);
    }

    // What a gRPC client dials for a Service.
    target(name, port) {
        return `dns://127.0.0.1:${this.port}/${name}:${port}`;
    }

    close() {
        this.socket.close();
    }

    #answer(message) {
        ++this.questions;
        const { name, end } = readName(message, 12);
        const addresses = this.endpoints.get(name);
        const records = addresses && message.readUInt16BE(end) === typeA ? addresses.map(addressRecord) : [];
        const head = Buffer.from(message.subarray(0, 12));
        head.writeUInt16BE(0x8580 | (addresses?.length ? 0 : 3), 2); // an authoritative answer; 3: no such name
        head.writeUInt16BE(1, 4);
        head.writeUInt16BE(records.length, 6);
        head.writeUInt32BE(0, 8);
        return Buffer.concat([head, message.subarray(12, end + 4), ...records]);
    }
}
