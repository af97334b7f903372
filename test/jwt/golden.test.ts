import { type AblyJwtOptions, createAblyJwt, parseAblyKey, verifyAblyJwt } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { goldenKey, goldenTokens } from '../support/golden.js';
import { parts } from '../support/tokens.js';

describe('golden tokens', () => {
  test.each(goldenTokens)('$name', async ({ options, payload, jwt }) => {
    expect(parts(jwt)).toMatchObject({
      header: '{"alg":"HS256","typ":"JWT","kid":"goldenApp.golden-Key_1"}',
      payload,
    });
    await expect(createAblyJwt(goldenKey, options as AblyJwtOptions)).resolves.toBe(jwt);
    await expect(createAblyJwt(parseAblyKey(goldenKey), options as AblyJwtOptions)).resolves.toBe(jwt);
  });

  test.each(goldenTokens)('is accepted: $name', async ({ jwt }) => {
    const currentDate = new Date('2026-01-02T03:04:06Z');
    const { keyName } = await verifyAblyJwt(jwt, goldenKey, { currentDate });
    expect(keyName).toBe('goldenApp.golden-Key_1');
  });
});
