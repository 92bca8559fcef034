// Kubernetes' schemas, and those of the operators that we use, as an API server would apply them with strict field validation: types, required fields, and no
// field that the schema does not know.
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {directory, require} from './packages.mjs';

// API groups that operators bring; all others are Kubernetes' own.
const operators = {
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
  'cert-manager.io': '@kubernetes-models/cert-manager',
};

// A model's file names its schema's; the schemas are not among what the packages export, so they are read by path.
function validatorOf({apiVersion, kind}) {
  const source = operators[apiVersion.split('/')[0]] ?? 'kubernetes-models';
  const model = readFileSync(path.join(directory, 'node_modules', source, apiVersion, `${kind}.js`), 'utf8');
  const [, schema] = /_schemas\/(\w+)/.exec(model);
  return require(path.join(directory, 'node_modules', source, '_schemas', `${schema}.js`)).validate;
}

// The generated validators read each field that they know. So a field of an object that they looked at, and that nobody
// read, is one that the schema does not have.
function watched(value, path, seen) {
  if (value === null || typeof value !== 'object') return value;
  const read = new Set();
  seen.push({value, path, read});
  const parts = new Map();
  return new Proxy(value, {
    get(target, key) {
      read.add(key);
      if (!Object.hasOwn(target, key)) return target[key];
      if (!parts.has(key)) parts.set(key, watched(target[key], `${path}/${String(key)}`, seen));
      return parts.get(key);
    },
  });
}

// Messages, none where the object is as its schema says.
export function schemaErrors(object) {
  let validate;
  try {
    validate = validatorOf(object);
  } catch (error) {
    return [`no schema for ${object.apiVersion} ${object.kind}: ${error.message.split('\n')[0]}`];
  }
  const seen = [];
  const valid = validate(watched(object, '', seen));
  const errors = valid ? [] : validate.errors.map((error) => {
    const what = error.params.missingProperty ?? error.params.type ?? JSON.stringify(error.params);
    return `${error.instancePath || '/'}: ${error.keyword} ${what}`;
  });
  for (const {value, path, read} of seen) {
    if (Array.isArray(value) || read.size === 0) continue;
    for (const key of Object.keys(value)) if (!read.has(key)) errors.push(`${path}/${key}: unknown field`);
  }
  return errors;
}
