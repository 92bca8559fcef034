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

function* separateIngresses(objects, production) {
  const hosts = {api: new Set(), webhooks: new Set()};
  for (const ingress of of(objects, 'Ingress')) {
    for (const rule of ingress.spec.rules) {
      for (const {path, pathType, backend} of rule.http.paths) {
        const isWebhook = backend.service.name === 'webhook-ingester';
        hosts[isWebhook ? 'webhooks' : 'api'].add(rule.host);
        if (!isWebhook && backend.service.name !== 'edge') yield `${title(ingress)}: ${path} leads to ${backend.service.name}`;
        if (isWebhook && (path !== '/webhooks/stripe' || pathType !== 'Exact')) yield `${title(ingress)}: ${path} must not lead to the ingester`;
        if (!isWebhook && (path === '/' || path.startsWith('/webhooks'))) yield `${title(ingress)}: ${path} must not lead to the edge`;
      }
      if (production && !ingress.spec.tls?.some((tls) => tls.hosts.includes(rule.host))) yield `${title(ingress)}: ${rule.host} has no TLS`;
    }
  }
  if (hosts.api.size === 0 || hosts.webhooks.size === 0) yield 'the API and the webhooks each need an Ingress';
  for (const host of hosts.webhooks) if (hosts.api.has(host)) yield `the API and the webhooks share the host ${host}`;
}

export function* networkPolicy(objects, {production}) {
  yield* closedByDefault(objects);
  yield* expectedCallers(objects, production);
  yield* gatewayGoesToStripeAndStore(objects, production);
  yield* balancedCalls(objects);
  yield* separateIngresses(objects, production);
  for (const namespace of of(objects, 'Namespace'))
    if (namespace.metadata.labels?.['pod-security.kubernetes.io/enforce'] !== 'restricted') yield `${title(namespace)}: must enforce restricted pod security`;
  if (of(objects, 'Namespace').length !== 1) yield 'there must be one Namespace';
  if (production && of(objects, 'ServiceMonitor').length === 0) yield 'there is no ServiceMonitor';
  if (production && of(objects, 'PrometheusRule').length === 0) yield 'there is no PrometheusRule';
}
