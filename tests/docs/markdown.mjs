// Reads the Markdown of this repository as far as the tests of documents need it: fenced blocks, links, headings.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

export function trackedFiles(...patterns) {
    return execFileSync('git', ['-C', repository, 'ls-files', '-z', ...patterns], { encoding: 'utf8' }).split('\0').filter(Boolean);
}

export const documents = trackedFiles('*.md');

export function textOf(file) {
    return readFileSync(path.join(repository, file), 'utf8');
}

// {info, line, text} of each fenced block; `info` is what follows the fence ("sh container").
export function blocksOf(file) {
    const blocks = [];
    let open;
    textOf(file).split('\n').forEach((line, index) => {
        if (open && line.trim() === '```') {
            blocks.push({ ...open, text: open.lines.join('\n') + '\n' });
            open = undefined;
        } else if (open) {
            open.lines.push(line);
        } else if (line.startsWith('```')) {
            open = { info: line.slice(3).trim(), line: index + 1, lines: [] };
        }
    });
    if (open) throw new Error(`${file}:${open.line}: the block does not end`);
    return blocks;
}

// The text without fenced blocks.
export function proseOf(file) {
    return textOf(file).replace(/^```[^\n]*\n[\s\S]*?^```$/gm, '');
}

// {text, target} of each link in the prose.
export function linksOf(file) {
    return [...proseOf(file).matchAll(/\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)/g)].map(([, text, target]) => ({ text, target }));
}

// The fragments that GitHub gives to headings.
export function anchorsOf(file) {
    return [...proseOf(file).matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading]) =>
        heading.trim().toLowerCase().replace(/[`*]/g, '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-'));
}
