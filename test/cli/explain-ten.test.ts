import { expect, test } from 'vitest';
import { rawJwt } from '../support/tokens.js';
import { key, run, secret } from './run.js';

const iat = Math.floor(Date.now() / 1000) - 10;
const header = { alg: 'HS256', typ: 'JWT', kid: key.split(':')[0]! };
const payload = {
  iat,
  exp: iat + 3600,
  'x-ably-capability': '{"chat:*":["subscribe"]}',
  'x-ably-clientId': 'alice',
};
const { kid: _, ...withoutKid } = header;
const { exp: __, ...withoutExp } = payload;
const good = rawJwt({ header, payload, secret });

/** What people bring: a token, what is wrong with it, and what to change. */
const broken: readonly (readonly [name: string, token: string, found: string, fix: string])[] = [
  [
    'no key id',
    rawJwt({ header: withoutKid, payload, secret }),
    'The token has no "kid" in its header.',
    'Set "kid" to the name of the key, appId.keyId: the part of the API key before the colon.',
  ],
  [
    'the app id as key id',
    rawJwt({ header: { ...header, kid: 'abcdef' }, payload, secret }),
    'The header\'s "kid", "abcdef", is none of the keys given.',
    'It must be the whole name of a key, appId.keyId: the part of the API key before the colon.',
  ],
  [
    'another secret',
    rawJwt({ header, payload, secret: 'another' }),
    `The signature is not what the secret of this key gives (key "${header.kid}").`,
    'Sign with the secret of this key: the part after its colon, as text. And do not change the token afterwards.',
  ],
  [
    'another algorithm',
    rawJwt({ header: { ...header, alg: 'RS256' }, payload, secret }),
    'The header\'s "alg" must be "HS256", found "RS256".',
    'Ably accepts no other algorithm. Sign with HMAC-SHA256 and the secret of the API key.',
  ],
  [
    'times in milliseconds',
    rawJwt({ header, payload: { ...payload, iat: iat * 1000, exp: iat * 1000 + 3600 }, secret }),
    'The claim "iat" lies thousands of years in the future.',
    '"iat" seems to count milliseconds; a JWT counts seconds.',
  ],
  [
    'no expiry',
    rawJwt({ header, payload: withoutExp, secret }),
    'The claim "exp" is missing.',
    'Ably requires the time of expiry, in seconds: iat plus at most 86400.',
  ],
  [
    'the capability as an object',
    rawJwt({ header, payload: { ...payload, 'x-ably-capability': { 'chat:*': ['subscribe'] } }, secret }),
    'The claim "x-ably-capability" must be a string of JSON text, found an object.',
    "Some of Ably's code reads that as no capability, which grants every right of the key; other code accepts it. Rely on neither: encode it with JSON.stringify.",
  ],
  [
    'plain base64',
    good.replace(/[^.]+$/, (signature) => Buffer.from(signature, 'base64url').toString('base64')),
    'The token has a signature that is not base64url.',
    'It is plain base64: use base64url, with - and _ in place of + and /, and without =.',
  ],
  [
    'a header around it',
    `Bearer ${good}`,
    'The token is an Authorization header.',
    'Remove "Bearer " in front of the token.',
  ],
  [
    'the key in place of a token',
    key,
    'The token is an API key, not a token.',
    'Sign a token with the key on your server. If this key reached a client, revoke it.',
  ],
];

test.each(broken)('explain says what to change: %s', async (_name, token, found, fix) => {
  const { code, stdout } = await run(['explain'], { stdin: token, env: { ABLY_API_KEY: key } });
  expect(code).toBe(1);
  const read = stdout.replace(/\n +/g, ' ');
  expect(read).toContain(`${found} → ${fix}`);
  expect(read).toContain('Ably refuses this token. 1 error.');
  expect(stdout.match(/^error /gm)).toHaveLength(1);
  expect(stdout).not.toContain(secret);
});
