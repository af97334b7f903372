import { explainAblyJwt, verifyAblyJwt } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/errors.js';
import { issuedAt, key, rawJwt } from '../support/tokens.js';

const jwt = rawJwt();
const [header, payload, signature] = jwt.split('.') as [string, string, string];
const cut = 'Was it cut off when it was copied?';

describe('what is pasted in place of a token', () => {
  test.each<[name: string, pasted: string, problem: string, hint?: string]>([
    ['nothing', '', 'is empty.', 'Did the endpoint answer without a body?'],
    ['white space', ' \n', 'is empty.', 'Did the endpoint answer without a body?'],
    ['a header', `bearer ${jwt}`, 'is an Authorization header.', 'Remove "Bearer " in front of the token.'],
    [
      'a whole header line',
      `Authorization: Bearer ${jwt}`,
      'is an Authorization header.',
      'Remove "Bearer " in front of the token.',
    ],
    ['a new line', `${jwt}\n`, 'has white space around it.', 'Trim it.'],
    ['quotes', `"${jwt}"`, 'is in quotes.', 'Remove them. Was it sent as JSON?'],
    ['quotes and space', ` '${jwt}'`, 'is in quotes.', 'Remove them. Was it sent as JSON?'],
    [
      'an API key',
      key,
      'is an API key, not a token.',
      'Sign a token with the key on your server. If this key reached a client, revoke it.',
    ],
    ['more than an API key', `${key}+`, 'has 2 parts; a JWT has three, with dots between them.', cut],
    ['a path before an API key', `/${key}`, 'has 2 parts; a JWT has three, with dots between them.', cut],
    [
      'JSON',
      ` {"token":1}`,
      'is JSON, not a compact JWT.',
      'Pass the token itself: of TokenDetails, the member "token".',
    ],
    ['a word and JSON', 'x{}', 'has 1 part; a JWT has three, with dots between them.', cut],
    ['HTML', '\n<html>', 'is HTML.', 'Did the endpoint redirect to a login page?'],
    ['a word and HTML', 'a<b>', 'has 1 part; a JWT has three, with dots between them.', cut],
    ['space in front', ' word', 'has white space around it.', 'Trim it.'],
    ['a new line behind', 'word\n', 'has white space around it.', 'Trim it.'],
    ['two words', 'two words', 'has 1 part; a JWT has three, with dots between them.', cut],
    [
      'an Ably Token',
      'appId1.opaque-1',
      'looks like an Ably Token, which is opaque: only Ably can read it.',
      'Pass an Ably JWT.',
    ],
    ['the word bearer within', 'a bearer x', 'has 1 part; a JWT has three, with dots between them.', cut],
  ])('%s', async (_, pasted, problem, hint) => {
    const error = await errorOf(() => verifyAblyJwt(pasted, key));
    expect(error.code).toBe('TOKEN_MALFORMED');
    expect(error.message).toBe(`The token ${problem}`);
    expect(error.hint).toBe(hint);
  });
});

describe('a part that is not base64url', () => {
  const plain = 'It is plain base64: use base64url, with - and _ in place of + and /, and without =.';
  const wrapped = 'There is white space in it. Was the token wrapped over several lines?';
  test.each<[name: string, part: string, hint: string | undefined]>([
    ['plain base64', 'a+b/', plain],
    ['padded base64', 'YWI=', plain],
    ['doubly padded base64', 'YQ==', plain],
    ['wrapped', 'YW\nI', wrapped],
    ['wrapped plain base64', 'a+\nb/', wrapped],
    ['too much padding', 'YQ===', undefined],
    ['another character', '!a+b', undefined],
    ['a character behind', 'a+b!', undefined],
    ['a word that is too short', 'a', undefined],
  ])('%s', async (_, part, hint) => {
    for (const [token, name] of [
      [`${part}.${payload}.${signature}`, 'header'],
      [`${header}.${part}.${signature}`, 'payload'],
      [`${header}.${payload}.${part}`, 'signature'],
    ] as const) {
      const error = await errorOf(() => verifyAblyJwt(token, key));
      expect(error.message).toMatch(new RegExp(`^The token has a ${name} that is not base64url`));
      expect(error.hint).toBe(hint);
    }
  });
});

describe('what is pasted around a token', () => {
  const findings = async (pasted: string) =>
    (await explainAblyJwt(pasted, key, { currentDate: issuedAt })).map(({ code }) => code);

  test.each([
    `"${jwt}"`,
    `'${jwt}'`,
    `\`${jwt}\``,
    ` ${jwt}\n`,
    `bearer  ${jwt}`,
    `Authorization:Bearer ${jwt}`,
    `authorization:  Bearer ${jwt}`,
    `"Bearer ${jwt}"`.slice(1, -1),
    `{"token":"${jwt}"}`,
    `{ "issued": 1, "token" : "${jwt}", "expires": 2 }`,
    ` "${jwt}" `,
  ])('is told, and the token judged: %#', async (pasted) => {
    // The token itself is faultless.
    expect(await findings(pasted)).toEqual(['TOKEN_MALFORMED']);
    // One with a fault of its own shows that it was read.
    const late = pasted.replace(jwt, rawJwt({ header: { alg: 'none', typ: 'JWT' } }));
    expect(await findings(late)).toContain('ALG_NOT_ALLOWED');
  });

  test.each([`'${jwt}"`, `{"token":"${jwt}"`, `x {"token":"${jwt}"}`, `see ${jwt}`])(
    'is not cut off where it is more than that: %#',
    async (pasted) => {
      const late = pasted.replace(jwt, rawJwt({ header: { alg: 'none', typ: 'JWT' } }));
      expect(await findings(late)).not.toContain('ALG_NOT_ALLOWED');
    },
  );
});
