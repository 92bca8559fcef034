// The npm packages that the check needs, from the directory that QUITTANCE_POLICY_PACKAGES names (deploy/k8s/check and
// the tests install them there).
import {createRequire} from 'node:module';
import path from 'node:path';

export const directory = process.env.QUITTANCE_POLICY_PACKAGES;
if (!directory) throw new Error('QUITTANCE_POLICY_PACKAGES names no directory; deploy/k8s/check sets it');
export const require = createRequire(path.join(directory, 'package.json'));
