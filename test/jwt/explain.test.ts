import { createAblyJwt, embedAblyToken, explainAblyJwt, type Finding, verifyAblyJwt } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/errors.js';
import {
  base64url,
  goodHeader,
  goodPayload,
  iat,
  issuedAt,
  key,
  type RawToken,
  rawJwt,
  secret,
} from '../support/tokens.js';

const outerSecret = 'an outer secret of 32 bytes or more';
const now = { currentDate: issuedAt };
const explain = (jwt: unknown, keys: string | undefined = key) => explainAblyJwt(jwt as string, keys, now);
/** What was found, as one line each. */
const codes = (findings: readonly Finding[]) =>
  findings.map(({ severity, code, ablyCode }) => `${severity} ${code} ${ablyCode ?? '-'}`);
const payload = (claims: object) => ({ ...goodPayload, ...claims });

test('nothing is found in a token that Ably accepts and that is not risky', async () => {
  expect(await explain(rawJwt())).toEqual([]);
  const options = {
    capability: { 'chat:*': ['subscribe'] as const },
    clientId: 'alice',
    ttl: '15m' as const,
    issuedAt,
  };
  expect(await explain(await createAblyJwt(key, options))).toEqual([]);
});

const errors: [name: string, token: RawToken, expected: string, says: RegExp][] = [
  ['not JSON', { payload: 'nonsense' }, 'error TOKEN_MALFORMED 40144', /payload that is not JSON/],
  ['[object Object]', { payload: '[object Object]' }, 'error TOKEN_MALFORMED 40144', /JSON\.stringify/],
  ['a name twice', { payload: '{"iat":1,"iat":2}' }, 'error TOKEN_MALFORMED 40144', /twice/],
  ['alg none', { header: { ...goodHeader, alg: 'none' } }, 'error ALG_NOT_ALLOWED 40144', /HS256.*none/],
  ['alg RS256', { header: { ...goodHeader, alg: 'RS256' } }, 'error ALG_NOT_ALLOWED 40144', /RS256/],
  ['no kid', { header: { alg: 'HS256' } }, 'error TOKEN_MALFORMED 40144', /kid.*appId\.keyId/],
  [
    'kid is the app id',
    { header: { ...goodHeader, kid: 'appId1' } },
    'error KEY_UNKNOWN 40144',
    /whole name of a key/,
  ],
  [
    'kid is another key',
    { header: { ...goodHeader, kid: 'appId1.other' } },
    'error KEY_UNKNOWN 40144',
    /appId1\.other/,
  ],
  [
    'kid is of another app',
    { header: { ...goodHeader, kid: 'x.y' } },
    'error APP_UNKNOWN 40400',
    /another app/,
  ],
  ['wrong secret', { secret: 'wrong' }, 'error SIGNATURE_INVALID 40144', /secret of this/],
  ['no iat', { payload: payload({ iat: undefined }) }, 'error CLAIM_MISSING 40144', /"iat" is missing/],
  ['no exp', { payload: payload({ exp: undefined }) }, 'error CLAIM_MISSING 40144', /"exp" is missing/],
  [
    'iat ahead',
    { payload: payload({ iat: iat + 61 }) },
    'error CLAIM_INVALID 40144',
    /61s in the future.*clock/s,
  ],
  [
    'expired',
    { payload: payload({ iat: iat - 7200, exp: iat - 3600 }) },
    'error TOKEN_EXPIRED 40142',
    /1h ago/,
  ],
  ...(
    [
      [59, '59s'],
      [119, '119s'],
      [150, '2m'],
      [3599, '59m'],
      [86_399, '23h'],
      [86_400, '1d'],
      [25_687_331, '297d'],
    ] as const
  ).map(([seconds, ago]): (typeof errors)[number] => [
    `expired ${ago} ago`,
    { payload: payload({ iat: iat - seconds - 3600, exp: iat - seconds }) },
    'error TOKEN_EXPIRED 40142',
    new RegExp(`^The token expired ${ago} ago, at `),
  ]),
  ['ttl above 24 h', { payload: payload({ exp: iat + 86_401 }) }, 'error TTL_TOO_LONG 40003', /24 hours/],
  [
    'exp in milliseconds',
    { payload: payload({ exp: (iat + 3600) * 1000 }) },
    'error TTL_TOO_LONG 40003',
    /"exp" seems to count milliseconds/,
  ],
  [
    'ttl in milliseconds',
    { payload: payload({ exp: iat + 3_600_000 }) },
    'error TTL_TOO_LONG 40003',
    /Was 1h meant/,
  ],
  [
    'clientId of a wrong type',
    { payload: payload({ 'x-ably-clientId': 7 }) },
    'error CLIENT_ID_INVALID 40012',
    /the number 7/,
  ],
  [
    'clientId empty',
    { payload: payload({ 'x-ably-clientId': '' }) },
    'error CLIENT_ID_INVALID 40012',
    /an empty string/,
  ],
  [
    'capability as object',
    { payload: payload({ 'x-ably-capability': { a: ['*'] } }) },
    'error CAPABILITY_NOT_STRING 40144',
    /JSON\.stringify/,
  ],
  [
    'capability not JSON',
    { payload: payload({ 'x-ably-capability': 'publish' }) },
    'error CAPABILITY_INVALID 40000',
    /^The claim "x-ably-capability" is not JSON\./,
  ],
  [
    'capability empty',
    { payload: payload({ 'x-ably-capability': '' }) },
    'error CLAIM_INVALID 40144',
    /must be JSON text, found an empty string/,
  ],
  [
    'an empty operation',
    { payload: payload({ 'x-ably-capability': '{"a":[""]}' }) },
    'error CAPABILITY_INVALID 40000',
    /^In the claim "x-ably-capability" "a" has an empty operation\./,
  ],
  [
    'a lifetime as exp',
    { payload: payload({ iat: 0, exp: 3600 }) },
    'error TOKEN_EXPIRED 40142',
    /"exp" seems to be a lifetime/,
  ],
  [
    'client type of a wrong type',
    { payload: payload({ 'x-ably-clientType': 7 }) },
    'error CLAIM_INVALID 40144',
    /the string "server", found the number 7/,
  ],
  [
    'capability as an object, which has two readings',
    { payload: payload({ 'x-ably-capability': { a: ['publish'] } }) },
    'error CAPABILITY_NOT_STRING 40144',
    /no capability.*every right of the key.*accepts it.*JSON\.stringify/,
  ],
  [
    'no operations',
    { payload: payload({ 'x-ably-capability': '{"a":[]}' }) },
    'error CAPABILITY_INVALID 40000',
    /no operations/,
  ],
  [
    '* beside others',
    { payload: payload({ 'x-ably-capability': '{"a":["*","publish"]}' }) },
    'error CAPABILITY_INVALID 40000',
    /beside other/,
  ],
];

describe.each(errors)('%s', (_name, token, expected, says) => {
  test('is the one thing found, with a remedy, and the verifier refuses it alike', async () => {
    const jwt = rawJwt(token);
    const findings = await explain(jwt);
    expect(codes(findings)).toEqual([expected]);
    expect(`${findings[0]!.message} ${findings[0]!.hint}`).toMatch(says);
    const thrown = await errorOf(() => verifyAblyJwt(jwt, key, now));
    expect(findings[0]).toMatchObject({
      code: thrown.code,
      ablyCode: thrown.ablyCode,
      message: thrown.message,
    });
  });
});

test('a signature is not judged where the algorithm is not the one that Ably reads', async () => {
  const findings = await explain(rawJwt({ header: { ...goodHeader, alg: 'none' }, secret: 'wrong' }));
  expect(codes(findings)).toEqual(['error ALG_NOT_ALLOWED 40144']);
});

test('a claim for an empty pattern is judged once', async () => {
  const findings = await explain(rawJwt({ payload: payload({ 'ably.channel.': 5 }) }));
  expect(codes(findings).filter((code) => code === 'error CLAIM_INVALID 40144')).toHaveLength(1);
});

test('an outer expiry is compared with a number only', async () => {
  const inner = rawJwt({ payload: payload({ exp: '1' }) });
  const outer = `${base64url('{}')}.${base64url(JSON.stringify({ 'x-ably-token': inner, exp: iat }))}.`;
  const messages = (await explain(outer)).map(({ message }) => message);
  expect(messages).toEqual(['The claim "exp" must be a number of seconds since 1970, found "1".']);
});

test.each([`x ${rawJwt()}`, `${rawJwt()} x`, `${rawJwt()}.x`, 'x'])(
  'of the signature of what is no token nothing is said: %#',
  async (text) => {
    const found = codes(await explainAblyJwt(text, undefined, now));
    expect(found).toContain('error TOKEN_MALFORMED 40144');
    expect(found).not.toContain('warning SIGNATURE_UNCHECKED -');
  },
);

test('every fault is found in one pass, errors first, in the order in which Ably looks', async () => {
  const claims = {
    exp: iat - 10,
    'x-ably-clientId': 5,
    'x-ably-capability': {},
    'x-ably-capabilities': '{}',
  };
  const jwt = rawJwt({ header: { alg: 'RS256', kid: 'x.y' }, payload: payload(claims) });
  expect(codes(await explain(jwt))).toEqual([
    'error ALG_NOT_ALLOWED 40144',
    'error APP_UNKNOWN 40400',
    'error TOKEN_EXPIRED 40142',
    'error CLIENT_ID_INVALID 40012',
    'error CAPABILITY_NOT_STRING 40144',
    'warning CLAIM_IGNORED -',
    'warning TTL_SHORT -',
  ]);
  const broken = `e30.W29iamVjdCBPYmplY3Rd.a+/=`;
  expect(codes(await explain(broken))).toEqual([
    'error TOKEN_MALFORMED 40144',
    'error TOKEN_MALFORMED 40144',
    'error ALG_NOT_ALLOWED 40144',
    'error TOKEN_MALFORMED 40144',
  ]);
});

const jwt = rawJwt();
test.each<[name: string, pasted: unknown, says: RegExp]>([
  ['quotes', `"${jwt}"`, /in quotes/],
  ['Bearer', `Bearer ${jwt}`, /Authorization header/],
  ['a new line', `${jwt}\n`, /white space/],
  ['TokenDetails', JSON.stringify({ token: jwt, issued: 1 }), /JSON/],
  ['an API key', key, /an API key/],
  ['an Ably Token', 'appId1.opaque-Token_1', /Ably Token/],
  ['HTML', '<!doctype html>', /login page/],
  ['half a token', jwt.slice(0, 30), /1 part/],
  ['nothing', '', /is empty/],
  ['undefined', undefined, /found undefined/],
  ['an object', { token: jwt }, /found an object/],
])('%s in place of a token is told', async (_name, pasted, says) => {
  const findings = await explain(pasted);
  expect(codes(findings)).toEqual(['error TOKEN_MALFORMED 40144']);
  expect(`${findings[0]!.message} ${findings[0]!.hint}`).toMatch(says);
});

test('what is pasted around a token does not hide the faults of the token', async () => {
  const expired = rawJwt({ payload: payload({ iat: iat - 7200, exp: iat - 3600 }) });
  for (const pasted of [
    `"${expired}"`,
    `Authorization: Bearer ${expired}`,
    JSON.stringify({ token: expired }),
  ]) {
    expect(codes(await explain(pasted))).toEqual([
      'error TOKEN_MALFORMED 40144',
      'error TOKEN_EXPIRED 40142',
    ]);
  }
});

test('without a key it says what it could not check', async () => {
  expect(codes(await explainAblyJwt(jwt, undefined, now))).toEqual(['warning SIGNATURE_UNCHECKED -']);
  const wholeKey = rawJwt({ header: { ...goodHeader, kid: key } });
  const findings = await explainAblyJwt(wholeKey, undefined, now);
  expect(codes(findings)).toEqual(['error KEY_UNKNOWN 40144', 'warning SIGNATURE_UNCHECKED -']);
  expect(findings[0]!.hint).toContain('secret included');
  expect(JSON.stringify(findings)).not.toContain(secret);
});

test('a bad key is no fault of the token', async () => {
  const findings = await explain(jwt, 'not a key');
  expect(codes(findings)).toEqual(['warning SIGNATURE_UNCHECKED -']);
  expect(findings[0]!.message).toContain('"key" must be an Ably API key');
});

test('a key with revocable tokens takes one hour at most', async () => {
  const long = rawJwt({ payload: payload({ exp: iat + 3601 }) });
  expect(await explain(long)).toEqual([]);
  const findings = await explainAblyJwt(long, key, { ...now, revocable: true });
  expect(codes(findings)).toEqual(['error TTL_TOO_LONG 40003']);
});

test('an embedded Ably Token is opaque, which is no fault', async () => {
  for (const place of ['header', 'claim'] as const) {
    const outer = await embedAblyToken('appId1.opaque-Token_1', { secret: outerSecret, in: place });
    expect(codes(await explain(outer))).toEqual(['warning TOKEN_OPAQUE -']);
    expect(codes(await explain(`${outer}\n`))).toEqual([
      'error TOKEN_MALFORMED 40144',
      'warning TOKEN_OPAQUE -',
    ]);
  }
});

test('an encrypted token that holds none in the clear is told', async () => {
  const jwe = `${base64url('{"alg":"dir","enc":"A256GCM"}')}..aXY.dGV4dA.dGFn`;
  const findings = await explain(jwe);
  expect(codes(findings)).toEqual(['error TOKEN_MALFORMED 40144']);
  expect(findings[0]!.message).toBe('The token is encrypted (a JWE) and holds no Ably token in the clear.');
  expect(findings[0]!.hint).toContain('"x-ably-token"');
});

test('an encrypted token with several broken parts is one finding', async () => {
  const inner = await createAblyJwt(key, { capability: { chat: ['subscribe'] }, issuedAt });
  const header = base64url(JSON.stringify({ alg: 'dir', enc: 'A256GCM', 'x-ably-token': inner }));
  const findings = await explain(`${header}.a+b=.!.?.!`);
  expect(codes(findings)).toEqual(['error TOKEN_MALFORMED 40144']);
  expect(findings[0]!.hint).toContain('plain base64');
});

test('an embedded token is judged, and an outer one that outlives it', async () => {
  const inner = await createAblyJwt(key, { capability: { chat: ['subscribe'] }, issuedAt, ttl: '10m' });
  const outer = await embedAblyToken(inner, { secret: outerSecret });
  expect(await explain(outer)).toEqual([]);
  const late = rawJwt({ header: { alg: 'none' }, payload: { 'x-ably-token': inner, exp: iat + 601 } });
  expect(codes(await explain(late))).toEqual(['error CLAIM_INVALID 40144']);
});

test('options of another form are refused', async () => {
  expect(
    (await errorOf(() => explainAblyJwt(jwt, key, { currentDat: issuedAt } as object))).message,
  ).toContain('explainAblyJwt: there is no option "currentDat"');
});
