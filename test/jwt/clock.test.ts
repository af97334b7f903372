import { createAblyJwt, embedAblyToken, explainAblyJwt, revokeAblyTokens, verifyAblyJwt } from 'ably-jwt';
import { afterEach, expect, test, vi } from 'vitest';
import { errorOf } from '../support/errors.js';
import { issuedAt, key, rawJwt } from '../support/tokens.js';

afterEach(() => {
  vi.restoreAllMocks();
});

const outer = { secret: 'an outer secret of 32 bytes or more' };
const uses: [name: string, use: () => unknown][] = [
  ['signs nothing', () => createAblyJwt(key, { capability: 'inherit' })],
  ['accepts no token', () => verifyAblyJwt(rawJwt({ payload: { iat: 1, exp: 2 } }), key)],
  ['explains no token', () => explainAblyJwt(rawJwt(), key)],
  ['embeds nothing', () => embedAblyToken('appId1.opaque', outer)],
  [
    'revokes nothing',
    () =>
      revokeAblyTokens(key, { targets: [{ clientId: 'a' }], issuedBefore: issuedAt }, { fetch: nothingSent }),
  ],
];
const nothingSent = () => expect.unreachable('a request was sent');

test.each(uses)('a clock that returns NaN %s', async (_, use) => {
  vi.spyOn(Date, 'now').mockReturnValue(Number.NaN);
  const error = await errorOf(use);
  expect(error.code).toBe('OPTION_INVALID');
  expect(error.message).toBe('The clock is broken: Date.now() returned NaN.');
});

test('a time that is given needs no clock', async () => {
  vi.spyOn(Date, 'now').mockReturnValue(Number.NaN);
  const jwt = await createAblyJwt(key, { capability: 'inherit', issuedAt });
  await expect(verifyAblyJwt(jwt, key, { currentDate: issuedAt })).resolves.toMatchObject({ issuedAt });
});
