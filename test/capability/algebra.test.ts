import {
  type Capability,
  diffCapabilities,
  intersectCapabilities,
  mergeCapabilities,
  stringifyCapability,
} from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/errors.js';

// The keys of Ably's own test app.
const key1: Capability = {
  'cansubscribe:*': ['subscribe'],
  'canpublish:*': ['publish'],
  'canpublish:andpresence': ['presence', 'publish'],
  'pushenabled:*': ['publish', 'subscribe', 'push-subscribe'],
  'pushenabled:admin:*': ['publish', 'subscribe', 'push-admin'],
};
const key2: Capability = {
  channel0: ['publish'],
  channel1: ['publish'],
  channel2: ['publish', 'subscribe'],
  channel3: ['subscribe'],
  channel4: ['presence', 'publish', 'subscribe'],
  channel5: ['presence'],
  channel6: ['*'],
};
const key3: Capability = { '*': ['subscribe'] };
const all: Capability = { '*': ['*'] };
const everything: Capability = { '[*]*': ['*'] };

describe('intersectCapabilities', () => {
  const rows: [name: string, a: Capability, b: Capability, result: Capability][] = [
    ['all of all', all, all, all],
    ['a namespace of all', { 'chat:*': ['publish'] }, all, { 'chat:*': ['publish'] }],
    ['a channel of a namespace', { 'a:*': ['*'] }, { 'a:b': ['publish'] }, { 'a:b': ['publish'] }],
    ['operations', { a: ['publish', 'subscribe'] }, { a: ['subscribe', 'history'] }, { a: ['subscribe'] }],
    [
      'a namespace of everything',
      everything,
      { 'chat:*': ['publish', 'subscribe'] },
      { 'chat:*': ['publish', 'subscribe'] },
    ],
    ['everything of everything', everything, everything, everything],
    ['nothing in common', { a: ['publish'] }, { a: ['subscribe'] }, {}],
    ['key 2, too much', key2, { channel2: ['presence', 'subscribe'] }, { channel2: ['subscribe'] }],
    [
      'key 2, a channel too much',
      key2,
      { channel2: ['presence', 'subscribe'], channelx: ['presence', 'subscribe'] },
      { channel2: ['subscribe'] },
    ],
    ['key 2, all operations', key2, { channel2: ['*'] }, { channel2: ['publish', 'subscribe'] }],
    [
      'key 2, of all operations',
      key2,
      { channel6: ['publish', 'subscribe'] },
      { channel6: ['publish', 'subscribe'] },
    ],
    ['key 3, a channel', key3, { cansubscribe: ['subscribe'] }, { cansubscribe: ['subscribe'] }],
    ['key 1, a channel', key1, { 'canpublish:check': ['publish'] }, { 'canpublish:check': ['publish'] }],
    ['key 3, a namespace', key3, { 'cansubscribe:*': ['subscribe'] }, { 'cansubscribe:*': ['subscribe'] }],
    ['key 1, another operation', key1, { 'canpublish:test': ['subscribe'] }, {}],
    ['key 2, another channel', key2, { channelx: ['publish'] }, {}],
    [
      'several resources',
      {
        'your-namespace:*': ['publish', 'subscribe', 'presence'],
        notifications: ['subscribe', 'history'],
        alerts: ['subscribe'],
      },
      { 'your-namespace:user-123': ['subscribe'], notifications: ['*'], private: ['subscribe'] },
      { notifications: ['history', 'subscribe'], 'your-namespace:user-123': ['subscribe'] },
    ],
    [
      'two ways to one resource',
      { 'a:*': ['publish'], '*': ['history'] },
      { 'a:b': ['*'] },
      { 'a:b': ['history', 'publish'] },
    ],
    ['* takes in the others', { '*': ['publish'], 'a:*': ['*'] }, { 'a:b': ['*'] }, { 'a:b': ['*'] }],
    ["Ably's letter: a:* and a have nothing in common", { 'a:*': ['publish'] }, { a: ['publish'] }, {}],
    ['patterns that cross', { 'a:*': ['publish'] }, { '*:b': ['publish'] }, { 'a:b': ['publish'] }],
    [
      'patterns that cross, of different length',
      { 'a:*': ['publish'] },
      { '*:b:*': ['publish'] },
      { 'a:b:*': ['publish'] },
    ],
    ['an interior wildcard', { 'a:*:c': ['publish'] }, { 'a:b:*': ['publish'] }, { 'a:b:c': ['publish'] }],
    ['two literals', { 'a:b': ['publish'] }, { 'a:c': ['publish'] }, {}],
    ['a longer literal', { 'a:b': ['publish'] }, { 'a:b:c': ['publish'] }, {}],
    ['a literal star', { 'foo*': ['publish'] }, { foobar: ['publish'] }, {}],
    [
      'one qualifier',
      { '[meta]*': ['subscribe'] },
      { '[meta]log': ['subscribe'] },
      { '[meta]log': ['subscribe'] },
    ],
    ['two qualifiers', { '[meta]*': ['subscribe'] }, { '[queue]*': ['subscribe'] }, {}],
    ['a qualifier and none', { '[meta]*': ['subscribe'] }, { '*': ['subscribe'] }, {}],
    [
      'any qualifier and one',
      { '[*]log': ['subscribe'] },
      { '[meta]*': ['subscribe'] },
      { '[meta]log': ['subscribe'] },
    ],
    ['any qualifier and none', { '[*]a:*': ['publish'] }, { 'a:b': ['publish'] }, { 'a:b': ['publish'] }],
    ['nothing', {}, all, {}],
    ['an empty resource', { '': ['publish'] }, everything, {}],
    ['an empty list', { a: [] }, all, {}],
    ['empty segments', { 'a:*:b': ['publish'] }, { 'a::b': ['publish'] }, { 'a::b': ['publish'] }],
    [
      'a path that looks like a qualifier',
      { '[][meta]log': ['publish'] },
      all,
      { '[][meta]log': ['publish'] },
    ],
    ['a bracket that opens nothing', { '[meta': ['publish'] }, all, { '[meta': ['publish'] }],
    ['a bracket that closes nothing', { 'a]b': ['publish'] }, all, { 'a]b': ['publish'] }],
    ['__proto__', JSON.parse('{"__proto__":["publish"]}'), all, JSON.parse('{"__proto__":["publish"]}')],
  ];
  test.each(rows)('%s', (_, a, b, result) => {
    const expected = stringifyCapability(result);
    expect(stringifyCapability(intersectCapabilities(a, b))).toBe(expected);
    expect(stringifyCapability(intersectCapabilities(b, a))).toBe(expected);
  });

  test('gives resources and operations in canonical order', () => {
    const result = intersectCapabilities({ b: ['subscribe', 'history'], a: ['publish'] }, all);
    expect(JSON.stringify(result)).toBe('{"a":["publish"],"b":["history","subscribe"]}');
  });
});

describe('mergeCapabilities', () => {
  test.each<[string, Capability, Capability, string]>([
    ['different resources', { b: ['publish'] }, { a: ['subscribe'] }, '{"a":["subscribe"],"b":["publish"]}'],
    [
      'one resource',
      { a: ['subscribe', 'history'] },
      { a: ['publish', 'history'] },
      '{"a":["history","publish","subscribe"]}',
    ],
    ['* takes in the others', { a: ['publish'] }, { a: ['*'] }, '{"a":["*"]}'],
    ['* of either side', { a: ['*'] }, { a: ['publish'] }, '{"a":["*"]}'],
    ['what another resource covers stays', all, { a: ['publish'] }, '{"*":["*"],"a":["publish"]}'],
    ['nothing', {}, {}, '{}'],
    ['an empty list grants nothing', { a: [] }, { b: ['publish'] }, '{"b":["publish"]}'],
    [
      '__proto__',
      JSON.parse('{"__proto__":["publish"]}'),
      JSON.parse('{"__proto__":["history"]}'),
      '{"__proto__":["history","publish"]}',
    ],
  ])('%s', (_, a, b, text) => {
    expect(JSON.stringify(mergeCapabilities(a, b))).toBe(text);
  });
});

describe('diffCapabilities', () => {
  test.each<[string, Capability, Capability, Capability, Capability]>([
    ['nothing changed', { a: ['publish', 'history'] }, { a: ['history', 'publish'] }, {}, {}],
    ['a resource more', {}, { a: ['publish'] }, { a: ['publish'] }, {}],
    ['a resource less', { a: ['publish'] }, {}, {}, { a: ['publish'] }],
    [
      'an operation less, a resource more',
      { chat: ['publish', 'subscribe'] },
      { chat: ['subscribe'], alerts: ['subscribe'] },
      { alerts: ['subscribe'] },
      { chat: ['publish'] },
    ],
    ['narrowed', all, { 'chat:*': ['subscribe'] }, {}, all],
    ['widened', { 'a:b': ['publish'] }, { 'a:*': ['publish'] }, { 'a:*': ['publish'] }, {}],
    ['all operations', { a: ['publish'] }, { a: ['*'] }, { a: ['*'] }, {}],
    [
      'a channel that its namespace covers',
      { 'a:*': ['publish'] },
      { 'a:*': ['publish'], a: ['publish'] },
      {},
      {},
    ],
    [
      'covered by several resources',
      { 'a:*': ['publish'], '*:b': ['history'] },
      { 'a:b': ['publish', 'history', 'stats'] },
      { 'a:b': ['stats'] },
      { '*:b': ['history'], 'a:*': ['publish'] },
    ],
    ['*:* and *', { '*:*': ['publish'] }, { '*': ['publish'] }, {}, {}],
    [':*:* and :*', { ':*:*': ['publish'] }, { ':*': ['publish'] }, {}, {}],
    ['*:*:* and *', { '*:*:*': ['publish'] }, { '*': ['publish'] }, { '*': ['publish'] }, {}],
    ['a:* and a:*:*', { 'a:*:*': ['publish'] }, { 'a:*': ['publish'] }, { 'a:*': ['publish'] }, {}],
    [
      'an interior wildcard',
      { 'a:*:c': ['publish'] },
      { 'a:b:c': ['publish'] },
      {},
      { 'a:*:c': ['publish'] },
    ],
    [
      'a literal does not cover a pattern',
      { 'a:b': ['publish'] },
      { 'a:*': ['publish'], '*:b': ['publish'] },
      { '*:b': ['publish'], 'a:*': ['publish'] },
      {},
    ],
    [
      'qualifiers',
      { '*': ['publish'] },
      { '[meta]*': ['publish'], '[*]*': ['publish'] },
      { '[*]*': ['publish'], '[meta]*': ['publish'] },
      {},
    ],
    [
      'a product suffix, which the name without it covers',
      { 'a:*:b': ['publish'] },
      { 'a:*:b::$chat': ['publish'], 'a:*:b::$chat:*': ['publish'], 'a:b:*': ['publish'] },
      { 'a:b:*': ['publish'] },
      { 'a:*:b': ['publish'] },
    ],
    [
      'a channel does not cover longer names',
      { 'a:b': ['publish'] },
      { 'a:b:c': ['publish'] },
      { 'a:b:c': ['publish'] },
      { 'a:b': ['publish'] },
    ],
    [
      'a channel does not cover its namespace',
      { a: ['publish'] },
      { 'a:*': ['publish'] },
      { 'a:*': ['publish'] },
      {},
    ],
    [
      'an empty segment at the end is no suffix',
      { lobby: ['publish'] },
      { 'lobby:': ['publish'] },
      { 'lobby:': ['publish'] },
      { lobby: ['publish'] },
    ],
    ['an empty segment in front', { ':a:b:*': ['publish'] }, { ':a:b:*': ['publish'] }, {}, {}],
    [
      'an empty resource covers nothing',
      { '': ['publish'], b: ['publish'] },
      { a: ['publish'], b: ['publish'] },
      { a: ['publish'] },
      {},
    ],
    ['no suffix', { a: ['publish'] }, { 'a::*': ['publish'] }, { 'a::*': ['publish'] }, { a: ['publish'] }],
    ['any qualifier', everything, { '[meta]*': ['publish'], a: ['publish'] }, {}, everything],
    ['an empty resource is nothing', {}, { '': ['publish'] }, {}, {}],
    ['an empty list is nothing', {}, { a: [] }, {}, {}],
  ])('%s', (_, from, to, added, removed) => {
    expect(diffCapabilities(from, to)).toEqual({ added, removed });
    expect(diffCapabilities(to, from)).toEqual({ added: removed, removed: added });
  });
});

describe.each([
  ['intersectCapabilities', intersectCapabilities],
  ['mergeCapabilities', mergeCapabilities],
  ['diffCapabilities', diffCapabilities],
])('%s', (_, operate) => {
  test.each<[unknown, RegExp]>([
    [undefined, /^"capability" must be an object that maps resources to operations, found undefined/],
    ['{}', /found "\{\}"/],
    [{ a: 'publish' }, /"a" must have a list of operations/],
    [{ a: [1] }, /"a" has the number 1 among its operations/],
  ])('%j is refused on either side', async (wrong, message) => {
    for (const sides of [
      [wrong, all],
      [all, wrong],
    ] as [Capability, Capability][]) {
      const error = await errorOf(() => operate(...sides));
      expect(error).toMatchObject({ code: 'CAPABILITY_INVALID', ablyCode: 40000 });
      expect(error.message).toMatch(message);
    }
  });

  test('does not change its arguments', () => {
    const a = Object.freeze({ b: Object.freeze(['subscribe', 'publish'] as const) });
    const b = Object.freeze({ '*': Object.freeze(['*'] as const) });
    expect(() => operate(a, b)).not.toThrow();
  });
});
