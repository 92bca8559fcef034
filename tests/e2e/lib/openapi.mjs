// Holds real answers against the OpenAPI document that the edge itself serves.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { request } from './http.mjs';

const pointer = (parts) => `#/${parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;

export class OpenApi {
    static async of(env) {
        const { default: Ajv } = createRequire(path.join(process.env.STRIPE_PACKAGES, 'package.json'))('ajv/dist/2020');
        const answer = await request(`${env.EDGE_URL}/openapi.json`);
        assert.equal(answer.status, 200);
        const api = new OpenApi();
        api.document = answer.json;
        api.ajv = new Ajv({ strict: false, allErrors: true, formats: { 'date-time': true, int64: true } });
        api.ajv.addSchema(api.document, 'openapi');
        return api;
    }

    // The status is one that the operation has, and the body is what the document says of it.
    check(method, template, answer) {
        const where = `${method} ${template} ${answer.status}`;
        const operation = this.document.paths[template]?.[method.toLowerCase()];
        assert.ok(operation, `${method} ${template} is described`);
        let at = ['paths', template, method.toLowerCase(), 'responses', String(answer.status)];
        let response = operation.responses[answer.status];
        assert.ok(response, `${where} is described: ${answer.text}`);
        if (response.$ref) {
            at = response.$ref.slice(2).split('/');
            response = at.reduce((value, key) => value[key], this.document);
        }
        if (!response.content) return assert.equal(answer.text, '', where);
        const type = answer.headers['content-type'].split(';')[0];
        assert.ok(response.content[type], `${where} has the type ${type}`);
        const validate = this.ajv.compile({ $ref: `openapi${pointer([...at, 'content', type, 'schema'])}` });
        assert.ok(validate(answer.json), `${where}: ${JSON.stringify(validate.errors)}\n${answer.text}`);
        return answer;
    }
}
