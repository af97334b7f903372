import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type AblyJwtOptions,
  type AuthKey,
  createAblyJwt,
  createAuthEndpoint,
  createAuthHandler,
  createAuthListener,
  decodeAblyJwt,
  deny,
  parseAblyKey,
  retryLater,
  verifyAblyJwt,
} from 'ably-jwt';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ablyError, granted, raise, request } from '../support/endpoint.js';
import { key, keyName, secret } from '../support/tokens.js';

const second = `${keyName.split('.')[0]}.second:another-Secret_0123456789`;
const third = `${keyName.split('.')[0]}.third:yet-another-Secret_01234567`;
const internal = ablyError(50000, 500, 'The auth endpoint failed. Its own log says why.');

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

/** An endpoint with any key function, also a wrong one. */
function withKey(keyOf: unknown, options: object = {}) {
  const onError = vi.fn();
  const auth = createAuthEndpoint(keyOf as AuthKey<unknown>, () => granted, { onError, ...options });
  return { auth, onError };
}

describe('a key function', () => {
  test.each<[string, () => unknown]>([
    ['a string', () => key],
    ['a parsed key', () => parseAblyKey(key)],
    ['a Promise of a string', async () => key],
    ['a Promise of a parsed key', async () => parseAblyKey(key)],
  ])('returns %s', async (_, keyOf) => {
    const { auth, onError } = withKey(keyOf);
    const { status, body } = await auth(request);
    expect(status).toBe(200);
    await expect(verifyAblyJwt(body, key)).resolves.toMatchObject({ clientId: 'alice', keyName });
    expect(onError).not.toHaveBeenCalled();
  });

  test('is called for each request that is granted, with its arguments, and for no other', async () => {
    const keyOf = vi.fn((_user: string | null, tenant: string) => (tenant === 'a' ? key : second));
    const authorize = vi.fn((user: string | null, _tenant: string) =>
      user === null ? null : { ...granted, clientId: user },
    );
    const auth = createAuthEndpoint(keyOf, authorize);
    const answers = [await auth('alice', 'a'), await auth(null, 'a'), await auth('bob', 'b')];
    expect(answers.map(({ status }) => status)).toEqual([200, 403, 200]);
    expect(decodeAblyJwt(answers[0]!.body).keyName).toBe(keyName);
    expect(decodeAblyJwt(answers[2]!.body)).toMatchObject({ keyName: second.split(':')[0], clientId: 'bob' });
    expect(keyOf.mock.calls).toEqual([
      ['alice', 'a'],
      ['bob', 'b'],
    ]);
    expect(authorize.mock.calls).toEqual([
      ['alice', 'a'],
      [null, 'a'],
      ['bob', 'b'],
    ]);
  });

  test('is not called when the endpoint is created: a build without the variable succeeds', async () => {
    vi.stubEnv('ABLY_API_KEY', undefined);
    const onError = vi.fn();
    const GET = createAuthHandler(
      () => process.env.ABLY_API_KEY!,
      () => granted,
      { onError },
    );
    const ask = () => GET(new Request('https://example.com/auth'));
    expect((await ask()).status).toBe(500);
    expect(onError.mock.calls[0]![0]).toMatchObject({
      code: 'KEY_MALFORMED',
      message: expect.stringContaining('Is the environment variable ABLY_API_KEY set?'),
    });
    vi.stubEnv('ABLY_API_KEY', key);
    expect((await ask()).status).toBe(200);
  });

  test.each<[string, () => unknown, unknown]>([
    ['undefined', () => undefined, { code: 'KEY_MALFORMED' }],
    ['null', async () => null, { code: 'KEY_MALFORMED' }],
    ['a key in quotes', () => `"${key}"`, { code: 'KEY_MALFORMED' }],
    ['a key without its secret', () => keyName, { code: 'KEY_MALFORMED' }],
    ['a function', () => () => key, { code: 'KEY_MALFORMED' }],
    ['an exception', () => raise(new Error('vault')), { message: 'vault' }],
    ['a rejection', () => Promise.reject(new Error('vault')), { message: 'vault' }],
    // The service that holds the secret refused us. The user is logged in all the same.
    ['an exception with status 401', () => raise(Object.assign(new Error('vault'), { status: 401 })), {}],
    ['an exception with status 403', () => raise({ statusCode: 403 }), {}],
  ])('gives %s: a 500, and onError is told', async (_, keyOf, told) => {
    const { auth, onError } = withKey(keyOf);
    const response = await auth(request);
    expect(response).toEqual(internal);
    expect(JSON.stringify([response, String(onError.mock.calls[0]?.[0])])).not.toContain(secret);
    expect(onError.mock.calls).toEqual([[expect.objectContaining(told as object), request]]);
  });

  test('may deny, or ask to retry', async () => {
    expect(await withKey(() => raise(deny('Unknown tenant.'))).auth(request)).toEqual(
      ablyError(40300, 403, 'Unknown tenant.'),
    );
    expect(await withKey(() => Promise.reject(retryLater('5s'))).auth(request)).toEqual(
      ablyError(50003, 503, 'Try again later.', { 'Retry-After': '5' }),
    );
  });

  test('shares the time limit with authorize', async () => {
    vi.useFakeTimers();
    const onError = vi.fn();
    const auth = createAuthEndpoint(
      () => new Promise<string>(() => {}),
      () => new Promise<AblyJwtOptions>((resolve) => setTimeout(() => resolve(granted), 6000)),
      { onError },
    );
    const settled = vi.fn();
    const answer = auth(request).finally(settled);
    await vi.advanceTimersByTimeAsync(7999);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect((await answer).status).toBe(503);
    expect(onError.mock.calls).toEqual([
      [expect.objectContaining({ message: 'The key function did not answer within 8s.' }), request],
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('context arguments reach authorize and the key function of the handler', async () => {
  type Env = { ABLY_API_KEY: string; user: string };
  const worker = {
    fetch: createAuthHandler(
      (_request: Request, env: Env) => env.ABLY_API_KEY,
      (_request: Request, env: Env) => ({ ...granted, clientId: env.user }),
    ),
  };
  const response = await worker.fetch(new Request('https://example.com/auth'), {
    ABLY_API_KEY: second,
    user: 'carol',
  });
  await expect(verifyAblyJwt(await response.text(), second)).resolves.toMatchObject({ clientId: 'carol' });
});

describe('under load', () => {
  // As fast as half a thousand requests a second for three seconds; what is asserted is each answer, not the pace.
  const total = 1500;
  const perTick = 5;
  const tickMs = 10;

  test('the key changes twice and no request fails; each later request is signed with the new key', async () => {
    const keys = [key, second, third];
    let current = 0;
    const server = createServer(
      createAuthListener(
        async () => keys[current]!,
        async () => granted,
      ),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/auth`;
    try {
      const answers: Promise<{ status: number; token: string; atLeast: number }>[] = [];
      const ask = async () => {
        const atLeast = current;
        const response = await fetch(url);
        return { status: response.status, token: await response.text(), atLeast };
      };
      await new Promise<void>((resolve) => {
        const timer = setInterval(() => {
          for (let n = 0; n < perTick; n++) {
            if (answers.length === total / 3 || answers.length === (2 * total) / 3) current += 1;
            answers.push(ask());
          }
          if (answers.length < total) return;
          clearInterval(timer);
          resolve();
        }, tickMs);
      });
      const signedWith = [0, 0, 0];
      for (const { status, token, atLeast } of await Promise.all(answers)) {
        expect(status).toBe(200);
        const { keyName: name } = await verifyAblyJwt(token, keys);
        const index = keys.findIndex((candidate) => candidate.startsWith(`${name}:`));
        expect(index).toBeGreaterThanOrEqual(atLeast);
        signedWith[index]! += 1;
      }
      expect(signedWith.reduce((sum, count) => sum + count)).toBe(total);
      expect(signedWith[1]).toBeGreaterThan(0);
      expect(signedWith[2]).toBeGreaterThanOrEqual(total / 3);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

test('tokens of the old key stay valid while both keys are known', async () => {
  const old = await createAblyJwt(key, granted);
  await expect(verifyAblyJwt(old, [second, key])).resolves.toMatchObject({ keyName });
});
