import {
  AblyJwtError,
  channelPattern,
  createAblyJwt,
  createAuthEndpoint,
  createAuthHandler,
  createAuthListener,
  decodeAblyJwt,
  deny,
  diffCapabilities,
  embedAblyToken,
  explainAblyJwt,
  intersectCapabilities,
  mergeCapabilities,
  parseAblyKey,
  parseCapability,
  retryLater,
  revokeAblyTokens,
  stringifyCapability,
  verifyAblyJwt,
} from 'ably-jwt';
import { expect, test } from 'vitest';
import { key, rawJwt } from '../support/tokens.js';

const nothing = undefined as never;

/** Each public function, called from this file by a function with a name to be found. */
const calls: [name: string, call: () => unknown][] = [
  ['createAblyJwt', () => createAblyJwt(key, nothing)],
  ['createAblyJwt, with a bad key', () => createAblyJwt('x', nothing)],
  ['verifyAblyJwt', () => verifyAblyJwt(nothing, key)],
  ['verifyAblyJwt, after the signature', () => verifyAblyJwt(rawJwt({ secret: 'x' }), key)],
  ['decodeAblyJwt', () => decodeAblyJwt(nothing)],
  ['explainAblyJwt', () => explainAblyJwt('x', key, { now: 1 } as never)],
  ['embedAblyToken', () => embedAblyToken('x', nothing)],
  ['parseAblyKey', () => parseAblyKey(nothing)],
  ['revokeAblyTokens', () => revokeAblyTokens(key, nothing)],
  ['createAuthEndpoint, with a bad key', () => createAuthEndpoint('x', () => null)],
  [
    'createAuthEndpoint, with a misspelled option',
    () => createAuthEndpoint(key, () => null, { ttl: 1 } as never),
  ],
  ['createAuthHandler, with a bad key', () => createAuthHandler('x', () => null)],
  ['createAuthListener, with a bad key', () => createAuthListener('x', () => null)],
  ['deny', () => deny('')],
  ['retryLater', () => retryLater(30 as never)],
  ['channelPattern', () => channelPattern`chat:${'*'}`],
  ['parseCapability', () => parseCapability('*')],
  ['stringifyCapability', () => stringifyCapability(nothing)],
  ['intersectCapabilities', () => intersectCapabilities(nothing, {})],
  ['mergeCapabilities', () => mergeCapabilities({}, nothing)],
  ['diffCapabilities', () => diffCapabilities(nothing, {})],
];

test.each(calls)('the stack of an error begins where the user called %s', async (_, call) => {
  let thrown: unknown;
  try {
    await call();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(AblyJwtError);
  const { stack = '', message } = thrown as AblyJwtError;
  expect(stack.startsWith(`AblyJwtError: ${message}\n`)).toBe(true);
  const [first = ''] = stack.split('\n').filter((line) => /^\s+at /.test(line));
  expect(first).toContain('stack.test.ts');
});
