import { explainAblyJwt, verifyAblyJwt } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/errors.js';
import { base64url, issuedAt, key, rawJwt } from '../support/tokens.js';

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
    [
      'a header after a space',
      ` bearer ${jwt}`,
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

test('a Promise of a token: it was not awaited', async () => {
  const error = await errorOf(() => verifyAblyJwt(Promise.resolve(jwt) as unknown as string, key));
  expect(error.message).toBe('The token is a Promise.');
  expect(error.hint).toBe('Put "await" in front of it.');
});

describe('a part that is not JSON', () => {
  const object = 'It is "[object Object]": an object was encoded without JSON.stringify.';
  test.each<[text: string, hint: string | undefined]>([
    ['[object Object]', object],
    ['"[object Object]"', object],
    ['[object Promise]', object],
    ['see [object Object]', undefined],
    ['[object Object] x', undefined],
  ])('%j', async (text, hint) => {
    const error = await errorOf(() => verifyAblyJwt(rawJwt({ payload: text }), key));
    expect(error.code).toBe('TOKEN_MALFORMED');
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
      const content = name === 'signature' ? '' : ' of UTF-8 text';
      expect(error.message).toBe(`The token has a ${name} that is not base64url${content}.`);
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
    `" ${jwt} "`,
  ])('is told, and the token judged: %#', async (pasted) => {
    // The token itself is faultless.
    expect(await findings(pasted)).toEqual(['TOKEN_MALFORMED']);
    // One with a fault of its own shows that it was read.
    const late = pasted.replace(jwt, rawJwt({ header: { alg: 'none', typ: 'JWT' } }));
    expect(await findings(late)).toContain('ALG_NOT_ALLOWED');
  });

  test.each([`'${jwt}"`, `{"token":"${jwt}"`, `x {"token":"${jwt}"}`, `{"token":["${jwt}"]}`, `see ${jwt}`])(
    'is not cut off where it is more than that: %#',
    async (pasted) => {
      const late = pasted.replace(jwt, rawJwt({ header: { alg: 'none', typ: 'JWT' } }));
      expect(await findings(late)).not.toContain('ALG_NOT_ALLOWED');
    },
  );

  test('is read as text where it holds a list of tokens', async () => {
    const found = await explainAblyJwt(`{"token":["${jwt}"]}`, key, { currentDate: issuedAt });
    expect(found.map(({ message }) => message)).not.toContain('The token must be a string, found an array.');
  });

  test('is told of an encrypted token too, and the token in it judged', async () => {
    const inner = rawJwt({ header: { alg: 'none', typ: 'JWT' } });
    const clear = { alg: 'dir', enc: 'A256GCM', 'x-ably-token': inner };
    const jwe = `${base64url(JSON.stringify(clear))}..aXYx.Y2lwaGVy.dGFn`;
    expect(await findings(`"${jwe}"`)).toEqual(['TOKEN_MALFORMED', ...(await findings(jwe))]);
    expect(await findings(jwe)).toContain('ALG_NOT_ALLOWED');
  });

  test('is not looked for where the whole is longer than a token may be', async () => {
    const unsigned = rawJwt({ header: { alg: 'none', typ: 'JWT!' } }).replace(/[^.]+$/, '');
    const late = unsigned + 'A'.repeat(131_072 - unsigned.length - 1);
    expect(await findings(` ${late}`)).toContain('ALG_NOT_ALLOWED');
    expect(await findings(`  ${late}`)).toEqual(['TOKEN_MALFORMED']);
  });
});
