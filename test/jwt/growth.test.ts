import { decodeAblyJwt, explainAblyJwt, isAblyJwtError, parseAblyKey, verifyAblyJwt } from 'ably-jwt';
import { expect, test } from 'vitest';
import { base64url, goodHeader, goodPayload, issuedAt, key, rawJwt } from '../support/tokens.js';

/** Texts that make some implementation or other take quadratic time, by length. */
const texts: [name: string, make: (length: number) => string][] = [
  ['members that are never closed', (n) => '{"token":"",'.repeat(n / 12)],
  ['members that are closed late', (n) => `{"token":"${'"token":"'.repeat(n / 9)}x"}!`],
  ['quotes', (n) => '"'.repeat(n)],
  ['quotes and spaces', (n) => `"${'" '.repeat(n / 2)}x`],
  ['spaces', (n) => `x${' '.repeat(n)}x`],
  ['spaces behind Bearer', (n) => `Bearer ${' '.repeat(n)}x`],
  ['dots', (n) => '.'.repeat(n)],
  ['brackets', (n) => '['.repeat(n)],
  ['word characters', (n) => 'a'.repeat(n)],
  ['capitals and digits', (n) => 'aA1'.repeat(n / 3)],
  ['an equals sign at the end', (n) => `${'A'.repeat(n)}=`],
  ['a percent sign in a key', (n) => `${'a.'.repeat(n / 2)}%3a`],
  ['many claims', (n) => rawJwt({ payload: { ...goodPayload, ...numbered('x-ably-c', n / 24) } })],
  [
    'many channel claims',
    (n) => rawJwt({ payload: { ...goodPayload, ...numbered('ably.channel.*a', n / 24) } }),
  ],
  ['a long capability', (n) => capability(JSON.stringify(numbered('r:*x:', n / 24, ['publsh'])))],
  ['a long resource', (n) => capability(JSON.stringify({ [':*a'.repeat(n / 4)]: ['x'] }))],
  ['many operations', (n) => capability(JSON.stringify({ a: Object.keys(numbered('o', n / 12)) }))],
  ['nested JSON', (n) => rawJwt({ payload: `{"a":${'['.repeat(n / 2)}` })],
  ['escaped quotes', (n) => rawJwt({ payload: `{"a":"${'\\"'.repeat(n / 3)}"}` })],
  ['a long kid', (n) => rawJwt({ header: { ...goodHeader, kid: 'a.'.repeat(n / 3) } })],
  ['a token in a token', (n) => rawJwt({ payload: { 'x-ably-token': '.'.repeat(n / 2) } })],
  ['a long header', (n) => `${base64url('{'.repeat(n / 2))}..`],
];

const numbered = (prefix: string, count: number, value: unknown = 'x') =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`${prefix}${n}`, value]));
const capability = (text: string) => rawJwt({ payload: { ...goodPayload, 'x-ably-capability': text } });

async function use(text: string): Promise<void> {
  const options = { currentDate: issuedAt };
  await explainAblyJwt(text, key, options);
  await explainAblyJwt(text);
  for (const action of [
    () => verifyAblyJwt(text, key, options),
    () => decodeAblyJwt(text),
    () => parseAblyKey(text),
  ]) {
    try {
      await action();
    } catch (error) {
      if (!isAblyJwtError(error)) throw error;
    }
  }
}

/** The least CPU time of some runs, in milliseconds: that of other processes doesn't count. */
async function cost(text: string): Promise<number> {
  const runs: number[] = [];
  for (let n = 0; n < 3; n++) {
    const before = process.cpuUsage();
    await use(text);
    const { user, system } = process.cpuUsage(before);
    runs.push((user + system) / 1000);
  }
  return Math.min(...runs);
}

test.each(texts)('no text costs more than its length warrants: %s', async (_, make) => {
  const [short, long] = [make(8_000), make(64_000)];
  await use(short);
  // Linear is 8 times, quadratic 64; what takes a few milliseconds is not measured well, and no harm.
  expect(await cost(long)).toBeLessThan(24 * Math.max(await cost(short), 2));
});

test('a text that is longer than any token is not read', async () => {
  for (const text of ['{"token":"",'.repeat(100_000), `"${rawJwt()}${' '.repeat(131_072)}"`]) {
    const findings = await explainAblyJwt(text, key);
    expect(findings.map(({ code }) => code)).toEqual(['TOKEN_MALFORMED']);
    expect(findings[0]!.message).toContain(`has ${text.length} characters`);
  }
});
