import {
  type AuthEndpointOptions,
  type AuthHandlerOptions,
  createAuthEndpoint,
  createAuthHandler,
} from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/errors.js';
import { key } from '../support/tokens.js';

const nobody = () => null;

describe.each([
  ['createAuthEndpoint', createAuthEndpoint],
  ['createAuthHandler', createAuthHandler],
])('%s fails when the server starts, not at the first login', (name, create) => {
  test.each(['', 'appId.keyId', `"${key}"`, undefined])('for the key %j', async (wrong) => {
    expect((await errorOf(() => create(wrong as string, nobody))).code).toBe('KEY_MALFORMED');
  });

  test.each([undefined, null, { capability: 'inherit' }, 'x'])(
    'for %j in place of authorize',
    async (authorize) => {
      const error = await errorOf(() => create(key, authorize as unknown as () => null));
      expect(error.code).toBe('OPTION_INVALID');
      expect(error.message).toMatch(/^"authorize" must be a function, found /);
    },
  );

  test.each<[object, RegExp]>([
    [{ unauthenticatedStatus: 404 }, /^"unauthenticatedStatus" must be 401 or 403, found the number 404/],
    [{ unauthenticatedStatus: '401' }, /^"unauthenticatedStatus" must be 401 or 403, found "401"/],
    [{ timeout: 0 }, /^"timeout" must be a number of milliseconds, more than 0, found the number 0/],
    [{ timeout: -5 }, /^"timeout" must be/],
    [{ timeout: Number.NaN }, /^"timeout" must be/],
    [{ timeout: '8s' }, /^"timeout" must be.*found "8s"/],
    [{ timeout: 2_147_483_648 }, /^"timeout" must be/],
    [{ onError: 'log' }, /^"onError" must be a function, found "log"/],
    [{ timeout: null }, /^"timeout" is null/],
    [{ onerror: nobody }, /there is no option "onerror"\. Did you mean "onError"\?/],
    [{ ttl: '1h' }, /there is no option "ttl"/],
  ])('for the options %j', async (options, message) => {
    const error = await errorOf(() => create(key, nobody, options as AuthEndpointOptions<unknown>));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toMatch(message);
  });

  test.each([null, 'x', [], 5])('for %j in place of all options', async (options) => {
    const error = await errorOf(() => create(key, nobody, options as object));
    expect(error.message).toMatch(new RegExp(`^${name}: the options must be an object, found `));
  });

  test('but not for undefined ones', () => {
    const options = { unauthenticatedStatus: undefined, timeout: undefined, onError: undefined };
    expect(() => create(key, nobody, options)).not.toThrow();
    expect(() => create(key, nobody, { timeout: 2_147_483_647 })).not.toThrow();
  });
});

describe('createAuthHandler', () => {
  const create = (cors: unknown) => createAuthHandler(key, nobody, { cors } as AuthHandlerOptions);

  test.each<[unknown, RegExp]>([
    [null, /^"cors" is null/],
    ['*', /^createAuthHandler "cors": the options must be an object/],
    [{}, /^"cors\.origins" must be a list of origins, found undefined/],
    [
      { origins: 'https://a.example' },
      /^"cors\.origins" must be a list of origins, found "https:\/\/a\.example"/,
    ],
    [
      { origins: ['https://a.example/'] },
      /without a path or a slash at the end, found "https:\/\/a\.example\/"/,
    ],
    [{ origins: ['https://a.example/app'] }, /without a path/],
    [{ origins: ['a.example'] }, /^"cors\.origins" must be origins such as 'https:\/\/app\.example\.com'/],
    [{ origins: ['https://A.example'] }, /^"cors\.origins" must be/],
    [{ origins: ['https://a.example:443'] }, /^"cors\.origins" must be/],
    [{ origins: ['https://*.example'] }, /^"cors\.origins" must be/],
    [{ origins: ['https://user@a.example'] }, /^"cors\.origins" must be/],
    [{ origins: ['file://'] }, /^"cors\.origins" must be/],
    [{ origins: ['null'] }, /^"cors\.origins" must be/],
    [{ origins: [/a/] }, /^"cors\.origins" must be.*found an object of class RegExp/],
    [{ origins: [undefined] }, /^"cors\.origins" must be.*found undefined/],
    [
      { origins: ['*'], credentials: true },
      /^"cors\.origins" must be a list of named origins.*browsers refuse "\*"/,
    ],
    [
      { origins: ['https://a.example'], credentials: 'include' },
      /^"cors\.credentials" must be true or false/,
    ],
    [{ origins: [], credentials: null }, /"credentials" is null/],
    [
      { origin: ['https://a.example'] },
      /createAuthHandler "cors": there is no option "origin"\. Did you mean "origins"\?/,
    ],
  ])('refuses the cors %j', async (cors, message) => {
    const error = await errorOf(() => create(cors));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toMatch(message);
  });

  test.each([
    undefined,
    { origins: [] },
    { origins: ['*'] },
    { origins: ['*'], credentials: false },
    {
      origins: ['https://a.example', 'http://localhost:5173', 'http://[::1]:81', 'capacitor://localhost'],
      credentials: true,
    },
  ])('takes the cors %j', (cors) => {
    expect(() => create(cors)).not.toThrow();
  });
});

test('createAuthEndpoint leaves CORS to the framework', async () => {
  const options = { cors: { origins: ['*'] } } as AuthEndpointOptions<unknown>;
  expect((await errorOf(() => createAuthEndpoint(key, nobody, options))).message).toContain(
    'there is no option "cors"',
  );
});
