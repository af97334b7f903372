import * as onNode from 'ably-jwt';
import { type AblyJwtOptions, decodeAblyJwt } from 'ably-jwt';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { errorOf } from '../support/errors.js';
import { goldenKey, goldenTokens } from '../support/golden.js';
import { loadOnWebCrypto, type Package } from '../support/second-copy.js';
import { goodHeader, issuedAt, key, rawJwt, secret } from '../support/tokens.js';

let onWebCrypto: Package;
beforeAll(async () => {
  onWebCrypto = await loadOnWebCrypto();
});

const currentDate = issuedAt;

describe('signing', () => {
  test.each(goldenTokens)('gives the same bytes on WebCrypto: $name', async ({ options, jwt }) => {
    const parsed = onWebCrypto.parseAblyKey(goldenKey);
    for (const k of [goldenKey, parsed, parsed])
      await expect(onWebCrypto.createAblyJwt(k, options as AblyJwtOptions)).resolves.toBe(jwt);
  });

  test('asks WebCrypto, and node:crypto where it is', async () => {
    const importKey = vi.spyOn(crypto.subtle, 'importKey');
    const sign = vi.spyOn(crypto.subtle, 'sign');
    const options = { capability: 'inherit', issuedAt } as const;
    await onNode.createAblyJwt('a.b:once', options);
    expect(sign).not.toHaveBeenCalled();
    const parsed = onWebCrypto.parseAblyKey('a.b:once');
    for (let i = 0; i < 3; i++) await onWebCrypto.createAblyJwt(parsed, options);
    expect(sign).toHaveBeenCalledTimes(3);
    // Importing is the slow part.
    expect(importKey).toHaveBeenCalledTimes(1);
    // Nobody can read the secret out of such a key again.
    expect(importKey.mock.calls[0]![3]).toBe(false);
    vi.restoreAllMocks();
  });

  test.each<[string, object]>([
    ['no createHmac', { createSecretKey: () => expect.unreachable() }],
    ['no createSecretKey', { createHmac: () => expect.unreachable() }],
  ])('asks WebCrypto where node:crypto has %s', async (_, half) => {
    const copy = await loadOnWebCrypto(half);
    const options = { capability: 'inherit', issuedAt } as const;
    await expect(copy.createAblyJwt(key, options)).resolves.toBe(await onNode.createAblyJwt(key, options));
  });

  test.each<[string, object | undefined]>([
    ['no process', undefined],
    ['a process that finds no modules', { env: {} }],
  ])('asks WebCrypto where there is %s', async (_, process) => {
    vi.resetModules();
    const copy = await import('ably-jwt');
    const options = { capability: 'inherit', issuedAt } as const;
    vi.stubGlobal('process', process);
    const signing = copy.createAblyJwt(key, options);
    vi.unstubAllGlobals();
    await expect(signing).resolves.toBe(await onNode.createAblyJwt(key, options));
  });

  test('many keys at once are not mixed up', async () => {
    const keys = Array.from({ length: 50 }, (_, n) => `app.key${n}:secret${n}`);
    const sign = (copy: Package) =>
      Promise.all(keys.map((k) => copy.createAblyJwt(k, { capability: 'inherit', issuedAt })));
    expect(await sign(onWebCrypto)).toEqual(await sign(onNode));
  });
});

describe('checking', () => {
  const good = rawJwt();
  const unsigned = good.slice(0, good.lastIndexOf('.') + 1);
  test.each<[string, string, string]>([
    ['a good token', good, 'accepted'],
    ['the wrong secret', rawJwt({ secret: 'wrong' }), 'SIGNATURE_INVALID'],
    ['no signature', unsigned, 'SIGNATURE_INVALID'],
    ['a short signature', `${unsigned}AAAA`, 'SIGNATURE_INVALID'],
    ['a long signature', `${good}AAAA`, 'SIGNATURE_INVALID'],
    ['another signature of the right length', `${unsigned}${'A'.repeat(43)}`, 'SIGNATURE_INVALID'],
    ['a signature of 43 exclamation marks', `${unsigned}${'!'.repeat(43)}`, 'TOKEN_MALFORMED'],
    ['a signature of 43 spaces', `${unsigned}${' '.repeat(43)}`, 'TOKEN_MALFORMED'],
    ['a signature with spare bits', `${unsigned}${'A'.repeat(42)}B`, 'TOKEN_MALFORMED'],
    ['alg none', rawJwt({ header: { ...goodHeader, alg: 'none' } }), 'ALG_NOT_ALLOWED'],
    ['b64 without crit', rawJwt({ header: { ...goodHeader, b64: false } }), 'accepted'],
    ['crit', rawJwt({ header: { ...goodHeader, b64: false, crit: ['b64'] } }), 'TOKEN_MALFORMED'],
    ['typ, cty and zip', rawJwt({ header: { ...goodHeader, typ: 7, cty: [], zip: 'DEF' } }), 'accepted'],
    ['another key', rawJwt({ header: { ...goodHeader, kid: 'appId1.other' } }), 'KEY_UNKNOWN'],
    [
      'a jwk in the header',
      rawJwt({ header: { ...goodHeader, jwk: { kty: 'oct', k: 'eA' } }, secret: 'x' }),
      'SIGNATURE_INVALID',
    ],
    ['expired', rawJwt({ payload: { iat: 1, exp: 2 } }), 'TOKEN_EXPIRED'],
  ])('says the same on both: %s', async (_, jwt, verdict) => {
    for (const copy of [onNode, onWebCrypto]) {
      const judged = copy.verifyAblyJwt(jwt, key, { currentDate });
      const code = await judged.then(
        () => 'accepted',
        (error) => (copy.isAblyJwtError(error) ? error.code : error),
      );
      expect(code).toBe(verdict);
      // Never throws for a token, on either engine.
      const findings = await copy.explainAblyJwt(jwt, key, { currentDate });
      const errors = findings.filter(({ severity }) => severity === 'error');
      expect(errors[0]?.code ?? 'accepted').toBe(verdict);
    }
  });

  test('finds the secret among several of one name on both', async () => {
    const keys = [`${key}-older`, key, `${key}-newer`];
    for (const copy of [onNode, onWebCrypto]) {
      for (const signer of keys) {
        const jwt = await copy.createAblyJwt(signer, { capability: 'inherit', issuedAt });
        await expect(copy.verifyAblyJwt(jwt, keys, { currentDate })).resolves.toBeTruthy();
      }
    }
  });

  test('no unknown crit, and no error of another library, on either', async () => {
    for (const crit of [['exp'], ['b64', 'x'], [], 'b64', 7, null, [7]]) {
      const jwt = rawJwt({ header: { ...goodHeader, crit } });
      for (const copy of [onNode, onWebCrypto]) {
        const error = await errorOf(() => copy.verifyAblyJwt(jwt, key, { currentDate }));
        expect(error.code).toBe('TOKEN_MALFORMED');
      }
    }
  });

  test('each reads what the other signed', async () => {
    const options = { capability: { 'räume:*': ['publish'] }, clientId: 'Zoë 😀', issuedAt } as const;
    for (const [signer, reader] of [
      [onNode, onWebCrypto],
      [onWebCrypto, onNode],
    ] as const) {
      const jwt = await signer.createAblyJwt(key, options);
      await expect(reader.verifyAblyJwt(jwt, key, { currentDate })).resolves.toMatchObject({
        clientId: 'Zoë 😀',
      });
    }
  });
});

describe('two copies of the package', () => {
  test("know each other's errors", async () => {
    const error = await errorOf(() => onWebCrypto.parseAblyKey('x'));
    expect(error).not.toBeInstanceOf(onNode.AblyJwtError);
    expect(onNode.isAblyJwtError(error, 'KEY_MALFORMED')).toBe(true);
  });

  test('share anyClientId', async () => {
    const jwt = await onWebCrypto.createAblyJwt(key, { capability: 'inherit', clientId: onNode.anyClientId });
    expect(decodeAblyJwt(jwt).clientId).toBe('*');
  });

  test("know each other's deny and retryLater", async () => {
    const endpoint = onWebCrypto.createAuthEndpoint(key, (denial: Error) => {
      throw denial;
    });
    expect((await endpoint(onNode.deny('no'))).status).toBe(403);
    expect((await endpoint(onNode.retryLater('1s'))).status).toBe(503);
  });

  test("can not read each other's keys, and say so without the secret", async () => {
    const foreign = onWebCrypto.parseAblyKey(key);
    const error = await errorOf(() =>
      onNode.createAblyJwt(foreign as onNode.AblyKey, { capability: 'inherit' }),
    );
    expect(error.code).toBe('KEY_MALFORMED');
    expect(error.message).toContain('Pass the key as a string');
    expect(error.message).not.toContain(secret);
  });
});
