import { createAuthEndpoint, createAuthHandler, deny, retryLater } from 'ably-jwt';
import { describe, expect, test, vi } from 'vitest';
import { ablyError, endpoint, granted, raise, request, withThen } from '../support/endpoint.js';
import { key } from '../support/tokens.js';

const internal = ablyError(50000, 500, 'The auth endpoint failed. Its own log says why.');
/** The mark by which a denial is known, as any code in the process can find it. */
const [mark] = Object.getOwnPropertySymbols(deny()) as [symbol];

/** A denial whose parts are not what `deny` and `retryLater` put there. */
const forged = (parts: { message?: unknown; details?: unknown }) =>
  Object.assign(Object.create(Error.prototype), { message: parts.message ?? 'No.', [mark]: parts.details });

const getter = (name: PropertyKey, get: () => unknown, target: object = deny('No.')) =>
  Object.defineProperty(target, name, { get, configurable: true });

/** Says yes to every question, and gives another answer each time. */
const lying = () => {
  let reads = 0;
  return new Proxy(retryLater('1s'), {
    has: () => true,
    getPrototypeOf: () => Error.prototype,
    get: (_, name) => {
      reads += 1;
      if (name === mark) return { seconds: reads === 1 ? '1\r\nSet-Cookie: a=b' : 1 };
      return reads;
    },
  });
};
const throwing = () => {
  const trap = () => raise(new Error('not to be looked at'));
  return new Proxy(() => {}, {
    get: trap,
    has: trap,
    ownKeys: trap,
    getPrototypeOf: trap,
    getOwnPropertyDescriptor: trap,
  });
};
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

const thrown: [name: string, make: () => unknown][] = [
  ['a line break for Retry-After', () => forged({ details: { seconds: '5\r\nSet-Cookie: admin=1' } })],
  ['a list for Retry-After', () => forged({ details: { seconds: [5] } })],
  [
    'an object with a toString for Retry-After',
    () => forged({ details: { seconds: { toString: () => '5\r\n' } } }),
  ],
  ['Infinity for Retry-After', () => forged({ details: { seconds: Number.POSITIVE_INFINITY } })],
  ['a negative Retry-After', () => forged({ details: { seconds: -1 } })],
  ['a fraction for Retry-After', () => forged({ details: { seconds: 0.5 } })],
  ['true as its details', () => forged({ details: true })],
  ['null as its details', () => forged({ details: null })],
  ['an object as its message', () => forged({ message: { toString: () => 'No.' }, details: {} })],
  ['a message that throws', () => getter('message', () => raise(new Error('no')))],
  ['details that throw', () => getter(mark, () => raise(new Error('no')), new Error('x'))],
  ['seconds that throw', () => forged({ details: getter('seconds', () => raise(new Error('no')), {}) })],
  ['a proxy that lies', lying],
  ['a proxy that throws', throwing],
  ['a revoked proxy', revoked],
  ['a status that throws', () => getter('status', () => raise(new Error('no')), new Error('x'))],
  ['a status that is an object', () => ({ status: { valueOf: () => 401 } })],
  ['a symbol', () => Symbol('x')],
  ['null', () => null],
  ['undefined', () => undefined],
];

describe.each(thrown)('authorize throws %s', (_, make) => {
  test.each<[string, (value: unknown) => unknown]>([
    ['throws', raise],
    ['rejects', (value) => Promise.reject(value)],
  ])('%s: a 500, and onError gets what was thrown', async (_, fail) => {
    const value = make();
    const { auth, onError } = endpoint(() => fail(value));
    const response = await auth(request);
    expect(response).toEqual(internal);
    // Not by an assertion, which would look into it.
    expect(onError.mock.calls.length === 1 && Object.is(onError.mock.calls[0]![0], value)).toBe(true);
    onError.mockClear();
  });

  test('the handler makes a Response of it, the key function too', async () => {
    const value = make();
    const onError = vi.fn();
    const asked = new Request('https://example.com/auth');
    const response = await createAuthHandler(key, () => raise(value), { onError })(asked);
    expect([response.status, response.headers.get('set-cookie')]).toEqual([500, null]);
    const viaKey = createAuthEndpoint(
      () => raise(value),
      () => granted,
      { onError },
    );
    expect(await viaKey(request)).toEqual(internal);
    expect(onError.mock.calls.length).toBe(2);
    onError.mockClear();
  });
});

describe('what authorize returns', () => {
  test.each<[string, () => unknown]>([
    ['a proxy that throws', throwing],
    ['a revoked proxy', revoked],
    [
      'options with a getter that throws',
      () => getter('clientId', () => raise(new Error('no')), { ...granted }),
    ],
    ['what holds a then that is no function', () => withThen(() => 'x')],
  ])('%s: a 500', async (_, make) => {
    const { auth, onError } = endpoint(make);
    expect(await auth(request)).toEqual(internal);
    expect(onError.mock.calls.length).toBe(1);
    onError.mockClear();
  });

  test('a forged denial that is well formed is a denial: any copy of the package may have made it', async () => {
    const { auth } = endpoint(() => raise(forged({ details: { seconds: 7 } })));
    expect(await auth(request)).toEqual(ablyError(50003, 503, 'No.', { 'Retry-After': '7' }));
  });
});
