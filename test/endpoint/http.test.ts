import { createServer, request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAuthEndpoint, createAuthListener, deny, retryLater, verifyAblyJwt } from 'ably-jwt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { granted } from '../support/endpoint.js';
import { key } from '../support/tokens.js';

// The whole way: node:http servers as in the documentation, and clients on loopback.
const authorize = async (request: IncomingMessage) => {
  switch (request.headers.cookie) {
    case 'session=alice':
      return granted;
    case 'session=banned':
      throw deny('Gesperrt – 東京 😀');
    case 'session=busy':
      throw retryLater('3s');
    case 'session=broken':
      throw new Error('the database is down');
    case 'session=slow':
      return new Promise<never>(() => {});
    default:
      return null;
  }
};
const options = { timeout: '1s', onError: () => {} } as const;
const endpoint = createAuthEndpoint(key, authorize, options);
const listeners: [name: string, listener: RequestListener][] = [
  [
    'createAuthEndpoint',
    async (request, response) => {
      const { status, headers, body } = await endpoint(request);
      response.writeHead(status, headers).end(body);
    },
  ],
  ['createAuthListener', createAuthListener(key, authorize, options)],
];

describe.each(listeners)('%s over node:http', (_, listener) => {
  const server = createServer(listener);
  let origin: string;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const get = (cookie: string) => fetch(`${origin}/auth?clientId=admin`, { headers: { cookie } });

  test('a session gets its token', async () => {
    const response = await get('session=alice');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/jwt');
    expect(response.headers.get('cache-control')).toContain('no-store');
    expect(response.headers.get('vary')).toBe('Cookie, Authorization');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const body = await response.text();
    await expect(verifyAblyJwt(body, key)).resolves.toMatchObject({ clientId: 'alice' });
  });

  test.each([
    ['session=', 403, 40300, 'Not logged in.'],
    ['session=banned', 403, 40300, 'Gesperrt – 東京 😀'],
    ['session=busy', 503, 50003, 'Try again later.'],
    ['session=broken', 500, 50000, 'The auth endpoint failed. Its own log says why.'],
    ['session=slow', 503, 50003, 'The auth endpoint took too long. Try again.'],
  ])('%s gets %d with a complete error of Ably', async (cookie, status, code, message) => {
    const response = await get(cookie);
    expect(response.status).toBe(status);
    // Ably's client for Node parses nothing but this very type.
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('x-ably-errorcode')).toBe(`${code}`);
    expect(response.headers.get('cache-control')).toContain('no-store');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('retry-after')).toBe(cookie === 'session=busy' ? '3' : null);
    expect(await response.json()).toEqual({
      error: { code, statusCode: status, message, href: `https://help.ably.io/error/${code}` },
    });
  });

  test('twenty clients at once get their own answers', async () => {
    const cookies = Array.from({ length: 20 }, (_, n) => `session=${n % 2 === 0 ? 'alice' : 'banned'}`);
    const answers = await Promise.all(cookies.map(get));
    expect(answers.map(({ status }) => status)).toEqual(cookies.map((_, n) => (n % 2 === 0 ? 200 : 403)));
    await Promise.all(answers.map((response) => response.text()));
  });

  test('a client that goes away harms nobody', async () => {
    const seen = new Promise<void>((resolve) => server.once('request', () => resolve()));
    const gone = httpRequest(`${origin}/auth`, { headers: { cookie: 'session=slow' } }).on('error', () => {});
    gone.end();
    await seen;
    gone.destroy();
    expect((await get('session=alice')).status).toBe(200);
  });
});
