import type { AblyJwtError } from 'ably-jwt';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ablyError, endpoint, granted, request, withThen } from '../support/endpoint.js';

const internal = ablyError(50000, 500, 'The auth endpoint failed. Its own log says why.');
const silent = ablyError(50003, 503, 'The auth endpoint took too long. Try again.');

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('authorize has a time limit', () => {
  test.each([
    [undefined, 8000, '8s'],
    ['2s', 2000, '2s'],
    ['1m', 60_000, '1m'],
  ] as const)('authorize that does not answer (timeout %s)', async (timeout, limit, shown) => {
    vi.useFakeTimers();
    const { auth, onError } = endpoint(() => new Promise(() => {}), { timeout });
    const settled = vi.fn();
    const answer = auth(request).then((response) => {
      settled();
      return response;
    });
    await vi.advanceTimersByTimeAsync(limit - 1);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await answer).toEqual(silent);
    expect(onError).toHaveBeenCalledTimes(1);
    expect(onError.mock.calls[0]![0]).toMatchObject({
      name: 'TimeLimitError',
      message: `authorize did not answer within ${shown}.`,
    });
    expect(onError.mock.calls[0]![1]).toBe(request);
  });

  test('authorize that answers too late is not heard any more', async () => {
    vi.useFakeTimers();
    const late = (settle: (resolve: (_: unknown) => void, reject: (_: unknown) => void) => void) =>
      endpoint(() => new Promise((resolve, reject) => setTimeout(() => settle(resolve, reject), 9000)));
    for (const { auth, onError } of [
      late((resolve) => resolve(granted)),
      late((_, reject) => reject(new Error('late'))),
    ]) {
      const answer = auth(request);
      await vi.advanceTimersByTimeAsync(20_000);
      expect((await answer).status).toBe(503);
      expect(onError).toHaveBeenCalledTimes(1);
    }
  });

  test('no timer stays behind', async () => {
    vi.useFakeTimers();
    await endpoint(async () => granted).auth(request);
    await endpoint(() => Promise.reject(new Error('x'))).auth(request);
    expect(vi.getTimerCount()).toBe(0);
  });
});

const cause = new Error('select * from users: connection lost');
const fail = () => {
  throw cause;
};

describe('500', () => {
  const failing: [name: string, authorize: () => unknown, told: unknown][] = [
    ['throws', fail, cause],
    ['rejects', () => Promise.reject(cause), cause],
    [
      'throws a text',
      () => {
        throw 'text';
      },
      'text',
    ],
    [
      'throws nothing',
      () => {
        throw undefined;
      },
      undefined,
    ],
    ['rejects with null', () => Promise.reject(null), null],
    ['has a then that throws', () => withThen(fail), cause],
    [
      'returns undefined',
      () => undefined,
      expect.objectContaining({
        code: 'OPTION_INVALID',
        message:
          'authorize returned undefined. Return the options of createAblyJwt, such as { clientId, capability }, or null for a logged-out user.',
      }),
    ],
    [
      'resolves with undefined',
      async () => undefined,
      expect.objectContaining({ message: expect.stringContaining('null for a logged-out user') }),
    ],
    ...(
      [
        ['false', false, 'false'],
        ['true', true, 'true'],
        ['a token', 'a.b.c', 'a string'],
        ['a number', 5, 'the number 5'],
        ['a list', [granted], 'an array'],
      ] as const
    ).map(
      ([name, value, found]) =>
        [
          `returns ${name}`,
          () => value,
          expect.objectContaining({
            code: 'OPTION_INVALID',
            message: expect.stringMatching(
              new RegExp(`^authorize returned ${found}\\. Return the options of createAblyJwt`),
            ),
          }),
        ] as [string, () => unknown, unknown],
    ),
    [
      'asks for too much time',
      () => ({ ...granted, ttl: '2d' }),
      expect.objectContaining({ code: 'TTL_TOO_LONG' }),
    ],
    [
      'misspells an option',
      () => ({ ...granted, clientID: 'a' }),
      expect.objectContaining({ code: 'OPTION_INVALID' }),
    ],
  ];

  test.each(failing)(
    'authorize that %s: the client gets no word of it, onError all',
    async (_, authorize, told) => {
      const { auth, onError } = endpoint(authorize);
      expect(await auth(request)).toEqual(internal);
      expect(onError.mock.calls).toEqual([[told, request]]);
    },
  );

  test.each([
    ['a.b.c', 'The endpoint signs the token itself.'],
    [5, undefined],
  ])('authorize that returns %j: onError says who signs, where a token was meant', async (value, hint) => {
    const { auth, onError } = endpoint(() => value);
    await auth(request);
    expect((onError.mock.calls[0]![0] as AblyJwtError).hint).toBe(hint);
  });

  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('log is full');
      },
    ],
    ['rejects', () => Promise.reject(new Error('log is full'))],
    ['never answers', () => new Promise(() => {})],
    ['has a then that throws', () => withThen(fail)],
  ])('onError that %s changes nothing', async (_, onError) => {
    const { auth } = endpoint(() => Promise.reject(cause), { onError: onError as () => void });
    expect(await auth(request)).toEqual(internal);
  });

  test('what can’t even be looked at is no more than that', async () => {
    const trap = () => {
      throw new Error('not to be looked at');
    };
    const hostile = new Proxy({}, { has: trap, get: trap, getPrototypeOf: trap, ownKeys: trap });
    const { auth, onError } = endpoint(() => {
      throw hostile;
    });
    expect(await auth(request)).toEqual(internal);
    // Not by an assertion, which would look at it.
    expect(onError.mock.calls.length === 1 && onError.mock.calls[0]![0] === hostile).toBe(true);
    onError.mockClear();
  });

  test('without onError it goes to console.error', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    expect(await endpoint(() => Promise.reject(cause), { onError: undefined }).auth(request)).toEqual(
      internal,
    );
    expect(log.mock.calls).toEqual([['ably-jwt: the auth endpoint failed:', cause]]);
  });
});
