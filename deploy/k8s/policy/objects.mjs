// Finding one's way among the objects of a rendered overlay.

export const nameLabel = 'app.kubernetes.io/name';
export const services = ['edge', 'stripe-gateway', 'invoice-store', 'webhook-ingester'];

export function of(objects, kind) {
  return objects.filter((object) => object.kind === kind);
}

export function named(objects, kind, name) {
  return objects.find((object) => object.kind === kind && object.metadata.name === name);
}

// Everything that makes pods.
export function workloads(objects) {
  return objects.filter((object) => ['Deployment', 'StatefulSet', 'DaemonSet', 'Job'].includes(object.kind));
}

export function title(object) {
  return `${object.kind} ${object.metadata.name}`;
}

export function selects(selector, labels) {
  if (!selector) return false;
  return Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels?.[key] === value);
}

// The settings that a workload's first container gets from ConfigMaps and from plain values.
export function settingsOf(objects, workload) {
  const [container] = workload.spec.template.spec.containers;
  const settings = {};
  for (const {configMapRef} of container.envFrom ?? [])
    Object.assign(settings, named(objects, 'ConfigMap', configMapRef?.name)?.data);
  for (const {name, value} of container.env ?? []) settings[name] = value;
  return settings;
}
