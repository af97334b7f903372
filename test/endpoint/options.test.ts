import {
  type AuthEndpointOptions,
  createAuthEndpoint,
  createAuthHandler,
  createAuthListener,
} from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/errors.js';
import { key } from '../support/tokens.js';

const nobody = () => null;
type Create = (key: string, authorize: () => null, options?: AuthEndpointOptions<unknown>) => unknown;
const shells: [name: string, create: Create][] = [
  ['createAuthEndpoint', createAuthEndpoint as Create],
  ['createAuthHandler', createAuthHandler as Create],
  ['createAuthListener', createAuthListener as Create],
];

describe.each(shells)('%s fails when the server starts, not at the first login', (name, create) => {
  test.each(['', 'appId.keyId', `"${key}"`, undefined])('for the key %j', async (wrong) => {
    expect((await errorOf(() => create(wrong as string, nobody))).code).toBe('KEY_MALFORMED');
  });

  test('for something else in place of the key, and shows how it is called', async () => {
    const { message } = await errorOf(() => create({ ttl: '1h' } as never, nobody));
    expect(message).toContain(`Call ${name}(key, authorize), in this order.`);
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
    [{ timeout: '0s' }, /^"timeout" must be more than '0s' and at most '24d', found "0s"/],
    [{ timeout: '25d' }, /^"timeout" must be more than '0s' and at most '24d', found "25d"/],
    [{ timeout: 0 }, /^"timeout" must be a duration/],
    [{ timeout: 8000 }, /^"timeout" must be a duration such as '90s', '15m' or '1h', found the number 8000/],
    [{ timeout: -5 }, /^"timeout" must be/],
    [{ timeout: Number.NaN }, /^"timeout" must be/],
    [{ timeout: '8' }, /^"timeout" must be.*found "8"/],
    [{ onError: 'log' }, /^"onError" must be a function, found "log"/],
    [{ onIssued: 'log' }, /^"onIssued" must be a function, found "log"/],
    [{ timeout: null }, /^"timeout" is null/],
    [{ onerror: nobody }, /there is no option "onerror"\. Did you mean "onError"\?/],
    [{ ttl: '1h' }, /there is no option "ttl"/],
  ])('for the options %j', async (options, message) => {
    const error = await errorOf(() => create(key, nobody, options));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toMatch(message);
  });

  test.each([null, 'x', [], 5])('for %j in place of all options', async (options) => {
    const error = await errorOf(() => create(key, nobody, options as object));
    expect(error.message).toMatch(new RegExp(`^${name}: the options must be an object, found `));
  });

  test('but not for undefined ones', () => {
    const options = {
      unauthenticatedStatus: undefined,
      timeout: undefined,
      onError: undefined,
      onIssued: undefined,
    };
    expect(() => create(key, nobody, options)).not.toThrow();
    expect(() => create(key, nobody, { timeout: '24d' })).not.toThrow();
    expect(() => create(key, nobody, { timeout: '2147483s' })).not.toThrow();
  });

  test('and shows both readings of a number for the timeout', async () => {
    const error = await errorOf(() => create(key, nobody, { timeout: 8000 } as object));
    expect(error.hint).toContain("'8000s' if you meant seconds");
    expect(error.hint).toContain("'8s' if you meant milliseconds");
  });
});

describe.each(shells.slice(1))('%s', (name, createShell) => {
  const create = (cors: unknown) => createShell(key, nobody, { cors } as object);

  test.each<[unknown, RegExp]>([
    [null, /^"cors" is null/],
    ['*', new RegExp(`^${name} "cors": the options must be an object`)],
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
    [{ origins: [new URL('https://a.example')] }, /^"cors\.origins" must be .* found an object of class URL/],
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
      new RegExp(`${name} "cors": there is no option "origin"\\. Did you mean "origins"\\?`),
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
