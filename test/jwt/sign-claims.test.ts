import { type AblyJwtOptions, createAblyJwt, verifyAblyJwt } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/errors.js';
import { claimsOf, key } from '../support/tokens.js';

const sign = (options: object) => createAblyJwt(key, { capability: 'inherit', ...options } as AblyJwtOptions);
const claims = async (options: object) => {
  const { iat, exp, ...rest } = claimsOf(await sign(options));
  return rest;
};

class Point {
  x = 1;
}
// The name of a class may say anything, even a secret.
Object.defineProperty(Point, 'name', { value: key });
const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;
const sparse: unknown[] = [];
sparse[1] = 1;

/** What JSON would change or drop, and what is said about it at a path. */
const notJson: [name: string, value: unknown, problem: string][] = [
  ['a function', () => 1, "is a function, which JSON can't hold"],
  ['a symbol', Symbol('s'), "is a symbol, which JSON can't hold"],
  ['a BigInt', 10n, "is the BigInt 10n, which JSON can't hold"],
  ['NaN', Number.NaN, "is NaN, which JSON can't hold"],
  ['Infinity', Number.NEGATIVE_INFINITY, "is -Infinity, which JSON can't hold"],
  ['a Date', new Date(0), 'is an object of class Date with a toJSON method'],
  ['a toJSON', { toJSON: () => 'x' }, 'is an object with a toJSON method'],
  ['an array with a toJSON', Object.assign([1], { toJSON: () => 'x' }), 'is an array with a toJSON method'],
  ['a Map', new Map(), 'is an object of class Map; pass a plain object'],
  ['an instance', new Point(), 'is an instance of a class; pass a plain object'],
  ['a boxed string', new String('s'), 'is an object of class String; pass a plain object'],
  ['half of a character', '\udead', 'holds a lone surrogate'],
];

describe.each([
  ['channelClaims', 'ably.channel.', 'channel'],
  ['roomClaims', 'ably.room.', 'room'],
])('%s', (option, prefix, kind) => {
  test('strings are written as they are', async () => {
    expect(await claims({ [option]: { 'chat:*': 'x', '*': '', ' ': '{"already":"JSON"}' } })).toEqual({
      [`${prefix}chat:*`]: 'x',
      [`${prefix}*`]: '',
      [`${prefix} `]: '{"already":"JSON"}',
    });
  });

  test('other JSON values are written as JSON text', async () => {
    const value = { role: 'admin', list: [1, null, false], gone: undefined };
    const written = await claims({ [option]: { a: value, b: 0, c: null, d: true, e: [] } });
    expect(written).toEqual({
      [`${prefix}a`]: '{"role":"admin","list":[1,null,false]}',
      [`${prefix}b`]: '0',
      [`${prefix}c`]: 'null',
      [`${prefix}d`]: 'true',
      [`${prefix}e`]: '[]',
    });
  });

  test('an undefined claim, and no claims at all, are left out', async () => {
    expect(await claims({ [option]: { a: undefined } })).toEqual({});
    expect(await claims({ [option]: {} })).toEqual({});
    expect(await claims({ [option]: undefined })).toEqual({});
  });

  test.each(notJson)('%s is refused, with its path', async (_, value, problem) => {
    const error = await errorOf(() => sign({ [option]: { 'a:*': { deep: [value] } } }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toContain(`"${option}.a:*.deep[0]" ${problem}`);
  });

  test.each(['', '\ud800'])('the pattern %j is refused', async (pattern) => {
    const error = await errorOf(() => sign({ [option]: { [pattern]: 'x' } }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toMatch(
      new RegExp(`^"${option} pattern" must be a ${kind} name or pattern, found `),
    );
  });

  test.each([
    ['a list', []],
    ['a text', 'vip'],
    ['a Map', new Map()],
    ['a number', 1],
  ])('%s is refused', async (_, value) => {
    const error = await errorOf(() => sign({ [option]: value }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toMatch(
      new RegExp(`^"${option}" must be an object that maps ${kind} patterns to values, found `),
    );
  });
});

describe('publishRateLimits', () => {
  const prefix = 'ably.limits.publish.perAttachment.maxRate.';

  test('are written as numbers', async () => {
    expect(await claims({ publishRateLimits: { '*': 10, a: 0.1, 'b:*': 1e-9, c: undefined } })).toEqual({
      [`${prefix}*`]: 10,
      [`${prefix}a`]: 0.1,
      [`${prefix}b:*`]: 1e-9,
    });
  });

  test.each([0, -0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5', null, true, {}])(
    '%s is refused',
    async (rate) => {
      const error = await errorOf(() => sign({ publishRateLimits: { 'chat:*': rate } }));
      expect(error.code).toBe('OPTION_INVALID');
      expect(error.message).toMatch(
        /^"publishRateLimits\.chat:\*" must be a finite number of messages per second, more than 0, found /,
      );
    },
  );

  test.each([[5], [[]], ['5']])('%j in place of an object is refused', async (publishRateLimits) => {
    const error = await errorOf(() => sign({ publishRateLimits }));
    expect(error.message).toMatch(/^"publishRateLimits" must be an object/);
  });
});

describe('claims', () => {
  test('are written as they are, in their order', async () => {
    const own = { sub: 'u1', aud: ['a', 'b'], n: { x: -1.5e-3, y: null }, 'über/names': true, '': 0 };
    expect(Object.entries(await claims({ claims: own }))).toEqual(Object.entries(own));
  });

  test.each([
    'nbf',
    'iss',
    'jti',
    'x-ably',
    'ably',
    'my.ably.claim',
    'X-Ably',
    'expires',
    'expat',
    'regexp',
    'variat',
  ])('%s is free', async (name) => {
    expect(await claims({ claims: { [name]: 1 } })).toEqual({ [name]: 1 });
  });

  const setBy = (option: string) => (name: string) => `"${name}" is set by the option "${option}".`;
  const reserved: [name: string, says: (name: string) => string][] = [
    ['iat', setBy('issuedAt')],
    ['exp', setBy('ttl')],
    ['x-ably-capability', setBy('capability')],
    ['x-ably-clientId', setBy('clientId')],
    ['x-ably-clientType', setBy('clientType')],
    ['x-ably-revocation-key', setBy('revocationKey')],
    ['X-Ably-ClientID', setBy('clientId')],
    ['ably.channel.chat', setBy('channelClaims')],
    ['ably.room.*', setBy('roomClaims')],
    ['ably.limits.publish.perAttachment.maxRate.*', setBy('publishRateLimits')],
    ['x-ably-token', () => 'embedAblyToken sets it.'],
    ['x-ably-anything', () => 'names that begin with x-ably- or ably. belong to Ably.'],
    ['ably.whatever', () => 'names that begin with x-ably- or ably. belong to Ably.'],
  ];
  test.each(reserved)('%s is reserved, and the one option for it named', async (name, says) => {
    const error = await errorOf(() => sign({ claims: { fine: 1, [name]: undefined } }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toBe(`"claims" can't hold "${name}": ${says(name)}`);
  });

  test('a Proxy that names other members the second time sets no reserved claim', async () => {
    let asked = 0;
    const shifty = new Proxy(
      { role: 'guest', 'x-ably-clientId': 'admin' },
      { ownKeys: () => [asked++ === 0 ? 'role' : 'x-ably-clientId'] },
    );
    expect(await claims({ clientId: 'alice', claims: shifty })).toEqual({
      'x-ably-clientId': 'alice',
      role: 'guest',
    });
  });

  test('a reserved name is free deeper inside', async () => {
    expect(await claims({ claims: { mine: { iat: 1, 'x-ably-clientId': 'x' } } })).toEqual({
      mine: { iat: 1, 'x-ably-clientId': 'x' },
    });
  });

  test('undefined members are left out', async () => {
    expect(await claims({ claims: { a: undefined, b: { c: undefined } } })).toEqual({ b: {} });
    expect(await claims({ claims: { a: undefined } })).toEqual({});
  });

  test.each(notJson)('%s is refused, with its path', async (_, value, problem) => {
    const error = await errorOf(() => sign({ claims: { a: [{ b: value }] } }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toContain(`"claims.a[0].b" ${problem}`);
  });

  test.each([
    ['undefined in a list', { a: [undefined] }, '"claims.a[0]" is undefined'],
    ['a hole in a list', { a: sparse }, '"claims.a[0]" is undefined'],
    [
      'a name with half of a character',
      { a: { '\ud83d': 1 } },
      '"claims.a" has a name with a lone surrogate',
    ],
    ['itself', { a: cyclic }, 'or holds itself'],
  ])('%s is refused', async (_, value, message) => {
    const error = await errorOf(() => sign({ claims: value }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toContain(message);
  });

  test('nest as deep as every parser reads, and no deeper', async () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    const jwt = await sign({ claims: { a: nested(99) } });
    await expect(verifyAblyJwt(jwt, key)).resolves.toMatchObject({ claims: { a: nested(99) } });
    const error = await errorOf(() => sign({ claims: { a: nested(100) } }));
    expect(error.message).toContain('nested more than 100 levels');
  });

  test.each([
    ['a list', [1]],
    ['a text', 'x'],
    ['an instance', new Point()],
    ['a Map', new Map()],
  ])('%s is refused', async (_, value) => {
    const error = await errorOf(() => sign({ claims: value }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toMatch(/^"claims" must be a JSON object, found /);
  });

  test('objects without a prototype are data', async () => {
    expect(await claims({ claims: Object.assign(Object.create(null), { a: Object.create(null) }) })).toEqual({
      a: {},
    });
  });
});
