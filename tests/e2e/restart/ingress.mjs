// nginx as an ingress controller sets it up: connections to the pods are kept, a request goes to another pod only where
// that cannot do a thing twice (nginx's default: never a POST that was sent), and a change of endpoints is a reload.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { request } from '../lib/http.mjs';
import { until } from '../lib/wait.mjs';

const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

export class Ingress {
    // `sites`: [{name, listen: 'HOST:PORT', endpoints: ['HOST:PORT', …]}]
    static async start(directory, sites) {
        const ingress = new Ingress();
        ingress.directory = directory;
        ingress.sites = sites;
        mkdirSync(directory, { recursive: true });
        ingress.#configure();
        // To nginx itself the variable means sockets that it inherits.
        const { NGINX: program = '/usr/sbin/nginx', ...env } = process.env;
        ingress.child = spawn(program, ['-p', directory, '-c', 'nginx.conf', '-e', 'error.log'], { env, stdio: 'inherit' });
        process.once('exit', () => ingress.child.kill('SIGKILL'));
        ingress.ended = new Promise((resolve, reject) => {
            ingress.child.on('error', reject);
            ingress.child.on('exit', resolve);
        });
        ingress.ended.catch(() => {});
        await until('nginx answers', () => {
            if (ingress.child.exitCode !== null) throw new Error(`nginx ended: ${ingress.log()}`);
            return request(`http://${sites[0].listen}/`, { timeoutSeconds: 5 });
        });
        return ingress;
    }

    // Resolves once no worker is left that knows the endpoints of before.
    async setEndpoints(name, endpoints) {
        this.sites.find((site) => site.name === name).endpoints = endpoints;
        this.#configure();
        const old = this.#workers();
        this.child.kill('SIGHUP');
        await until('the workers of before are gone', () => {
            const present = this.#workers();
            return present.length > 0 && !present.some((pid) => old.includes(pid));
        });
    }

    log() {
        return readFileSync(path.join(this.directory, 'error.log'), 'utf8');
    }

    async stop() {
        this.child.kill('SIGQUIT');
        await this.ended;
    }

    #workers() {
        const { pid } = this.child;
        return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
            readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean));
    }

    #configure() {
        const upstreams = this.sites.map((site) => `
    upstream ${site.name} {
        ${site.endpoints.map((endpoint) => `server ${endpoint} max_fails=0;`).join('\n        ')}
        keepalive 320;
        keepalive_timeout 60s;
        keepalive_requests 10000;
    }
    server {
        listen ${site.listen} backlog=4096;
        location / { proxy_pass http://${site.name}; }
    }`);
        const paths = temporary.map((kind) => `${kind}_temp_path ${this.directory}/${kind};`).join('\n    ');
        writeFileSync(path.join(this.directory, 'nginx.conf'), `daemon off;
worker_processes 2;
pid ${this.directory}/nginx.pid;
error_log ${this.directory}/error.log warn;
${process.getuid() === 0 ? 'user root;' : ''}
events { worker_connections 4096; }
http {
    access_log off;
    ${paths}
    # A reload closes the idle connections of clients, which an ingress controller that is told of endpoints in another
    # way would not: so here they keep none.
    keepalive_timeout 0;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_connect_timeout 5s;
    proxy_read_timeout 60s;
    proxy_next_upstream error timeout;
    proxy_next_upstream_tries 3;${upstreams.join('')}
}
`);
    }
}
