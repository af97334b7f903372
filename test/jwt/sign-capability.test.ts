import { type AblyJwtOptions, createAblyJwt } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/errors.js';
import { claimsOf, key } from '../support/tokens.js';

const sign = (capability: unknown) => createAblyJwt(key, { capability } as AblyJwtOptions);
const written = async (capability: unknown) => claimsOf(await sign(capability))['x-ably-capability'];

const everyOperation = [
  'annotation-publish',
  'annotation-subscribe',
  'channel-metadata',
  'history',
  'message-delete-any',
  'message-delete-own',
  'message-update-any',
  'message-update-own',
  'object-publish',
  'object-subscribe',
  'presence',
  'privileged-headers',
  'publish',
  'push-admin',
  'push-subscribe',
  'stats',
  'subscribe',
];

describe('capability', () => {
  test('is written as canonical JSON text', async () => {
    expect(await written({ b: ['subscribe', 'publish', 'subscribe'], 'a:*': ['*', '*'] })).toBe(
      '{"a:*":["*"],"b":["publish","subscribe"]}',
    );
    expect(await written(Object.freeze({ a: Object.freeze(['publish']) }))).toBe('{"a":["publish"]}');
  });

  test('is written the same whatever its names hold', async () => {
    const capability = { '"\\ä\n{1}': ['publish'], 'räume:東京 😀': ['subscribe'] };
    expect(await written(capability)).toBe(JSON.stringify(capability));
  });

  test('as text is canonical too', async () => {
    expect(await written(' {"b":["publish"],\n"a":["subscribe","history"]} ')).toBe(
      '{"a":["history","subscribe"],"b":["publish"]}',
    );
  });

  test("'inherit' writes no claim", async () => {
    expect(claimsOf(await sign('inherit'))).not.toHaveProperty('x-ably-capability');
  });

  test('takes every operation that Ably knows', async () => {
    expect(await written({ all: [...everyOperation].reverse() })).toBe(
      JSON.stringify({ all: everyOperation }),
    );
  });

  test('is canonical however long its lists and however often an operation stands in them', async () => {
    const shuffled = [...everyOperation.filter((_, n) => n % 2 === 0), ...everyOperation].reverse();
    for (const list of [shuffled, [...shuffled, ...shuffled], everyOperation.slice(3, 12).reverse()])
      expect(await written({ all: list })).toBe(JSON.stringify({ all: [...new Set(list)].sort() }));
    expect(await written({ all: Array.from({ length: 50 }, () => '*') })).toBe('{"all":["*"]}');
  });

  test('is required: leaving it out grants everything, so that must be said', async () => {
    const error = await errorOf(() => createAblyJwt(key, {} as AblyJwtOptions));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toBe('"capability" is missing: a token without it has every right of the key.');
    expect(error.hint).toContain("'inherit'");
  });

  test.each([
    ['Publish', 'publish'],
    ['subscribe ', 'subscribe'],
    ['publsh', 'publish'],
    ['message_update_own', 'message-update-own'],
    ['presense', 'presence'],
    ['subcribe', 'subscribe'],
    ['stast', 'stats'],
    ['pbulihs', 'publish'],
  ])('the unknown operation %j is refused, and %s suggested', async (operation, suggestion) => {
    const error = await errorOf(() => sign({ ok: ['publish'], 'chat:*': ['history', operation] }));
    expect(error).toMatchObject({ code: 'CAPABILITY_INVALID', ablyCode: 40000, statusCode: 400 });
    expect(error.message).toBe(
      `"capability" "chat:*" has an unknown operation ${JSON.stringify(operation)}. Did you mean "${suggestion}"?`,
    );
    expect(error.hint).toContain('operations are subscribe, publish, presence, ');
  });

  test.each(['toString', 'admin', 'publish,subscribe,history', 'publish_'.repeat(30)])(
    'the unknown operation %j is refused',
    async (operation) => {
      const error = await errorOf(() => sign({ a: [operation] }));
      expect(error.code).toBe('CAPABILITY_INVALID');
      expect(error.message).toContain('has an unknown operation');
    },
  );

  test('as text may hold operations that this version does not know', async () => {
    expect(await written('{"a":["teleport"]}')).toBe('{"a":["teleport"]}');
  });

  // [what, as an object, as text, words]
  const refused: [string, unknown, RegExp, RegExp][] = [
    ['nothing', {}, /is empty: the token would grant nothing/, /Name a resource/],
    ['no operations', { a: ['publish'], b: [] }, /"b" has no operations/, /at least one operation/],
    ['* and another', { a: ['*', 'publish'] }, /"a" has "\*" beside other operations/, /Write \["\*"\]/],
    ['* behind another', { a: ['subscribe', '*'] }, /"a" has "\*" beside other operations/, /Write \["\*"\]/],
    ['an empty resource', { '': ['publish'] }, /has an empty resource/, /^/],
    [
      'one operation without a list',
      { a: 'publish' },
      /"a" must have a list of operations, found "publish"/,
      /Write a list, also for a single operation/,
    ],
    [
      'an object of operations',
      { a: { publish: true } },
      /"a" must have a list of operations, found an object/,
      /^/,
    ],
    ['null for a list', { a: null }, /"a" must have a list of operations, found null/, /^/],
    ['a number among operations', { a: ['publish', 1] }, /"a" has the number 1 among its operations/, /^/],
  ];
  test.each(refused)('%s is refused as an object', async (_, capability, words, hint) => {
    const error = await errorOf(() => sign(capability));
    expect(error).toMatchObject({ code: 'CAPABILITY_INVALID', ablyCode: 40000, statusCode: 400 });
    expect(error.message).toMatch(/^"capability" /);
    expect(error.message).toMatch(words);
    expect(error.hint ?? '').toMatch(hint);
  });
  test.each(refused)('%s is refused as text', async (_, capability, words, hint) => {
    const error = await errorOf(() => sign(JSON.stringify(capability)));
    expect(error).toMatchObject({ code: 'CAPABILITY_INVALID', ablyCode: 40000, statusCode: 400 });
    expect(error.message).toMatch(words);
    expect(error.hint ?? '').toMatch(hint);
  });

  test.each([
    ['a hole in the list', { a: new Array(1) }, /"a" has undefined among its operations/],
    ['half of a character', { '\ud800': ['publish'] }, /lone surrogate/],
    ['half of a character in an operation', { a: ['\ud800'] }, /"a" has .* among its operations/],
    [
      'a list of resources',
      [['publish']],
      /must be an object that maps resources to operations, found an array/,
    ],
    ['a Map', new Map([['a', ['publish']]]), /found an object of class Map/],
    ['a number', 5, /found the number 5/],
    ['true', true, /found true/],
    ['a function', () => ({}), /found a function/],
  ])('%s is refused', async (_, capability, words) => {
    const error = await errorOf(() => sign(capability));
    expect(error.code).toBe('CAPABILITY_INVALID');
    expect(error.message).toMatch(words);
  });

  test.each([
    ['', /is not JSON/],
    ['Inherit', /is not JSON/],
    ['{"a":["publish"]', /is not JSON/],
    ["{'a':['publish']}", /is not JSON/],
    ['[]', /is JSON, but an empty array instead of an object/],
    ['null', /is JSON, but null instead of an object/],
    ['"inherit"', /is JSON, but "inherit" instead of an object/],
    ['{"a":["publish"],"a":["subscribe"]}', /has a name that occurs twice/],
    ['{"a":["publish"],"\\u0061":["subscribe"]}', /has a name that occurs twice/],
    ['{"\\ud800":["publish"]}', /lone surrogate/],
  ])('the text %s is refused', async (capability, words) => {
    const error = await errorOf(() => sign(capability));
    expect(error.code).toBe('CAPABILITY_INVALID');
    expect(error.message).toMatch(words);
    expect(error.hint).toContain('{"chat:*":["subscribe"]}');
  });

  test('the text * is refused, and what it may have meant is named', async () => {
    const error = await errorOf(() => sign('*'));
    expect(error.message).toBe('"capability" is not JSON.');
    expect(error.hint).toContain("{ '*': ['*'] }");
    expect(error.hint).toContain("'inherit'");
  });

  test('is read at every call: a change by the caller is seen', async () => {
    const capability: Record<string, string[]> = { a: ['publish'] };
    expect(await written(capability)).toBe('{"a":["publish"]}');
    capability.a!.push('history');
    capability.b = ['stats'];
    expect(await written(capability)).toBe('{"a":["history","publish"],"b":["stats"]}');
  });
});
