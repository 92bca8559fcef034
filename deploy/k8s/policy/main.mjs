// Checks overlays, given as directories; production's rules hold for all but the one named development. After --release the
// images must be those of a release.
import path from 'node:path';
import {render} from './render.mjs';
import {violations} from './violations.mjs';

let failed = false;
const words = process.argv.slice(2);
const release = words[0] === '--release';
for (const overlay of words.slice(release ? 1 : 0)) {
  const objects = render(overlay);
  const found = violations(objects, {production: path.basename(path.resolve(overlay)) !== 'development', release});
  console.log(`${overlay}: ${objects.length} objects, ${found.length === 0 ? 'nothing wrong' : 'wrong:'}`);
  for (const sentence of found) console.log(`  ${sentence}`);
  failed ||= found.length > 0;
}
process.exitCode = failed ? 1 : 0;
