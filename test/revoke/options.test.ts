import { type RevokeAblyTokensOptions, revokeAblyTokens } from 'ably-jwt';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { errorOf, said } from '../support/errors.js';
import { key, secret } from '../support/tokens.js';
import { answers } from './support/answers.js';

describe('refused before anything is sent', () => {
  const targets = [{ clientId: 'a' }];
  const hour = 3_600_000;
  test.each<[name: string, options: unknown, transport: unknown, says: RegExp]>([
    ['no targets', { targets: [] }, {}, /"targets" must be a list of 1 to 100 targets, found a list of 0/],
    ['too many', { targets: Array(101).fill({ clientId: 'a' }) }, {}, /found a list of 101/],
    ['no list', { targets: { clientId: 'a' } }, {}, /found an object/],
    ['a list of holes', { targets: new Array(2) }, {}, /found undefined/],
    ['half a character', { targets: [{ clientId: '\ud800' }] }, {}, /"targets\.clientId".*lone surrogates/],
    [
      'a misspelt target',
      { targets: [{ clientID: 'a' }] },
      {},
      /^"targets" must be a list of \{ clientId \}, \{ revocationKey \} or \{ channel \}, one name in each, /,
    ],
    ['two names in a target', { targets: [{ clientId: 'a', channel: 'b' }] }, {}, /one name in each/],
    ['a string', { targets: ['clientId:a'] }, {}, /found "clientId:a"/],
    ['null in the list', { targets: [null] }, {}, /one name in each, found null/],
    ['nothing in a target', { targets: [{}] }, {}, /one name in each, found an object/],
    [
      'a target of another type',
      { targets: [{ channel: 7 }] },
      {},
      /^"targets\.channel" must be a string that is not empty, found the number 7/,
    ],
    ['an empty target', { targets: [{ clientId: '' }] }, {}, /"targets\.clientId".*an empty string/],
    ['the future', { targets, issuedBefore: new Date(Date.now() + hour) }, {}, /in the future/],
    ['long ago', { targets, issuedBefore: new Date(Date.now() - hour - 1000) }, {}, /more than one hour ago/],
    ['no Date', { targets, issuedBefore: Date.now() }, {}, /"issuedBefore" must be a valid Date/],
    [
      'a margin of another type',
      { targets, allowReauthMargin: 30 },
      {},
      /"allowReauthMargin" must be true or false/,
    ],
    [
      'an unknown option',
      { targets, issuedbefore: 1 },
      {},
      /^revokeAblyTokens: there is no option "issuedbefore"\. Did you mean "issuedBefore"/,
    ],
    ['plain http', { targets }, { endpoint: 'http://ably.example' }, /"endpoint" must be https/],
    ['no URL', { targets }, { endpoint: 'main' }, /"endpoint" must be a base URL/],
    ['no function', { targets }, { fetch: 'x' }, /"fetch" must be a function/],
    ['an unknown transport option', { targets }, { url: 'x' }, /^revokeAblyTokens: there is no option "url"/],
  ])('%s', async (_name, options, transport, says) => {
    const error = await errorOf(() =>
      revokeAblyTokens(key, options as RevokeAblyTokensOptions, transport as object),
    );
    expect(error.code).toBe('OPTION_INVALID');
    expect(said(error)).toMatch(says);
    expect(said(error)).not.toContain(secret);
  });
});

describe('the moment before which tokens are revoked', () => {
  const now = Date.UTC(2026, 0, 2, 3, 4, 5);
  const hour = 3_600_000;
  const send = (issuedBefore: number) => {
    vi.useFakeTimers({ toFake: ['Date'], now });
    onTestFinished(() => void vi.useRealTimers());
    const fetch = vi.fn(answers(201, { results: [{ issuedBefore: 1, appliesAt: 1 }] }));
    const options = { targets: [{ clientId: 'a' }], issuedBefore: new Date(issuedBefore) };
    return { fetch, call: () => revokeAblyTokens(key, options, { fetch }) };
  };

  test.each([now, now - hour])('may be %i', async (issuedBefore) => {
    const { fetch, call } = send(issuedBefore);
    await call();
    expect(JSON.parse(String(fetch.mock.calls[0]![1]!.body))).toEqual({
      targets: ['clientId:a'],
      issuedBefore,
    });
  });

  test.each([
    [now + 1, '"issuedBefore" is 2026-01-02T03:04:05.001Z, in the future.'],
    [now - hour - 1, '"issuedBefore" is 2026-01-02T02:04:04.999Z, more than one hour ago.'],
  ])('may not be %i', async (issuedBefore, message) => {
    const { fetch, call } = send(issuedBefore);
    expect(await errorOf(call)).toMatchObject({
      code: 'OPTION_INVALID',
      message,
      hint: 'Tokens that can be revoked are valid for one hour at most, so older ones have expired. Leave it out for now.',
    });
    expect(fetch).not.toHaveBeenCalled();
  });
});

test('a hundred targets are sent in one request', async () => {
  const targets = Array.from({ length: 100 }, (_, n) => ({ clientId: String(n) }));
  const fetch = vi.fn(answers(201, { results: [] }));
  expect((await revokeAblyTokens(key, { targets }, { fetch })).failureCount).toBe(100);
  expect(fetch).toHaveBeenCalledTimes(1);
});

describe('the key is sent', () => {
  test.each([
    'https://ably.example',
    'http://localhost:8000',
    'http://127.0.0.1',
    'http://127.10.20.30',
    'http://[::1]:8000/',
  ])('to %s', async (endpoint) => {
    const fetch = vi.fn(answers(201, { results: [] }));
    await revokeAblyTokens(key, { targets: [{ clientId: 'a' }] }, { endpoint, fetch });
    expect(String(fetch.mock.calls[0]![0])).toBe(
      `${new URL(endpoint).origin}/keys/appId1.keyId/revokeTokens`,
    );
  });

  test.each([
    ['http://ably.example', 'http:'],
    ['http://localhost.example', 'http:'],
    ['http://not-localhost', 'http:'],
    ['http://127.0.0.1.example', 'http:'],
    ['http://128.0.0.1', 'http:'],
    ['ftp://localhost', 'ftp:'],
    ['file:///etc', 'file:'],
  ])('never to %s', async (endpoint, protocol) => {
    const fetch = vi.fn(answers(201, { results: [] }));
    const error = await errorOf(() =>
      revokeAblyTokens(key, { targets: [{ clientId: 'a' }] }, { endpoint, fetch }),
    );
    expect(error).toMatchObject({
      code: 'OPTION_INVALID',
      message: `"endpoint" must be https, found "${protocol}": the request carries the API key.`,
    });
    expect(fetch).not.toHaveBeenCalled();
  });
});

test('a token in place of the key: the error says how to call', async () => {
  const token = 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln';
  const error = await errorOf(() => revokeAblyTokens(token, { targets: [{ clientId: 'a' }] }));
  expect(error.code).toBe('KEY_MALFORMED');
  expect(error.message).toBe(
    '"key" must be an Ably API key, appId.keyId:secret; it is a JWT, a token that a key has signed. Call revokeAblyTokens(key, options), in this order.',
  );
});
