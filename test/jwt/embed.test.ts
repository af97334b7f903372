import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createAblyJwt, type EmbedAblyTokenOptions, embedAblyToken, verifyAblyJwt } from 'ably-jwt';
import { compactDecrypt, compactVerify, decodeProtectedHeader } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { errorOf, said } from '../support/errors.js';
import { claimsOf, key, rawJwt, secret } from '../support/tokens.js';

const outerSecret = 'outer-Secret_of-32-bytes-or-more!';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const aesKey = randomBytes(32);
let inner: string;
let expiry: number;

beforeAll(async () => {
  inner = await createAblyJwt(key, { capability: { chat: ['subscribe'] }, clientId: 'alice', ttl: '10m' });
  expiry = claimsOf(inner).exp as number;
});

describe('the outer token', () => {
  test('is HS256 under the secret, with the Ably token among the claims', async () => {
    const before = Math.floor(Date.now() / 1000);
    const outer = await embedAblyToken(inner, {
      secret: outerSecret,
      claims: { sub: 'alice', roles: ['editor'] },
    });
    const { payload, protectedHeader } = await compactVerify(outer, new TextEncoder().encode(outerSecret));
    expect(protectedHeader).toEqual({ typ: 'JWT', alg: 'HS256' });
    const { iat, ...claims } = JSON.parse(new TextDecoder().decode(payload)) as { iat: number };
    expect(claims).toEqual({ sub: 'alice', roles: ['editor'], exp: expiry, 'x-ably-token': inner });
    expect(iat).toBeGreaterThanOrEqual(before);
    expect(iat).toBeLessThanOrEqual(Date.now() / 1000);
  });

  test('has the Ably token in its header when that is wanted', async () => {
    const outer = await embedAblyToken(inner, {
      secret: new TextEncoder().encode(outerSecret),
      in: 'header',
    });
    expect(decodeProtectedHeader(outer)).toEqual({ typ: 'JWT', alg: 'HS256', 'x-ably-token': inner });
    expect(claimsOf(outer)).not.toHaveProperty('x-ably-token');
  });

  test('is signed with a key and algorithm of your own', async () => {
    const outer = await embedAblyToken(inner, { sign: { key: rsa.privateKey, alg: 'RS256', kid: 'k1' } });
    const { protectedHeader } = await compactVerify(outer, rsa.publicKey);
    expect(protectedHeader).toEqual({ typ: 'JWT', alg: 'RS256', kid: 'k1' });
  });

  test('is encrypted, with the Ably token in the clear header', async () => {
    const encrypt = { key: aesKey, alg: 'dir', enc: 'A256GCM', kid: undefined };
    const outer = await embedAblyToken(inner, { encrypt, claims: { sub: 'alice' } });
    expect(outer.split('.')).toHaveLength(5);
    const { plaintext, protectedHeader } = await compactDecrypt(outer, aesKey);
    expect(protectedHeader).toEqual({ typ: 'JWT', alg: 'dir', enc: 'A256GCM', 'x-ably-token': inner });
    expect(JSON.parse(new TextDecoder().decode(plaintext))).toMatchObject({ sub: 'alice', exp: expiry });
  });

  test.each<[name: string, options: () => EmbedAblyTokenOptions]>([
    ['claim', () => ({ secret: outerSecret, in: 'claim' })],
    ['header', () => ({ secret: outerSecret, in: 'header' })],
    ['RS256', () => ({ sign: { key: rsa.privateKey, alg: 'RS256' } })],
    ['JWE', () => ({ encrypt: { key: rsa.publicKey, alg: 'RSA-OAEP-256', enc: 'A256GCM' } })],
    ['32 bytes', () => ({ secret: new Uint8Array(32).fill(7) })],
  ])('is what the verifier takes: %s', async (_name, options) => {
    const token = await verifyAblyJwt(await embedAblyToken(inner, options()), key);
    expect(token).toMatchObject({ clientId: 'alice', capability: { chat: ['subscribe'] } });
  });

  test('keeps the client type of the Ably JWT', async () => {
    const jwt = await createAblyJwt(key, { capability: 'inherit', clientType: 'server' });
    const token = await verifyAblyJwt(await embedAblyToken(jwt, { secret: outerSecret }), key);
    expect(token.clientType).toBe('server');
  });
});

describe('expiry', () => {
  test('may be earlier, as a whole second', async () => {
    const outer = await embedAblyToken(inner, {
      secret: outerSecret,
      expiresAt: new Date((expiry - 60) * 1000 + 999),
    });
    expect(claimsOf(outer).exp).toBe(expiry - 60);
  });

  test('may be the same, and not a second later', async () => {
    const at = (seconds: number) => ({ secret: outerSecret, expiresAt: new Date(seconds * 1000) });
    expect(claimsOf(await embedAblyToken(inner, at(expiry))).exp).toBe(expiry);
    const error = await errorOf(() => embedAblyToken(inner, at(expiry + 1)));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toBe(
      `"expiresAt" is later than the expiry of the Ably token inside, ${new Date(expiry * 1000).toISOString()}.`,
    );
    expect(error.hint).toContain('Leave expiresAt out');
  });

  test('is never later than the inner one, which may have a fraction', async () => {
    const fraction = rawJwt({ payload: { iat: expiry - 60, exp: expiry + 0.9 } });
    expect(claimsOf(await embedAblyToken(fraction, { secret: outerSecret })).exp).toBe(expiry);
  });

  test('of an opaque Ably Token is unknown: only your own is written', async () => {
    expect(claimsOf(await embedAblyToken('appId1.opaque_Token-1', { secret: outerSecret }))).toEqual({
      iat: expect.any(Number),
      'x-ably-token': 'appId1.opaque_Token-1',
    });
    const expiresAt = new Date('2030-01-01T00:00:00Z');
    expect(claimsOf(await embedAblyToken('appId1.opaque', { secret: outerSecret, expiresAt })).exp).toBe(
      1_893_456_000,
    );
  });
});

describe('refused', () => {
  const sign = { key: rsa.privateKey, alg: 'RS256' };
  test.each<[name: string, options: unknown, says: RegExp]>([
    ['no key', {}, /One of "secret", "sign" and "encrypt".*none.*secret: HS256\. sign: another key/],
    ['two keys', { secret: outerSecret, sign }, /"secret" and "sign"/],
    [
      'an empty secret',
      { secret: '' },
      /"secret" must be a string or bytes, and not empty\. HS256 needs 32 bytes/,
    ],
    ['an API key', { secret: 'appId1.keyId:secret' }, /"secret" looks like an Ably API key.*of your own/],
    ['a secret of another type', { secret: 5 }, /"secret" must be/],
    ['another place', { secret: outerSecret, in: 'body' }, /"in" must be 'header' or 'claim', found "body"/],
    [
      'a claim in a JWE',
      { encrypt: { ...sign, enc: 'A256GCM' }, in: 'claim' },
      /"in" must be 'header' with "encrypt"/,
    ],
    [
      'a key that does not fit',
      { sign: { key: rsa.privateKey, alg: 'HS256' } },
      /"sign" has a key and an algorithm/,
    ],
    [
      'a key that does not fit what encrypts',
      { encrypt: { key: rsa.privateKey, alg: 'dir', enc: 'A256GCM' } },
      /"encrypt" has a key and an algorithm/,
    ],
    ['no algorithm', { sign: { key: rsa.privateKey } }, /"sign\.alg"/],
    [
      'a key as the algorithm',
      { sign: { ...sign, alg: 'a.b:c' } },
      /"sign\.alg" must be an algorithm's name/,
    ],
    ['no encryption algorithm', { encrypt: { key: aesKey, alg: 'dir' } }, /"encrypt\.enc"/],
    ['a key that is a string', { sign: { key: 'pem', alg: 'RS256' } }, /"sign\.key" must be a CryptoKey/],
    ['an unknown member', { sign: { ...sign, algorithm: 'x' } }, /"sign": there is no option "algorithm"/],
    [
      'an unknown option',
      { secret: outerSecret, expiresIn: '1h' },
      /^embedAblyToken: there is no option "expiresIn"/,
    ],
    ['a key that is null', { sign: { ...sign, key: null } }, /"key" is null/],
    ['no name as the algorithm', { sign: { ...sign, alg: '' } }, /"sign\.alg" must be an algorithm's name/],
    ['a long text as the algorithm', { sign: { ...sign, alg: 'A'.repeat(25) } }, /"sign\.alg" must be an/],
    ['an algorithm with a space before it', { sign: { ...sign, alg: ' RS256' } }, /"sign\.alg" must be an/],
    ['an algorithm with a space behind it', { sign: { ...sign, alg: 'RS256 ' } }, /"sign\.alg" must be an/],
    [
      'exp among the claims',
      { secret: outerSecret, claims: { exp: 1 } },
      /"exp" is set by the option "expiresAt"/,
    ],
    ['iat among the claims', { secret: outerSecret, claims: { iat: 1 } }, /"iat": embedAblyToken sets it/],
    [
      'a token among the claims',
      { secret: outerSecret, claims: { 'x-ably-token': 'x' } },
      /"x-ably-token": embedAblyToken sets it/,
    ],
    ['claims that JSON changes', { secret: outerSecret, claims: { at: new Date() } }, /"claims\.at".*toJSON/],
    [
      'a short secret',
      { secret: 'x'.repeat(31) },
      /has 31 bytes; HS256 needs 32 or more \(RFC 7518\)\. Generate one/,
    ],
    ['a short secret of bytes', { secret: new Uint8Array(31) }, /has 31 bytes; HS256 needs 32/],
    [
      'short bytes with an algorithm',
      { sign: { key: new Uint8Array(63), alg: 'HS512' } },
      /has 63 bytes; HS512 needs 64 or more/,
    ],
    [
      'compression',
      { encrypt: { key: aesKey, alg: 'dir', enc: 'A256GCM', zip: 'DEF' } },
      /there is no option "zip"/,
    ],
    [
      'a claim that Ably reads in the inner token',
      { secret: outerSecret, claims: { 'x-ably-clientType': 'server' } },
      /"x-ably-clientType": Ably reads it in the inner token only.*"clientType"/,
    ],
    ['a channel claim', { secret: outerSecret, claims: { 'ably.channel.a': 'x' } }, /"channelClaims"/],
    ['claims that are no object', { secret: outerSecret, claims: [] }, /"claims" must be a JSON object/],
    ['an expiry that is no Date', { secret: outerSecret, expiresAt: 5 }, /"expiresAt" must be a valid Date/],
  ])('%s', async (_name, options, says) => {
    const error = await errorOf(() => embedAblyToken(inner, options as EmbedAblyTokenOptions));
    expect(error.code).toBe('OPTION_INVALID');
    expect(said(error)).toMatch(says);
  });

  test('not, but left out: what a Proxy names among its claims the second time', async () => {
    let asked = 0;
    const shifty = new Proxy(
      { role: 'guest', exp: 9_999_999_999 },
      { ownKeys: () => [asked++ === 0 ? 'role' : 'exp'] },
    );
    const outer = await embedAblyToken(inner, { secret: outerSecret, claims: shifty });
    expect(claimsOf(outer)).toMatchObject({ role: 'guest', exp: expiry });
  });

  test('not: a claim that is undefined, which JSON leaves out', async () => {
    const outer = await embedAblyToken(inner, { secret: outerSecret, claims: { exp: undefined, sub: 'a' } });
    expect(claimsOf(outer)).toMatchObject({ sub: 'a', exp: expiry });
  });

  test('with what jose found as the cause', async () => {
    const error = await errorOf(() => embedAblyToken(inner, { sign: { key: rsa.privateKey, alg: 'HS256' } }));
    expect(error.cause).toBeInstanceOf(Error);
    expect(error.cause).toMatchObject({ name: 'TypeError', message: expect.stringContaining('HS256') });
  });

  test.each<[name: string, token: () => unknown, code: string, says: RegExp]>([
    ['an API key', () => key, 'TOKEN_MALFORMED', /is an API key/],
    ['half a token', () => `${inner.split('.').slice(1, 3).join('')}!`, 'TOKEN_MALFORMED', /has 1 part;/],
    [
      'an encrypted token',
      () => 'a.b.c.d.e',
      'TOKEN_MALFORMED',
      /is an outer token already\. Embed the Ably/,
    ],
    ['no string', () => undefined, 'OPTION_INVALID', /^"token" must be an Ably JWT or an Ably Token, found/],
  ])('%s in place of the Ably token', async (_name, token, code, says) => {
    const error = await errorOf(() => embedAblyToken(token() as string, { secret: outerSecret }));
    expect(error.code).toBe(code);
    expect(said(error)).toMatch(says);
    expect(said(error)).not.toContain(secret);
  });

  test("the Ably key's own secret, in each form", async () => {
    const strong = 'Kq3-vL9_xT7wKp2RmN8sYbD5Kq3-vL9_xT7wKp2RmN8';
    const jwt = await createAblyJwt(`appId1.keyId:${strong}`, { capability: 'inherit' });
    const bytes = new TextEncoder().encode(strong);
    for (const options of [{ secret: strong }, { secret: bytes }, { sign: { key: bytes, alg: 'HS256' } }]) {
      const error = await errorOf(() => embedAblyToken(jwt, options));
      expect(error.code).toBe('OPTION_INVALID');
      expect(error.message).toBe("The secret for the outer token is the Ably key's own.");
      expect(error.hint).toContain('Use a secret of your own');
      expect(said(error)).not.toContain(strong);
    }
    await expect(embedAblyToken(jwt, { secret: `${strong}x` })).resolves.toBeTypeOf('string');
  });

  test('an outer token in place of the Ably token', async () => {
    const once = await embedAblyToken(inner, { secret: outerSecret });
    const error = await errorOf(() => embedAblyToken(once, { secret: outerSecret }));
    expect(error).toMatchObject({ code: 'TOKEN_MALFORMED', hint: 'Embed the Ably token itself.' });
  });

  test('more than fits in a header', async () => {
    const error = await errorOf(() =>
      embedAblyToken(inner, { secret: outerSecret, claims: { big: 'x'.repeat(8000) } }),
    );
    expect(error.code).toBe('TOKEN_TOO_LARGE');
    expect(error.message).toContain('"big"');
  });
});
