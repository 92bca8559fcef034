// Bearer tokens as an issuer makes them, with the stack's own signing key.
import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

// `claims` and `head` replace members of a token that would be accepted; undefined leaves one out.
export function makeToken(env, claims = {}, head = {}) {
    const now = Math.floor(Date.now() / 1000);
    const signedPart = [
        encode({ alg: 'RS256', typ: 'JWT', kid: env.JWT_KID, ...head }),
        encode({ iss: env.JWT_ISSUER, aud: env.JWT_AUDIENCE, sub: 'e2e', exp: now + 600, teams: [env.TEAM_ID], ...claims }),
    ].join('.');
    const key = createPrivateKey(readFileSync(env.JWT_PRIVATE_KEY));
    return `${signedPart}.${sign('sha256', Buffer.from(signedPart), key).toString('base64url')}`;
}
