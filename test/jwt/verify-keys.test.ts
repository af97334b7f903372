import { createAblyJwt, parseAblyKey, verifyAblyJwt } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/errors.js';
import { rawJwt } from '../support/tokens.js';

const older = 'appId1.older:older-secret_1';
const newer = 'appId1.newer:newer-secret_2';
const other = 'other.key:other-secret_3';
const sign = (key: string) => createAblyJwt(key, { capability: 'inherit' });

describe('several keys, for rotation', () => {
  test.each([older, newer, other])('%s is chosen by kid', async (key) => {
    const jwt = await sign(key);
    for (const keys of [
      [older, newer, other],
      [other, parseAblyKey(newer), parseAblyKey(older)],
      Object.freeze([key]),
      parseAblyKey(key),
    ]) {
      expect((await verifyAblyJwt(jwt, keys)).keyName).toBe(key.split(':')[0]);
    }
  });

  test('only the key that kid names counts, not another whose secret fits', async () => {
    const jwt = rawJwt({ header: { alg: 'HS256', kid: 'appId1.newer' }, secret: 'older-secret_1' });
    expect((await errorOf(() => verifyAblyJwt(jwt, [older, newer]))).code).toBe('SIGNATURE_INVALID');
  });

  test('two secrets under one name may both be right', async () => {
    const rotated = 'appId1.older:rotated-secret';
    for (const key of [older, rotated]) {
      await expect(verifyAblyJwt(await sign(key), [older, rotated])).resolves.toMatchObject({
        keyName: 'appId1.older',
      });
    }
    const jwt = await sign('appId1.older:a-third-secret');
    expect((await errorOf(() => verifyAblyJwt(jwt, [older, rotated]))).code).toBe('SIGNATURE_INVALID');
  });

  test('an unknown kid lists the names of the keys, and nothing else of them', async () => {
    const error = await errorOf(async () => verifyAblyJwt(await sign('appId1.gone:x'), [older, newer]));
    expect(error.hint).toBe('The keys given are "appId1.older", "appId1.newer".');
  });
});

describe('keys that are none', () => {
  test('no key at all', async () => {
    const error = await errorOf(() => verifyAblyJwt('a.b.c', []));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toBe('"keys" must be at least one API key, found an empty array.');
  });

  test.each([[undefined], [null], ['appId1.older'], [[older, 'nonsense']], [[older, undefined]], [{}], [7]])(
    '%j',
    async (keys) => {
      const error = await errorOf(() => verifyAblyJwt('a.b.c', keys as string));
      expect(error.code).toBe('KEY_MALFORMED');
    },
  );

  test('token and key in the wrong order: neither is shown', async () => {
    const jwt = await sign(older);
    const error = await errorOf(() => verifyAblyJwt(older, jwt));
    expect(error.code).toBe('KEY_MALFORMED');
    expect(error.message).toContain('it is a JWT');
    expect(JSON.stringify([error.message, error])).not.toContain('older-secret_1');
  });

  test('rejects, never throws synchronously', async () => {
    await expect(
      verifyAblyJwt(undefined as unknown as string, undefined as unknown as string),
    ).rejects.toThrow();
  });
});
