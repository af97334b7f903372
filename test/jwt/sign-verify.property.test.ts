import {
  type AblyJwt,
  type AblyJwtOptions,
  anyClientId,
  createAblyJwt,
  decodeAblyJwt,
  isAblyJwtError,
  verifyAblyJwt,
} from 'ably-jwt';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anything, jsonValue, jwtOptions, name, wellFormed } from '../support/arbitraries.js';
import { key, keyName } from '../support/tokens.js';

const tooLarge = (error: unknown) => {
  if (isAblyJwtError(error, 'TOKEN_TOO_LARGE')) return undefined;
  throw error;
};
const sign = (options: AblyJwtOptions) => createAblyJwt(key, options).catch(tooLarge);

/** What a token made with these options must say. */
function expected(options: AblyJwtOptions): object {
  const asText = (claims: object = {}) =>
    Object.fromEntries(
      Object.entries(claims).map(([own, value]) => [
        own,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    );
  const seconds = { '1s': 1, '90s': 90, '15m': 900, '1h': 3600, '24h': 86_400, '1d': 86_400 };
  const issuedAt = Math.floor(options.issuedAt!.getTime() / 1000) * 1000;
  const ttl = seconds[(options.ttl ?? '1h') as keyof typeof seconds];
  const { capability, clientId, revocationKey } = options;
  return {
    keyName,
    ...(clientId === undefined ? {} : { clientId: clientId === anyClientId ? '*' : clientId }),
    ...(typeof capability === 'string'
      ? {}
      : {
          capability: Object.fromEntries(
            Object.entries(capability).map(([own, operations]) => [own, [...new Set(operations)].sort()]),
          ),
        }),
    issuedAt: new Date(issuedAt),
    expiresAt: new Date(issuedAt + ttl * 1000),
    ...(revocationKey === undefined ? {} : { revocationKey }),
    channelClaims: asText(options.channelClaims),
    roomClaims: asText(options.roomClaims),
    publishRateLimits: options.publishRateLimits ?? {},
    claims: options.claims ?? {},
  };
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    for (const member of Object.values(value)) frozen(member);
    Object.freeze(value);
  }
  return value;
}

describe('sign and verify', () => {
  test('whatever is signed is read back, letter for letter', async () => {
    await fc.assert(
      fc.asyncProperty(jwtOptions, async (options) => {
        const jwt = await sign(options);
        if (jwt === undefined) return;
        const currentDate = options.issuedAt!;
        const { can, ...token }: AblyJwt = await verifyAblyJwt(jwt, key, { currentDate });
        expect(token).toEqual(expected(options));
        const { can: also, ...decoded } = decodeAblyJwt(jwt);
        expect(decoded).toEqual(token);
      }),
      { numRuns: 400 },
    );
  });

  test('any JSON passes as a claim', async () => {
    await fc.assert(
      fc.asyncProperty(jsonValue, async (value) => {
        const jwt = await sign({ capability: 'inherit', claims: { value } });
        if (jwt !== undefined) expect((await verifyAblyJwt(jwt, key)).claims).toEqual({ value });
      }),
      { numRuns: 300 },
    );
  });

  test('options are not changed, also when all of them are frozen', async () => {
    await fc.assert(
      fc.asyncProperty(jwtOptions, async (options) => {
        const before = structuredClone({ ...options, clientId: String(options.clientId) });
        const time = options.issuedAt!.getTime();
        await sign(frozen(options));
        expect({ ...options, clientId: String(options.clientId) }).toEqual(before);
        expect(options.issuedAt!.getTime()).toBe(time);
      }),
    );
  });

  test('the same options give the same bytes, in whatever order they stand', async () => {
    await fc.assert(
      fc.asyncProperty(jwtOptions, async (options) => {
        const reversed = Object.fromEntries(Object.entries(options).reverse()) as unknown as AblyJwtOptions;
        expect(await sign(reversed)).toBe(await sign(options));
      }),
    );
  });

  test('a lone surrogate anywhere is refused', async () => {
    const broken = fc
      .tuple(
        wellFormed,
        fc.constantFrom('\ud800', '\udbff', '\udc00', '\udfff'),
        fc.constantFrom('', 'a', ' '),
      )
      .map((texts) => texts.join(''));
    await fc.assert(
      fc.asyncProperty(broken, name, async (text, fine) => {
        const places: object[] = [
          { clientId: text },
          { revocationKey: text },
          { capability: { [text]: ['publish'] } },
          { channelClaims: { [text]: 'x' } },
          { channelClaims: { [fine]: text } },
          { roomClaims: { [fine]: { [text]: 1 } } },
          { publishRateLimits: { [text]: 1 } },
          { claims: { own: [text] } },
          { claims: { own: { [text]: 1 } } },
        ];
        for (const place of places) {
          const error = await createAblyJwt(key, { capability: 'inherit', ...place } as AblyJwtOptions).catch(
            (e) => e,
          );
          expect(isAblyJwtError(error), JSON.stringify(place)).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('whatever is given', () => {
  test('createAblyJwt gives a token that verifyAblyJwt takes, or an AblyJwtError', async () => {
    const option = fc.constantFrom(
      'capability',
      'clientId',
      'ttl',
      'revocable',
      'revocationKey',
      'channelClaims',
      'roomClaims',
      'publishRateLimits',
      'claims',
      'allowBrowser',
      'issuedAt',
      'backdate',
      'other',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(option, anything, { maxKeys: 3, noNullPrototype: true }),
        async (options) => {
          // Beyond the last Date there is no expiry.
          fc.pre(!(options.issuedAt instanceof Date && options.issuedAt.getUTCFullYear() > 9999));
          const complete = { capability: 'inherit', ...options } as unknown as AblyJwtOptions;
          const jwt = await createAblyJwt(key, complete).catch((error) => {
            expect(isAblyJwtError(error)).toBe(true);
          });
          if (jwt === undefined) return;
          await expect(
            verifyAblyJwt(jwt, key, { currentDate: options.issuedAt as Date | undefined }),
          ).resolves.toBeTruthy();
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('verifyAblyJwt and decodeAblyJwt reject with nothing but AblyJwtError', async () => {
    const part = fc.oneof(
      fc.base64String(),
      fc.string({ unit: 'binary' }),
      jsonValue.map((value) => Buffer.from(JSON.stringify(value)).toString('base64url')),
    );
    const jwt = fc.oneof(
      anything,
      fc.array(part, { maxLength: 6 }).map((parts) => parts.join('.')),
    );
    await fc.assert(
      fc.asyncProperty(jwt, async (text) => {
        const error = await verifyAblyJwt(text as string, key).catch((e) => e);
        expect(isAblyJwtError(error)).toBe(true);
        expect(() => decodeAblyJwt(text as string)).toThrow();
      }),
      { numRuns: 500 },
    );
  });
});
