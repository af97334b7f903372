import { type AuthCallbackError, createAuthCallback } from 'ably-jwt/client';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { ask, call, endpoint, failure, good, jwt } from './support/asking.js';

beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("towards Ably's client", () => {
  test('calls back with null beside a token, and beside an error', async () => {
    expect(await ask(() => jwt())).toMatchObject({ error: null, token: expect.anything() });
    expect(await ask(() => '')).toMatchObject({ error: expect.anything(), token: null });
  });

  test('calls back once, whatever happens later', async () => {
    vi.useFakeTimers();
    const abort = new AbortController();
    let settle = (_: string) => {};
    const sources = [
      () => jwt(),
      () => Promise.reject({ status: 403 }),
      () =>
        new Promise<string>((resolve) => {
          settle = resolve;
        }),
    ];
    for (const source of sources) {
      const called = vi.fn();
      createAuthCallback(source, { signal: abort.signal, timeout: 100 })({}, called);
      await vi.advanceTimersByTimeAsync(100);
      settle(jwt());
      await vi.advanceTimersByTimeAsync(60_000);
      expect(called).toHaveBeenCalledOnce();
    }
    abort.abort();
    const called = vi.fn();
    createAuthCallback(() => jwt(), { signal: abort.signal, timeout: 100 })({}, called);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(called).toHaveBeenCalledOnce();
  });

  test('never throws, and returns nothing that rejects', async () => {
    const sources = [
      () => {
        throw new Error('at once');
      },
      () => Promise.reject(new Error('later')),
      '/relative',
    ];
    for (const source of sources) {
      const called = vi.fn();
      const returned = createAuthCallback(source, { retries: 0 })({}, called);
      await expect(Promise.resolve(returned)).resolves.toBeUndefined();
      expect(called).toHaveBeenCalledOnce();
    }
  });

  test('takes what is thrown at its call back for no failure of its own, and does not hide it', async () => {
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    onTestFinished(() => {
      process.removeAllListeners('unhandledRejection');
      for (const listener of listeners) process.on('unhandledRejection', listener);
    });
    const unhandled = new Promise((resolve) => process.once('unhandledRejection', resolve));
    const thrown = new Error('from the client');
    const called = vi.fn(() => {
      throw thrown;
    });
    const source = vi.fn(() => jwt());
    await createAuthCallback(source)({}, called);
    expect(await unhandled).toBe(thrown);
    expect(called).toHaveBeenCalledOnce();
    expect(source).toHaveBeenCalledOnce();
  });

  test('gives plain errors', async () => {
    const { url } = await endpoint({ status: 503 });
    for (const error of [await failure('/relative'), await failure(url), await failure(() => '')]) {
      expect(Object.getPrototypeOf(error)).toBe(Error.prototype);
      expect(Object.keys(error).sort()).toEqual([
        'cause',
        'code',
        'contentType',
        'status',
        'statusCode',
        'url',
      ]);
    }
  });

  test('asks nobody before it is called, so it may be made twice, as StrictMode does', async () => {
    const fetch = vi.fn(async () => new Response(jwt()));
    const options = { fetch, headers: vi.fn(() => ({})), onUnauthorized: vi.fn(), onError: vi.fn() };
    createAuthCallback('http://127.0.0.1/auth', options);
    await call(createAuthCallback('http://127.0.0.1/auth', options));
    expect(fetch).toHaveBeenCalledOnce();
  });

  test('serves two clients at once, and one user after the other', async () => {
    const authCallback = createAuthCallback(({ clientId }) => jwt({ 'x-ably-clientId': clientId ?? 'new' }));
    const outcomes = await Promise.all([
      call(authCallback, { clientId: 'alice' }),
      call(authCallback, { clientId: 'bob' }),
      call(authCallback),
    ]);
    expect(outcomes).toMatchObject(['alice', 'bob', 'new'].map((clientId) => ({ token: { clientId } })));
  });
});

describe('a function as the source', () => {
  test('gets what the client wants', async () => {
    const source = vi.fn(() => jwt());
    const wanted = { clientId: 'alice', capability: '{"*":["*"]}', ttl: 1, timestamp: 2, nonce: 'n' };
    await ask(source, {}, wanted);
    expect(source).toHaveBeenCalledExactlyOnceWith(wanted);
  });

  const ablyError = { code: 40160, statusCode: 401, message: 'No rights.' };
  test.each([
    ['a final status', { status: 404 }, 403, 404, 1],
    ['a final statusCode', Object.assign(new Error(), { statusCode: 422 }), 403, 422, 1],
    ["an error of Ably's", ablyError, 403, 401, 1],
    ['a Response', new Response(null, { status: 403 }), 403, 403, 1],
    ['a redirect', { status: 302 }, 403, 302, 1],
    ['a temporary status', { status: 429 }, 401, 429, 2],
    ['a server error', { statusCode: 500 }, 401, 500, 2],
    ['a status of success', { status: 200 }, 401, 200, 2],
    ['the status 0 of no network', { status: 0 }, 401, 0, 2],
    ['a status that is none', { status: 'error' }, 401, undefined, 2],
    ['a status that is none beside one that is', { status: 'error', statusCode: 404 }, 403, 404, 1],
    ['an error', new Error('The store is down.'), 401, undefined, 2],
    ['an error of the system', Object.assign(new Error(), { code: 'ECONNRESET' }), 401, undefined, 2],
    [
      'a DOMException, whose code is no code',
      new DOMException('Cancelled.', 'AbortError'),
      401,
      undefined,
      2,
    ],
    ['a text', 'PRIVATE', 401, undefined, 2],
    ['nothing', undefined, 401, undefined, 2],
    ['null', null, 401, undefined, 2],
  ])('that rejects with %s is classified by it', async (_, thrown, statusCode, status, times) => {
    for (const reject of [
      () => Promise.reject(thrown),
      () => {
        throw thrown;
      },
    ]) {
      const source = vi.fn(reject);
      const error = await failure(source);
      expect(error).toMatchObject({ code: thrown === ablyError ? 40160 : 40170, statusCode });
      expect([error.status, error.cause]).toEqual([status, thrown]);
      const words = (thrown as Error | undefined)?.message;
      expect(error.message).toMatch(words ? words : /^The source function (answered \d+|failed|redirected)/);
      expect(source).toHaveBeenCalledTimes(times);
    }
  });

  const thrownBy = (handler: ProxyHandler<object>) => new Proxy({}, handler);
  const explode = (): never => {
    throw new Error('PRIVATE');
  };
  test.each([
    [
      'a Proxy whose traps throw',
      thrownBy({ get: explode, has: explode, ownKeys: explode, getPrototypeOf: explode }),
    ],
    ['a Proxy of anything for anything', thrownBy({ get: () => thrownBy({ get: explode }) })],
    [
      'getters that throw',
      Object.defineProperties({}, { status: { get: explode }, message: { get: explode } }),
    ],
    ['a Symbol', Symbol('PRIVATE')],
    ['a message that is no text', { code: 40300, message: { toString: 1 } }],
    [
      'a revoked Proxy',
      (() => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      })(),
    ],
    ['a bigint', 1n],
    ['a function', explode],
  ])('that throws %s is a temporary failure, called back once', async (_, thrown) => {
    for (const source of [
      () => Promise.reject(thrown),
      () => {
        throw thrown;
      },
    ]) {
      const called = vi.fn();
      await createAuthCallback(source, { retries: 0, timeout: 1000 })({}, called);
      expect(called).toHaveBeenCalledOnce();
      const [error, token] = called.mock.calls[0] as [AuthCallbackError, null];
      expect(token).toBeNull();
      expect([String(error), error.statusCode]).toEqual([
        'The source function failed. The client retries.',
        401,
      ]);
    }
  });

  test.each([
    ['a Proxy whose traps throw', thrownBy({ get: explode, has: explode, ownKeys: explode })],
    ['a getter that throws', Object.defineProperty({}, 'token', { get: explode, enumerable: true })],
    ['a bigint', { token: 1n }],
    ['details of odd types', { token: 'appId.own', issued: 1, clientId: { toString: 1, valueOf: 1 } }],
  ])('that returns %s is called back once', async (_, returned) => {
    const called = vi.fn();
    const source = () => returned as never;
    await createAuthCallback(source, { retries: 0, timeout: 1000 })({ clientId: 'alice' }, called);
    expect(called).toHaveBeenCalledOnce();
  });

  test.each([
    [401, 403],
    [403, 403],
    [404, 403],
    [429, 401],
    [500, 401],
  ])('of tRPC that rejects with %i is classified by it, its message kept', async (httpStatus, statusCode) => {
    // As @trpc/client throws it.
    const thrown = Object.assign(new Error('Your session has ended.'), {
      name: 'TRPCClientError',
      shape: { message: 'Your session has ended.', code: -32001 },
      data: { code: 'UNAUTHORIZED', httpStatus, path: 'ably.token' },
    });
    const error = await failure(() => Promise.reject(thrown));
    expect(error).toMatchObject({ code: 40170, statusCode, status: httpStatus, cause: thrown });
    expect(String(error)).toBe('Your session has ended.');
  });

  test("that rejects with Ably's words has them in its message", async () => {
    expect((await failure(() => Promise.reject(ablyError))).message).toBe('No rights.');
  });
});

describe('onUnauthorized', () => {
  test('refreshes the session, and the request is repeated', async () => {
    const { url, requests } = await endpoint({ status: 401 }, good);
    let session = 'old';
    const onUnauthorized = vi.fn(async () => {
      session = 'new';
    });
    const options = { onUnauthorized, headers: () => ({ 'x-session': session }), retries: 0 };
    expect(await ask(url, options)).toMatchObject({ error: null });
    expect(onUnauthorized).toHaveBeenCalledExactlyOnceWith();
    expect(requests.map(({ headers }) => headers['x-session'])).toEqual(['old', 'new']);
  });

  test('is called once in a call: a second 401 is final', async () => {
    const { url, requests } = await endpoint({ status: 401 });
    const onUnauthorized = vi.fn();
    const authCallback = createAuthCallback(url, { onUnauthorized, retries: 5 });
    for (const times of [1, 2]) {
      expect((await call(authCallback)).error).toMatchObject({ code: 40170, statusCode: 403, status: 401 });
      expect(onUnauthorized).toHaveBeenCalledTimes(times);
      expect(requests).toHaveLength(2 * times);
    }
  });

  test.each([400, 403, 404, 429, 503])('is not called on %i', async (status) => {
    const { url } = await endpoint({ status });
    const onUnauthorized = vi.fn();
    expect(await failure(url, { onUnauthorized })).toMatchObject({ status });
    expect(onUnauthorized).not.toHaveBeenCalled();
  });

  test.each([
    ['rejects', async () => Promise.reject(new Error('logged out'))],
    [
      'throws',
      () => {
        throw new Error('logged out');
      },
    ],
  ])('that %s makes the 401 final', async (_, onUnauthorized) => {
    const { url, requests } = await endpoint({ status: 401 }, good);
    const error = await failure(url, { onUnauthorized, retries: 5 });
    expect(error).toMatchObject({
      code: 40170,
      statusCode: 403,
      status: 401,
      cause: { message: 'logged out' },
    });
    expect(error.message).toBe(`${url} answered 401. Log in again.`);
    expect(requests).toHaveLength(1);
  });

  test('counts apart from temporary failures', async () => {
    const { url, requests } = await endpoint({ status: 503 }, { status: 401 }, { status: 503 }, good);
    expect(await ask(url, { onUnauthorized: () => {}, retries: 2 })).toMatchObject({ error: null });
    expect(requests).toHaveLength(4);
  });

  test('serves a function that rejects with a 401 too', async () => {
    const onUnauthorized = vi.fn();
    const source = vi.fn(() => jwt()).mockImplementationOnce(() => Promise.reject({ status: 401 }) as never);
    expect(await ask(source, { onUnauthorized })).toMatchObject({ error: null });
    expect(onUnauthorized).toHaveBeenCalledOnce();
  });
});

describe('onError', () => {
  test('is told of every failed call, once, with the error that the client gets', async () => {
    const { url } = await endpoint({ status: 503, headers: { 'retry-after': '60' } });
    const onError = vi.fn<(error: AuthCallbackError) => void>();
    const authCallback = createAuthCallback(url, { onError, retries: 3 });
    const errors = [(await call(authCallback)).error, (await call(authCallback)).error];
    expect(onError.mock.calls).toEqual(errors.map((error) => [error]));
    expect(onError.mock.calls.map(([error]) => error.status)).toEqual([503, undefined]);
  });

  test('is not told of a call that went well, nor of its second try', async () => {
    const { url } = await endpoint({ status: 503 }, { status: 401 }, good);
    const onError = vi.fn();
    expect(await ask(url, { onError, onUnauthorized: () => {} })).toMatchObject({ error: null });
    expect(onError).not.toHaveBeenCalled();
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('from onError');
      },
    ],
    ['rejects', () => Promise.reject(new Error('from onError'))],
  ])('that %s is ignored', async (_, fails) => {
    let calls = 0;
    // No mock: mocks handle the rejections of what they return.
    const onError = () => {
      calls += 1;
      return fails();
    };
    expect(await failure(() => Promise.reject({ status: 403 }), { onError })).toMatchObject({ status: 403 });
    await new Promise(setImmediate);
    expect(calls).toBe(1);
  });
});

describe('what cannot be right is refused when the callback is created', () => {
  test.each([
    ['undefined', undefined],
    ['null', null],
    ['""', ''],
  ])('no source: %s', (found, source) => {
    const create = () => createAuthCallback(source as never);
    expect(create).toThrow(
      new TypeError(`createAuthCallback needs a URL or a function as "source", found ${found}.`),
    );
  });

  test.each(['header', 'authHeaders', 'toString', 'constructor', '__proto__'])('an option "%s"', (name) => {
    const options = JSON.parse(`{"retries":1,${JSON.stringify(name)}:1}`);
    const create = () => createAuthCallback('/auth', options);
    expect(create).toThrow(new TypeError(`createAuthCallback has no option "${name}".`));
  });
});
