// Mutual TLS between the services: each has a certificate of its own, from an authority of ours, mounted so that a renewed
// one reaches it. Plaintext is for development, and said by name.
import path from 'node:path';
import {named, of, services, settingsOf, title} from './objects.mjs';

const files = {TLS_CERT: 'tls.crt', TLS_KEY: 'tls.key', TLS_CA: 'ca.crt'};
const longestHours = 90 * 24;

const hours = (duration) => {
  const [, number, unit] = /^(\d+)(h|m)0?(?:m?0s)?$/.exec(duration ?? '') ?? [];
  return number === undefined ? NaN : Number(number) / (unit === 'm' ? 60 : 1);
};

// The Secret behind the directory in which all three files are; sentences where there is none.
function* mountedSecret(pod, settings) {
  const [container] = pod.containers;
  const directories = new Set();
  for (const [setting, file] of Object.entries(files)) {
    if (!settings[setting]) yield `must have ${setting}`;
    else if (path.basename(settings[setting]) !== file) yield `${setting} must be ${file} of its Secret`;
    else directories.add(path.dirname(settings[setting]));
  }
  if (directories.size !== 1) {
    if (directories.size > 1) yield 'must have its TLS files in one directory';
    return undefined;
  }
  const [directory] = directories;
  const mount = container.volumeMounts?.find(({mountPath}) => mountPath === directory);
  if (!mount?.readOnly) yield `must mount ${directory}, read-only`;
  // What is mounted by subPath stays as it was when the Secret changes.
  if (mount?.subPath) yield `must mount ${directory} whole: by subPath a renewed certificate would never arrive`;
  const volume = pod.volumes?.find(({name}) => name === mount?.name);
  if (!volume?.secret?.secretName) yield `${directory} must be a Secret`;
  return volume?.secret?.secretName;
}

function* certificateRules(objects, name, certificate) {
  const {spec} = certificate;
  const where = title(certificate);
  if (spec.isCA) yield `${where}: a service must not be an authority`;
  if (spec.commonName || spec.uris || spec.ipAddresses || JSON.stringify(spec.dnsNames) !== JSON.stringify([name]))
    yield `${where}: must be for ${name} alone`;
  for (const usage of ['client auth', 'server auth']) if (!spec.usages?.includes(usage)) yield `${where}: must be good for ${usage}`;
  if (spec.privateKey?.rotationPolicy !== 'Always') yield `${where}: must get a new key each time`;
  const [lasts, before] = [hours(spec.duration), hours(spec.renewBefore)];
  if (!(lasts <= longestHours)) yield `${where}: must not last longer than ${longestHours} h`;
  if (!(before >= lasts / 4 && before <= lasts / 2)) yield `${where}: must be renewed in the second half of its time, and with a quarter left`;
  const issuer = named(objects, spec.issuerRef.kind ?? 'Issuer', spec.issuerRef.name);
  if (!issuer?.spec.ca) yield `${where}: must come from an authority of ours`;
  const authority = of(objects, 'Certificate').find((each) => each.spec.isCA && each.spec.secretName === issuer?.spec.ca?.secretName);
  if (issuer?.spec.ca && !authority) yield `${where}: nothing makes the Secret ${issuer.spec.ca.secretName} of its authority`;
}

function* ownIdentity(objects, name, pod, settings, owners) {
  const secret = yield* mountedSecret(pod, settings);
  if (!secret) return;
  if (owners.has(secret)) return yield `shares the Secret ${secret} with ${owners.get(secret)}`;
  owners.set(secret, name);
  const certificates = of(objects, 'Certificate').filter(({spec}) => spec.secretName === secret);
  if (certificates.length !== 1) yield `one Certificate must make the Secret ${secret}, there are ${certificates.length}`;
  else yield* certificateRules(objects, name, certificates[0]);
}

// A server's certificate must carry the name that its callers dial.
function* dialledNames(settings) {
  for (const [setting, name] of [['INVOICE_STORE', 'invoice-store'], ['STRIPE_GATEWAY', 'stripe-gateway']]) {
    const [, host] = /^dns:\/\/\/([^:]+):/.exec(settings[`${setting}_ADDRESS`]) ?? [];
    const expected = settings[`${setting}_TLS_NAME`] || host;
    if (expected && expected !== name) yield `expects the name ${expected} of ${name}, whose certificate says ${name}`;
  }
}

export function* transportPolicy(objects, {production}) {
  const owners = new Map();
  for (const name of services) {
    const deployment = named(objects, 'Deployment', name);
    if (!deployment) continue;
    const settings = settingsOf(objects, deployment);
    const plaintext = settings.RPC_TRANSPORT === 'plaintext';
    if (production && plaintext) yield `${title(deployment)}: must not talk in plaintext`;
    if (plaintext) continue;
    for (const rule of [ownIdentity(objects, name, deployment.spec.template.spec, settings, owners), dialledNames(settings)])
      for (const message of rule) yield `${title(deployment)}: ${message}`;
  }
}
