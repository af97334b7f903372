import { decodeAblyJwt } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/errors.js';
import { withHeader, withPayload } from '../support/faults.js';
import { iat, keyName, rawJwt } from '../support/tokens.js';

describe('decodeAblyJwt', () => {
  test.each([
    ['a forged signature', rawJwt({ secret: 'wrong' })],
    ['no signature', rawJwt().replace(/[^.]+$/, '')],
    ['an expired token', rawJwt({ payload: { iat: 1, exp: 2 } })],
    ['a token of tomorrow', rawJwt({ payload: { iat: iat * 2, exp: iat * 2 + 1 } })],
    ['a life of a year', rawJwt({ payload: { iat, exp: iat + 31_536_000 } })],
  ])('looks neither at the signature nor at time: %s', (_, jwt) => {
    expect(decodeAblyJwt(jwt)).toMatchObject({ keyName });
  });

  test.each([
    ['two parts', 'a.b', 'TOKEN_MALFORMED', 401],
    ['not a string', 5, 'TOKEN_MALFORMED', 401],
    ['padding', `${rawJwt()}=`, 'TOKEN_MALFORMED', 401],
    ['a claim twice', rawJwt({ payload: `{"iat":1,"exp":2,"exp":3}` }), 'TOKEN_MALFORMED', 401],
    ['another algorithm', withHeader({ alg: 'none' }), 'ALG_NOT_ALLOWED', 401],
    ['no kid', withHeader({ kid: undefined }), 'TOKEN_MALFORMED', 401],
    ['crit', withHeader({ crit: ['exp'] }), 'TOKEN_MALFORMED', 401],
    ['no iat', withPayload({ iat: undefined }), 'CLAIM_MISSING', 400],
    ['no exp', withPayload({ exp: undefined }), 'CLAIM_MISSING', 400],
    ['exp as text', withPayload({ exp: '1' }), 'CLAIM_INVALID', 400],
    ['an empty clientId', withPayload({ 'x-ably-clientId': '' }), 'CLIENT_ID_INVALID', 400],
    ['capability as an object', withPayload({ 'x-ably-capability': {} }), 'CAPABILITY_NOT_STRING', 400],
    ['capability that is none', withPayload({ 'x-ably-capability': '[]' }), 'CAPABILITY_INVALID', 400],
    ['a channel claim as a list', withPayload({ 'ably.channel.a': [] }), 'CLAIM_INVALID', 400],
  ])('checks the form and the types of claims: %s', async (_, jwt, code, statusCode) => {
    const error = await errorOf(() => decodeAblyJwt(jwt as string));
    expect(error).toMatchObject({ code, statusCode });
  });

  test('takes the last second that a Date can hold', () => {
    const jwt = withPayload({ exp: 8_640_000_000_000 });
    expect(decodeAblyJwt(jwt).expiresAt).toEqual(new Date(8.64e15));
  });

  test('refuses a kid that can not be the name of a key, without showing it', async () => {
    const error = await errorOf(() => decodeAblyJwt(withHeader({ kid: 'appId1' })));
    expect(error.code).toBe('KEY_UNKNOWN');
    expect(error.message).toBe('The header\'s "kid" is not a key name.');
  });

  test('reads 131,072 characters, and no more', async () => {
    // decodeAblyJwt looks at no signature but for its form.
    const unsigned = withHeader({}).replace(/[^.]+$/, '');
    const jwt = unsigned + 'A'.repeat(131_072 - unsigned.length);
    expect(decodeAblyJwt(jwt)).toMatchObject({ keyName });
    expect((await errorOf(() => decodeAblyJwt(`${jwt}A`))).message).toBe(
      "The token has 131073 characters; Ably's clients accept 131072 at most.",
    );
    expect((await errorOf(() => decodeAblyJwt('x'.repeat(131_072)))).message).toMatch(
      /^The token has 1 part;/,
    );
  });

  test('reads every character of base64url', () => {
    const claims = { sub: '>>>???>>>???', nickname: '~~~\u00ff\u00fe' };
    const jwt = withPayload(claims);
    expect(jwt.split('.')[1]).toMatch(/-.*_|_.*-/);
    expect(decodeAblyJwt(jwt).claims).toEqual(claims);
  });

  test('tells names from texts that look like them', () => {
    const claims = { list: ['x', ':'], text: '"a":1,"a":2', escaped: '\\"a\\":' };
    expect(decodeAblyJwt(withPayload(claims)).claims).toEqual(claims);
  });

  test('reads claims of 100 levels, whatever is in the last', () => {
    for (const last of ['true', 'null', '1', '"x"']) {
      // The payload itself is the first level.
      const nested = `${'['.repeat(99)}${last}${']'.repeat(99)}`;
      const jwt = rawJwt({ payload: `{"iat":${iat},"exp":${iat + 60},"nested":${nested}}` });
      expect(decodeAblyJwt(jwt).claims).toHaveProperty('nested');
    }
  });

  test('throws at once: there is nothing to wait for', () => {
    expect(() => decodeAblyJwt('')).toThrow('The token is empty.');
  });
});
