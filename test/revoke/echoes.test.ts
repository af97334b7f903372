import { revokeAblyTokens } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/errors.js';
import { key, secret } from '../support/tokens.js';
import { outcome, refusal } from './support/answers.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** What is shown of a text that Ably, or a gateway, gives as its reason: for the whole request, and for one target. */
async function shown(message: string, apiKey = key): Promise<string> {
  const error = { code: 40000, statusCode: 400, message: `bad request: ${message}` };
  const whole = await refusal(400, { error }, apiKey);
  const one = (await outcome({ error }, apiKey)).result.error!;
  const reasons = [whole, one].map(({ message: text }) => /^.*?: bad request: (.*)$/s.exec(text)?.[1]);
  expect(reasons[1]).toBe(reasons[0]);
  const parts = [secret, secret.slice(3, -3), base64(key).slice(4, -4), base64(secret).slice(4, -4)];
  for (const told of [whole, one]) {
    const text = JSON.stringify([told, told.message, told.stack]);
    for (const part of parts) expect(text).not.toContain(part);
  }
  return reasons[0]!;
}

describe('what a gateway echoes', () => {
  const echoes: [name: string, echo: string, shown: string][] = [
    ['the key', key, '***'],
    ['its secret', secret, '***'],
    ['its secret within a word', `x${secret}x`, 'x***x'],
    ['the header', `Authorization: Basic ${base64(key)}`, 'Authorization: Basic ***=='],
    ['the header in base64url', Buffer.from(key).toString('base64url'), '***'],
    ['the secret in base64', base64(secret), '***'],
    ['the secret in base64, behind three characters', base64(`abc${secret}d`), 'YWJj***ZA=='],
    ['the secret in base64, behind one character', base64(`a${secret}bc`), 'YV***WJj'],
    ['the secret in base64, behind two characters', base64(`aa${secret}b`), 'YWF***Vi'],
    ['the secret in base64, elsewhere', base64(`{"k":"${secret}"}`), 'eyJrIjoi***In0='],
    [
      'all of them, far behind',
      `${'x'.repeat(400)}${key} ${base64(key)} ${secret}`,
      `${'x'.repeat(400)}*** ***== ***`,
    ],
    [
      'the key, so often that it is cut',
      `${key.repeat(16)}---${key}`.padEnd(700, '-'),
      `${'***'.repeat(16)}---***`.padEnd(700 - 17 * (key.length - 3), '-'),
    ],
    ['the key, again and again', key.repeat(100), '***'.repeat(100)],
  ];
  test.each(echoes)('%s is struck out', async (_, echo, rest) => {
    expect(await shown(echo)).toBe(rest);
  });

  test('the padding of base64 does not hide a key', async () => {
    for (const [apiKey, encoded] of [
      ['a.b:secret', 'YS5iOnNlY3JldA=='],
      ['a.b:secrets', 'YS5iOnNlY3JldHM='],
      ['a.bc:secrets', 'YS5iYzpzZWNyZXRz'],
    ] as const) {
      expect(base64(apiKey)).toBe(encoded);
      const bare = encoded.replaceAll('=', '');
      expect(await shown(`${encoded} ${bare}`, apiKey)).toBe(`***${encoded.slice(bare.length)} ***`);
    }
  });

  // Three bytes are three whole characters of the base64 of a longer text, four are four or five.
  test('of a very short secret less is struck out, since it is in any text', async () => {
    const within = (text: string) => [base64(`x${text}y`), base64(`xx${text}y`)].join(' ');
    expect(within('abc')).toBe('eGFiY3k= eHhhYmN5');
    expect(await shown(within('abc'), 'a.b:abc')).toBe('eGFiY3k= eHhhYmN5');
    expect(within('abcd')).toBe('eGFiY2R5 eHhhYmNkeQ==');
    expect(await shown(within('abcd'), 'a.b:abcd')).toBe('eG***R5 eHh***eQ==');
  });

  test('a long text is cut to 500 characters', async () => {
    expect(await shown('x'.repeat(600))).toBe('x'.repeat(500 - 'bad request: '.length));
  });

  test.each<[shown: string, error: unknown]>([
    ['ECONNRESET', { cause: { code: 'ECONNRESET' } }],
    ['TimeoutError', Object.assign(new Error('x'), { name: 'TimeoutError' })],
    ['AbortError', new DOMException('x', 'AbortError')],
    ['TypeError', new TypeError('x')],
    ['unknown error', { cause: { code: `${secret}` }, name: secret }],
    ['unknown error', { cause: { code: 'X'.repeat(41) } }],
    ['unknown error', { cause: { code: 7 } }],
    ['unknown error', { name: { toString: () => secret } }],
    ['unknown error', new Proxy({}, { get: () => expect.unreachable() })],
    ['unknown error', undefined],
  ])('of an error of fetch only a well-known name is shown: %s (%#)', async (name, thrown) => {
    const send = () => Promise.reject(thrown);
    const targets = [{ clientId: 'a' }];
    const error = await errorOf(() => revokeAblyTokens(key, { targets }, { fetch: send }));
    expect(error).toMatchObject({
      code: 'ENDPOINT_FAILED',
      message: `No answer from https://main.realtime.ably.net (${name}).`,
      hint: 'Check that the host can be reached, and try again later.',
    });
  });
});

test('what a gateway says stays in one line, and does not act on a terminal', async () => {
  const message = 'a\r\nINFO all is well \u001b[2J\u009b\u202e';
  const error = await refusal(400, { error: { code: 40000, message } });
  expect(error.message).toBe(
    'Ably refused the revocation: a\\u000d\\u000aINFO all is well \\u001b[2J\\u009b\\u202e',
  );
});
