// What somebody without a right may take of a pod that the internet reaches: a fraction of its memory and connections.
import {named, settingsOf, title} from './objects.mjs';

const shareOfMemory = 1 / 4; // of the limit, for unfinished requests of unknown senders
const shareOfConnections = 1 / 4; // of all, for one peer
const reached = ['edge', 'webhook-ingester'];
const unit = {Mi: 1, Gi: 1024};

function mebibytes(quantity) {
  const [, number, suffix] = /^(\d+)(Mi|Gi)$/.exec(quantity ?? '') ?? [];
  return number && Number(number) * unit[suffix];
}

function* limits(pod, settings, production) {
  const memory = mebibytes(pod.containers[0].resources?.limits?.memory);
  const most = memory && Math.floor(memory * shareOfMemory);
  const given = Number(settings.HTTP_MEMORY_MIB);
  if (!(given > 0)) yield 'must have HTTP_MEMORY_MIB';
  else if (most && given > most) yield `must not have more than ${most} in HTTP_MEMORY_MIB, a quarter of its memory limit, has ${given}`;
  const [all, peer] = [Number(settings.MAX_CONNECTIONS), Number(settings.MAX_CONNECTIONS_PER_PEER)];
  if (!(peer <= all * shareOfConnections)) yield 'must not give more than a quarter of MAX_CONNECTIONS to one peer (MAX_CONNECTIONS_PER_PEER)';
  if (production && settings.DOCS === 'true') yield 'must not show /docs to everybody (DOCS)';
}

export function* strangerPolicy(objects, {production}) {
  for (const name of reached) {
    const deployment = named(objects, 'Deployment', name);
    if (!deployment) continue;
    for (const message of limits(deployment.spec.template.spec, settingsOf(objects, deployment), production))
      yield `${title(deployment)}: ${message}`;
  }
}
