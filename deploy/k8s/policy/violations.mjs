// Everything that is wrong with a rendered overlay, as sentences; none: it may be applied. `production`: the rules for what
// runs for customers hold, too. `release`: and the images are those of a release.
import {availabilityPolicy} from './availability.mjs';
import {databasePolicy} from './database.mjs';
import {networkPolicy} from './network.mjs';
import {title} from './objects.mjs';
import {podPolicy} from './pods.mjs';
import {schemaErrors} from './schemas.mjs';
import {strangerPolicy} from './strangers.mjs';
import {transportPolicy} from './transport.mjs';

export function violations(objects, options) {
  const found = objects.flatMap((object) => schemaErrors(object).map((error) => `${title(object)}: ${error}`));
  // What is no Kubernetes object at all cannot be asked for more.
  if (found.length) return found;
  return [podPolicy, availabilityPolicy, networkPolicy, strangerPolicy, transportPolicy, databasePolicy].flatMap((policy) => [...policy(objects, options)]);
}
