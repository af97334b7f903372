import {
  type Capability,
  can,
  channelPattern,
  createAblyJwt,
  createAuthCallback,
  createAuthEndpoint,
  decodeAblyJwt,
  deny,
  diffCapabilities,
  embedAblyToken,
  explainAblyJwt,
  intersectCapabilities,
  mergeCapabilities,
  type Operation,
  parseAblyKey,
  parseCapability,
  revokeAblyTokens,
  stringifyCapability,
  verifyAblyJwt,
} from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { key, rawJwt } from '../support/tokens.js';

// Eight times the length costs eight times as much, or a little more; what is quadratic costs 64 times as much.
const small = 16_000;
const large = 8 * small;
const mostTimes = 24;
/** What is this fast at the larger size is not worth a comparison, in milliseconds. */
const negligible = 30;

/** The time that an action takes of the processor, in milliseconds: the least of some, since others share the machine. */
async function cost(action: () => unknown): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let n = 0; n < 3; n += 1) {
    const start = process.cpuUsage();
    try {
      await action();
    } catch {
      // To be refused costs too.
    }
    const { user, system } = process.cpuUsage(start);
    least = Math.min(least, (user + system) / 1000);
    if (least < negligible) break;
  }
  return least;
}

async function expectLinear(action: (length: number) => () => unknown, attempts = 4): Promise<void> {
  let measured: { at: number; atLarge: number } = { at: 0, atLarge: 0 };
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const atLarge = await cost(action(large));
    if (atLarge < negligible) return;
    const at = await cost(action(small));
    if (atLarge <= mostTimes * at) return;
    measured = { at, atLarge };
  }
  expect.fail(`${measured.at} ms for ${small}, ${measured.atLarge} ms for ${large}: worse than linear.`);
}

/** Texts of a length that make patterns look at everything again and again. */
const texts: readonly [name: string, make: (length: number) => string][] = [
  ...[
    'x',
    ' ',
    '.',
    ':',
    '=',
    '"',
    '\\',
    '[',
    '{',
    '*',
    '?',
    '\n',
    '-',
    'eyJ',
    'é',
    '\ud800',
    '%',
    '/',
    '<',
  ].map((piece): [string, (length: number) => string] => [
    `${JSON.stringify(piece)}…`,
    (length) => piece.repeat(length / piece.length),
  ]),
  ...[
    ...[
      'a.b:',
      'a.b:c,',
      'a.',
      ' x',
      '"x" ',
      "' ",
      '\\"',
      '{"token":"",',
      '{"token" ',
      'Bearer ',
      'authorization: ',
    ],
    ...[
      '[[',
      '[?',
      '[]',
      '::$',
      ':*',
      '{"a":',
      '["*"],',
      'eyJ.',
      'eyJ-',
      'a:b.',
      '1e',
      '\\u0061',
      'aA0',
      'xxx',
    ],
  ].map((piece): [string, (length: number) => string] => [
    `${JSON.stringify(piece)}…`,
    (length) => piece.repeat(length / piece.length),
  ]),
  ['spaces, then a letter', (length) => `${' '.repeat(length)}x`],
  ['a letter, spaces, a letter', (length) => `x${' '.repeat(length)}x`],
  ['a quote, then spaces', (length) => `"${' '.repeat(length)}`],
  ['Bearer, then spaces', (length) => `Bearer ${' '.repeat(length)}x`],
  ['an open qualifier', (length) => `[${'?'.repeat(length)}`],
  ['open JSON', (length) => `{${'"token":"'.repeat(length / 9)}`],
];

const resources = (length: number): Capability =>
  Object.fromEntries(Array.from({ length: length / 10 }, (_, n) => [`a:${n}:*`, ['publish'] as const]));
const named = <Value>(length: number, value: Value) =>
  Object.fromEntries(Array.from({ length: length / 10 }, (_, n) => [`name${n}`, value]));
const tagged = (text: string) => channelPattern`a:${text}`;
const jwtOf = (payload: object | string) => rawJwt({ payload });
const answering = (text: string) => (async () => new Response(text)) as typeof fetch;

type Action = (length: number) => () => unknown;

/** What each public function does with a text. */
const ofText: readonly [name: string, act: (text: string) => unknown][] = [
  ['parseAblyKey', parseAblyKey],
  ['verifyAblyJwt', (text) => verifyAblyJwt(text, key)],
  ['decodeAblyJwt', decodeAblyJwt],
  ['explainAblyJwt', (text) => explainAblyJwt(text, key)],
  ['explainAblyJwt, keys', (text) => explainAblyJwt('x.y.z', text)],
  ['explainAblyJwt, claim names', (text) => explainAblyJwt(jwtOf({ [text]: 1, iat: text }), key)],
  [
    'verifyAblyJwt, claims',
    (text) => verifyAblyJwt(jwtOf({ iat: 1, exp: text, 'x-ably-capability': text }), key),
  ],
  ['verifyAblyJwt, kid', (text) => verifyAblyJwt(rawJwt({ header: { alg: 'HS256', kid: text } }), key)],
  ['verifyAblyJwt, payload', (text) => verifyAblyJwt(jwtOf(text), key)],
  ['parseCapability', parseCapability],
  ['parseCapability, a name', (text) => parseCapability(JSON.stringify({ [text]: ['publish'] }))],
  ['can, channel', (text) => can({ 'a:*': ['*'], '*:*:*:x': ['*'], '[meta]*': ['*'] }, 'publish', text)],
  ['can, resource', (text) => can({ [text]: ['*'] }, 'publish', text)],
  ['can, operation', (text) => can({ a: [text as Operation] }, text as Operation, 'a')],
  ['intersectCapabilities, names', (text) => intersectCapabilities({ [text]: ['*'] }, { [text]: ['*'] })],
  ['diffCapabilities, names', (text) => diffCapabilities({ [text]: ['*'] }, { [`${text}x`]: ['*'] })],
  ['channelPattern', tagged],
  ['createAblyJwt, key', (text) => createAblyJwt(text, { capability: 'inherit' })],
  ['createAblyJwt, clientId', (text) => createAblyJwt(key, { capability: 'inherit', clientId: text })],
  ['createAblyJwt, capability', (text) => createAblyJwt(key, { capability: text })],
  ['createAblyJwt, ttl', (text) => createAblyJwt(key, { capability: 'inherit', ttl: text as '1h' })],
  ['createAblyJwt, an option', (text) => createAblyJwt(key, { capability: 'inherit', [text]: 1 } as never)],
  [
    'createAblyJwt, a claim',
    (text) => createAblyJwt(key, { capability: 'inherit', claims: { [text]: text } }),
  ],
  ['embedAblyToken', (text) => embedAblyToken(text, { secret: 'x'.repeat(32), claims: {}, in: 'claim' })],
  [
    'createAuthEndpoint, deny',
    (text) =>
      createAuthEndpoint(key, () => {
        throw deny(text);
      })({}),
  ],
  [
    'createAuthCallback, an answer',
    (text) =>
      new Promise((resolve) => {
        createAuthCallback('https://app.example/auth', { fetch: answering(text), retries: 0 })({}, resolve);
      }),
  ],
  [
    'createAuthCallback, a refusal',
    (text) =>
      new Promise((resolve) => {
        const refusal = JSON.stringify({ error: { code: 40300, statusCode: 403, message: text } });
        const send = (async () => new Response(refusal, { status: 403 })) as typeof fetch;
        createAuthCallback('https://app.example/auth', { fetch: send, retries: 0 })({}, resolve);
      }),
  ],
  [
    'revokeAblyTokens, an answer',
    (text) => revokeAblyTokens(key, { targets: [{ clientId: 'a' }] }, { fetch: answering(text) }),
  ],
  [
    'revokeAblyTokens, a target',
    (text) => revokeAblyTokens(key, { targets: [{ clientId: text }] }, { fetch: answering('[]') }),
  ],
];

/** What is long by its number of parts. */
const ofParts: readonly [name: string, action: Action][] = [
  ['can, resources and a channel', (n) => () => can(resources(n), 'publish', 'a:'.repeat(n / 2))],
  ['stringifyCapability', (n) => () => stringifyCapability(resources(n))],
  [
    'stringifyCapability, operations',
    (n) => () => stringifyCapability({ a: Array.from({ length: n / 8 }, (_, i) => `op${i}` as Operation) }),
  ],
  ['parseCapability', (n) => () => parseCapability(JSON.stringify(resources(n)))],
  ['mergeCapabilities', (n) => () => mergeCapabilities(resources(n), resources(n))],
  [
    'intersectCapabilities with one resource',
    (n) => () => intersectCapabilities(resources(n), { '*': ['*'] }),
  ],
  ['diffCapabilities with one resource', (n) => () => diffCapabilities(resources(n), { '*': ['publish'] })],
  [
    'channelPattern, values',
    (n) => () => {
      const strings = Array.from({ length: n / 4 }, () => 'a:');
      return channelPattern(Object.assign(strings, { raw: strings }), ...strings.slice(1).map(() => 'x'));
    },
  ],
  [
    'channelPattern, values in a qualifier',
    (n) => () => {
      const strings = Array.from({ length: n / 4 }, () => '[a');
      return channelPattern(Object.assign(strings, { raw: strings }), ...strings.slice(1).map(() => 'x'));
    },
  ],
  ['createAblyJwt, capability', (n) => () => createAblyJwt(key, { capability: resources(n) })],
  [
    'createAblyJwt, channelClaims',
    (n) => () => createAblyJwt(key, { capability: 'inherit', channelClaims: named(n, 'x') }),
  ],
  [
    'createAblyJwt, claims',
    (n) => () =>
      createAblyJwt(key, {
        capability: 'inherit',
        claims: { list: Object.values(named(n, 'x')), ...named(n, 1) },
      }),
  ],
  [
    'createAblyJwt, options',
    (n) => () => createAblyJwt(key, { capability: 'inherit', ...named(n, 1) } as never),
  ],
  ['verifyAblyJwt, claims', (n) => () => verifyAblyJwt(jwtOf(named(n, 1)), key)],
  [
    'explainAblyJwt, claims',
    (n) => () =>
      explainAblyJwt(
        jwtOf(Object.fromEntries(Object.keys(named(n, 1)).map((name) => [`x-ably-${name}`, 1]))),
        key,
      ),
  ],
  [
    'explainAblyJwt, capability',
    (n) => () => explainAblyJwt(jwtOf({ 'x-ably-capability': JSON.stringify(resources(n / 2)) }), key),
  ],
  [
    'verifyAblyJwt, keys',
    (n) => () =>
      verifyAblyJwt(
        rawJwt(),
        Array.from({ length: n / 16 }, (_, i) => `app.k${i}:secret`),
      ),
  ],
];

describe('with the length of its input, no cost grows worse than linear:', () => {
  test.each(ofText)(
    '%s',
    async (_, act) => {
      for (const [, make] of texts) {
        await expectLinear((length) => {
          const text = make(length);
          return () => act(text);
        });
      }
    },
    60_000,
  );

  test.each(ofParts)(
    '%s, in parts',
    async (_, action) => {
      await expectLinear(action);
    },
    60_000,
  );

  test('and the measurement would tell', async () => {
    const quadratic = (text: string) => {
      let sum = 0;
      for (let from = 0; from < text.length; from += 64)
        for (let at = from; at < text.length; at += 1) sum += text.charCodeAt(at);
      return sum;
    };
    await expect(expectLinear((length) => () => quadratic('x'.repeat(length)), 1)).rejects.toThrow(
      'worse than linear',
    );
  });
});
