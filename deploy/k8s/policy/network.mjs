// Who may talk to whom, and by which way: NetworkPolicies, Services, Ingresses.
import {nameLabel, named, of, selects, services, settingsOf, title} from './objects.mjs';

const ingressController = 'namespace ingress-nginx';
const development = ['stripe-emulator', 'postgres'];
// The callers of each service's own port.
const callers = {
  edge: [ingressController],
  'webhook-ingester': [ingressController],
  'stripe-gateway': ['edge', 'webhook-ingester'],
  'invoice-store': ['edge', 'stripe-gateway', 'webhook-ingester'],
};
const privateNetworks = ['10.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'];

function peerName(peer) {
  if (peer.ipBlock) return `network ${peer.ipBlock.cidr}`;
  if (peer.namespaceSelector) return `namespace ${peer.namespaceSelector.matchLabels?.['kubernetes.io/metadata.name'] ?? '(any)'}`;
  return peer.podSelector?.matchLabels?.[nameLabel] ?? '(any pod)';
}

function policiesFor(objects, name, direction) {
  return of(objects, 'NetworkPolicy').filter(({spec}) => selects(spec.podSelector, {[nameLabel]: name}) && spec.policyTypes?.includes(direction));
}

// [peer, port] of everything that may come to the pods of this name, or that they may go to.
function allowed(objects, name, direction) {
  const [rulesField, peersField] = direction === 'Ingress' ? ['ingress', 'from'] : ['egress', 'to'];
  return policiesFor(objects, name, direction).flatMap(({spec}) => spec[rulesField] ?? []).flatMap((rule) =>
    (rule[peersField] ?? [{podSelector: {}, namespaceSelector: {}}]).flatMap((peer) =>
      (rule.ports ?? [{port: '(any port)'}]).map(({port}) => ({peer, from: peerName(peer), port}))));
}

function* closedByDefault(objects) {
  const all = of(objects, 'NetworkPolicy').find(({spec}) => !spec.podSelector.matchLabels && !spec.podSelector.matchExpressions &&
    !spec.ingress && !spec.egress && spec.policyTypes?.includes('Ingress') && spec.policyTypes.includes('Egress'));
  if (!all) yield 'there is no NetworkPolicy that denies what no other allows';
}

function* expectedCallers(objects, production) {
  for (const name of services) {
    const ways = allowed(objects, name, 'Ingress');
    const found = [...new Set(ways.filter(({port}) => port !== 'metrics').map(({from}) => from))]
      .filter((from) => production || !development.includes(from)).sort();
    const wanted = [...callers[name]].sort();
    if (JSON.stringify(found) !== JSON.stringify(wanted)) yield `${name} may be called by ${found.join(', ') || 'nobody'}, and should by ${wanted.join(', ')}`;
    const readers = ways.filter(({port}) => port === 'metrics').map(({from}) => from);
    if (readers.some((from) => from !== 'namespace monitoring')) yield `${name}'s metrics may be read by ${readers.join(', ')}`;
  }
}

function* gatewayGoesToStripeAndStore(objects, production) {
  for (const {peer, from, port} of allowed(objects, 'stripe-gateway', 'Egress')) {
    if (from === 'namespace kube-system' && port === 53) continue;
    if (!production && from === 'stripe-emulator') continue;
    if (from === 'invoice-store' && port === 'grpc') continue; // which account stands behind a label
    if (!peer.ipBlock || port !== 443) yield `stripe-gateway may go to ${from}, port ${port}`;
    else if (peer.ipBlock.cidr === '0.0.0.0/0' && !privateNetworks.every((network) => peer.ipBlock.except?.includes(network)))
      yield 'stripe-gateway may go to private networks';
  }
  const database = ['invoice-store', 'invoice-store-migrate'];
  for (const name of [...services, ...database].filter((each) => !database.includes(each)))
    if (allowed(objects, name, 'Egress').some(({port}) => port === 5432)) yield `${name} may go to PostgreSQL`;
}

// One address for many pods would pin all calls of a caller's one connection to one of them.
function* balancedCalls(objects) {
  for (const name of ['stripe-gateway', 'invoice-store'])
    if (named(objects, 'Service', name)?.spec.clusterIP !== 'None') yield `Service ${name} must be headless`;
  for (const name of services) {
    const deployment = named(objects, 'Deployment', name);
    for (const [setting, value] of Object.entries(deployment ? settingsOf(objects, deployment) : {}))
      if (setting.endsWith('_ADDRESS') && !value.startsWith('dns:///')) yield `${title(deployment)}: ${setting} must be dns:///…, not ${value}`;
    const service = named(objects, 'Service', name);
    if (!service?.spec.ports.some((port) => port.name === 'metrics')) yield `Service ${name} must have a port metrics`;
    if (deployment && service && !selects({matchLabels: service.spec.selector}, deployment.spec.template.metadata.labels)) yield `Service ${name} selects other pods`;
  }
}

// PostgreSQL is reached in production at addresses that an overlay names, in no wider network than this.
const databaseNetworkBits = 24;

function* databaseIsNarrow(objects, production) {
  for (const name of ['invoice-store', 'invoice-store-migrate']) {
    const ways = allowed(objects, name, 'Egress').filter(({port}) => port === 5432 || port === 'postgres');
    if (ways.length === 0) yield `${name} may not go to PostgreSQL anywhere`;
    for (const {peer, from} of ways) {
      const bits = Number(/\/(\d+)$/.exec(peer.ipBlock?.cidr)?.[1] ?? NaN);
      if (!(bits >= databaseNetworkBits) && (production || from !== 'postgres')) yield `${name} may go to PostgreSQL at ${from}, which is wider than /${databaseNetworkBits}`;
    }
  }
}

// Which paths may stand on which host, and which service they lead to.
const surfaces = {
  admin: {service: 'edge', paths: ['/admin/api']},
  api: {service: 'edge', paths: ['/api', '/billing', '/docs', '/openapi.json']},
  webhooks: {service: 'webhook-ingester', paths: ['/webhooks/stripe'], exact: true},
};

function surfaceOf(path) {
  return Object.keys(surfaces).find((name) => surfaces[name].paths.some((prefix) => path === prefix || path.startsWith(`${prefix}/`)));
}

function* paths(ingress, rule) {
  for (const {path, pathType, backend} of rule.http.paths) {
    const surface = surfaceOf(path);
    if (!surface) yield `${title(ingress)}: ${path} must not lead to ${backend.service.name}`;
    else if (backend.service.name !== surfaces[surface].service) yield `${title(ingress)}: ${path} leads to ${backend.service.name}`;
    else if (surfaces[surface].exact && pathType !== 'Exact') yield `${title(ingress)}: ${path} must be exact`;
  }
}

const nginx = (ingress, name) => ingress.metadata.annotations?.[`nginx.ingress.kubernetes.io/${name}`];

function* separateIngresses(objects, production) {
  const hosts = new Map(); // host -> the surfaces on it
  for (const ingress of of(objects, 'Ingress')) {
    for (const name of ['limit-connections', 'limit-rps']) if (!(Number(nginx(ingress, name)) > 0)) yield `${title(ingress)}: must have ${name}`;
    if (!/^[1-8]m$/.test(nginx(ingress, 'proxy-body-size') ?? '')) yield `${title(ingress)}: must have a proxy-body-size of a few MB`;
    if (nginx(ingress, 'proxy-request-buffering') === 'off') yield `${title(ingress)}: must read a body before it passes it on`;
    for (const rule of ingress.spec.rules) {
      yield* paths(ingress, rule);
      for (const surface of rule.http.paths.map(({path}) => surfaceOf(path)).filter(Boolean)) hosts.set(rule.host, (hosts.get(rule.host) ?? new Set()).add(surface));
      const networks = (nginx(ingress, 'whitelist-source-range') ?? '').split(',');
      if (rule.http.paths.some(({path}) => surfaceOf(path) === 'admin') && networks.some((network) => !/\/\d+$/.test(network) || network.endsWith('/0')))
        yield `${title(ingress)}: must say from which networks the back office is reached`;
      if (production && !ingress.spec.tls?.some((tls) => tls.hosts.includes(rule.host))) yield `${title(ingress)}: ${rule.host} has no TLS`;
    }
  }
  for (const [host, found] of hosts) if (found.size > 1) yield `${[...found].sort().join(' and ')} share the host ${host}`;
  for (const name of Object.keys(surfaces)) if (![...hosts.values()].some((found) => found.has(name))) yield `there is no Ingress of ${name}`;
}

export function* networkPolicy(objects, {production}) {
  yield* closedByDefault(objects);
  yield* expectedCallers(objects, production);
  yield* gatewayGoesToStripeAndStore(objects, production);
  yield* databaseIsNarrow(objects, production);
  yield* balancedCalls(objects);
  yield* separateIngresses(objects, production);
  for (const namespace of of(objects, 'Namespace'))
    if (namespace.metadata.labels?.['pod-security.kubernetes.io/enforce'] !== 'restricted') yield `${title(namespace)}: must enforce restricted pod security`;
  if (of(objects, 'Namespace').length !== 1) yield 'there must be one Namespace';
  if (production && of(objects, 'ServiceMonitor').length === 0) yield 'there is no ServiceMonitor';
  if (production && of(objects, 'PrometheusRule').length === 0) yield 'there is no PrometheusRule';
}
