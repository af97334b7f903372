import {
  type AuthHandlerOptions,
  type Authorize,
  createAuthHandler,
  deny,
  retryLater,
  verifyAblyJwt,
} from 'ably-jwt';
import { describe, expect, test, vi } from 'vitest';
import { everyHeader, granted } from '../support/endpoint.js';
import { key } from '../support/tokens.js';

const url = 'https://api.example.com/auth';
const handler = (authorize: Authorize<Request> = () => granted, options: AuthHandlerOptions = {}) =>
  createAuthHandler(key, authorize, { onError: () => {}, ...options });
const headersOf = (response: Response) => Object.fromEntries(response.headers);
const lower = (headers: object) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const tokenHeaders = lower({ 'Content-Type': 'application/jwt', ...everyHeader });
const errorHeaders = (code: number) =>
  lower({ 'Content-Type': 'application/json', 'X-Ably-ErrorCode': `${code}`, ...everyHeader });

describe('createAuthHandler', () => {
  test.each(['GET', 'POST'])('answers %s with a token', async (method) => {
    const response = await handler()(new Request(url, { method }));
    expect(response).toBeInstanceOf(Response);
    expect(response.status).toBe(200);
    expect(headersOf(response)).toEqual(tokenHeaders);
    await expect(verifyAblyJwt(await response.text(), key)).resolves.toMatchObject({ clientId: 'alice' });
  });

  test('answers HEAD like GET, without a body', async () => {
    const authorize = vi.fn(() => granted);
    const response = await handler(authorize)(new Request(url, { method: 'HEAD' }));
    expect(response.status).toBe(200);
    expect(headersOf(response)).toEqual(tokenHeaders);
    expect(response.body).toBeNull();
    expect(authorize).toHaveBeenCalledTimes(1);
    const refused = await handler(() => null)(new Request(url, { method: 'HEAD' }));
    expect(refused.status).toBe(403);
    expect(refused.body).toBeNull();
  });

  test('hands the request itself to authorize, which may read its body', async () => {
    const request = new Request(url, { method: 'POST', body: JSON.stringify({ session: 's1' }) });
    const authorize = vi.fn(async (asked: Request) => {
      const { session } = (await asked.json()) as { session: string };
      return session === 's1' ? granted : null;
    });
    expect((await handler(authorize)(request)).status).toBe(200);
    expect(authorize.mock.calls[0]![0]).toBe(request);
  });

  test('believes nothing that the client sends', async () => {
    const query = '?clientId=admin&capability=%7B%22*%22%3A%5B%22*%22%5D%7D&ttl=86400000';
    const asked = new Request(url + query, {
      method: 'POST',
      body: new URLSearchParams(query),
      headers: { 'x-ably-clientid': 'admin' },
    });
    const response = await handler(() => ({ capability: { chat: ['subscribe'] } }))(asked);
    const token = await verifyAblyJwt(await response.text(), key);
    expect([token.clientId, token.capability]).toEqual([undefined, { chat: ['subscribe'] }]);
    expect(token.expiresAt.getTime() - token.issuedAt.getTime()).toBe(3_600_000);
  });

  test.each<[string, Authorize<Request>, AuthHandlerOptions, number, number]>([
    ['null', () => null, {}, 403, 40300],
    [
      'deny',
      () => {
        throw deny('No.');
      },
      {},
      403,
      40300,
    ],
    [
      'an exception',
      () => {
        throw new Error('db');
      },
      {},
      500,
      50000,
    ],
    ['undefined', () => undefined as never, {}, 500, 50000],
    ['silence', () => new Promise(() => {}), { timeout: '1s' }, 503, 50003],
  ])('answers %s with an error of Ably', async (_, authorize, options, status, code) => {
    const response = await handler(authorize, options)(new Request(url));
    expect(response.status).toBe(status);
    expect(headersOf(response)).toEqual(errorHeaders(code));
    expect(await response.json()).toEqual({
      error: {
        code,
        statusCode: status,
        message: expect.any(String),
        href: `https://help.ably.io/error/${code}`,
      },
    });
  });

  test('answers retryLater with Retry-After', async () => {
    const response = await handler(() => Promise.reject(retryLater('7s')))(new Request(url));
    expect(response.status).toBe(503);
    expect(headersOf(response)).toEqual({ ...errorHeaders(50003), 'retry-after': '7' });
  });

  test('tells onError, with the request', async () => {
    const onError = vi.fn();
    const request = new Request(url);
    const cause = new Error('db');
    await handler(() => Promise.reject(cause), { onError })(request);
    expect(onError.mock.calls).toEqual([[cause, request]]);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a URL', url],
    ["node:http's request", { method: 'GET', url: '/auth', headers: { cookie: 'a=b' } }],
    ['headers without a method', { headers: new Headers() }],
    [
      'what throws',
      Object.defineProperty({}, 'method', {
        get: () => {
          throw new Error('no');
        },
      }),
    ],
  ])('answers %s in place of a Request with 500, and tells what to take', async (_, wrong) => {
    for (const cors of [undefined, { origins: ['*'] }]) {
      const onError = vi.fn();
      const authorize = vi.fn(() => granted);
      const response = await handler(authorize, { onError, cors })(wrong as Request);
      expect(response.status).toBe(500);
      expect(headersOf(response)).toEqual(errorHeaders(50000));
      expect(onError).toHaveBeenCalledTimes(1);
      expect(onError.mock.calls[0]![0]).toMatchObject({
        code: 'OPTION_INVALID',
        message: 'createAuthHandler was called without a Request of the Fetch API.',
        hint: expect.stringContaining('createAuthEndpoint'),
      });
      expect(onError.mock.calls[0]![1]).toBe(wrong);
      expect(authorize).not.toHaveBeenCalled();
    }
  });

  test("gives onError what a framework's Request throws when it is read", async () => {
    const bailout = new Error('Route /auth used `request.headers` during prerendering.');
    const onError = vi.fn();
    const request = Object.defineProperty({}, 'method', {
      get: () => {
        throw bailout;
      },
    });
    await handler(() => granted, { onError })(request as Request);
    expect(onError.mock.calls[0]![0].cause).toBe(bailout);
  });

  test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND', 'GETS', 'XPOST'])(
    'answers %s with 405',
    async (method) => {
      const authorize = vi.fn(() => granted);
      const response = await handler(authorize)(new Request(url, { method }));
      expect(response.status).toBe(405);
      expect(headersOf(response)).toEqual({ ...errorHeaders(40500), allow: 'GET, POST, HEAD' });
      expect(await response.json()).toMatchObject({
        error: { code: 40500, statusCode: 405, message: 'The auth endpoint takes GET, POST, HEAD.' },
      });
      expect(authorize).not.toHaveBeenCalled();
    },
  );

  test('without cors says nothing about origins', async () => {
    const response = await handler()(new Request(url, { headers: { origin: 'https://app.example.com' } }));
    expect(headersOf(response)).toEqual(tokenHeaders);
  });
});
