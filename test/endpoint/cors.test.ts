import { type AuthCorsOptions, createAuthHandler } from 'ably-jwt';
import { describe, expect, test, vi } from 'vitest';
import { granted } from '../support/endpoint.js';
import { key } from '../support/tokens.js';

const app = 'https://app.example.com';
const other = 'https://other.example.com';
const url = 'https://api.example.com/auth';
const answer = (
  cors: AuthCorsOptions,
  init: RequestInit,
  authorize: () => typeof granted | null = () => granted,
) => createAuthHandler(key, authorize, { cors })(new Request(url, init));
const from = (origin: string, headers: Record<string, string> = {}) => ({ headers: { origin, ...headers } });
const corsHeaders = (response: Response) =>
  Object.fromEntries([...response.headers].filter(([name]) => name.startsWith('access-control-')));

const exposed = { 'access-control-expose-headers': 'Retry-After, X-Ably-ErrorCode' };

describe('the answer to a page of another origin', () => {
  test.each<[string, AuthCorsOptions, string, object]>([
    ['a listed origin', { origins: [other, app] }, app, { 'access-control-allow-origin': app, ...exposed }],
    [
      'a listed origin with cookies',
      { origins: [app], credentials: true },
      app,
      { 'access-control-allow-origin': app, 'access-control-allow-credentials': 'true', ...exposed },
    ],
    [
      'cookies not wanted',
      { origins: [app], credentials: false },
      app,
      { 'access-control-allow-origin': app, ...exposed },
    ],
    ['every origin', { origins: ['*'] }, other, { 'access-control-allow-origin': '*', ...exposed }],
    [
      'every origin, also an opaque one',
      { origins: ['*'] },
      'null',
      { 'access-control-allow-origin': '*', ...exposed },
    ],
    ['an origin that is not listed', { origins: [app] }, other, {}],
    ['an origin that is not listed, with cookies', { origins: [app], credentials: true }, other, {}],
    ['another port', { origins: [app] }, `${app}:8443`, {}],
    ['another scheme', { origins: [app] }, 'http://app.example.com', {}],
    ['an origin that only begins like a listed one', { origins: [app] }, `${app}.evil.example`, {}],
    ['an origin that only ends like a listed one', { origins: [app] }, 'https://evil-app.example.com', {}],
    ['an opaque origin', { origins: [app] }, 'null', {}],
    ['an origin in capitals', { origins: [app] }, 'https://APP.example.com', {}],
    ['no origin listed', { origins: [] }, app, {}],
  ])('%s', async (_, cors, origin, expected) => {
    const response = await answer(cors, from(origin));
    expect(response.status).toBe(200);
    expect(corsHeaders(response)).toEqual(expected);
    expect(response.headers.get('vary')).toBe('Cookie, Authorization, Origin');
  });

  test('without an Origin varies all the same', async () => {
    for (const origins of [[app], ['*']]) {
      const response = await answer({ origins }, {});
      expect(corsHeaders(response)).toEqual({});
      expect(response.headers.get('vary')).toBe('Cookie, Authorization, Origin');
    }
  });

  test('can be read also when it is an error', async () => {
    const refused = await answer({ origins: [app] }, from(app), () => null);
    expect(refused.status).toBe(403);
    expect(corsHeaders(refused)).toEqual({ 'access-control-allow-origin': app, ...exposed });
    const wrongMethod = await answer({ origins: [app] }, { method: 'PUT', ...from(app) });
    expect(wrongMethod.status).toBe(405);
    expect(wrongMethod.headers.get('allow')).toBe('GET, POST, HEAD, OPTIONS');
    expect(corsHeaders(wrongMethod)).toEqual({ 'access-control-allow-origin': app, ...exposed });
  });

  test('may not be kept by a cache', async () => {
    const response = await answer({ origins: ['*'] }, from(app));
    expect(response.headers.get('cache-control')).toBe('private, no-cache, no-store, must-revalidate');
  });
});

describe('the preflight', () => {
  const preflight = (origin: string, asked?: string) => ({
    method: 'OPTIONS',
    ...from(origin, {
      'access-control-request-method': 'POST',
      ...(asked === undefined ? {} : { 'access-control-request-headers': asked }),
    }),
  });

  test('of a listed origin is granted what it asks for', async () => {
    const authorize = vi.fn(() => granted);
    const response = await answer(
      { origins: [app], credentials: true },
      preflight(app, 'authorization,x-csrf'),
      authorize,
    );
    expect(response.status).toBe(204);
    expect(response.body).toBeNull();
    expect(corsHeaders(response)).toEqual({
      'access-control-allow-origin': app,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, POST, HEAD',
      'access-control-allow-headers': 'authorization,x-csrf',
      'access-control-max-age': '7200',
      ...exposed,
    });
    expect(response.headers.get('vary')).toBe('Origin, Access-Control-Request-Headers');
    // A preflight carries no session.
    expect(authorize).not.toHaveBeenCalled();
  });

  test.each(['x-a\r\nSet-Cookie: a=b', 'x-a; x-b', '<x>', 'é'])(
    'that asks for what is no list of names (%j) is granted no header',
    async (asked) => {
      const headers = { origin: app, 'access-control-request-headers': asked };
      // No Request would hold it: a framework's own class may.
      const request = { method: 'OPTIONS', headers: { get: (name: keyof typeof headers) => headers[name] } };
      const response = await createAuthHandler(key, () => granted, { cors: { origins: [app] } })(
        request as unknown as Request,
      );
      expect(response.status).toBe(204);
      expect(response.headers.get('access-control-allow-headers')).toBe('');
    },
  );

  test('that asks for no headers', async () => {
    const response = await answer({ origins: ['*'] }, preflight(app));
    expect(corsHeaders(response)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-headers': '',
      'access-control-max-age': '7200',
    });
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  });

  test('of another origin gets nothing', async () => {
    const response = await answer({ origins: [app], credentials: true }, preflight(other, 'authorization'));
    expect(response.status).toBe(204);
    expect(corsHeaders(response)).toEqual({});
    expect(response.headers.get('vary')).toBe('Origin');
  });
});

test('a change to the options after the start changes nothing', async () => {
  const origins = [app];
  const handle = createAuthHandler(key, () => granted, { cors: { origins } });
  origins.push(other);
  expect(corsHeaders(await handle(new Request(url, from(other))))).toEqual({});
});
