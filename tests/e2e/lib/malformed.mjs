// Requests that are wrong in some way, for one route: a request that would be right, and one to three things that spoil
// it. What is sent is bytes, so that lengths, codings and lines can be wrong as well.
const crlf = '\r\n';

// A request that would be accepted as far as its form goes. `query` names the route's parameters, `credentials` its headers.
function rightRequest(random, { method, path, query, credentials, body }) {
    const target = path.replace(/\{(\w+)\}/g, () => random.pick(ids));
    const request = { method, target, version: 'HTTP/1.1', headers: [['Host', 'edge.test'], ...credentials], chunked: false };
    if (query.length > 0 && random.chance(0.5)) request.target += `?${random.pick(query)}=${random.pick(values)}`;
    if (body !== undefined) {
        request.body = Buffer.from(JSON.stringify(body));
        request.headers.push(['Content-Type', 'application/json']);
    }
    return request;
}

const ids = ['in_unknown', '65490130ff600e06af2a9694', 'cus_nobody', 'nonsense', "'", '%27%20OR%201=1--', '%00', '%ff%fe', '%c3%28',
    '..%2f..%2fetc%2fpasswd', '%2e%2e', '..', '.', '%25', 'in_%0d%0aSet-Cookie:a=b', 'in_' + 'x'.repeat(300), '0', '-1', 'null',
    '65490130FF600E06AF2A9694', '%E2%82%AC', '{id}', '*', 'in_%', 'a%2fb', '%F0%9F%92%B8', '\u20ac', '$%7Bjndi%7D', ';', 'in_a;b=c'];
const values = ['', '0', '-1', '1e3', '1.5', '+1', '%20', '99999999999999999999', '9223372036854775807', '%00', '%ff', 'NaN', 'true',
    "'%20OR%20''='", '%', '%4', '%zz', '[]', '{}', '2020-13-45', '2020-01-01T25:00:00Z', '0000-00-00', 'x'.repeat(2000), '%F0%9F%92%B8',
    '%C0%AF', '1&page=2', '1&limit=1&limit=2', '../..', '01', '١', '0x10', ' 1', 'in_%0a', '9999999999999-01-01'];
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'CONNECT', 'PROPFIND', 'get', 'G', 'GE T', 'BREW',
    'X'.repeat(300), '\u0000', 'POST\t', ''];
const tokens = ['', 'Bearer', 'Bearer ', 'Bearer a.b.c', 'Bearer ..', 'Basic YTpi', `Bearer ${'a'.repeat(9000)}`, 'Bearer eyJhbGciOiJub25lIn0.e30.',
    'bearer x', 'Bearer \u00ff\u00fe', 'Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6IlwwIn0.W10.AA', 'Bearer e30.e30.e30', 'Digest', 'Bearer a b'];
const types = ['', 'text/plain', 'application/xml', 'application/json; charset=utf-16', 'application/jsonp', 'multipart/form-data; boundary=a',
    'application/x-www-form-urlencoded', 'json', ';', 'application/json;;;', 'a'.repeat(500), '\u00ff/\u00ff'];
const numbers = ['1e400', '-1e400', '9223372036854775808', '-9223372036854775809', '18446744073709551616', '1e3', '0.1', '-0', '00', '.5', '5.', '+5',
    'NaN', 'Infinity', '0x1', '9'.repeat(400), '1'.repeat(40), 'null', 'true', '"10"', '[]', '{}'];
const texts = ['', ' ', '\u0000', '\\u0000', '\\ud800', '\\udc00', '\\x', '\\', '\t', 'x'.repeat(6000), '\u202e', '\\u00', '"', "'; DROP TABLE invoices; --"];
const shapes = ['', ' ', '{', '}', '[', ']', '{}', '[]', 'null', 'true', '0', '""', '"', '{"a"}', '{"a":}', '{a:1}', "{'a':1}", '{"a":1,}', '[1,]', '{"a":1}x',
    '{"data":null}', '{"data":[]}', '{"data":{"data":{}}}', '{"data":{},"x":1}', '[[[[[[[[[[[[[[[[[[[[[[[[[[', '{"a":'.repeat(500), '[{}]', '//',
    '{"items":[null]}', '{"items":{}}', '{"items":[[]]}', '{"items":[{}]}', '{"user":[]}', '{"user":{"_id":{}}}', '{"\\u0000":1}', '{"a":1,"a":2}',
    '{"type":"invoice.paid"}', '{"id":"evt_1","object":"event","data":{"object":null}}', '\ufeff{}', '<?xml version="1.0"?><a/>', 'a=b&c=d'];

function header(request, name, value) {
    const found = request.headers.find(([one]) => one.toLowerCase() === name.toLowerCase());
    if (found) found[1] = value;
    else request.headers.push([name, value]);
}

function spoilText(random, text) {
    const at = random.below(text.length + 1);
    return random.pick([
        () => text.slice(0, at),
        () => text.slice(0, at) + random.pick(['\u0000', '}', '"', ',', '\\', '\n', '\u00e9']) + text.slice(at),
        () => text.replace(/-?\d+/, () => random.pick(numbers)),
        () => text.replace(/"[^"]*"(?=[,}\]])/, () => `"${random.pick(texts)}"`),
        () => text.replace(/"[^"]*"(?=[,}\]])/, () => random.pick(numbers)),
        () => text.replace(/"\w+":/, () => `"${random.pick(texts)}":`),
        () => text.slice(0, -1) + `,"${random.pick(['colour', '__proto__', 'items', 'user'])}":${random.pick(numbers)}}`,
    ])();
}

// Each spoils a request in its own way.
const spoilers = {
    method: (random, request) => (request.method = random.pick(methods)),
    query: (random, request, route) => {
        const name = random.pick([...route.query, ...route.query, 'pgae', '', '%00', '%ff%fe', '\u00ff', '%', 'a'.repeat(500), 'page[]', '__proto__']);
        request.target += `${request.target.includes('?') ? '&' : '?'}${name}=${random.pick(values)}`;
    },
    manyParameters: (random, request) => (request.target += `?${'page=1&'.repeat(random.pick([2, 49, 51, 500]))}`),
    longTarget: (random, request) => (request.target += random.pick(['/', '?', '?page=', '/a']) + 'x'.repeat(random.pick([500, 8000, 15000, 40000]))),
    path: (random, request) => (request.target = random.pick([
        `${request.target}/`, `/${request.target}`, `${request.target}/..`, `/..${request.target}`, request.target.replace('/', ''), '*', '',
        '//', '/%2e%2e/%2e%2e/etc/passwd', 'http://other.test/', `http://other.test${request.target}`, 'http:', `${request.target}%`,
        `${request.target}%zz`, `${request.target}#a`, `${request.target}\u0000`, `${request.target} x`, request.target.toUpperCase(), '/\\..\\..', '/?', '?'])),
    token: (random, request) => {
        request.headers = request.headers.filter(([name]) => !/^(authorization|api-key|stripe-signature)$/i.test(name));
        const name = random.pick(['Authorization', 'Api-Key', 'Stripe-Signature']);
        const value = name === 'Stripe-Signature'
            ? random.pick(['', 't=', 't=1,v1=', `t=1,v1=${'0'.repeat(64)}`, 'v1=0', 't=-1,v1=zz', `t=99999999999999999999,v1=${'0'.repeat(64)}`, 't=1;v1=2', ','.repeat(5000)])
            : random.pick(tokens);
        request.headers.push([name, value]);
    },
    credentialsTwice: (random, request, route) => request.headers.push(...route.credentials),
    contentType: (random, request) => header(request, 'Content-Type', random.pick(types)),
    json: (random, request) => {
        request.body = Buffer.from(request.body && random.chance(0.7) ? spoilText(random, request.body.toString()) : random.pick(shapes));
        header(request, 'Content-Type', 'application/json');
    },
    invalidUtf8: (random, request) => {
        const text = request.body ?? Buffer.from('{"customer":"cus_1"}');
        const at = random.below(text.length);
        request.body = Buffer.concat([text.subarray(0, at), random.pick([[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xf8, 0x88], [0x00], [0x80]].map((one) => Buffer.from(one))), text.subarray(at)]);
    },
    noise: (random, request) => (request.body = random.bytes(random.pick([1, 10, 1000]))),
    large: (random, request) => (request.body = Buffer.alloc(random.pick([1024 * 1024 + 1, 2 * 1024 * 1024]), 'x')),
    length: (random, request) => (request.length = random.pick(['-1', '+5', '5, 5', '0x5', '', ' ', '99999999999999999999', '1.5', 'x', '18446744073709551615', '5\r\nContent-Length: 6'])),
    shortBody: (random, request) => (request.length = String((request.body?.length ?? 0) + random.pick([1, 100]))),
    chunked: (random, request) =>
        (request.chunks = random.pick(['zz\r\n', '-1\r\n\r\n', '5\r\nabc', '3\r\nabcde\r\n0\r\n\r\n', 'ffffffffffffffffff\r\n', '0\r\n', '3;ext=\u0000\r\nabc\r\n0\r\n\r\n',
            '0\r\nTrailer: x\r\n\r\n', '\r\n', '1\r\n{\r\n0\r\n\r\n', '7fffffffffffffff\r\nabc', '3\nabc\n0\n\n'])),
    coding: (random, request) => request.headers.push(['Transfer-Encoding', random.pick(['gzip', 'chunked, chunked', 'identity', 'xchunked', 'chunked\r\nTransfer-Encoding: chunked', ''])]),
    headers: (random, request) => request.headers.push(random.pick([
        ['X-Long', 'x'.repeat(random.pick([5000, 20000, 70000]))], ['X-Request-Id', random.pick(['', 'a\u0000b', 'x'.repeat(500), '<script>', "'"])],
        ['Idempotency-Key', random.pick(['', ' ', 'k'.repeat(256), '\u00e9', 'a b', '\u0001'])], ['If-None-Match', random.pick(['*', '"', 'W/', 'x'.repeat(3000)])],
        ['Accept-Encoding', random.pick(['gzip;q=x', ';', ','.repeat(3000), 'gzip;q=0.000'])], ['Expect', random.pick(['100-continue', '200-ok', ''])],
        ['Range', 'bytes=0-0'], ['Upgrade', 'websocket'], ['Host', 'other.test'], ['Origin', 'null'], ['Bad Name', 'x'], ['', 'x'], ['X-Nul', 'a\u0000b'], ['X-Fold', 'a\r\n b'],
        ['Connection', 'close, keep-alive'], ['Access-Control-Request-Method', '\u00ff'], ['Content-Encoding', 'gzip']])),
    manyHeaders: (random, request) => {
        for (let i = random.pick([100, 3000]); i > 0; --i) request.headers.push([`X-${i}`, 'x']);
    },
    noHost: (random, request) => (request.headers = request.headers.filter(([name]) => name !== 'Host')),
    version: (random, request) => (request.version = random.pick(['HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/1.2', 'HTTP/9.9', 'http/1.1', 'HTTP', '', 'HTTP/1.1 x', 'ICY'])),
    lines: (random, request) => (request.glue = random.pick(['\n', '\r', '\r\n\r\n', '\u0000\r\n'])),
    cut: (random, request) => (request.cut = random.unit()),
};

// Each way, and those more often that reach further into this route.
function waysFor(route) {
    return [...Object.keys(spoilers), ...Array(route.query.length > 0 ? 12 : 0).fill('query'),
        ...(route.body === undefined ? [] : [...Array(10).fill('json'), ...Array(3).fill('invalidUtf8')])];
}

// What is sent for one case: {ways, method, bytes}. `ways` names how it was spoilt. Nothing may follow the bytes: a
// body that is shorter than its length, or lines that never end, would wait for their limit of some seconds.
export function malformedRequest(random, route) {
    const request = rightRequest(random, route);
    const ways = waysFor(route);
    const chosen = Array.from({ length: random.pick([1, 1, 2, 3]) }, () => random.pick(ways));
    for (const way of chosen) spoilers[way](random, request, route);
    if (route.sign && random.chance(0.7)) header(request, 'Stripe-Signature', route.sign(request.body ?? ''));
    const glue = request.glue ?? crlf;
    const fields = [...request.headers];
    if (request.chunks !== undefined) fields.push(['Transfer-Encoding', 'chunked']);
    else if (request.length !== undefined) fields.push(['Content-Length', request.length]);
    else if (request.body !== undefined) fields.push(['Content-Length', String(request.body.length)]);
    const lines = [`${request.method} ${request.target} ${request.version}`, ...fields.map(([name, value]) => `${name}: ${value}`), '', ''];
    let bytes = Buffer.concat([Buffer.from(lines.join(glue), 'utf8'), Buffer.from(request.chunks ?? request.body ?? '')]);
    if (request.cut !== undefined) bytes = bytes.subarray(0, Math.floor(request.cut * bytes.length));
    return { ways: chosen, method: request.method, bytes };
}
