import { describe, test } from 'vitest';
import { expectFault, type Fault, withHeader } from '../support/faults.js';
import { base64url, goodPayload, iat, key, rawJwt, secret } from '../support/tokens.js';

const good = rawJwt();
const unsigned = good.slice(0, good.lastIndexOf('.'));

const faults: Fault[] = [
  ['not a string', 42, 'TOKEN_MALFORMED', '40144/401', /must be a string, found the number 42/],
  ['undefined', undefined, 'TOKEN_MALFORMED', '40144/401', /must be a string, found undefined/],
  ['empty', '', 'TOKEN_MALFORMED', '40144/401', /is empty.*without a body/],
  ['two parts', unsigned, 'TOKEN_MALFORMED', '40144/401', /^The token /],
  ['four parts', `${good}.x`, 'TOKEN_MALFORMED', '40144/401', /has 4 parts; a JWT has three/],
  ['no dots', 'nonsense', 'TOKEN_MALFORMED', '40144/401', /has 1 part; a JWT has three/],
  ['Bearer in front', `Bearer ${good}`, 'TOKEN_MALFORMED', '40144/401', /is an Authorization header/],
  ['quotes', `"${good}"`, 'TOKEN_MALFORMED', '40144/401', /is in quotes/],
  ['an API key', key, 'TOKEN_MALFORMED', '40144/401', /is an API key, not a token/],
  ['an Ably Token', 'appId1.opaque_token-9', 'TOKEN_MALFORMED', '40144/401', /looks like an Ably Token/],
  ['TokenDetails', JSON.stringify({ token: 'x' }), 'TOKEN_MALFORMED', '40144/401', /is JSON.*member "token"/],
  ['a login page', '<!doctype html>', 'TOKEN_MALFORMED', '40144/401', /is HTML.*login page/],
  ['too long', `a.${'b'.repeat(131_072)}.c`, 'TOKEN_MALFORMED', '40144/401', /has 131076 characters/],
  [
    'a header that is no base64url',
    `e*.${good.split('.').slice(1).join('.')}`,
    'TOKEN_MALFORMED',
    '40144/401',
    /header that is not base64url/,
  ],
  [
    'a header that is no JSON',
    rawJwt({ header: 'nope' }),
    'TOKEN_MALFORMED',
    '40144/401',
    /header that is not JSON/,
  ],
  [
    '[object Object]',
    rawJwt({ payload: '[object Object]' }),
    'TOKEN_MALFORMED',
    '40144/401',
    /payload that is not JSON.*JSON\.stringify/,
  ],
  [
    'a payload that is a list',
    rawJwt({ payload: [] }),
    'TOKEN_MALFORMED',
    '40144/401',
    /payload that is JSON, but an empty array/,
  ],
  [
    'alg none',
    withHeader({ alg: 'none' }),
    'ALG_NOT_ALLOWED',
    '40144/401',
    /"alg" must be "HS256", found "none".*Sign with HMAC-SHA256/,
  ],
  [
    'alg none, unsigned',
    `${base64url('{"alg":"none"}')}.${base64url(JSON.stringify(goodPayload))}.`,
    'ALG_NOT_ALLOWED',
    '40144/401',
    /found "none"/,
  ],
  ['alg HS384', withHeader({ alg: 'HS384' }), 'ALG_NOT_ALLOWED', '40144/401', /found "HS384"/],
  ['alg RS256', withHeader({ alg: 'RS256' }), 'ALG_NOT_ALLOWED', '40144/401', /found "RS256"/],
  ['alg in lower case', withHeader({ alg: 'hs256' }), 'ALG_NOT_ALLOWED', '40144/401', /found "hs256"/],
  ['no alg', withHeader({ alg: undefined }), 'ALG_NOT_ALLOWED', '40144/401', /found none/],
  ['alg as a list', withHeader({ alg: ['HS256'] }), 'ALG_NOT_ALLOWED', '40144/401', /found an array/],
  ['crit', withHeader({ crit: ['b64'], b64: false }), 'TOKEN_MALFORMED', '40144/401', /"crit"/],
  [
    'no kid',
    withHeader({ kid: undefined }),
    'TOKEN_MALFORMED',
    '40144/401',
    /no "kid" in its header.*the part of the API key before the colon/,
  ],
  ['an empty kid', withHeader({ kid: '' }), 'TOKEN_MALFORMED', '40144/401', /"kid" that is not a key name/],
  ['kid as a number', withHeader({ kid: 1 }), 'TOKEN_MALFORMED', '40144/401', /"kid" that is not a key name/],
  [
    'kid of another app',
    withHeader({ kid: 'invalid.invalid' }),
    'APP_UNKNOWN',
    '40400/404',
    /"invalid\.invalid", is of another app.*An app id of Ably's has 6 characters\.$/,
  ],
  [
    'kid of another app with an id like that of Ably',
    withHeader({ kid: 'appId2.keyId' }),
    'APP_UNKNOWN',
    '40400/404',
    /"appId2\.keyId", is of another app.*"appId1\.keyId"\.$/,
  ],
  [
    'kid of another key',
    withHeader({ kid: 'appId1.other' }),
    'KEY_UNKNOWN',
    '40144/401',
    /"appId1\.other", is none of the keys given.*"appId1\.keyId"/,
  ],
  [
    'kid is the app id',
    withHeader({ kid: 'appId1' }),
    'KEY_UNKNOWN',
    '40144/401',
    /"appId1", is none of the keys given.*whole name/,
  ],
  [
    'kid is the whole key',
    withHeader({ kid: key }),
    'KEY_UNKNOWN',
    '40144/401',
    /"appId1\.keyId", is none.*whole API key, secret included/,
  ],
  [
    'kid is the secret',
    withHeader({ kid: secret }),
    'APP_UNKNOWN',
    '40400/404',
    /^The header's "kid" is of another app/,
  ],
  [
    'another secret',
    rawJwt({ secret: 'another' }),
    'SIGNATURE_INVALID',
    '40144/401',
    /signature is not what the secret of this key gives \(key "appId1\.keyId"\)/,
  ],
  [
    'no signature',
    `${unsigned}.`,
    'SIGNATURE_INVALID',
    '40144/401',
    /signature is missing.*Sign with the secret/,
  ],
  [
    'a hexadecimal signature',
    `${unsigned}.${'0'.repeat(64)}`,
    'SIGNATURE_INVALID',
    '40144/401',
    /64 characters; HMAC-SHA256 in base64url has 43.*hex/,
  ],
  [
    'a changed payload',
    good.replace(/\.[^.]+\./, `.${base64url(JSON.stringify({ ...goodPayload, iat: iat - 1 }))}.`),
    'SIGNATURE_INVALID',
    '40144/401',
    /do not change the token/,
  ],
];

describe('verifyAblyJwt refuses a token for its form, header, key or signature', () => {
  test.each(faults)('%s', expectFault);
});
