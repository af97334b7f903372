import { channelPattern } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/errors.js';

const pattern = (value: unknown) => channelPattern`chat:${value as string}:*`;

describe('channelPattern', () => {
  test.each<[string, () => string]>([
    ['chat:lobby:*', () => channelPattern`chat:${'lobby'}:*`],
    ['chat:*', () => channelPattern`chat:*`],
    ['ab', () => channelPattern`${'a'}${'b'}`],
    ['[meta]log', () => channelPattern`[meta]${'log'}`],
    ['room:7:-1.5:0', () => channelPattern`room:${7}:${-1.5}:${0}`],
    ['x', () => channelPattern`${'x'}`],
    ['', () => channelPattern``],
    ['user:Zoë 東京 😀 [1] % ?', () => channelPattern`user:${'Zoë 東京 😀 [1] % ?'}`],
  ])('gives %j', (expected, make) => {
    expect(make()).toBe(expected);
  });

  test.each<[unknown, RegExp]>([
    ['', /value 1 is empty/],
    [':', /value 1 ":" holds ":"/],
    ['a:b', /value 1 "a:b" holds ":", which would change what the pattern means/],
    ['*', /holds "\*"/],
    ['a*', /holds "\*"/],
    ['[meta]log', /holds "\["/],
    ['[', /holds "\["/],
    ['a\nb', /holds a line break, which Ably refuses in a channel name\.$/],
    ['a\r', /holds a line break/],
    ['\ud800', /lone surrogate/],
    [undefined, /value 1 must be a string or a finite number, found undefined/],
    [null, /found null/],
    [Number.NaN, /found the number NaN/],
    [Number.POSITIVE_INFINITY, /found the number Infinity/],
    [{}, /found an object/],
    [['a'], /found an array/],
    [true, /found true/],
    [{ toString: () => 'lobby' }, /found an object/],
  ])('refuses %j', async (value, message) => {
    const error = await errorOf(() => pattern(value));
    expect(error).toMatchObject({ code: 'CAPABILITY_INVALID', ablyCode: 40000, statusCode: 400 });
    expect(error.message).toMatch(/^"capability" pattern: value 1 /);
    expect(error.message).toMatch(message);
    expect(error.hint).toContain('encodeURIComponent');
  });

  test.each<[string, (value: string) => string]>([
    ['a]b', (value) => channelPattern`[${value}]*`],
    [']', (value) => channelPattern`[meta${value}log`],
    ['meta?rewind=1', (value) => channelPattern`[${value}]*`],
    ['=', (value) => channelPattern`[${'meta'}${value}]*`],
    ['$chat', (value) => channelPattern`lobby::${value}`],
    ['$chat', (value) => channelPattern`[lobby::${value}`],
  ])('refuses %j where it would end a qualifier or be a suffix', async (value, make) => {
    const error = await errorOf(() => make(value));
    expect(error.code).toBe('CAPABILITY_INVALID');
    expect(error.message).toMatch(/value \d ".+" holds "[\]?=$]", which would change what the pattern means/);
  });

  test('takes the same characters where they are plain text', () => {
    const value = 'a]?=$b';
    expect(channelPattern`chat:${value}`).toBe('chat:a]?=$b');
    expect(channelPattern`[meta]${value}`).toBe('[meta]a]?=$b');
    expect(channelPattern`chat:${'lobby'}:${value}`).toBe('chat:lobby:a]?=$b');
    expect(channelPattern`chat:${'$chat'}`).toBe('chat:$chat');
    expect(channelPattern`lobby::${value}`).toBe('lobby::a]?=$b');
    expect(channelPattern`[${'meta'}]${'log'}`).toBe('[meta]log');
  });

  test('says which value it was', async () => {
    const error = await errorOf(() => channelPattern`${'a'}:${'b'}:${''}`);
    expect(error.message).toContain('value 3 is empty');
  });

  test.each([['chat:*'], [['chat:', 1]], [undefined], [{ length: 1, 0: 'x' }]])(
    'called as a function with %j it is refused',
    async (argument) => {
      const error = await errorOf(() => channelPattern(argument as unknown as TemplateStringsArray));
      expect(error.code).toBe('CAPABILITY_INVALID');
      expect(error.message).toContain('channelPattern is a template tag');
      expect(error.hint).toContain('in front of a template literal');
    },
  );
});
