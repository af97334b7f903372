import { getEventListeners } from 'node:events';
import { createAuthCallback } from 'ably-jwt/client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ask, call, deferred, endpoint, failure, good, jwt } from './support/asking.js';

const never = () => new Promise<never>(() => {});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('timeout', () => {
  test('is 8 seconds, if nothing is said', async () => {
    vi.useFakeTimers();
    const called = vi.fn();
    createAuthCallback(never)({}, called);
    await vi.advanceTimersByTimeAsync(7999);
    expect(called).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(called).toHaveBeenCalledOnce();
    const [error] = called.mock.calls[0]!;
    expect(error).toMatchObject({ code: 40170, statusCode: 401, status: undefined });
    expect(error.message).toBe('No token: auth endpoint silent for 8 s. The client retries.');
  });

  test.each([
    ['waiting for the answer', undefined, undefined],
    ['reading an answer that stops in the middle', 200, 'application/jwt'],
  ])('ends %s, and hangs up', async (_, status, contentType) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const asked = deferred<void>();
    const hungUp = deferred<void>();
    const { url, requests } = await endpoint((response) => {
      response.on('close', () => hungUp.resolve());
      if (status !== undefined)
        response.writeHead(status, { 'content-type': 'application/jwt' }).write('half a');
      asked.resolve();
    });
    const fetched = deferred<void>();
    const outcome = ask(url, {
      timeout: 1500,
      fetch: (...request) => {
        const response = fetch(...request);
        (status === undefined ? asked.promise : response).then(() => fetched.resolve());
        return response;
      },
    });
    await fetched.promise;
    vi.advanceTimersByTime(1500);
    const { error } = await outcome;
    expect(error).toMatchObject({ code: 40170, statusCode: 401, status, url, contentType });
    expect(error?.message).toBe('No token: auth endpoint silent for 1.5 s. The client retries.');
    await hungUp.promise;
    expect(requests).toHaveLength(1);
  });

  test('ends waiting for functions of the app', async () => {
    const { url, requests } = await endpoint(good);
    for (const options of [{ headers: never }, { method: 'POST', body: never }]) {
      const error = await failure(url, { timeout: 20, ...options });
      expect(error).toMatchObject({ statusCode: 401 });
      expect(error.message).toContain('silent for 0.02 s');
    }
    expect(requests).toHaveLength(0);
  });

  test('ends waiting for onUnauthorized; when that is done, nobody is asked any more', async () => {
    const refreshed = deferred<void>();
    const source = vi.fn(() => Promise.reject({ status: 401 }));
    const error = await failure(source, { timeout: 20, onUnauthorized: () => refreshed.promise });
    expect(error).toMatchObject({ statusCode: 401, status: 401 });
    refreshed.resolve();
    await new Promise(setImmediate);
    expect(source).toHaveBeenCalledOnce();
  });

  test('ends a pause before asking again; after it, nobody is asked any more', async () => {
    vi.useFakeTimers();
    vi.spyOn(Math, 'random').mockReturnValue(0.9);
    const source = vi.fn(() => Promise.reject());
    const outcome = ask(source, { timeout: 100 });
    await vi.advanceTimersByTimeAsync(100);
    expect((await outcome).error?.message).toContain('silent for 0.1 s');
    await vi.advanceTimersByTimeAsync(1000);
    expect(source).toHaveBeenCalledOnce();
  });

  test('leaves no timer behind after an answer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await ask(() => jwt());
    await failure(() => Promise.reject({ status: 403 }));
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2e9, '8s', '8000', null, {}])(
    'refuses %s when it is given',
    (timeout) => {
      const create = () => createAuthCallback('/auth', { timeout: timeout as number });
      const range = Number(timeout) >= 2e9 ? 'below 2e9' : 'above 0';
      expect(create).toThrow(new TypeError(`"timeout" must be milliseconds ${range}, found "${timeout}".`));
    },
  );

  test.each([0.5, 1, 8000, 2e9 - 1, undefined])('takes %s', (timeout) => {
    expect(createAuthCallback('/auth', { timeout })).toBeTypeOf('function');
  });
});

describe('signal', () => {
  test('aborted before a call: final, and nobody is asked', async () => {
    const { url, requests } = await endpoint(good);
    const source = vi.fn(() => jwt());
    for (const from of [url, source]) {
      const error = await failure(from, { signal: AbortSignal.abort() });
      expect(error).toMatchObject({ code: 40170, statusCode: 403, status: undefined });
      expect(error.message).toBe('The signal passed to createAuthCallback was aborted.');
    }
    expect(requests).toHaveLength(0);
    expect(source).not.toHaveBeenCalled();
  });

  test('aborted during a call: final, and the request is given up', async () => {
    const abort = new AbortController();
    const hungUp = deferred<void>();
    const { url, requests } = await endpoint((response) => {
      response.on('close', () => hungUp.resolve());
      abort.abort();
    });
    const error = await failure(url, { signal: abort.signal });
    expect(error).toMatchObject({ code: 40170, statusCode: 403 });
    expect(error.message).toBe('The signal passed to createAuthCallback was aborted.');
    await hungUp.promise;
    expect(requests).toHaveLength(1);
  });

  test('that outlives many calls gathers no listeners', async () => {
    const { signal } = new AbortController();
    const authCallback = createAuthCallback(() => jwt(), { signal });
    for (let n = 0; n < 3; n++) await call(authCallback);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

test('the pause before asking again is random, up to half a second', async () => {
  vi.useFakeTimers();
  const source = vi.fn(() => Promise.reject());
  for (const [random, pause] of [
    [0.5, 250],
    [0.999, 499],
  ] as const) {
    source.mockClear();
    vi.spyOn(Math, 'random').mockReturnValue(random);
    ask(source);
    await vi.advanceTimersByTimeAsync(pause - 1);
    expect(source).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(1);
    expect(source).toHaveBeenCalledTimes(2);
  }
});

describe('Retry-After', () => {
  const start = Date.parse('2026-01-02T03:04:05.000Z');
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: start });
    vi.spyOn(Math, 'random').mockReturnValue(0);
  });

  const minute = 60_000;
  test.each([
    ['seconds', '120', 2 * minute],
    ['a date', 'Fri, 02 Jan 2026 03:06:05 GMT', 2 * minute],
    ['more than ten minutes', '86400', 10 * minute],
    ['a date in a year', 'Sat, 02 Jan 2027 03:04:05 GMT', 10 * minute],
  ])('in %s: not asked again before', async (_, retryAfter, wait) => {
    for (const status of [408, 425, 429, 503]) {
      vi.setSystemTime(start);
      const answer = { status, headers: { 'retry-after': retryAfter } };
      const { url, requests } = await endpoint(answer, good);
      const authCallback = createAuthCallback(url, { retries: 3 });
      expect((await call(authCallback)).error).toMatchObject({ statusCode: 401, status });
      expect(requests).toHaveLength(1);

      vi.setSystemTime(start + wait - 1000);
      const { error } = await call(authCallback);
      expect(error).toMatchObject({ code: 40170, statusCode: 401, status: undefined });
      expect(error?.message).toBe(`${url} is busy for 1 s. The client retries.`);
      expect(requests).toHaveLength(1);

      vi.setSystemTime(start + wait);
      expect(await call(authCallback)).toMatchObject({ error: null });
      expect(requests).toHaveLength(2);
    }
  });

  test.each(['0', '-5', 'soon', '', 'Thu, 01 Jan 2026 00:00:00 GMT'])(
    'of "%s" names no time to wait for',
    async (retryAfter) => {
      const { url, requests } = await endpoint({ status: 503, headers: { 'retry-after': retryAfter } }, good);
      expect(await ask(url)).toMatchObject({ error: null });
      expect(requests).toHaveLength(2);
    },
  );

  test.each([401, 403, 404])('of a refusal (%i) keeps nobody from asking after a login', async (status) => {
    const { url, requests } = await endpoint({ status, headers: { 'retry-after': '3600' } }, good);
    const authCallback = createAuthCallback(url);
    expect((await call(authCallback)).error).toMatchObject({ statusCode: 403 });
    expect(await call(authCallback)).toMatchObject({ error: null });
    expect(requests).toHaveLength(2);
  });

  test('of a token keeps nobody from asking for the next one', async () => {
    const { url, requests } = await endpoint({ ...good, headers: { 'retry-after': '3600' } });
    const authCallback = createAuthCallback(url);
    for (const _ of [1, 2]) expect(await call(authCallback)).toMatchObject({ error: null });
    expect(requests).toHaveLength(2);
  });

  test('is not forgotten when another request, under way at the same time, fails without one', async () => {
    const asked = deferred<void>();
    const slow = deferred<void>();
    const { url, requests } = await endpoint(
      (response) => {
        slow.promise.then(() => response.writeHead(502).end());
        asked.resolve();
      },
      { status: 503, headers: { 'retry-after': '60' } },
      good,
    );
    const authCallback = createAuthCallback(url, { retries: 0 });
    const first = call(authCallback);
    await asked.promise;
    await call(authCallback);
    slow.resolve();
    expect((await first).error).toMatchObject({ status: 502 });
    expect((await call(authCallback)).error?.message).toContain('busy for 60 s');
    expect(requests).toHaveLength(2);
  });

  test('ends as it would have when the clock is set back, and no later', async () => {
    const { url, requests } = await endpoint({ status: 503, headers: { 'retry-after': '120' } }, good);
    const authCallback = createAuthCallback(url);
    await call(authCallback);
    const back = start - 24 * 60 * minute;
    vi.setSystemTime(back);
    expect((await call(authCallback)).error?.message).toContain('busy for 120 s');
    vi.setSystemTime(back + 2 * minute - 1000);
    expect((await call(authCallback)).error?.message).toContain('busy for 1 s');
    expect(requests).toHaveLength(1);
    vi.setSystemTime(back + 2 * minute);
    expect(await call(authCallback)).toMatchObject({ error: null });
  });

  test('that is over stays over when the clock is set back', async () => {
    const { url, requests } = await endpoint({ status: 503, headers: { 'retry-after': '120' } }, good);
    const authCallback = createAuthCallback(url);
    await call(authCallback);
    vi.setSystemTime(start + 2 * minute);
    expect(await call(authCallback)).toMatchObject({ error: null });
    vi.setSystemTime(start - 60 * minute);
    expect(await call(authCallback)).toMatchObject({ error: null });
    expect(requests).toHaveLength(3);
  });

  test('is for its callback alone', async () => {
    const { url, requests } = await endpoint({ status: 503, headers: { 'retry-after': '60' } }, good);
    expect(await failure(url)).toMatchObject({ status: 503 });
    expect(await ask(url)).toMatchObject({ error: null });
    expect(requests).toHaveLength(2);
  });
});
