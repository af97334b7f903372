import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { Canaries } from './support/canaries.js';

const secret = 'Qm7-xR4_kT2bLw9VnJ5sGcZ8';
const key = `canary.aKey01:${secret}`;
const cookie = 'sid-Yp3kWd8sRb6hTz1nQv5m';

// What the other tests rest on: each place in which a secret could be seen is looked at.
describe('a canary is found', () => {
  test.each<[where: string, leak: (canaries: Canaries) => unknown]>([
    ['a message', () => new Error(`with ${key}`)],
    ['a cause of a cause', () => new Error('a', { cause: new Error('b', { cause: secret }) })],
    ['one of many errors', () => new AggregateError([new Error(secret)], 'many')],
    ['a hidden property', () => Object.defineProperty(new Error('a'), 'request', { value: { secret } })],
    ['a symbol', () => ({ [Symbol('own')]: Symbol(secret) })],
    [
      'a getter of a class',
      () =>
        new (class {
          get token() {
            return secret;
          }
        })(),
    ],
    ['a toJSON', () => ({ toJSON: () => secret })],
    ['half of it', () => secret.slice(0, 12)],
    ['the other half', () => secret.slice(12)],
    ['hexadecimal digits', () => Buffer.from(secret).toString('hex')],
    ...['', 'a', 'ab', 'abc'].map((before): [string, () => unknown] => [
      `base64 behind ${before.length} other characters`,
      () => btoa(`${before}${secret} and more`),
    ]),
    ['the console', () => console.warn({ headers: [key] })],
    ['a stream', () => process.stderr.write(`${secret}\n`)],
    [
      'a warning of the process',
      async () => {
        process.emitWarning(`with ${key}`);
        await once(process, 'warning');
      },
    ],
    [
      'a status text',
      (canaries) => canaries.seeResponse('response', new Response(null, { statusText: secret })),
    ],
    [
      'a header',
      (canaries) => canaries.seeResponse('response', new Response(null, { headers: { a: btoa(key) } })),
    ],
    [
      'what was seen before it was known to be secret',
      (canaries) => {
        canaries.see('early', cookie);
        canaries.hide(cookie);
      },
    ],
  ])('in %s', async (where, leak) => {
    const canaries = new Canaries(secret);
    canaries.see(where, await leak(canaries));
    expect(() => canaries.expectUnseen()).toThrow();
  });
});
