import { createAuthCallback } from 'ably-jwt/client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ask, call, endpoint, failure, good, jwt } from './support/asking.js';

const here = 'http://127.0.0.1/auth';
const answer = () => Promise.resolve(new Response(jwt()));

beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('the request', () => {
  test('is a GET that wants no HTML, and tells nothing of what the client wants', async () => {
    const { url, requests } = await endpoint(good);
    const wanted = { clientId: 'alice', capability: '{"*":["*"]}', ttl: 1, timestamp: 1, nonce: 'n' };
    await ask(`${url}?room=1`, undefined, wanted);
    expect(requests).toMatchObject([{ method: 'GET', url: '/auth?room=1', body: '' }]);
    expect(requests[0]!.headers.accept).toBe('application/json,text/plain');
    expect(requests[0]!.headers).not.toHaveProperty('cookie');
    expect(requests[0]!.headers).not.toHaveProperty('content-type');
  });

  test('takes no option from Object.prototype', async () => {
    const { url, requests } = await endpoint({ status: 404 });
    const polluted = { fetch: vi.fn(), onError: vi.fn() };
    for (const [name, value] of Object.entries(polluted))
      Object.defineProperty(Object.prototype, name, { value, configurable: true });
    const outcome = await ask(url, {}).finally(() => {
      for (const name of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, name);
    });
    expect(outcome).toMatchObject({ error: { status: 404 } });
    expect(requests).toHaveLength(1);
    expect(polluted.fetch).not.toHaveBeenCalled();
    expect(polluted.onError).not.toHaveBeenCalled();
  });

  test('goes to a URL object', async () => {
    const { url, requests } = await endpoint(good);
    expect(await ask(new URL('?x=1', url))).toMatchObject({ error: null });
    expect(requests[0]!.url).toBe('/auth?x=1');
  });

  test('has the method and headers that were given, and prefers what they accept', async () => {
    const { url, requests } = await endpoint(good);
    const options = Object.freeze({
      method: 'PUT',
      headers: Object.freeze({ Authorization: 'Bearer session', Accept: 'application/vnd.token' }),
    });
    expect(await ask(url, options)).toMatchObject({ error: null });
    expect(requests[0]).toMatchObject({
      method: 'PUT',
      headers: {
        authorization: 'Bearer session',
        accept: 'application/vnd.token, application/json,text/plain',
      },
    });
  });

  test.each([
    ['text', 'a=1', 'text/plain;charset=UTF-8', 'a=1'],
    ['empty text', '', 'text/plain;charset=UTF-8', ''],
    ['a form', new URLSearchParams({ a: '1 2' }), 'application/x-www-form-urlencoded;charset=UTF-8', 'a=1+2'],
    ['an object', { a: 1, b: [null] }, 'application/json', '{"a":1,"b":[null]}'],
    [
      'an object of a class',
      new (class Login {
        user = 'zoë';
      })(),
      'application/json',
      '{"user":"zoë"}',
    ],
    ['a list', [1, 2], 'application/json', '[1,2]'],
    [
      'an object without prototype',
      Object.assign(Object.create(null), { a: 1 }),
      'application/json',
      '{"a":1}',
    ],
  ])('has %s for a body', async (_, body, type, text) => {
    const { url, requests } = await endpoint(good);
    expect(await ask(url, { method: 'POST', body })).toMatchObject({ error: null });
    expect(await ask(url, { method: 'POST', body: () => body })).toMatchObject({ error: null });
    for (const request of requests) {
      expect(request).toMatchObject({ method: 'POST', body: text });
      expect(request.headers['content-type']).toBe(type);
    }
  });

  test('has FormData for a body', async () => {
    const { url, requests } = await endpoint(good);
    const body = new FormData();
    body.set('a', '1');
    await ask(url, { method: 'POST', body });
    expect(requests[0]!.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(requests[0]!.body).toContain('name="a"\r\n\r\n1\r\n');
  });

  test('says of text what the headers say; of an object, that it is JSON', async () => {
    const { url, requests } = await endpoint(good);
    const headers = { 'Content-Type': 'application/x-own' };
    await ask(url, { method: 'POST', headers, body: '{}' });
    await ask(url, { method: 'POST', headers, body: {} });
    expect(requests.map((request) => request.headers['content-type'])).toEqual([
      'application/x-own',
      'application/json',
    ]);
  });

  test.each([
    ['functions', <Value>(value: Value) => value],
    ['async functions', async <Value>(value: Value) => value],
  ])('is made anew, with what %s say, for every call and every attempt', async (_, wrap) => {
    const { url, requests } = await endpoint({ status: 503 }, { status: 401 }, good);
    let session = 0;
    const authCallback = createAuthCallback(url, {
      method: ({ clientId }) => wrap(clientId === undefined ? 'PUT' : 'POST'),
      headers: ({ clientId }) => wrap({ 'x-session': `${clientId} ${++session}` }),
      body: ({ clientId }) => wrap({ for: clientId, session }),
      onUnauthorized: () => {},
    });
    await call(authCallback, { clientId: 'alice' });
    await call(authCallback, {});
    const sent = requests.map(({ method, headers, body }) => [
      method,
      headers['x-session'],
      JSON.parse(body),
    ]);
    expect(sent).toEqual([
      ['POST', 'alice 1', { for: 'alice', session: 1 }],
      ['POST', 'alice 2', { for: 'alice', session: 2 }],
      ['POST', 'alice 3', { for: 'alice', session: 3 }],
      ['PUT', 'undefined 4', { session: 4 }],
    ]);
  });

  test('has no headers and no body of which functions say nothing', async () => {
    const { url, requests } = await endpoint(good);
    await ask(url, { headers: () => undefined, body: async () => undefined });
    expect(requests[0]).toMatchObject({ method: 'GET', body: '' });
  });

  test('has no body of null, as a session that has ended may be', async () => {
    const { url, requests } = await endpoint(good);
    await ask(url, { method: 'POST', body: () => null as never });
    expect(requests[0]).toMatchObject({ method: 'POST', body: '' });
  });

  test('is never cached, never redirected, and has the credentials that were said', async () => {
    for (const credentials of ['omit', 'same-origin', 'include', undefined] as const) {
      const fetch = vi.fn<typeof globalThis.fetch>(answer);
      await ask(here, { fetch, credentials });
      const [url, init] = fetch.mock.calls[0]!;
      expect(url).toBe(here);
      expect(init).toMatchObject({ cache: 'no-store', redirect: 'manual' });
      expect(new Request(url, init).credentials).toBe(credentials ?? 'same-origin');
    }
  });

  test('fetches anew for every call', async () => {
    const { url, requests } = await endpoint(good);
    const authCallback = createAuthCallback(url);
    await call(authCallback);
    await call(authCallback);
    expect(requests).toHaveLength(2);
  });
});

describe('fetch', () => {
  test('is called as a function of nothing, as the global one must be', async () => {
    const receivers: unknown[] = [];
    function fetch(this: unknown) {
      receivers.push(this);
      return answer();
    }
    await ask(here, { fetch });
    vi.stubGlobal('fetch', fetch);
    await ask(here);
    expect(receivers).toEqual([undefined, undefined]);
  });

  test('is the global one of the moment, as mocks replace it', async () => {
    const authCallback = createAuthCallback(here);
    const fetch = vi.fn(answer);
    vi.stubGlobal('fetch', fetch);
    await call(authCallback);
    expect(fetch).toHaveBeenCalledOnce();
  });

  test('that throws is a temporary failure', async () => {
    const thrown = new Error('no network');
    const fetch = vi.fn(() => {
      throw thrown;
    });
    expect(await failure(here, { fetch })).toMatchObject({ statusCode: 401, cause: thrown });
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  test("may answer with no more than a mock's few properties", async () => {
    const mock = (status: number, text: string) => () =>
      Promise.resolve({ status, ok: status === 200, text: async () => text } as Response);
    expect(await ask(here, { fetch: mock(200, 'appId.token') })).toEqual({
      error: null,
      token: 'appId.token',
    });
    expect(await failure(here, { fetch: mock(403, '') })).toMatchObject({ statusCode: 403, status: 403 });
  });

  test('hides a redirect in browsers: final, and told as a 302', async () => {
    const hidden = { type: 'opaqueredirect', status: 0, ok: false, headers: new Headers(), body: null };
    const fetch = vi.fn(async () => ({ ...hidden, text: async () => '' }) as Response);
    const error = await failure(here, { fetch });
    expect(error).toMatchObject({ code: 40170, statusCode: 403, status: 302 });
    expect(error.message).toBe(`${here} redirected, probably to a login page: the session has ended.`);
    expect(fetch).toHaveBeenCalledOnce();
  });
});

describe('a request that cannot be made is final, and nobody is asked', () => {
  const url = (shown: string) =>
    `createAuthCallback needs an absolute URL without a password here, found "${shown}".`;
  const headers = '"headers" has a name or value that HTTP does not allow.';
  const body = 'The value of "body" is not JSON.';
  test.each([
    ['a relative URL outside a page', '/auth?PRIVATE', {}, url('/auth')],
    ['a URL with a password', 'http://PRIVATE:PRIVATE@127.0.0.1/auth', {}, url(here)],
    ['a URL with a user', 'http://PRIVATE@127.0.0.1/auth#PRIVATE', {}, url(here)],
    ['a header whose value is none', here, { headers: { authorization: 'PRIVATE\nPRIVATE' } }, headers],
    ['a header whose name is none', here, { headers: () => ({ 'PRIVATE NAME': 'x' }) }, headers],
    [
      'a body with GET',
      here,
      { body: 'PRIVATE' },
      `A GET request can't be made with a body. Set "method" to "POST".`,
    ],
    [
      'a method that fetch refuses',
      here,
      { method: 'TRACE' },
      `A TRACE request can't be made. Set "method" to "POST".`,
    ],
    [
      'a method that is none',
      here,
      { method: 'PRIVATE METHOD' },
      `This request can't be made. Set "method" to "POST".`,
    ],
    ['an object that is no JSON', here, { method: 'POST', body: { PRIVATE: 1n } }, body],
  ])('%s', async (_, source, options, says) => {
    const fetch = vi.fn(answer);
    const error = await failure(source, { fetch, ...options });
    expect(error).toMatchObject({ code: 40170, statusCode: 403, status: undefined, cause: undefined });
    expect(error.message).toBe(says);
    expect(JSON.stringify([error, error.message, error.stack])).not.toContain('PRIVATE');
    expect(fetch).not.toHaveBeenCalled();
  });
});

describe('a function for headers or body that fails', () => {
  test.each([
    ['with a status: final', { status: 403 }, 403, 1],
    ['with a statusCode: final', { statusCode: 404 }, 403, 1],
    ['with a temporary status: asked again', { status: 503 }, 401, 2],
    ['without a status: asked again', new Error('no session store'), 401, 2],
  ])('%s', async (_, thrown, statusCode, times) => {
    const { url, requests } = await endpoint(good);
    for (const option of ['headers', 'body']) {
      for (const fail of [
        () => Promise.reject(thrown),
        () => {
          throw thrown;
        },
      ]) {
        const given = vi.fn(fail);
        expect(await failure(url, { method: 'POST', [option]: given })).toMatchObject({
          statusCode,
          cause: thrown,
        });
        expect(given).toHaveBeenCalledTimes(times);
      }
    }
    expect(requests).toHaveLength(0);
  });
});
