import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/errors.js';
import { verify } from '../support/faults.js';
import { base64url, goodHeader, goodPayload, hmac, iat, rawJwt } from '../support/tokens.js';

// What JOSE libraries let pass. Two parsers that read such a token differently are a hole.

const good = rawJwt();
const [headerPart = '', payloadPart = '', signature = ''] = good.split('.');
const signed = (header: string, payload: string) => `${header}.${payload}.${hmac(`${header}.${payload}`)}`;

/** The same bytes, written with a bit set that decoders ignore. */
function withSpareBit(part: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const changed = part.slice(0, -1) + alphabet[alphabet.indexOf(part.at(-1)!) + 1];
  expect(Buffer.from(changed, 'base64url')).toEqual(Buffer.from(part, 'base64url'));
  return changed;
}
/** Base64url of JSON whose length leaves spare bits in the last character. */
const unaligned = (object: object) => {
  let text = JSON.stringify(object);
  while (text.length % 3 === 0) text += ' ';
  return base64url(text);
};
const bytes = (...values: number[]) => Buffer.from(values).toString('base64url');

describe('base64url', () => {
  test.each([
    ['padding of the header', signed(`${unaligned(goodHeader)}=`, payloadPart)],
    ['padding of the payload', signed(headerPart, `${unaligned(goodPayload)}==`)],
    ['padding of the signature', `${good}=`],
    ['spare bits of the header', signed(withSpareBit(unaligned(goodHeader)), payloadPart)],
    ['spare bits of the payload', signed(headerPart, withSpareBit(unaligned(goodPayload)))],
    ['spare bits of the signature', `${headerPart}.${payloadPart}.${withSpareBit(signature)}`],
    [
      'plain base64 in the payload',
      signed(headerPart, base64url(JSON.stringify({ ...goodPayload, a: '>>>???' })).replace(/[-_]/g, '+')),
    ],
    ['a new line at the end', `${good}\n`],
    ['a new line in the payload', signed(headerPart, `${payloadPart.slice(0, 8)}\n${payloadPart.slice(8)}`)],
    ['a space in the header', signed(`${headerPart} `, payloadPart)],
    ['a space in front', ` ${good}`],
    ['a letter beyond ASCII', signed(headerPart, `${payloadPart}ä`)],
    [
      'a length that no bytes have',
      signed(headerPart, `${payloadPart}${'A'.repeat(5 - (payloadPart.length % 4))}`),
    ],
    ['an empty header', signed('', payloadPart)],
    ['an empty payload', signed(headerPart, '')],
  ])('%s is refused', async (_, jwt) => {
    expect(await errorOf(() => verify(jwt))).toMatchObject({ code: 'TOKEN_MALFORMED', ablyCode: 40144 });
  });

  test.each([
    ['two bytes too many', `${unaligned(goodHeader)}`],
    ['aligned', headerPart],
  ])('the last character may be any that has no spare bits (%s)', async (_, header) => {
    await expect(verify(signed(header, payloadPart))).resolves.toBeTruthy();
  });

  test.each([
    ['=', /plain base64: use base64url.*without =/],
    ['\n', /Trim it/],
  ])('says what %j is', async (added, hint) => {
    expect((await errorOf(() => verify(`${good}${added}`))).hint).toMatch(hint);
  });
});

describe('UTF-8', () => {
  test.each([
    ['a byte order mark', base64url(`\ufeff${JSON.stringify(goodPayload)}`)],
    ['bytes that are no UTF-8', bytes(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)],
    ['an overlong encoding', bytes(0x7b, 0x22, 0xc0, 0xa2, 0x22, 0x3a, 0x31, 0x7d)],
    ['half of a character as bytes', bytes(0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d)],
  ])('%s is refused', async (_, payload) => {
    expect((await errorOf(() => verify(signed(headerPart, payload)))).code).toBe('TOKEN_MALFORMED');
  });

  test('all of Unicode passes', async () => {
    const sub = '\u0000 é 東京 😀 \u{10ffff} \u2028';
    await expect(verify(rawJwt({ payload: { ...goodPayload, sub } }))).resolves.toMatchObject({
      claims: { sub },
    });
  });
});

describe('JSON', () => {
  const claims = (text: string) => rawJwt({ payload: `{"iat":${iat},"exp":${iat + 60}${text}}` });
  const header = (text: string) => rawJwt({ header: `{"alg":"HS256","kid":"appId1.keyId"${text}}` });

  test.each([
    ['a claim twice', claims(',"a":1,"a":1'), /payload that has a name that occurs twice/],
    ['a claim twice, once escaped', claims(',"ab":1,"\\u0061b":2'), /occurs twice/],
    ['exp twice', claims(`,"exp":${iat + 70}`), /occurs twice/],
    ['__proto__ twice', claims(',"__proto__":1,"__proto__":2'), /occurs twice/],
    ['a name twice deeper inside', claims(',"a":[{"b":{"c":1,"c":2}}]'), /occurs twice/],
    ['kid twice', header(',"kid":"appId1.keyId"'), /header that has a name that occurs twice/],
    ['half of a character', claims(',"a":["\\ud83d"]'), /lone surrogate/],
    ['half of a character in a name', claims(',"a":{"\\udc00":1}'), /name with a lone surrogate/],
    ['a number beyond all', claims(',"a":1e999'), /number too large to be finite/],
    ['an endless exp', rawJwt({ payload: `{"iat":${iat},"exp":1e999}` }), /number too large to be finite/],
    ['a negative number beyond all', header(',"a":[-1e999]'), /number too large to be finite/],
    [
      'nesting without end',
      claims(`,"a":${'['.repeat(100)}${']'.repeat(100)}`),
      /nested more than 100 levels/,
    ],
    ['a comma too many', claims(','), /not JSON/],
    ['a comment', claims('/**/'), /not JSON/],
    ['something behind', rawJwt({ payload: `${JSON.stringify(goodPayload)}{}` }), /not JSON/],
    ['a string', rawJwt({ payload: '"x"' }), /is JSON, but "x" instead of an object/],
    ['null', rawJwt({ header: 'null' }), /is JSON, but null instead of an object/],
  ])('%s is refused', async (_, jwt, words) => {
    const error = await errorOf(() => verify(jwt));
    expect(error.code).toBe('TOKEN_MALFORMED');
    expect(error.message).toMatch(words);
  });

  test.each([
    ['the same name in different objects', claims(',"a":{"x":1},"b":{"x":1,"a":2},"x":[{"x":1},{"x":2}]')],
    ['a colon behind a string', claims(',"a":"b:","c\\":":"\\\\","\\\\":": {\\"a\\":1,\\"a\\":2}"')],
    ['white space', rawJwt({ payload: ` {\n\t"iat" : ${iat} ,"exp" :${iat + 60}} ` })],
    ['a number that is exactly nothing', claims(',"a":1e-999')],
    ['nesting as deep as it may be', claims(`,"a":${'['.repeat(99)}${']'.repeat(99)}`)],
    ['a very long string', claims(`,"a":"${'\\"'.repeat(20_000)}"`)],
    ['no typ', header('')],
    ['another typ', header(',"typ":"at+jwt"')],
    ['more in the header', header(',"cty":"x","n":{"o":1}')],
  ])('%s passes', async (_, jwt) => {
    await expect(verify(jwt)).resolves.toMatchObject({ keyName: 'appId1.keyId' });
  });
});
