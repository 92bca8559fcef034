// Why tests failed, in a few lines each: what a truncated log of a run should end with. Reads what ctest has left.
// Usage: node failures.mjs BUILD_TREE
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const linesEach = 24;
const lineLength = 300;

// The short form that report/main.cpp prints before Catch's totals.
function ofCatch(output) {
    const start = output.findLastIndex((line) => line.startsWith('FAILED in '));
    if (start < 0) return [];
    const rest = output.slice(start + 1);
    const end = rest.findIndex((line) => line.startsWith('====='));
    return rest.slice(0, end < 0 ? undefined : end);
}

// The lines of a key of a TAP block, whether they stand beside it or below it.
function valueOf(block, key) {
    const at = block.findIndex((line) => line.trim().startsWith(`${key}: `));
    if (at < 0) return [];
    const inLine = block[at].trim().slice(key.length + 2);
    if (!/^[|>][-+]?$/.test(inLine)) return [inLine.replace(/^'(.*)'$/, '$1')];
    const depth = block[at].search(/\S/);
    const below = block.slice(at + 1);
    const end = below.findIndex((line) => line.trim() !== '' && line.search(/\S/) <= depth);
    return below.slice(0, end < 0 ? undefined : end).filter((line) => line.trim() !== '').map((line) => line.slice(depth + 2));
}

// What "not ok" says, without those that only hold others which failed.
function ofTap(output) {
    return output.flatMap((line, at) => {
        const failed = /^\s*not ok \d+ - (.*)$/.exec(line);
        if (!failed || / # (SKIP|TODO)/.test(line)) return [];
        const end = output.findIndex((later, i) => i > at && later.trim() === '...');
        const block = end < 0 ? [] : output.slice(at + 1, end);
        if (valueOf(block, 'failureType')[0] === 'subtestsFailed') return [];
        const error = valueOf(block, 'error').slice(0, 10).map((text) => `    ${text}`);
        return [`  ${failed[1]}  (${path.basename(valueOf(block, 'location')[0] ?? '')})`, ...error];
    });
}

// What a sanitiser says, and where it was in files of ours.
function ofSanitisers(output) {
    const frames = output.filter((line) => /^ +#\d+ .*\/(libs|services|tests)\/(?!support\/report)/.test(line));
    const said = output.filter((line) => /ERROR: \w+Sanitizer|runtime error: /.test(line));
    return said.length > 0 ? [...said, ...frames.slice(0, 5)].map((line) => `  ${line.trim()}`) : [];
}

function ofOutput(output) {
    const written = output.filter((line) => line.trim() !== '');
    return [`  it gave no reason; its output ends:`, ...written.slice(-10).map((line) => `    ${line}`)];
}

function reasonsIn(output) {
    const found = [...ofCatch(output), ...ofTap(output), ...ofSanitisers(output)];
    const lines = (found.length > 0 ? found : ofOutput(output)).filter((line) => line.trim() !== '');
    const shown = lines.slice(0, linesEach).map((line) => (line.length > lineLength ? `${line.slice(0, lineLength)}…` : line));
    return lines.length > linesEach ? [...shown, `    and ${lines.length - linesEach} lines more`] : shown;
}

// Name to its output and what ctest says of its time.
function testsIn(log) {
    const tests = new Map();
    for (const part of log.split(/^\d+\/\d+ Testing: /m).slice(1)) {
        const lines = part.split('\n');
        const start = lines.findIndex((line) => line.startsWith('-----'));
        const end = lines.findLastIndex((line) => line === '<end of output>');
        const time = lines.slice(end).find((line) => line.startsWith('Test time =')) ?? '';
        tests.set(lines[0], { output: lines.slice(start + 1, end < 0 ? undefined : end), time: time.replace(/^Test time = */, '') });
    }
    return tests;
}

const directory = path.join(process.argv[2], 'Testing/Temporary');
const failedFile = path.join(directory, 'LastTestsFailed.log');
if (existsSync(failedFile)) {
    const tests = testsIn(readFileSync(path.join(directory, 'LastTest.log'), 'utf8'));
    for (const name of readFileSync(failedFile, 'utf8').split('\n').filter(Boolean).map((line) => line.replace(/^\d+:/, ''))) {
        const test = tests.get(name);
        console.log(test ? `${name} failed after ${test.time}:` : `${name} was not run`);
        if (test) console.log(reasonsIn(test.output).join('\n'));
    }
}
