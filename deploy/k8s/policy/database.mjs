// The way to PostgreSQL: verified TLS, and two roles. The stores work with rows; the migration alone owns the tables.
import path from 'node:path';
import {named, settingsOf, title} from './objects.mjs';

// The keys of Secrets that the first container's mounts lead to, by the file's path.
function mountedKeys(pod) {
  const keys = new Map();
  for (const {name, mountPath, readOnly} of pod.containers[0].volumeMounts ?? []) {
    const sources = pod.volumes?.find((volume) => volume.name === name)?.projected?.sources ?? [];
    for (const {secret} of sources)
      for (const {key, path: file} of secret?.items ?? []) keys.set(path.join(mountPath, file), {secret: secret.name, key, readOnly});
  }
  return keys;
}

function* verified(settings, keys) {
  if (settings.DATABASE_TLS && settings.DATABASE_TLS !== 'verified') yield `must verify PostgreSQL, not DATABASE_TLS=${settings.DATABASE_TLS}`;
  const authority = keys.get(settings.DATABASE_CA);
  if (!settings.DATABASE_CA) yield "must have DATABASE_CA, the authority of PostgreSQL's certificate";
  else if (authority?.secret !== 'quittance-database' || authority.key !== 'database-ca.crt') yield 'DATABASE_CA must be database-ca.crt of the Secret quittance-database';
  else if (!authority.readOnly) yield 'must mount DATABASE_CA read-only';
}

export function* databasePolicy(objects) {
  const store = named(objects, 'Deployment', 'invoice-store');
  const job = named(objects, 'Job', 'invoice-store-migrate');
  for (const workload of [store, job].filter(Boolean)) {
    const settings = settingsOf(objects, workload);
    const keys = mountedKeys(workload.spec.template.spec);
    const has = (key) => [...keys.values()].some((each) => each.key === key);
    for (const message of verified(settings, keys)) yield `${title(workload)}: ${message}`;
    if (workload === store && (has('database-owner-url') || settings.DATABASE_OWNER_URL_FILE))
      yield `${title(workload)}: must not hold the credentials of the tables' owner`;
    if (workload === job && keys.get(settings.DATABASE_OWNER_URL_FILE)?.key !== 'database-owner-url')
      yield `${title(workload)}: must migrate as the tables' owner (DATABASE_OWNER_URL_FILE)`;
    if (workload === job && !settings.DATABASE_STORE_ROLE) yield `${title(workload)}: must give the stores' role its rights (DATABASE_STORE_ROLE)`;
  }
}
