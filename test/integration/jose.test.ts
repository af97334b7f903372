import { createAblyJwt, decodeAblyJwt, verifyAblyJwt } from 'ably-jwt';
import { CompactEncrypt, EncryptJWT, errors, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/errors.js';
import { goldenKey, goldenTokens } from '../support/golden.js';
import { iat, issuedAt, key, keyName, secret } from '../support/tokens.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const options = { currentDate: issuedAt };
const header = { alg: 'HS256', kid: keyName };

describe('jose reads our tokens', () => {
  test.each(goldenTokens)('$name', async ({ jwt, payload }) => {
    const read = await jwtVerify(jwt, bytes(goldenKey.split(':')[1]!), {
      algorithms: ['HS256'],
      typ: 'JWT',
      currentDate: new Date((iat + 1) * 1000),
      requiredClaims: ['iat', 'exp'],
    });
    expect(read.protectedHeader).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'goldenApp.golden-Key_1' });
    expect(JSON.stringify(read.payload)).toBe(JSON.stringify(JSON.parse(payload)));
  });

  test('and refuses them with another secret', async () => {
    const jwt = await createAblyJwt(key, { capability: 'inherit' });
    await expect(jwtVerify(jwt, bytes('another'))).rejects.toThrow(errors.JWSSignatureVerificationFailed);
  });
});

describe('we read tokens of jose', () => {
  test.each<[string, object]>([
    ['alg first', { alg: 'HS256', typ: 'JWT', kid: keyName }],
    ['kid first', { kid: keyName, typ: 'JWT', alg: 'HS256' }],
    ['no typ, and more', { kid: keyName, jku: 'https://x.example', alg: 'HS256' }],
  ])('header: %s', async (_, protectedHeader) => {
    const jwt = await new SignJWT({
      'x-ably-clientId': 'Zoë 😀',
      'x-ably-capability': '{"a":["publish"]}',
      sub: 'u1',
    })
      .setProtectedHeader(protectedHeader as typeof header)
      .setExpirationTime('1h')
      .setIssuedAt()
      .sign(bytes(secret));
    await expect(verifyAblyJwt(jwt, key)).resolves.toMatchObject({
      clientId: 'Zoë 😀',
      capability: { a: ['publish'] },
      claims: { sub: 'u1' },
    });
  });

  test('the same claims and header give the same bytes as ours', async () => {
    const theirs = await new SignJWT({ iat, exp: iat + 3600, 'x-ably-clientId': 'alice' })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: keyName })
      .sign(bytes(secret));
    expect(await createAblyJwt(key, { capability: 'inherit', clientId: 'alice', issuedAt })).toBe(theirs);
  });

  test.each<[string, (jwt: SignJWT) => SignJWT, string]>([
    ['without setIssuedAt', (jwt) => jwt.setExpirationTime('1h'), 'CLAIM_MISSING'],
    ['without setExpirationTime', (jwt) => jwt.setIssuedAt(), 'CLAIM_MISSING'],
    ['for two days', (jwt) => jwt.setIssuedAt().setExpirationTime('2d'), 'TTL_TOO_LONG'],
    [
      'that have expired',
      (jwt) => jwt.setIssuedAt('2 hours ago').setExpirationTime('1 hour ago'),
      'TOKEN_EXPIRED',
    ],
  ])('but not %s', async (_, set, code) => {
    const jwt = await set(new SignJWT({}).setProtectedHeader(header)).sign(bytes(secret));
    expect((await errorOf(() => verifyAblyJwt(jwt, key))).code).toBe(code);
  });

  test('but not with an asymmetric key, whatever kid says', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const jwt = await new SignJWT({ iat, exp: iat + 60 })
      .setProtectedHeader({ alg: 'ES256', kid: keyName })
      .sign(privateKey);
    expect((await errorOf(() => verifyAblyJwt(jwt, key, options))).code).toBe('ALG_NOT_ALLOWED');
  });
});

describe('we read Ably JWTs inside tokens of jose', () => {
  const inner = createAblyJwt(key, {
    capability: { chat: ['publish'] },
    clientId: 'alice',
    issuedAt,
    ttl: '1h',
  });
  const keys = generateKeyPair('RSA-OAEP-256');

  const outer: [name: string, make: (token: string) => Promise<string>][] = [
    [
      'in the header of a JWS',
      async (token) => {
        const { privateKey } = await generateKeyPair('ES256');
        return new SignJWT({ sub: 'u1' })
          .setProtectedHeader({ alg: 'ES256', 'x-ably-token': token })
          .setIssuedAt(iat)
          .setExpirationTime(iat + 3600)
          .sign(privateKey);
      },
    ],
    [
      'in the claims of a JWS',
      (token) =>
        new SignJWT({ 'x-ably-token': token, sub: 'u1' })
          .setProtectedHeader({ alg: 'HS512' })
          .setExpirationTime(iat + 60)
          .sign(bytes('a secret of somebody else, that is long enough for SHA-512, says the RFC')),
    ],
    [
      'in the header of a JWE with a shared key',
      (token) =>
        new CompactEncrypt(bytes('{}'))
          .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', 'x-ably-token': token })
          .encrypt(new Uint8Array(32)),
    ],
    [
      'in the header of a JWE with a public key',
      async (token) =>
        new EncryptJWT({ sub: 'u1' })
          .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A128CBC-HS256', 'x-ably-token': token })
          .setExpirationTime(iat + 7200)
          .encrypt((await keys).publicKey),
    ],
  ];

  test.each(outer)('%s', async (_, make) => {
    const jwt = await make(await inner);
    for (const token of [await verifyAblyJwt(jwt, key, options), decodeAblyJwt(jwt)]) {
      expect(token).toMatchObject({
        keyName,
        clientId: 'alice',
        capability: { chat: ['publish'] },
        claims: {},
      });
    }
    expect((await errorOf(() => verifyAblyJwt(jwt, `${keyName}:wrong`, options))).code).toBe(
      'SIGNATURE_INVALID',
    );
  });

  test('but not claims that are encrypted', async () => {
    const jwt = await new EncryptJWT({ 'x-ably-token': await inner })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(new Uint8Array(32));
    expect((await errorOf(() => verifyAblyJwt(jwt, key, options))).code).toBe('TOKEN_MALFORMED');
  });
});
