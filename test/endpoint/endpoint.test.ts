import { createAuthEndpoint, deny, parseAblyKey, retryLater, verifyAblyJwt } from 'ably-jwt';
import { describe, expect, test, vi } from 'vitest';
import { ablyError, endpoint, granted, neverCached, request, withThen } from '../support/endpoint.js';
import { errorOf } from '../support/errors.js';
import { key } from '../support/tokens.js';

describe('200', () => {
  test('brings a token for the one who was authorised, and says that nobody may keep it', async () => {
    const authorize = vi.fn(() => granted);
    const { auth, onError } = endpoint(authorize);
    const { status, headers, body } = await auth(request);
    expect(status).toBe(200);
    expect(headers).toEqual({ 'Content-Type': 'application/jwt', ...neverCached });
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
    expect(await auth(request)).toEqual(ablyError(40100, 401, 'Not logged in.'));
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

describe('503', () => {
  test.each([
    [30, '30'],
    [0, '0'],
    [1.2, '2'],
  ])('retryLater(%d) says when to come again', async (seconds, header) => {
    const { auth, onError } = endpoint(async () => {
      throw retryLater(seconds);
    });
    expect(await auth(request)).toEqual(ablyError(50003, 503, 'Try again later.', { 'Retry-After': header }));
    expect(onError).not.toHaveBeenCalled();
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '5', undefined])(
    'retryLater(%s) is refused',
    async (seconds) => {
      const error = await errorOf(() => retryLater(seconds as number));
      expect(error.code).toBe('OPTION_INVALID');
      expect(error.message).toMatch(/^"seconds" must be a finite number, 0 or more, found /);
    },
  );
});
