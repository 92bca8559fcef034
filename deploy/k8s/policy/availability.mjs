// What keeps the services up: probes, gentle stops, spreading, budgets, autoscalers, migrations, and limits that many
// replicas share.
import {nameLabel, named, of, selects, services, settingsOf, title} from './objects.mjs';

const stripeCallsPerSecond = 80; // of the hundred that Stripe allows an account
const databaseConnections = 100; // PostgreSQL's usual max_connections
const restOfConnections = 4; // of a store, besides readers and writers: watchers, the schema's migrator, and the poll of the primary's position

function* probes(container) {
  const {startupProbe, readinessProbe, livenessProbe} = container;
  if (startupProbe?.httpGet?.path !== '/healthz') yield 'must have a startup probe on /healthz';
  if (readinessProbe?.httpGet?.path !== '/readyz') yield 'must have a readiness probe on /readyz';
  // /readyz knows the database: a restart would not bring that back.
  if (livenessProbe?.httpGet?.path !== '/healthz') yield 'must have a liveness probe on /healthz';
}

function* gentleStop(deployment, pod, settings) {
  const sleep = pod.containers[0].lifecycle?.preStop?.sleep?.seconds ?? 0;
  if (sleep < 5) yield 'must wait in preStop until it is out of every list';
  const needed = sleep + Number(settings.DRAIN_SECONDS) + 2;
  if (!(pod.terminationGracePeriodSeconds >= needed)) yield `needs a grace period of at least ${needed} s: preStop and drain`;
  const {maxUnavailable} = deployment.spec.strategy?.rollingUpdate ?? {};
  if (maxUnavailable !== 0) yield 'must not lose a replica while it rolls';
}

function* spread(pod) {
  const keys = (pod.topologySpreadConstraints ?? []).map((constraint) => constraint.topologyKey);
  for (const key of ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'])
    if (!keys.includes(key)) yield `must be spread over ${key}`;
}

function* scaling(objects, deployment, settings, production) {
  const {name} = deployment.metadata;
  const labels = deployment.spec.template.metadata.labels;
  const budgets = of(objects, 'PodDisruptionBudget').filter((budget) => selects(budget.spec.selector, labels));
  if (budgets.length !== 1) yield `must have one PodDisruptionBudget, has ${budgets.length}`;
  const scaler = of(objects, 'HorizontalPodAutoscaler').find(({spec}) => spec.scaleTargetRef.kind === 'Deployment' && spec.scaleTargetRef.name === name);
  if (!scaler) return yield 'must have a HorizontalPodAutoscaler';
  if (deployment.spec.replicas !== undefined) yield 'must leave the number of replicas to its autoscaler';
  const {minReplicas, maxReplicas} = scaler.spec;
  if (production && !(minReplicas >= 2)) yield 'must have two replicas at least';
  if (name === 'stripe-gateway' && maxReplicas * settings.STRIPE_RATE_PER_SECOND > stripeCallsPerSecond)
    yield `may call Stripe ${maxReplicas * settings.STRIPE_RATE_PER_SECOND} times a second, more than ${stripeCallsPerSecond}`;
  if (name === 'invoice-store') {
    const each = Number(settings.READ_CONNECTIONS) + Number(settings.WRITER_THREADS) + restOfConnections;
    if (!(maxReplicas * each <= databaseConnections)) yield `may open ${maxReplicas * each} connections to PostgreSQL, more than ${databaseConnections}`;
  }
}

function* migration(objects) {
  const job = named(objects, 'Job', 'invoice-store-migrate');
  if (!job) return yield 'there is no migration Job';
  if (settingsOf(objects, job).MIGRATE !== 'only') yield `${title(job)}: must migrate and end (MIGRATE=only)`;
  if (!(job.spec.backoffLimit > 0)) yield `${title(job)}: must be tried again`;
  const store = named(objects, 'Deployment', 'invoice-store');
  if (!store) return;
  if (settingsOf(objects, store).MIGRATE !== 'off') yield `${title(store)}: must leave the schema to the Job (MIGRATE=off)`;
  const images = [job, store].map((workload) => workload.spec.template.spec.containers[0].image);
  if (images[0] !== images[1]) yield `${title(job)}: must be of the store's version`;
}

export function* availabilityPolicy(objects, {production}) {
  for (const name of services) {
    const deployment = named(objects, 'Deployment', name);
    if (!deployment) {
      yield `there is no Deployment ${name}`;
      continue;
    }
    const pod = deployment.spec.template.spec;
    const settings = settingsOf(objects, deployment);
    if (deployment.spec.template.metadata.labels[nameLabel] !== name) yield `${title(deployment)}: its pods must be labelled ${name}`;
    for (const rule of [probes(pod.containers[0]), gentleStop(deployment, pod, settings), spread(pod), scaling(objects, deployment, settings, production)])
      for (const message of rule) yield `${title(deployment)}: ${message}`;
  }
  yield* migration(objects);
}
