import { describe, expect, test } from 'vitest';
import { outcome, refusal } from './support/answers.js';

const enable =
  'Enable revocable tokens for this key in the Ably dashboard, and sign with { revocable: true }.';

test.each([
  [40000, 400, 'Ably could not read the request or the target.'],
  [40101, 401, 'The secret is not that of the key.'],
  [40121, 400, 'Ably has to enable channel targets for your account: ask its support.'],
  [40133, 401, 'Revoke with the key that signed the tokens.'],
  [40162, 401, 'Revoking takes the API key; a token is not enough.'],
  [40163, 401, enable],
  [40164, 401, enable],
  [40400, 404, "Ably doesn't know the key. It is of another cluster, or was deleted."],
  [42910, 429, 'Too many requests: wait, and send up to 100 targets in one request.'],
  [50000, 500, undefined],
])(
  'Ably’s %i is passed on and explained, for the request or for one target',
  async (code, statusCode, hint) => {
    const error = { code, statusCode, message: 'no' };
    const expected = {
      code: 'ENDPOINT_FAILED',
      ablyCode: code,
      statusCode,
      ...(hint === undefined ? {} : { hint }),
    };
    const href = `https://help.ably.io/error/${code}`;
    expect(await refusal(statusCode, { error })).toMatchObject({
      ...expected,
      href,
      message: 'Ably refused the revocation: no',
    });
    const { result, ...counts } = await outcome({ error });
    expect(counts).toEqual({ successCount: 0, failureCount: 1 });
    expect(result.target).toEqual({ clientId: 'a' });
    expect(result.error).toMatchObject({
      ...expected,
      href,
      message: 'Ably did not revoke "clientId:a": no',
    });
  },
);

test.each([[{}], ['no'], [7], [{ code: '40101', statusCode: '401', message: 7 }], [{ message: '' }]])(
  'of the error %j nothing is made up',
  async (error) => {
    const told = await refusal(503, { error });
    expect(told).toMatchObject({
      code: 'ENDPOINT_FAILED',
      statusCode: 503,
      message: 'Ably refused the revocation: without a reason',
    });
    expect(told.hint).toBeUndefined();
  },
);

describe('an answer that is none of Ably’s', () => {
  test.each([
    ['null', 'null'],
    ['a text', '"results"'],
    ['a list', []],
    ['HTML', '<html>'],
    ['nothing', ''],
    ['results that are no list', { results: { 0: {} } }],
  ])('%s', async (_, body) => {
    expect(await refusal(200, body)).toMatchObject({
      code: 'ENDPOINT_FAILED',
      statusCode: 200,
      message: 'https://main.realtime.ably.net answered HTTP 200 without an Ably error.',
      hint: 'Check that "endpoint" is the base URL of Ably\'s REST API.',
    });
  });

  test('results with a status of failure', async () => {
    const { message } = await refusal(502, { results: [{ issuedBefore: 1, appliesAt: 1 }] });
    expect(message).toBe('https://main.realtime.ably.net answered HTTP 502 without an Ably error.');
  });

  test('more than 1 MiB', async () => {
    expect(await refusal(200, 'x'.repeat(1_048_577))).toMatchObject({
      code: 'ENDPOINT_FAILED',
      statusCode: 200,
      message:
        'https://main.realtime.ably.net answered HTTP 200 with more than 1 MiB, of which nothing was used.',
      hint: 'Check that "endpoint" is the base URL of Ably\'s REST API.',
    });
    const padded = `{"error":{"message":"no"}}${' '.repeat(1_048_576)}`.slice(0, 1_048_576);
    expect((await refusal(400, padded)).message).toBe('Ably refused the revocation: no');
  });
});

describe('a result is a success with two times', () => {
  const last = 8.64e15;
  test.each([
    [{ issuedBefore: 0, appliesAt: last }, true],
    [{ issuedBefore: -last, appliesAt: 1 }, true],
    [{ issuedBefore: 1 }, false],
    [{ appliesAt: 1 }, false],
    [{ issuedBefore: '1', appliesAt: 1 }, false],
    [{ issuedBefore: 1, appliesAt: null }, false],
    [{ issuedBefore: 1, appliesAt: last + 1 }, false],
    [{ issuedBefore: Number.POSITIVE_INFINITY, appliesAt: 1 }, false],
    [{ issuedBefore: 1, appliesAt: 1, error: null }, true],
    [{ issuedBefore: 1, appliesAt: 1, error: {} }, false],
  ])('%j: %s', async (given, success) => {
    const { successCount, failureCount, result } = await outcome(given);
    expect([successCount, failureCount]).toEqual(success ? [1, 0] : [0, 1]);
    if (success) {
      const { issuedBefore, appliesAt } = given as { issuedBefore: number; appliesAt: number };
      expect(result).toEqual({
        target: { clientId: 'a' },
        issuedBefore: new Date(issuedBefore),
        appliesAt: new Date(appliesAt),
      });
    } else expect(result.error?.message).toBe('Ably did not revoke "clientId:a": without a reason');
  });
});
