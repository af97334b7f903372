import { createAblyJwt, type VerifyAblyJwtOptions, verifyAblyJwt } from 'ably-jwt';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { errorOf } from '../support/errors.js';
import { withPayload } from '../support/faults.js';
import { iat, issuedAt, key } from '../support/tokens.js';

const at = (seconds: number) => new Date((iat + seconds) * 1000);
const verdict = async (jwt: string, options: object = {}) => {
  try {
    await verifyAblyJwt(jwt, key, { currentDate: issuedAt, ...options } as VerifyAblyJwtOptions);
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

afterEach(() => {
  vi.useRealTimers();
});

describe('exp', () => {
  const jwt = withPayload({ exp: iat + 60 });

  test.each([
    [0, 'accepted'],
    [59.999, 'accepted'],
    [60, 'TOKEN_EXPIRED'],
    [61, 'TOKEN_EXPIRED'],
  ])('%d seconds after the issue: %s', async (seconds, expected) => {
    expect(await verdict(jwt, { currentDate: at(seconds) })).toBe(expected);
  });

  test('has no tolerance, whatever clockTolerance says', async () => {
    expect(await verdict(jwt, { currentDate: at(60), clockTolerance: '1h' })).toBe('TOKEN_EXPIRED');
  });

  test('may have a fraction', async () => {
    const fraction = withPayload({ exp: iat + 60.5 });
    expect(await verdict(fraction, { currentDate: at(60.499) })).toBe('accepted');
    expect(await verdict(fraction, { currentDate: at(60.5) })).toBe('TOKEN_EXPIRED');
  });
});

test.each([
  [59, '59s'],
  [60, '1m'],
  [119, '119s'],
  [120, '2m'],
  [3599, '59m'],
  [3600, '1h'],
  [7199, '119m'],
  [7200, '2h'],
  [86_400, '1d'],
  [172_799, '47h'],
  [172_800, '2d'],
  [950_399, '10d'],
])('a token that expired %d seconds ago: %s', async (seconds, ago) => {
  const error = await errorOf(() =>
    verifyAblyJwt(withPayload({ exp: iat + 60 }), key, { currentDate: at(60 + seconds) }),
  );
  expect(error.message).toContain(`The token expired ${ago} ago, at `);
});

describe('a lifetime that Ably refuses', () => {
  const usual =
    'Clients renew by themselves before a token expires, so a short ttl costs nothing but a request.';
  const meant = (duration: string) =>
    `Was ${duration} meant? Then the lifetime was added in milliseconds; a JWT counts seconds.`;

  // A quotient that makes no lifetime says nothing.
  test.each([
    [86_401, false, usual],
    [900_000, false, meant('15m')],
    [900_500, false, usual],
    [86_400_000, false, meant('1d')],
    [86_401_000, false, usual],
    [29_000, true, usual],
    [30_000, true, meant('30s')],
  ])('of %d seconds (revocable: %s)', async (seconds, revocable, hint) => {
    const jwt = withPayload({ exp: iat + seconds });
    const error = await errorOf(() => verifyAblyJwt(jwt, key, { currentDate: issuedAt, revocable }));
    expect(error.code).toBe('TTL_TOO_LONG');
    expect(error.hint).toBe(hint);
  });
});

describe('iat', () => {
  test.each([
    [0, undefined, 'accepted'],
    [60, undefined, 'accepted'],
    [61, undefined, 'CLAIM_INVALID'],
    [1, '0s', 'CLAIM_INVALID'],
    [0, '0s', 'accepted'],
    [300, '5m', 'accepted'],
    [301, '5m', 'CLAIM_INVALID'],
  ])('%d seconds ahead with tolerance %s: %s', async (ahead, clockTolerance, expected) => {
    const jwt = withPayload({ iat: iat + ahead, exp: iat + ahead + 60 });
    expect(await verdict(jwt, { clockTolerance })).toBe(expected);
  });

  test('may be long ago, as long as the token lives', async () => {
    expect(await verdict(withPayload({ iat: iat - 86_000, exp: iat + 400 }))).toBe('accepted');
  });
});

describe('exp − iat', () => {
  test.each([
    [86_400, undefined, 'accepted'],
    [86_401, undefined, 'TTL_TOO_LONG'],
    [86_400.5, undefined, 'TTL_TOO_LONG'],
    [86_400, false, 'accepted'],
    [3600, true, 'accepted'],
    [3601, true, 'TTL_TOO_LONG'],
  ])('of %d seconds (revocable: %s): %s', async (ttl, revocable, expected) => {
    expect(await verdict(withPayload({ exp: iat + ttl }), { revocable })).toBe(expected);
  });

  test('says which limit was broken', async () => {
    const jwt = withPayload({ exp: iat + 7200 });
    const error = await errorOf(() => verifyAblyJwt(jwt, key, { currentDate: issuedAt, revocable: true }));
    expect(error).toMatchObject({ code: 'TTL_TOO_LONG', ablyCode: 40003, statusCode: 400 });
    expect(error.message).toContain('valid for 2h');
    expect(error.message).toContain('at most 1 hour');
  });
});

describe('nbf', () => {
  test.each([iat + 3600, 'never', null, {}])('is ignored, as Ably ignores it: %j', async (nbf) => {
    expect(await verdict(withPayload({ nbf }))).toBe('accepted');
  });
});

describe('the clock', () => {
  test("is the system's by default", async () => {
    vi.useFakeTimers({ now: issuedAt });
    const jwt = await createAblyJwt(key, { capability: 'inherit', ttl: '60s' });
    vi.setSystemTime(at(59.999));
    await expect(verifyAblyJwt(jwt, key)).resolves.toMatchObject({ issuedAt, expiresAt: at(60) });
    vi.setSystemTime(at(60));
    expect((await errorOf(() => verifyAblyJwt(jwt, key))).code).toBe('TOKEN_EXPIRED');
    vi.setSystemTime(at(-61));
    expect((await errorOf(() => verifyAblyJwt(jwt, key))).code).toBe('CLAIM_INVALID');
  });
});

describe('options', () => {
  test.each<[object, RegExp]>([
    [{ clockTolerance: 60 }, /^"clockTolerance" must be a duration.*found the number 60/],
    [{ clockTolerance: '1 minute' }, /^"clockTolerance" must be a whole number and s, m, h or d/],
    [{ clockTolerance: null }, /^"clockTolerance" is null/],
    [{ currentDate: 0 }, /^"currentDate" must be a valid Date, found the number 0/],
    [{ currentDate: new Date(Number.NaN) }, /^"currentDate" must be a valid Date/],
    [{ revocable: 'yes' }, /^"revocable" must be true or false/],
    [
      { clockTolerence: '5s' },
      /^verifyAblyJwt: there is no option "clockTolerence"\. Did you mean "clockTolerance"\?/,
    ],
    [{ audience: 'x' }, /^verifyAblyJwt: there is no option "audience"\./],
  ])('%j is refused', async (options, message) => {
    const error = await errorOf(() => verifyAblyJwt('a.b.c', key, options));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toMatch(message);
  });

  test.each([null, 'x', 5, []])('%j in place of all of them is refused', async (options) => {
    const error = await errorOf(() => verifyAblyJwt('a.b.c', key, options as VerifyAblyJwtOptions));
    expect(error.message).toMatch(/^verifyAblyJwt: the options must be an object, found /);
  });

  test('undefined ones are absent', async () => {
    const options = { clockTolerance: undefined, currentDate: undefined, revocable: undefined };
    const jwt = await createAblyJwt(key, { capability: 'inherit' });
    await expect(verifyAblyJwt(jwt, key, options)).resolves.toBeTruthy();
    await expect(verifyAblyJwt(jwt, key, undefined)).resolves.toBeTruthy();
  });
});
