// Checks overlays, given as directories; production's rules hold for all but the one named development.
import path from 'node:path';
import {render} from './render.mjs';
import {violations} from './violations.mjs';

let failed = false;
for (const overlay of process.argv.slice(2)) {
  const objects = render(overlay);
  const found = violations(objects, {production: path.basename(path.resolve(overlay)) !== 'development'});
  console.log(`${overlay}: ${objects.length} objects, ${found.length === 0 ? 'nothing wrong' : 'wrong:'}`);
  for (const sentence of found) console.log(`  ${sentence}`);
  failed ||= found.length > 0;
}
process.exitCode = failed ? 1 : 0;
