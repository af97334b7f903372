import { type Capability, can, type Operation } from 'ably-jwt';
import { describe, expect, test } from 'vitest';

// Ably's own cases first, then those that follow from the grammar.
const matches: [pattern: string, channel: string, matches: boolean][] = [
  ['*', 'foo', true],
  ['*', 'foo:bar:baz', true],
  ['foo:*', 'foo:bar:baz', true],
  ['foo:*', 'foo:bar', true],
  ['foo:*', 'foo', true],
  ['foo:*', 'bar:baz', false],
  ['foo:*', 'foobar', false],
  ['foo:*:baz', 'foo:bar:baz', true],
  ['foo:*:baz', 'foo:bar:bam:baz', false],
  ['foo:*:baz', 'foo:baz', false],
  ['foo', 'foo', true],
  ['foo', 'foo:bar', false],
  ['foo*', 'foo*', true],
  ['foo*', 'foobar', false],
  ['foo*', 'foo', false],
  ['[*]*', 'foo', true],
  ['[*]*', 'foo:bar:baz', true],
  ['[*]foo', 'foo', true],
  ['[*]foo', 'bar', false],
  ['[*]chat:*', 'chat:room', true],
  ['[*]chat:*', 'other', false],
  ['[queue]*', 'foo', false],
  ['[meta]log', 'log', false],
  ['*', '[meta]log', false],
  ['[meta]*', '[meta]log', true],
  ['[*]*', '[meta]log', true],
  ['namespace:*', 'namespace:channel:other', true],
  ['*:c', 'a:c', true],
  ['*:c', 'c', false],
  ['a:*:*', 'a:b', true],
  ['a:*:*', 'a', false],
  ['a:*:*', 'a:b:c:d', true],
  ['*:*', 'a', true],
  ['Foo', 'foo', false],
  ['foo', 'Foo', false],
  // Qualifiers
  ['[meta]*', '[queue]log', false],
  ['[meta]log', '[meta]log', true],
  ['[meta]log', '[meta]log:x', false],
  ['[meta]a:*', '[meta]a:b', true],
  ['[*]log', '[meta]log', true],
  ['foo', '[?rewind=1]foo', true],
  ['*', '[?rewind=1]foo', true],
  ['*', '[meta?rewind=1]log', false],
  ['[meta]*', '[meta?rewind=1]log', true],
  ['[meta]*', '[meta=x]log', true],
  ['[Meta]*', '[meta]log', false],
  ['[', '[', true],
  ['[meta', '[meta', true],
  ['*', '[meta', true],
  ['[]foo', 'foo', true],
  ['foo', '[]foo', true],
  ['[meta]', '[meta]', false],
  ['[*]*', '[meta]', false],
  ['[[a]b', '[[a]b', true],
  ['a[meta]b', 'a[meta]b', true],
  ['b', 'a]b', false],
  ['a]b', 'a]b', true],
  ['[*]*', '[*]foo', true],
  ['*', '[*]foo', false],
  // Ably's own products add a suffix to the names that people choose.
  ['lobby', 'lobby::$chat', true],
  ['lobby', 'lobby::$chat::$chatMessages', true],
  ['lobby::$chat', 'lobby::$chat::$chatMessages', true],
  ['lobby::$chat', 'lobby::$chat', true],
  ['lobby::$chat', 'lobby', false],
  ['lobby::$chat', 'lobby::$objects', false],
  ['dms:*', 'dms:a:b::$chat', true],
  ['dms:*:b', 'dms:a:b::$chat', true],
  ['dms:*:b', 'dms:a:c::$chat', false],
  ['*:b', 'a:b::$chat:c', true],
  ['[meta]a', '[meta]a::$chat', true],
  ['a', '[meta]a::$chat', false],
  ['[*]a', '[meta]a::$chat', true],
  ['lobby', 'lobby::chat', false],
  ['lobby', 'lobby:$chat', false],
  ['lobby', 'lobby:::$chat', false],
  ['lobby:', 'lobby:::$chat', true],
  ['lobby', 'lobby::', false],
  ['lobby', 'lobby:', false],
  ['lobby', 'lobby:x:$chat', false],
  ['lobby', 'lobby::*', false],
  ['lobb', 'lobby::$chat', false],
  ['', '::$chat', false],
  // Empty names and segments
  ['', '', false],
  ['', 'foo', false],
  ['*', '', false],
  ['[*]*', '', false],
  [':', ':', true],
  ['a:', 'a:', true],
  ['a:', 'a', false],
  ['a:*', 'a:', true],
  ['a::b', 'a::b', true],
  ['a:*:b', 'a::b', true],
  ['*:a', ':a', true],
  ['a::b', 'a:b', false],
  // A channel's name is never a pattern
  ['foo', '*', false],
  ['a:b', 'a:*', false],
  ['*', '*', true],
  // Ordinary data, whatever it looks like
  ['__proto__', '__proto__', true],
  ['constructor:*', 'constructor:name', true],
  ['10', '10', true],
  ['räume:*', 'räume:東京 😀', true],
  ['a b\n', 'a b\n', true],
  ['.*', 'x', false],
  [`${'x'.repeat(10_000)}:*`, `${'x'.repeat(10_000)}:y`, true],
];

describe('a resource and a channel', () => {
  test.each(matches)('%j and %j: %s', (pattern, channel, expected) => {
    const capability = Object.fromEntries([[pattern, ['publish']]]) as Capability;
    expect(can(capability, 'publish', channel)).toBe(expected);
    expect(can(capability, 'subscribe', channel)).toBe(false);
  });
});

describe('can', () => {
  const union: Capability = { 'chat:*': ['subscribe'], '*': ['history'] };

  test.each<[Operation | '*', string, boolean]>([
    ['subscribe', 'chat:room', true],
    ['history', 'chat:room', true],
    ['publish', 'chat:room', false],
    ['subscribe', 'other', false],
    ['history', 'other', true],
    ['*', 'chat:room', false],
  ])('adds up all matching resources: %s on %s', (operation, channel, expected) => {
    expect(can(union, operation, channel)).toBe(expected);
  });

  test('an empty resource does not hide what the others grant', () => {
    expect(can({ '': ['publish'], a: ['publish'] }, 'publish', 'a')).toBe(true);
  });

  test('* grants every operation, also one of the future', () => {
    for (const operation of ['publish', 'push-admin', 'teleport', '*'])
      expect(can({ a: ['*'] }, operation as Operation, 'a')).toBe(true);
  });

  test('operations are compared to the letter', () => {
    for (const operation of ['Publish', 'publish ', 'pub', ''])
      expect(can({ a: ['publish'] }, operation as Operation, 'a')).toBe(false);
  });

  test('a resource of the prototype grants nothing', () => {
    expect(can(Object.create({ a: ['publish'] }) as Capability, 'publish', 'a')).toBe(false);
    expect(can({}, 'publish', 'toString')).toBe(false);
    expect(can({}, 'publish', '__proto__')).toBe(false);
    expect(can(JSON.parse('{"__proto__":["publish"]}') as Capability, 'publish', '__proto__')).toBe(true);
  });

  const throws = () => {
    throw new Error('never seen');
  };
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  test.each<[string, unknown, unknown, unknown]>([
    ['undefined', undefined, 'publish', 'a'],
    ['null', null, 'publish', 'a'],
    ['JSON text', '{"a":["publish"]}', 'publish', 'a'],
    ["'inherit'", 'inherit', 'publish', 'a'],
    ['a number', 1, 'publish', 'a'],
    ['an array', [['publish']], 'publish', '0'],
    ['a Map', new Map([['a', ['publish']]]), 'publish', 'a'],
    ['a text for a list', { a: 'publish' }, 'publish', 'a'],
    ['an object for a list', { a: { publish: true } }, 'publish', 'a'],
    ['a Set for a list', { a: new Set(['publish']) }, 'publish', 'a'],
    ['null for a list', { a: null }, 'publish', 'a'],
    ['an empty list', { a: [] }, 'publish', 'a'],
    ['no operation', { a: [undefined] }, undefined, 'a'],
    ['a symbol for an operation', { a: ['publish'] }, Symbol('publish'), 'a'],
    ['a number for a channel', { 5: ['publish'] }, 'publish', 5],
    ['a String object for a channel', { a: ['publish'] }, 'publish', new String('a')],
    ['no channel', { undefined: ['publish'] }, 'publish', undefined],
    [
      'a getter that throws',
      Object.defineProperty({}, 'a', { enumerable: true, get: throws }),
      'publish',
      'a',
    ],
    ['a proxy that throws', new Proxy({}, { ownKeys: throws }), 'publish', 'a'],
    ['a revoked proxy', revoked.proxy, 'publish', 'a'],
  ])(
    'grants nothing and throws nothing for what is no capability: %s',
    (_, capability, operation, channel) => {
      expect(can(capability as Capability, operation as Operation, channel as string)).toBe(false);
    },
  );
});
