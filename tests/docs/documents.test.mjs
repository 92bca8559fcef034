// The documents name only what there is: files, headings, settings, metrics and routes; and each page keeps its length.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { anchorsOf, blocksOf, documents, linksOf, proseOf, repository, textOf, trackedFiles } from './markdown.mjs';

const history = 'CHANGELOG.md'; // may name what is no more
const present = documents.filter((file) => file !== history);

// Everything but documents, as one text.
const sources = trackedFiles().filter((file) => !file.endsWith('.md') && !file.startsWith('tests/docs/') && statSync(path.join(repository, file)).size < 2e6)
    .map(textOf).join('\n');

test('there are documents to hold', () => {
    assert.ok(documents.length > 20);
    assert.ok(documents.flatMap(linksOf).length > 100);
});

test('every link leads to a file and, where it names one, to a heading', () => {
    const broken = [];
    for (const file of documents) {
        for (const { target } of linksOf(file)) {
            if (/^[a-z]+:/.test(target)) continue;
            const [name, fragment] = target.split('#');
            const to = name === '' ? file : path.normalize(path.join(path.dirname(file), name));
            if (!existsSync(path.join(repository, to))) broken.push(`${file}: ${target}: no such file`);
            else if (fragment && to.endsWith('.md') && !anchorsOf(to).includes(fragment)) broken.push(`${file}: ${target}: no such heading`);
        }
    }
    assert.deepEqual(broken, []);
});

test('every metric that a document names is in the code', () => {
    const unknown = [];
    assert.ok(present.flatMap((file) => textOf(file).match(/\bquittance_[a-z0-9_]+\b/g) ?? []).length > 50);
    for (const file of present)
        for (const [name] of textOf(file).matchAll(/\bquittance_[a-z0-9_]+\b/g)) {
            const base = name.replace(/_(bucket|sum|count)$/, '');
            if (!sources.includes(name) && !sources.includes(`"${base}`) && !name.endsWith('_')) unknown.push(`${file}: ${name}`);
        }
    assert.deepEqual(unknown, []);
});

test('every setting and constant that a document names is in the code', () => {
    const unknown = [];
    for (const file of present)
        for (const [, name] of proseOf(file).matchAll(/`([A-Z][A-Z0-9]*_[A-Z0-9_]+)`/g))
            if (!new RegExp(`\\b${name.replace(/_FILE$/, '')}(_FILE)?\\b`).test(sources)) unknown.push(`${file}: ${name}`);
    assert.deepEqual(unknown, []);
});

test('every route that a document names is in the OpenAPI document', () => {
    const { paths } = JSON.parse(textOf('services/edge/api/openapi.json'));
    const shapes = Object.keys(paths).map((route) => route.replace(/\{[^}]+\}/g, '{}'));
    const unknown = [];
    for (const file of present)
        for (const [, given] of proseOf(file).matchAll(/`(?:[A-Z]+ )?(\/(?:admin\/api|api|billing)\/[^`\s?]*)(?:\?[^`]*)?`/g)) {
            const shape = given.replace(/\{[^}]+\}|\$[A-Z_]+/g, '{}').replace(/\/$/, '');
            const known = shapes.some((route) => route === shape || (/[*…]$/.test(shape) && route.startsWith(shape.replace(/[*…]+$/, ''))));
            if (!known) unknown.push(`${file}: ${given}`);
        }
    assert.deepEqual(unknown, []);
});

test('the reference of settings is what the programs print', () => {
    execFileSync(path.join(repository, 'docs/operations/generate_configuration'), ['--check'], { stdio: ['ignore', 'inherit', 'inherit'] });
});

test('each page is as short as it promises', () => {
    const lines = (file) => textOf(file).trimEnd().split('\n').length;
    assert.ok(lines('README.md') <= 150);
    assert.ok(lines('ARCHITECTURE.md') <= 200);
    for (const file of present.filter((name) => /^services\/[^/]+\/README\.md$/.test(name)))
        assert.ok(lines(file) >= 28 && lines(file) <= 60, `${file} has ${lines(file)} lines`);
});

test('every block says what it is', () => {
    const kinds = ['sh', 'sh install', 'sh container', 'sh cluster', 'sh stripe', 'text', 'json', 'yaml', 'sql', 'ini', 'cpp', 'cmake', 'diff', 'proto', 'mermaid', 'promql', 'nginx'];
    for (const file of documents)
        for (const { info, line } of blocksOf(file)) assert.ok(kinds.includes(info), `${file}:${line}: '${info}'`);
});
