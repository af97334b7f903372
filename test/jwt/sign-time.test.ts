import { type AblyJwtOptions, createAblyJwt, verifyAblyJwt } from 'ably-jwt';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { errorOf, said } from '../support/errors.js';
import { claimsOf, iat, issuedAt, key } from '../support/tokens.js';

const sign = (options: object = {}) =>
  createAblyJwt(key, { capability: 'inherit', issuedAt, ...options } as AblyJwtOptions);
const times = async (options: object = {}) => {
  const { iat: from, exp } = claimsOf(await sign(options)) as { iat: number; exp: number };
  return [from, exp - from];
};

afterEach(() => {
  vi.useRealTimers();
});

describe('ttl', () => {
  test.each([
    [undefined, 3600],
    ['1s', 1],
    ['90s', 90],
    ['15m', 900],
    ['60m', 3600],
    ['1h', 3600],
    ['24h', 86_400],
    ['1d', 86_400],
    ['86400s', 86_400],
    ['007s', 7],
  ])('%s is %d seconds', async (ttl, seconds) => {
    expect(await times({ ttl })).toEqual([iat, seconds]);
  });

  test.each([
    ['86401s', false],
    ['1441m', false],
    ['25h', false],
    ['2d', false],
    [`${'9'.repeat(400)}d`, false],
    ['3601s', true],
    ['61m', true],
    ['2h', true],
    ['1d', true],
  ])('%s is too long (revocable: %s)', async (ttl, revocable) => {
    const error = await errorOf(() => sign({ ttl, revocable }));
    expect(error).toMatchObject({ code: 'TTL_TOO_LONG', ablyCode: 40003, statusCode: 400 });
    expect(error.href).toBe('https://help.ably.io/error/40003');
    expect(error.message).toMatch(/^"ttl" is "/);
    expect(error.message).toContain(
      revocable
        ? ', but Ably accepts a token of a key with revocable tokens for at most 1 hour.'
        : ', but Ably accepts a token for at most 24 hours.',
    );
    expect(error.hint).toContain('renew');
  });

  test('one hour is not too long for a revocable token', async () => {
    expect(await times({ ttl: '1h', revocable: true })).toEqual([iat, 3600]);
    expect(await times({ ttl: '2h', revocable: false })).toEqual([iat, 7200]);
  });

  test('a bare number shows both readings', async () => {
    const error = await errorOf(() => sign({ ttl: 3_600_000 }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toMatch(/^"ttl" must be a duration.*found the number 3600000\.$/);
    expect(error.hint).toContain("'3600000s'");
    expect(error.hint).toContain("'3600s'");
    expect((await errorOf(() => sign({ ttl: '3600' }))).hint).toContain("'3600s' if you meant seconds");
    expect(said(await errorOf(() => sign({ ttl: 60 })))).toMatch(
      /'60s' if you meant seconds.*'1s' if you meant milli/,
    );
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('the number %d has no reading', async (ttl) => {
    const error = await errorOf(() => sign({ ttl }));
    expect(error.message).toContain(`found the number ${ttl}.`);
    expect(error.hint).toBeUndefined();
  });

  test.each(['0s', '0m', '0d', '000h'])('%s is no time at all', async (ttl) => {
    const error = await errorOf(() => sign({ ttl }));
    expect(error.message).toBe(`"ttl" must be greater than zero, found "${ttl}".`);
  });

  test.each([
    ['1H', "Did you mean '1h'?"],
    ['15 min', "Did you mean '15m'?"],
    ['2 hours', "Did you mean '2h'?"],
    ['1day', "Did you mean '1d'?"],
    [' 30s ', "Did you mean '30s'?"],
    ['10secs', "Did you mean '10s'?"],
    ['10sec', "Did you mean '10s'?"],
    ['1 second', "Did you mean '1s'?"],
    ['10 seconds', "Did you mean '10s'?"],
    ['1minute', "Did you mean '1m'?"],
    ['15 mins', "Did you mean '15m'?"],
    ['15 minutes', "Did you mean '15m'?"],
    ['1hr', "Did you mean '1h'?"],
    ['2hrs', "Did you mean '2h'?"],
    ['1 hour', "Did you mean '1h'?"],
    ['2days', "Did you mean '2d'?"],
    ['500ms', undefined],
    ['1month', undefined],
    ['1.5h', undefined],
    ['-1h', undefined],
    ['1w', undefined],
    ['1h30m', undefined],
    ['x5', undefined],
    ['5x', undefined],
    ['', undefined],
    ['١h', undefined],
    ['1s\n', "Did you mean '1s'?"],
    [{}, undefined],
    [true, undefined],
    [10n, undefined],
    // Regular expressions would take the text of these.
    [['15m'], undefined],
    [['15 min'], undefined],
  ])('$0 is refused', async (ttl, hint) => {
    const error = await errorOf(() => sign({ ttl }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toMatch(/^"ttl" must be a whole number and s, m, h or d, such as '90s'/);
    expect(error.hint).toBe(hint);
  });
});

describe('revocable', () => {
  test.each(['true', 1, {}])('must be a boolean: %j', async (revocable) => {
    const error = await errorOf(() => sign({ revocable }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toMatch(/^"revocable" must be true or false, found /);
  });
});

describe('issuedAt', () => {
  test.each([
    ['2026-01-02T03:04:05.000Z', 0],
    ['2026-01-02T03:04:05.001Z', 0],
    ['2026-01-02T03:04:05.999Z', 0],
    ['2026-01-02T03:04:06.000Z', 1],
  ])('%s is rounded down, never up', async (date, ahead) => {
    expect((await times({ issuedAt: new Date(date) }))[0]).toBe(iat + ahead);
  });

  test('may lie before 1970, and is rounded down there too', async () => {
    expect((await times({ issuedAt: new Date(-1) }))[0]).toBe(-1);
  });

  test('is now by default', async () => {
    vi.useFakeTimers({ now: issuedAt.getTime() + 999 });
    expect(await times({ issuedAt: undefined })).toEqual([iat, 3600]);
    vi.setSystemTime(issuedAt.getTime() + 1000);
    expect(await times({ issuedAt: undefined })).toEqual([iat + 1, 3600]);
  });

  test.each([
    ['a number', 1767323045],
    ['a text', '2026-01-02'],
    ['an invalid Date', new Date(Number.NaN)],
    ['what only calls itself a Date', { [Symbol.toStringTag]: 'Date' }],
    ['what only inherits from Date', Object.create(Date.prototype)],
  ])('%s is refused', async (_, value) => {
    const error = await errorOf(() => sign({ issuedAt: value }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toMatch(/^"issuedAt" must be a valid Date, found /);
  });
});

describe('backdate', () => {
  test('moves iat and exp back together', async () => {
    expect(await times({ backdate: '30s', ttl: '1m' })).toEqual([iat - 30, 60]);
    expect(await times({ backdate: '0s' })).toEqual([iat, 3600]);
    expect(await times({ backdate: '59m' })).toEqual([iat - 3540, 3600]);
  });

  test('leaves a token that is still valid', async () => {
    const jwt = await sign({ backdate: '59s', ttl: '1m' });
    await expect(verifyAblyJwt(jwt, key, { currentDate: issuedAt })).resolves.toBeTruthy();
  });

  test.each([
    ['1m', '1m'],
    ['2h', undefined],
    ['1d', '1h'],
    ['1d', '1d'],
    ['91s', '90s'],
  ])('%s is not less than a ttl of %s', async (backdate, ttl) => {
    const error = await errorOf(() => sign({ backdate, ttl }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toContain(`"backdate" must be less than the ttl (${ttl ?? '1h'})`);
  });

  test.each([30, '30', -1])('%j is no duration', async (backdate) => {
    const error = await errorOf(() => sign({ backdate }));
    expect(error).toMatchObject({ code: 'OPTION_INVALID' });
    expect(error.message).toMatch(/^"backdate" must be a /);
  });
});
