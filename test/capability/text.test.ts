import { type Capability, parseCapability, stringifyCapability } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/errors.js';

const stringify = (capability: unknown) => stringifyCapability(capability as Capability);

describe('stringifyCapability', () => {
  test.each<[string, unknown, string]>([
    ['nothing', {}, '{}'],
    [
      'resources sorted',
      { b: ['publish'], a: ['publish'], B: ['publish'] },
      '{"B":["publish"],"a":["publish"],"b":["publish"]}',
    ],
    [
      'operations sorted',
      { a: ['subscribe', 'history', 'publish'] },
      '{"a":["history","publish","subscribe"]}',
    ],
    ['duplicates removed', { a: ['publish', 'history', 'publish'] }, '{"a":["history","publish"]}'],
    ['two of one', { a: ['publish', 'publish'] }, '{"a":["publish"]}'],
    [
      'integer-like names by their text',
      { 9: ['stats'], 10: ['stats'], 1: ['stats'] },
      '{"1":["stats"],"10":["stats"],"9":["stats"]}',
    ],
    [
      'UTF-16 code units, not code points',
      { '\u{1f600}': ['stats'], '\uffff': ['stats'] },
      '{"\u{1f600}":["stats"],"\uffff":["stats"]}',
    ],
    ['no subsumption', { '*': ['*'], a: ['publish'] }, '{"*":["*"],"a":["publish"]}'],
    ['a mixture is kept: only the shape is checked', { a: ['publish', '*'] }, '{"a":["*","publish"]}'],
    ['an empty list and an empty name are kept', { '': [] }, '{"":[]}'],
    ['operations of the future', { a: ['teleport'] }, '{"a":["teleport"]}'],
    ['__proto__', JSON.parse('{"__proto__":["publish"],"a":["*"]}'), '{"__proto__":["publish"],"a":["*"]}'],
    ['escapes', { '"\\\n\u0000\u2028': ['publish'] }, '{"\\"\\\\\\n\\u0000\u2028":["publish"]}'],
    ['no prototype', Object.assign(Object.create(null), { a: ['publish'] }), '{"a":["publish"]}'],
  ])('%s', (_, capability, text) => {
    expect(stringify(capability)).toBe(text);
  });

  test('does not sort the lists of the caller', () => {
    const capability: Capability = { b: ['subscribe', 'publish'], a: ['history'] };
    stringify(capability);
    expect(Object.entries(capability)).toEqual([
      ['b', ['subscribe', 'publish']],
      ['a', ['history']],
    ]);
  });

  test.each<[string, unknown, RegExp]>([
    [
      'undefined',
      undefined,
      /^"capability" must be an object that maps resources to operations, found undefined/,
    ],
    ['null', null, /found null/],
    ['text', '{"a":["publish"]}', /found "\{/],
    ['a list', [], /found an empty array/],
    ['a Map', new Map(), /found an object of class Map/],
    [
      'a text for a list',
      { a: 'publish' },
      /^"capability" "a" must have a list of operations, found "publish"/,
    ],
    ['a number in a list', { a: [1] }, /"a" has the number 1 among its operations/],
    ['a hole in a list', { a: new Array(1) }, /"a" has undefined among its operations/],
    ['half of a character', { '\udfff': ['publish'] }, /lone surrogate/],
  ])('%s is refused', async (_, capability, message) => {
    const error = await errorOf(() => stringify(capability));
    expect(error).toMatchObject({ code: 'CAPABILITY_INVALID', ablyCode: 40000, statusCode: 400 });
    expect(error.message).toMatch(message);
  });

  test('says how to write it', async () => {
    expect((await errorOf(() => stringify([]))).hint).toContain("{ 'chat:*': ['subscribe'] }");
  });

  test('a long name is cut in the message', async () => {
    const error = await errorOf(() => stringify({ ['x'.repeat(10_000)]: 'publish' }));
    expect(error.message.length).toBeLessThan(200);
  });
});

describe('parseCapability', () => {
  test.each<[string, object]>([
    ['{}', {}],
    [' { "b" : ["subscribe","publish"] , "a":["*"]} ', { a: ['*'], b: ['publish', 'subscribe'] }],
    ['{"a":["publish","publish"]}', { a: ['publish'] }],
    ['{"a":["*","*"]}', { a: ['*'] }],
    ['{"a":["teleport"]}', { a: ['teleport'] }],
    ['{"":["publish"]}', { '': ['publish'] }],
    ['{"\\u0061":["publish"],"b":["publish"]}', { a: ['publish'], b: ['publish'] }],
  ])('%s', (text, capability) => {
    expect(parseCapability(text)).toEqual(capability);
  });

  test('gives resources and operations in canonical order', () => {
    const parsed = parseCapability('{"z":["subscribe","history"],"b":["stats"],"__proto__":["publish"]}');
    expect(Object.entries(parsed)).toEqual([
      ['__proto__', ['publish']],
      ['b', ['stats']],
      ['z', ['history', 'subscribe']],
    ]);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  });

  test.each<[unknown, RegExp]>([
    ['', /^"capability" is not JSON\.$/],
    ['*', /is not JSON/],
    ["{'a':['publish']}", /is not JSON/],
    ['{"a":["publish"],}', /is not JSON/],
    ['\ufeff{}', /is not JSON/],
    ['null', /is JSON, but null instead of an object/],
    ['[{"a":["publish"]}]', /is JSON, but an array instead of an object/],
    ['"{}"', /is JSON, but "\{\}" instead of an object/],
    ['{"a":["publish"],"b":["stats"],"a":["publish"]}', /has a name that occurs twice/],
    ['{"__proto__":["publish"],"__proto__":["publish"]}', /has a name that occurs twice/],
    ['{"a":[]}', /"a" has no operations/],
    ['{"a":["publish",""]}', /"a" has an empty operation\.$/],
    ['{"a":["*","publish"]}', /"a" has "\*" beside other operations/],
    ['{"a":["publish","*","publish"]}', /"a" has "\*" beside other operations/],
    ['{"a":"*"}', /"a" must have a list of operations, found "\*"/],
    ['{"a":null}', /"a" must have a list of operations, found null/],
    ['{"a":["publish",null]}', /"a" has null among its operations/],
    ['{"a":[["publish"]]}', /"a" has an array among its operations/],
    ['{"a":["\\ud800"]}', /^"capability" has a string with a lone surrogate\.$/],
    ['{"a":[1e999]}', /too large to be finite/],
    [undefined, /must be JSON text, found undefined/],
    [{ a: ['publish'] }, /must be JSON text, found an object/],
    [7, /must be JSON text, found the number 7/],
  ])('%j is refused', async (text, message) => {
    const error = await errorOf(() => parseCapability(text as string));
    expect(error).toMatchObject({ code: 'CAPABILITY_INVALID', ablyCode: 40000, statusCode: 400 });
    expect(error.message).toMatch(message);
  });

  test('says how to write it', async () => {
    expect((await errorOf(() => parseCapability('all'))).hint).toContain('{"chat:*":["subscribe"]}');
    expect((await errorOf(() => parseCapability(' * '))).hint).toBe(
      "To grant every operation on every channel, write { '*': ['*'] }. To grant all rights of the key, pass 'inherit'.",
    );
  });

  test('reads names of any length', () => {
    const name = '\\"'.repeat(20_000);
    expect(Object.keys(parseCapability(`{"${name}":["publish"]}`))[0]).toHaveLength(20_000);
    const huge = 'x'.repeat(20_000_000);
    expect(Object.keys(parseCapability(`{"${huge}":["publish"]}`))[0]).toHaveLength(huge.length);
  });
});
