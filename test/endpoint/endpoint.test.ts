import {
  createAblyJwt,
  createAuthEndpoint,
  type Duration,
  deny,
  parseAblyKey,
  retryLater,
  verifyAblyJwt,
} from 'ably-jwt';
import { describe, expect, test, vi } from 'vitest';
import { ablyError, endpoint, everyHeader, granted, raise, request, withThen } from '../support/endpoint.js';
import { errorOf } from '../support/errors.js';
import { key } from '../support/tokens.js';

describe('200', () => {
  test('brings a token for the one who was authorised, and says that nobody may keep it', async () => {
    const authorize = vi.fn(() => granted);
    const { auth, onError } = endpoint(authorize);
    const { status, headers, body } = await auth(request);
    expect(status).toBe(200);
    expect(headers).toEqual({ 'Content-Type': 'application/jwt', ...everyHeader });
    const token = await verifyAblyJwt(body, key);
    expect(token).toMatchObject({ clientId: 'alice', capability: { 'chat:*': ['subscribe'] } });
    expect(token.expiresAt.getTime() - token.issuedAt.getTime()).toBe(300_000);
    expect(authorize.mock.calls).toEqual([[request]]);
    expect(onError).not.toHaveBeenCalled();
  });

  test('takes a promise, and a thenable', async () => {
    for (const answer of [
      Promise.resolve(granted),
      withThen(() => (resolve: (_: object) => void) => resolve(granted)),
    ])
      expect((await endpoint(() => answer).auth(request)).status).toBe(200);
  });

  test('every request is asked about anew', async () => {
    const users = ['alice', 'bob', null, 'carol'];
    const { auth } = endpoint(async () => {
      const clientId = users.shift();
      return clientId === null ? null : { ...granted, clientId };
    });
    const answers = [await auth(1), await auth(2), await auth(3), await auth(4)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 403, 200]);
    expect((await verifyAblyJwt(answers[3]!.body, key)).clientId).toBe('carol');
  });

  test('believes nothing that the client sends', async () => {
    const { auth } = endpoint(() => ({ capability: { chat: ['subscribe'] } }));
    const sent = { clientId: 'admin', capability: '{"*":["*"]}', ttl: '24h', keyName: 'other.key' };
    const { body } = await auth({
      ...sent,
      query: sent,
      body: sent,
      headers: sent,
      url: '/auth?clientId=admin&ttl=86400000',
    });
    const token = await verifyAblyJwt(body, key);
    expect(token.clientId).toBeUndefined();
    expect(token.capability).toEqual({ chat: ['subscribe'] });
    expect(token.expiresAt.getTime() - token.issuedAt.getTime()).toBe(3_600_000);
  });

  test('takes a parsed key', async () => {
    const auth = createAuthEndpoint(parseAblyKey(key), () => granted);
    await expect(verifyAblyJwt((await auth(request)).body, key)).resolves.toBeTruthy();
  });
});

describe('403 and 401', () => {
  test('null is somebody who is not logged in: 403, at which every client stops', async () => {
    const { auth, onError } = endpoint(() => null);
    expect(await auth(request)).toEqual(ablyError(40300, 403, 'Not logged in.'));
    expect(await endpoint(async () => null, { unauthenticatedStatus: 403 }).auth(request)).toEqual(
      await auth(request),
    );
    expect(onError).not.toHaveBeenCalled();
  });

  test('or 401, for those who ask for it', async () => {
    const { auth } = endpoint(() => null, { unauthenticatedStatus: 401 });
    expect(await auth(request)).toEqual(
      ablyError(40100, 401, 'Not logged in.', { 'WWW-Authenticate': 'Bearer' }),
    );
  });

  test('deny is a 403 with a text for the client', async () => {
    const { auth, onError } = endpoint(() => {
      throw deny('Suspended until "Monday" – Zoë 😀');
    });
    expect(await auth(request)).toEqual(ablyError(40300, 403, 'Suspended until "Monday" – Zoë 😀'));
    const rejecting = endpoint(() => Promise.reject(deny()), { unauthenticatedStatus: 401 });
    expect(await rejecting.auth(request)).toEqual(ablyError(40300, 403, 'Access denied.'));
    expect(onError).not.toHaveBeenCalled();
  });

  test('deny that is returned and not thrown is the same', async () => {
    for (const decide of [() => deny('no'), async () => deny('no')]) {
      const { auth, onError } = endpoint(decide);
      expect(await auth(request)).toEqual(ablyError(40300, 403, 'no'));
      expect(onError).not.toHaveBeenCalled();
    }
  });

  test("what an answer holds is the caller's to change", async () => {
    const { auth } = endpoint(() => null);
    const first = await auth(request);
    first.headers['Cache-Control'] = 'public';
    first.body = '';
    expect(await auth(request)).toEqual(ablyError(40300, 403, 'Not logged in.'));
  });
});

describe('errors that say 401 or 403', () => {
  const error = (properties: object) => Object.assign(new Error('of a library'), properties);
  const notLoggedIn = ablyError(40300, 403, 'Not logged in.');
  const denied = ablyError(40300, 403, 'Access denied.');

  test.each<[unknown, ReturnType<typeof ablyError>]>([
    [{ status: 401 }, notLoggedIn],
    [error({ status: 401 }), notLoggedIn],
    [error({ statusCode: 401 }), notLoggedIn],
    [error({ status: 'fail', statusCode: 401 }), notLoggedIn],
    [new Response(null, { status: 401 }), notLoggedIn],
    [error({ status: 403 }), denied],
    [error({ statusCode: 403 }), denied],
  ])('authorize throws %o: a response with a generic text', async (thrown, expected) => {
    for (const authorize of [() => Promise.reject(thrown), () => raise(thrown)]) {
      const { auth, onError } = endpoint(authorize);
      expect(await auth(request)).toEqual(expected);
      expect(onError).not.toHaveBeenCalled();
    }
  });

  test('401 is as for null, also with unauthenticatedStatus: 401', async () => {
    const { auth } = endpoint(() => raise({ statusCode: 401 }), { unauthenticatedStatus: 401 });
    expect(await auth(request)).toEqual(
      await endpoint(() => null, { unauthenticatedStatus: 401 }).auth(request),
    );
  });

  test('an expired token of the user is a logged-out user', async () => {
    const expired = await createAblyJwt(key, { ...granted, issuedAt: new Date(0) });
    const { auth } = endpoint(async () => (await verifyAblyJwt(expired, key)) && granted);
    expect(await auth(request)).toEqual(notLoggedIn);
  });

  test.each([{ status: 404 }, { status: '401' }, { statusCode: 500 }, { code: 401 }])(
    'authorize throws %o: a 500 as for any other error',
    async (thrown) => {
      const { auth, onError } = endpoint(() => raise(thrown));
      expect((await auth(request)).status).toBe(500);
      expect(onError.mock.calls).toEqual([[thrown, request]]);
    },
  );
});

describe('503', () => {
  test.each([
    ['30s', '30'],
    ['0s', '0'],
    ['2m', '120'],
    ['1d', '86400'],
    ['2147483648s', '2147483648'],
  ] as const)('retryLater(%j) sends Retry-After: %s', async (delay, header) => {
    const { auth, onError } = endpoint(async () => {
      throw retryLater(delay);
    });
    expect(await auth(request)).toEqual(ablyError(50003, 503, 'Try again later.', { 'Retry-After': header }));
    expect(onError).not.toHaveBeenCalled();
  });
});

describe('what deny and retryLater refuse', () => {
  test.each([
    [30, "'30s' if you meant seconds", "'1s' if you meant milliseconds"],
    [30_000, "'30000s' if you meant seconds", "'30s' if you meant milliseconds"],
  ])('retryLater(%d): both readings of the number are shown', async (delay, seconds, milliseconds) => {
    const error = await errorOf(() => retryLater(delay as unknown as Duration));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toMatch(/^"delay" must be a duration such as '90s'/);
    expect(error.hint).toContain(seconds);
    expect(error.hint).toContain(milliseconds);
  });

  test.each([
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '5',
    '',
    '1.5s',
    '5\r\nSet-Cookie: a=b',
    '99999d',
    undefined,
  ])('retryLater(%j)', async (delay) => {
    const error = await errorOf(() => retryLater(delay as Duration));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toMatch(/^"delay" must be /);
  });

  test('retryLater for longer than Retry-After can say', async () => {
    const error = await errorOf(() => retryLater('2147483649s'));
    expect(error.message).toBe('"delay" must be at most 2147483648 seconds, found "2147483649s".');
  });

  test.each([null, '', ' ', 5, new Error('no'), { message: 'no' }])('deny(%o)', async (reason) => {
    const error = await errorOf(() => deny(reason as string));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toMatch(/^"reason" must be a text for the user, found /);
    expect(error.hint).toBe('Leave it out for "Access denied."');
  });
});
