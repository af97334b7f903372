import { createAblyJwt, isAblyJwtError } from 'ably-jwt';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { claimsOf, key } from '../support/tokens.js';

const secondsPer = { s: 1, m: 60, h: 3600, d: 86_400 };
const ttlOf = async (ttl: unknown) => {
  const { iat, exp } = claimsOf(await createAblyJwt(key, { capability: 'inherit', ttl: ttl as '1s' })) as {
    iat: number;
    exp: number;
  };
  return exp - iat;
};
const codeOf = (ttl: unknown) =>
  ttlOf(ttl).then(
    () => 'accepted',
    (error: unknown) => (isAblyJwtError(error) ? error.code : error),
  );

test('a whole number and a unit is so many seconds, up to a day', async () => {
  const unit = fc.constantFrom(...(Object.keys(secondsPer) as (keyof typeof secondsPer)[]));
  const count = fc.oneof(
    fc.integer({ min: 1, max: 60 }),
    fc.integer({ min: 1, max: 90_000 }),
    fc.maxSafeInteger().map(Math.abs),
  );
  await fc.assert(
    fc.asyncProperty(count, unit, async (n, u) => {
      const seconds = n * secondsPer[u];
      if (seconds === 0) expect(await codeOf(`${n}${u}`)).toBe('OPTION_INVALID');
      else if (seconds > 86_400) expect(await codeOf(`${n}${u}`)).toBe('TTL_TOO_LONG');
      else expect(await ttlOf(`${n}${u}`)).toBe(seconds);
    }),
    { numRuns: 300 },
  );
});

test('nothing else is a duration', async () => {
  const near = fc
    .tuple(
      fc.constantFrom('', ' ', '-', '+', '1'),
      fc.double().map(String),
      fc.constantFrom('s', 'm', 'H', 'ms', '', 's '),
    )
    .map((texts) => texts.join(''));
  const other = fc.oneof(near, fc.string({ unit: 'binary' }), fc.double(), fc.boolean(), fc.bigInt());
  await fc.assert(
    fc.asyncProperty(
      other.filter((text) => text !== undefined && !/^\d+[smhd]$/.test(String(text))),
      async (ttl) => {
        expect(await codeOf(ttl)).toBe('OPTION_INVALID');
      },
    ),
    { numRuns: 300 },
  );
});
