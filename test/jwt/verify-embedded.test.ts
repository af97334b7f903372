import { decodeAblyJwt, explainAblyJwt, verifyAblyJwt } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/errors.js';
import { verify } from '../support/faults.js';
import { base64url, iat, issuedAt, key, keyName, rawJwt } from '../support/tokens.js';

const inner = rawJwt({ payload: { iat, exp: iat + 60, 'x-ably-clientId': 'alice' } });
const json = (object: object) => base64url(JSON.stringify(object));
/** An outer token of another issuer: its signature means nothing to Ably. */
const jws = (header: object, payload: object) => `${json(header)}.${json(payload)}.c2ln`;
const jwe = (header: object) => `${json({ alg: 'dir', enc: 'A256GCM', ...header })}..aXY.Y2lwaGVy.dGFn`;

const embedded: [name: string, jwt: string][] = [
  ['in the header of a JWS', jws({ alg: 'RS256', 'x-ably-token': inner }, { sub: 'x', exp: iat + 60 })],
  ['in the header of a JWS without exp', jws({ alg: 'none', 'x-ably-token': inner }, {})],
  ['in the claims of a JWS', jws({ alg: 'ES256', kid: 'mine' }, { 'x-ably-token': inner, exp: iat + 30 })],
  ['in the header of a JWE', jwe({ 'x-ably-token': inner })],
  [
    'in the header first, then in the claims',
    jws({ alg: 'none', 'x-ably-token': inner }, { 'x-ably-token': 'other' }),
  ],
];

describe('a token in another token', () => {
  test.each(embedded)('%s is what counts', async (_, jwt) => {
    await expect(verify(jwt)).resolves.toMatchObject({
      keyName,
      clientId: 'alice',
      expiresAt: new Date((iat + 60) * 1000),
    });
    expect(decodeAblyJwt(jwt)).toMatchObject({ keyName, clientId: 'alice' });
  });

  const outer = (token: unknown, exp?: unknown) => jws({ alg: 'none' }, { 'x-ably-token': token, exp });

  test.each([
    ['a forged inner token', outer(rawJwt({ secret: 'wrong' })), 'SIGNATURE_INVALID', '40144/401'],
    [
      'an expired inner token',
      outer(rawJwt({ payload: { iat: iat - 60, exp: iat } })),
      'TOKEN_EXPIRED',
      '40142/401',
    ],
    [
      'an inner token of another app',
      outer(rawJwt({ header: { alg: 'HS256', kid: 'o.k' } })),
      'APP_UNKNOWN',
      '40400/404',
    ],
    ['an Ably Token, which only Ably reads', outer('appId1.opaque'), 'TOKEN_MALFORMED', '40144/401'],
    ['an empty inner token', outer(''), 'TOKEN_MALFORMED', '40144/401'],
    ['an inner token that is none', outer('x'), 'TOKEN_MALFORMED', '40144/401'],
    ['a token in a token in a token', outer(outer(inner)), 'TOKEN_MALFORMED', '40144/401'],
    ['an encrypted token without one', jwe({}), 'TOKEN_MALFORMED', '40144/401'],
    [
      'five parts that are no JWE',
      `${json({ 'x-ably-token': inner })}.a.b.c.d`,
      'TOKEN_MALFORMED',
      '40144/401',
    ],
    [
      'five encoded parts that are no JWE',
      `${json({ 'x-ably-token': inner })}.AAAA.AAAA.AAAA.AAAA`,
      'TOKEN_MALFORMED',
      '40144/401',
    ],
    ['five words with dots between them', 'a.b.c.d.e', 'TOKEN_MALFORMED', '40144/401'],
    ['four parts', `${json({ enc: 'x', 'x-ably-token': inner })}.a.b.c`, 'TOKEN_MALFORMED', '40144/401'],
    [
      'an outer header with a name twice',
      `${base64url(`{"x-ably-token":"${inner}","a":1,"a":2}`)}.e30.`,
      'TOKEN_MALFORMED',
      '40144/401',
    ],
    ['a number for a token', outer(5), 'ALG_NOT_ALLOWED', '40144/401'],
  ])('%s is refused', async (_, jwt, code, numbers) => {
    const error = await errorOf(() => verify(jwt));
    expect(error.code).toBe(code);
    expect(`${error.ablyCode}/${error.statusCode}`).toBe(numbers);
  });

  test.each([
    [iat + 59, 'accepted'],
    [iat + 60, 'accepted'],
    [iat + 60.001, 'refused'],
    [iat + 3600, 'refused'],
  ])('an outer exp of %s around an inner one of 60 seconds is %s', async (exp, verdict) => {
    for (const jwt of [outer(inner, exp), jws({ alg: 'none', 'x-ably-token': inner }, { exp })]) {
      if (verdict === 'accepted') {
        await expect(verify(jwt)).resolves.toMatchObject({ clientId: 'alice' });
        continue;
      }
      for (const judge of [() => verify(jwt), () => decodeAblyJwt(jwt)]) {
        const error = await errorOf(judge);
        expect(error).toMatchObject({ code: 'CLAIM_INVALID', ablyCode: 40144, statusCode: 401 });
        expect(error.message).toMatch(/^The outer token's "exp" is later/);
        expect(error.hint).toContain('expire');
      }
    }
  });

  test.each([['later'], [null], [[iat]], ['60']])('an outer exp of %j is refused', async (exp) => {
    for (const jwt of [outer(inner, exp), jws({ alg: 'none', 'x-ably-token': inner }, { exp })]) {
      for (const judge of [() => verify(jwt), () => decodeAblyJwt(jwt)]) {
        const error = await errorOf(judge);
        expect(error).toMatchObject({ code: 'CLAIM_INVALID', ablyCode: 40144, statusCode: 400 });
        expect(error.message).toMatch(/^The outer token's "exp" must be a number of seconds/);
      }
    }
  });

  const strict = jws({ alg: 'none', 'x-ably-token': inner }, {});
  const encrypted = jwe({ 'x-ably-token': inner });
  test.each([
    ['a signature that is not base64url', `${strict}!`, /signature that is not base64url/],
    ['a signature with spare bits', strict.replace(/c2ln$/, 'c2l'), /signature that is not base64url/],
    [
      'a payload that is not JSON',
      strict.replace('.e30.', `.${base64url('{')}.`),
      /payload that is not JSON/,
    ],
    ['a payload with a name twice', strict.replace('.e30.', `.${base64url('{"a":1,"a":2}')}.`), /twice/],
    ['a padded key part', encrypted.replace('..', '.YQ==.'), /part that is not base64url/],
    ['a tag in plain base64', encrypted.replace(/dGFn$/, 'a+/a'), /part that is not base64url/],
    ['a text for a part', encrypted.replace('Y2lwaGVy', '{}'), /part that is not base64url/],
  ])('the token around it is read strictly: %s', async (_, jwt, says) => {
    for (const judge of [() => verify(jwt), () => decodeAblyJwt(jwt)]) {
      const error = await errorOf(judge);
      expect(error).toMatchObject({ code: 'TOKEN_MALFORMED', ablyCode: 40144, statusCode: 401 });
      expect(error.message).toMatch(says);
    }
    const findings = await explainAblyJwt(jwt, key, { currentDate: issuedAt });
    expect(findings.map(({ severity, code }) => `${severity} ${code}`)).toContain('error TOKEN_MALFORMED');
  });

  test('an Ably Token in it does not hide what is wrong with the token around it', async () => {
    for (const [jwt, expected] of [
      [outer('appId1.opaque', 'later'), 'CLAIM_INVALID'],
      [`${outer('appId1.opaque')}!`, 'TOKEN_MALFORMED'],
    ] as const) {
      const findings = await explainAblyJwt(jwt, key, { currentDate: issuedAt });
      expect(findings.map(({ code }) => code)).toEqual([expected, 'TOKEN_OPAQUE']);
    }
  });

  test('a token in a token in a token is told', async () => {
    const error = await errorOf(() => verify(outer(outer(inner))));
    expect(error.message).toBe('The token holds a token that holds another one.');
    expect(error.hint).toBe('Embed the Ably token itself.');
  });

  test('the inner token is judged before the outer expiry', async () => {
    const jwt = outer(rawJwt({ payload: { iat, exp: iat + 60 }, secret: 'wrong' }), iat + 3600);
    expect(
      (await errorOf(() => verifyAblyJwt(jwt, 'appId1.keyId:secret', { currentDate: issuedAt }))).code,
    ).toBe('SIGNATURE_INVALID');
  });
});
