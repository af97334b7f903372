import { createAblyJwt, verifyAblyJwt } from 'ably-jwt';
import jsonwebtoken from 'jsonwebtoken';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/errors.js';
import { goldenKey, goldenTokens } from '../support/golden.js';
import { iat, issuedAt, key, keyName, parts, secret } from '../support/tokens.js';

const { sign, verify } = jsonwebtoken;
const capability = JSON.stringify({ 'chat:*': ['subscribe', 'publish'] });
const options = { currentDate: issuedAt };

describe('jsonwebtoken reads our tokens', () => {
  test.each(goldenTokens)('$name', ({ jwt, payload }) => {
    const read = verify(jwt, goldenKey.split(':')[1]!, {
      algorithms: ['HS256'],
      complete: true,
      clockTimestamp: iat + 1,
    });
    expect(read.header).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'goldenApp.golden-Key_1' });
    expect(JSON.stringify(read.payload)).toBe(JSON.stringify(JSON.parse(payload)));
  });

  test('and refuses them with another secret, or when they have expired', async () => {
    const jwt = await createAblyJwt(key, { capability: 'inherit', issuedAt, ttl: '1m' });
    expect(() => verify(jwt, 'another', { clockTimestamp: iat })).toThrow('invalid signature');
    expect(() => verify(jwt, secret, { clockTimestamp: iat + 60 })).toThrow('jwt expired');
    expect(() => verify(jwt, secret, { clockTimestamp: iat + 59 })).not.toThrow();
  });
});

describe('we read tokens of jsonwebtoken', () => {
  test("made as in Ably's documentation", async () => {
    const jwt = sign({ 'x-ably-capability': capability, 'x-ably-clientId': 'Zoë 😀' }, secret, {
      keyid: keyName,
      expiresIn: '1h',
    });
    await expect(verifyAblyJwt(jwt, key)).resolves.toMatchObject({
      keyName,
      clientId: 'Zoë 😀',
      capability: { 'chat:*': ['publish', 'subscribe'] },
    });
  });

  test('with the claims in any order, and more of them than Ably knows', async () => {
    const payload = {
      sub: 'u1',
      exp: iat + 60,
      'x-ably-clientId': 'a',
      aud: ['x'],
      iat,
      nbf: iat + 3600,
      jti: '1',
    };
    const jwt = sign(payload, secret, { keyid: keyName });
    const { claims } = await verifyAblyJwt(jwt, key, options);
    expect(claims).toEqual({ sub: 'u1', aud: ['x'], nbf: iat + 3600, jti: '1' });
  });

  test('with the header in another order and with more in it', async () => {
    const jwt = sign({ iat, exp: iat + 60 }, secret, {
      header: { kid: keyName, cty: 'x', typ: 'at+jwt', alg: 'HS256' },
    });
    expect(Object.keys(JSON.parse(parts(jwt).header))).not.toEqual(['alg', 'typ', 'kid']);
    await expect(verifyAblyJwt(jwt, key, options)).resolves.toMatchObject({ keyName });
  });

  test('with a fraction in exp', async () => {
    const jwt = sign({ iat, exp: iat + 60.5 }, secret, { keyid: keyName });
    await expect(verifyAblyJwt(jwt, key, options)).resolves.toMatchObject({
      expiresAt: new Date((iat + 60.5) * 1000),
    });
  });

  // What people write by hand, and what Ably makes of it.
  test.each<[string, () => string, string]>([
    ['no keyid', () => sign({}, secret, { expiresIn: '1h' }), 'TOKEN_MALFORMED'],
    ['the whole key as keyid', () => sign({}, secret, { keyid: key, expiresIn: '1h' }), 'KEY_UNKNOWN'],
    ['the app as keyid', () => sign({}, secret, { keyid: 'appId1', expiresIn: '1h' }), 'KEY_UNKNOWN'],
    [
      'the whole key as secret',
      () => sign({}, key, { keyid: keyName, expiresIn: '1h' }),
      'SIGNATURE_INVALID',
    ],
    ['no expiresIn', () => sign({}, secret, { keyid: keyName }), 'CLAIM_MISSING'],
    [
      'noTimestamp',
      () => sign({ exp: iat * 2 }, secret, { keyid: keyName, noTimestamp: true }),
      'CLAIM_MISSING',
    ],
    ['milliseconds', () => sign({}, secret, { keyid: keyName, expiresIn: 3_600_000 }), 'TTL_TOO_LONG'],
    ['a week', () => sign({}, secret, { keyid: keyName, expiresIn: '7d' }), 'TTL_TOO_LONG'],
    [
      'an object as capability',
      () => sign({ 'x-ably-capability': { a: ['publish'] } }, secret, { keyid: keyName, expiresIn: '1h' }),
      'CAPABILITY_NOT_STRING',
    ],
    [
      'HS512',
      () => sign({}, secret, { keyid: keyName, expiresIn: '1h', algorithm: 'HS512' }),
      'ALG_NOT_ALLOWED',
    ],
    ['none', () => sign({}, '', { keyid: keyName, expiresIn: '1h', algorithm: 'none' }), 'ALG_NOT_ALLOWED'],
  ])('but not with %s', async (_, make, code) => {
    expect((await errorOf(() => verifyAblyJwt(make(), key))).code).toBe(code);
  });

  test("expiresIn '3600' is three and a half seconds to it, and that is what we read", async () => {
    const jwt = sign({ iat }, secret, { keyid: keyName, expiresIn: '3600' });
    const { issuedAt: from, expiresAt } = await verifyAblyJwt(jwt, key, options);
    expect(expiresAt.getTime() - from.getTime()).toBeLessThan(4000);
  });
});
