// The emulator's answers satisfy the TypeScript types of the official SDK, in the major versions that businesses run.
// Each answer becomes a type of its very values, and TypeScript's compiler says whether it is one of the SDK's. (Literals
// would be refused for members that the SDK does not know; Stripe's answers have such members, too.)
import assert from 'node:assert/strict';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {packages, startEmulator} from './support.mjs';
import {scenario} from './scenario.mjs';

const ts = createRequire(path.join(packages, 'package.json'))('typescript');
const sdks = [
  {name: 'stripe14', version: '2023-10-16'},
  {name: 'stripe17', version: '2025-02-24.acacia'},
  {name: 'stripe18', version: '2025-08-27.basil'},
  {name: 'stripe', version: '2026-10-28.endive'},
];
let emulator;
let folder;
before(async () => {
  emulator = await startEmulator({EMULATOR_CONNECTED_ACCOUNTS: 'acct_1Connected000001'});
  folder = mkdtempSync(path.join(packages, 'types-'));
});
after(async () => {
  rmSync(folder, {recursive: true, force: true});
  await emulator.stop();
});

// SDKs from 22 on make an object of their own from the texts of decimals.
function typeOf(value, decimals, key = '') {
  if (typeof value === 'string' && decimals && key.endsWith('_decimal')) return 'Stripe.Decimal';
  if (Array.isArray(value)) return `[${value.map((one) => typeOf(one, decimals)).join(', ')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${typeOf(one, decimals, name)}`).join('; ')}}`;
}

// The declarations of the v2 API leave out what its JSON has as null.
const withoutNulls = (value) => {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null).map(([name, one]) => [name, withoutNulls(one)]));
};

// One line for each answer, so that an error names it by its line.
function program(sdk, answers) {
  const decimals = sdk.name === 'stripe';
  const head = [
    // Up to 18 the declarations are of a global module 'stripe', which goes before the package of that name.
    sdk.name === 'stripe' ? '' : `/// <reference path="../node_modules/${sdk.name}/types/index.d.ts" />`,
    "import type Stripe from 'stripe';",
    'function fits<Wanted, Given extends Wanted>(): void {}',
  ];
  // The SDK gives events of the v2 API a method.
  const wanted = ({type, body}) => (type === 'V2.Core.Event'
    ? `Omit<Extract<Stripe.V2.Core.Event, {type: ${JSON.stringify(body.type)}}>, 'fetchRelatedObject'>` : `Stripe.${type}`);
  return [...head, ...answers.map(({type, body}) => `fits<${wanted({type, body})}, ${typeOf(type.startsWith('V2.') ? withoutNulls(body) : body, decimals)}>();`)].join('\n');
}

function problemsOf(file, lines) {
  const compiled = ts.createProgram([file], {
    strict: true, noEmit: true, skipLibCheck: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext, types: ['node'], typeRoots: [path.join(packages, 'node_modules/@types')],
  });
  return ts.getPreEmitDiagnostics(compiled).map((one) => {
    const at = one.file?.getLineAndCharacterOfPosition(one.start).line;
    return `${at === undefined ? '' : (lines[at] ?? '').slice(0, 40)}: ${ts.flattenDiagnosticMessageText(one.messageText, '\n')}`;
  });
}

for (const sdk of sdks) {
  test(`answers at ${sdk.version} satisfy ${sdk.name}`, async () => {
    const answers = await scenario(emulator, sdk.version);
    const text = program(sdk, answers);
    const file = path.join(folder, `${sdk.name}.mts`);
    writeFileSync(file, text);
    const problems = problemsOf(file, text.split('\n'));
    assert.equal(problems.join('\n'), '', `${problems.length} answers do not fit`);
    assert.ok(new Set(answers.map((one) => one.type)).size >= 15, 'kinds of answers');
  });
}

test('an answer that does not fit is found', () => {
  const text = program(sdks[0], [{type: 'Invoice', body: {id: 'in_1', object: 'invoice'}}]);
  const file = path.join(folder, 'wrong.mts');
  writeFileSync(file, text);
  assert.equal(problemsOf(file, text.split('\n')).length, 1);
});
