import { inspect } from 'node:util';
import { AblyJwtError, type AblyJwtErrorCode, isAblyJwtError } from 'ably-jwt';
import { describe, expect, test } from 'vitest';

const table: [AblyJwtErrorCode, ablyCode?: number, statusCode?: number][] = [
  ['KEY_MALFORMED'],
  ['OPTION_INVALID'],
  ['CAPABILITY_INVALID', 40000, 400],
  ['TTL_TOO_LONG', 40003, 400],
  ['TOKEN_TOO_LARGE'],
  ['BROWSER_KEY'],
  ['TOKEN_MALFORMED', 40144, 401],
  ['ALG_NOT_ALLOWED', 40144, 401],
  ['APP_UNKNOWN', 40400, 404],
  ['KEY_UNKNOWN', 40144, 401],
  ['SIGNATURE_INVALID', 40144, 401],
  ['CLAIM_MISSING', 40144, 400],
  ['CLAIM_INVALID', 40144, 400],
  ['CAPABILITY_NOT_STRING', 40144, 400],
  ['CLIENT_ID_INVALID', 40012, 400],
  ['CLIENT_ID_MISMATCH', 40102, 401],
  ['TOKEN_EXPIRED', 40142, 401],
  ['TOKEN_REVOKED', 40141, 401],
  ['ENDPOINT_FAILED', 40170, 401],
];

describe('AblyJwtError', () => {
  test.each(table)('%s is %s/%s to Ably', (code, ablyCode, statusCode) => {
    const error = new AblyJwtError(code, 'message');
    const { stack, message, ...own } = Object.fromEntries(
      Object.getOwnPropertyNames(error).map((name) => [name, error[name as keyof AblyJwtError]]),
    );
    expect(own).toEqual(
      ablyCode === undefined
        ? { code }
        : { code, ablyCode, statusCode, href: `https://help.ably.io/error/${ablyCode}` },
    );
    expect(Object.keys(own)).toHaveLength(ablyCode === undefined ? 1 : 4);
  });

  test('is an Error with a name, a stack, a hint and a cause', () => {
    const cause = new Error('below');
    const error = new AblyJwtError('TOKEN_EXPIRED', 'It expired.', { hint: 'Renew it.', cause });
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toBe('AblyJwtError: It expired.');
    expect(error.hint).toBe('Renew it.');
    expect(error.cause).toBe(cause);
    expect(error.stack).toContain('errors.test.ts');
  });

  test('has no cause and no hint where there is none', () => {
    const error = new AblyJwtError('KEY_MALFORMED', 'x', { hint: undefined });
    expect('cause' in error).toBe(false);
    expect('hint' in error).toBe(false);
    expect('ablyCode' in error).toBe(false);
    expect(new AblyJwtError('KEY_MALFORMED', 'x', { cause: undefined })).toHaveProperty('cause', undefined);
  });

  test('takes numbers that came from Ably itself', () => {
    const error = new AblyJwtError('ENDPOINT_FAILED', 'x', { ablyCode: 40133, statusCode: 403 });
    expect(error).toMatchObject({
      ablyCode: 40133,
      statusCode: 403,
      href: 'https://help.ably.io/error/40133',
    });
    expect(new AblyJwtError('CLAIM_INVALID', 'x', { statusCode: 401 })).toMatchObject({
      ablyCode: 40144,
      statusCode: 401,
    });
  });

  test('is logged with what a person needs, and not more', () => {
    const printed = inspect(new AblyJwtError('OPTION_INVALID', 'Wrong.', { hint: 'Right.' }));
    expect(printed).toMatch(/^AblyJwtError: Wrong\./);
    expect(printed).toContain("code: 'OPTION_INVALID'");
    expect(printed).toContain("hint: 'Right.'");
    expect(printed).not.toMatch(/undefined|Symbol|name:/);
  });
});

describe('isAblyJwtError', () => {
  const error = new AblyJwtError('TTL_TOO_LONG', 'x');

  test('knows the class, and the code if asked', () => {
    expect(isAblyJwtError(error)).toBe(true);
    expect(isAblyJwtError(error, undefined)).toBe(true);
    expect(isAblyJwtError(error, 'TTL_TOO_LONG')).toBe(true);
    expect(isAblyJwtError(error, 'KEY_MALFORMED')).toBe(false);
  });

  test('knows subclasses', () => {
    class Mine extends AblyJwtError {}
    expect(isAblyJwtError(new Mine('TTL_TOO_LONG', 'x'))).toBe(true);
  });

  const traps: ProxyHandler<object> = {
    get() {
      throw new Error('never seen');
    },
  };
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  test.each([
    ['undefined', undefined],
    ['null', null],
    ['a Proxy that throws', new Proxy({}, traps)],
    ['a revoked Proxy', revoked.proxy],
    ['a text', 'TTL_TOO_LONG'],
    ['a function', () => error],
    ['an Error', new Error('x')],
    ['an Error with a code', Object.assign(new Error('x'), { code: 'TTL_TOO_LONG', name: 'AblyJwtError' })],
    ['an object', { code: 'TTL_TOO_LONG', [Symbol('ably-jwt.AblyJwtError')]: true }],
  ])('does not know %s', (_, other) => {
    expect(isAblyJwtError(other)).toBe(false);
    expect(isAblyJwtError(other, 'TTL_TOO_LONG')).toBe(false);
  });
});
