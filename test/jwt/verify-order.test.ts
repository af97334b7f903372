import { createAblyJwt } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/errors.js';
import { verify, withHeader } from '../support/faults.js';
import { goodHeader, goodPayload, iat, issuedAt, key, keyName, rawJwt, secret } from '../support/tokens.js';

describe('the first fault counts, in the order in which Ably looks', () => {
  // Each step is a fault of the header or the payload; a token has the faults of its step and of all later ones.
  const steps: [code: string, header: object, payload: object | string, secret: string][] = [];
  const add = (code: string, part: { header?: object; payload?: object | string; secret?: string }) =>
    steps.push([code, part.header ?? {}, part.payload ?? {}, part.secret ?? secret]);
  add('TOKEN_MALFORMED', { payload: '{"iat":' });
  add('ALG_NOT_ALLOWED', { header: { alg: 'none' } });
  add('TOKEN_MALFORMED', { header: { kid: undefined } });
  add('APP_UNKNOWN', { header: { kid: 'other.key' } });
  add('KEY_UNKNOWN', { header: { kid: 'appId1.other' } });
  add('SIGNATURE_INVALID', { secret: 'wrong' });
  add('CLAIM_MISSING', { payload: { iat: undefined } });
  add('CLAIM_INVALID', { payload: { exp: 'soon' } });
  add('TTL_TOO_LONG', { payload: { iat: iat + 3600, exp: iat + 3600 + 86_401 } });
  add('CLAIM_INVALID', { payload: { iat: iat + 3600, exp: iat - 3600 } });
  add('TOKEN_EXPIRED', { payload: { exp: iat } });
  add('CLIENT_ID_INVALID', { payload: { 'x-ably-clientId': '' } });
  add('CAPABILITY_NOT_STRING', { payload: { 'x-ably-capability': {} } });
  add('CLAIM_INVALID', { payload: { 'x-ably-revocation-key': '' } });

  test.each(steps.map(([code], n) => [n, code] as const))('step %d: %s', async (n, code) => {
    let [head, body, by]: [object, object | string, string] = [goodHeader, goodPayload, secret];
    for (const [, laterHeader, laterPayload, laterSecret] of steps.slice(n).reverse()) {
      head = { ...head, ...laterHeader };
      body = typeof laterPayload === 'string' ? laterPayload : { ...(body as object), ...laterPayload };
      if (laterSecret !== secret) by = laterSecret;
    }
    expect((await errorOf(() => verify(rawJwt({ header: head, payload: body, secret: by })))).code).toBe(
      code,
    );
  });

  test('claims of an unsigned token are never spoken of', async () => {
    const forged = rawJwt({
      payload: { iat: 'IAT', exp: 'EXP', 'x-ably-clientId': 'FORGED' },
      secret: 'wrong',
    });
    const error = await errorOf(() => verify(forged));
    expect(error.code).toBe('SIGNATURE_INVALID');
    expect(JSON.stringify([error.message, error])).not.toMatch(/IAT|EXP|FORGED/);
  });

  test('a key of the app is told from an unknown app by any of the keys', async () => {
    const keys = ['one.k:s', 'two.k:s'];
    expect((await errorOf(() => verify(withHeader({ kid: 'two.x' }), keys))).code).toBe('KEY_UNKNOWN');
    expect((await errorOf(() => verify(withHeader({ kid: 'three.k' }), keys))).code).toBe('APP_UNKNOWN');
    // An app id that is known is no secret.
    expect((await errorOf(() => verify(withHeader({ kid: 'two' }), keys))).message).toBe(
      'The header\'s "kid", "two", is none of the keys given.',
    );
  });
});

test('every single character of a token counts', async () => {
  const jwt = await createAblyJwt(key, { capability: { chat: ['publish'] }, issuedAt });
  for (let i = 0; i < jwt.length; i++) {
    const changed = `${jwt.slice(0, i)}${jwt[i] === 'A' ? 'B' : 'A'}${jwt.slice(i + 1)}`;
    await expect(verify(changed), `character ${i}`).rejects.toThrow();
  }
  await expect(verify(jwt)).resolves.toMatchObject({ keyName });
});
