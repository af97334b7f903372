import { inspect } from 'node:util';
import { AblyKey, createAblyJwt, createAuthEndpoint, parseAblyKey, verifyAblyJwt } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { errorOf, said } from '../support/errors.js';
import { key, keyName, secret } from '../support/tokens.js';

describe('parseAblyKey', () => {
  test('gives the name and its parts', () => {
    expect(parseAblyKey(key)).toMatchObject({ name: 'appId1.keyId', appId: 'appId1', keyId: 'keyId' });
    expect(parseAblyKey('a-_1.B-_2:c-_3')).toMatchObject({ name: 'a-_1.B-_2', appId: 'a-_1', keyId: 'B-_2' });
  });

  test('gives an object that can not be changed', () => {
    const parsed = parseAblyKey(key);
    expect(parsed).toBeInstanceOf(AblyKey);
    expect(Object.isFrozen(parsed)).toBe(true);
  });

  test.each([
    ['JSON', (parsed: AblyKey) => JSON.stringify(parsed)],
    ['string', (parsed: AblyKey) => `${parsed}`],
    ['inspection', (parsed: AblyKey) => inspect(parsed, { showHidden: true, depth: 9 })],
    ['property', (parsed: AblyKey) => Reflect.ownKeys(parsed).map((name) => Reflect.get(parsed, name))],
    ['clone', (parsed: AblyKey) => inspect(structuredClone(parsed))],
    ['copy', (parsed: AblyKey) => inspect({ ...parsed })],
  ])('hides the secret from %s', (_, look) => {
    expect(String(look(parseAblyKey(key)))).not.toContain(secret);
  });
});

// Each mistake, and the words that tell it. None may repeat a part of the secret.
const mistakes: [name: string, key: unknown, words: RegExp][] = [
  ['nothing: undefined', undefined, /it is undefined.*ABLY_API_KEY set\?/],
  ['nothing: null', null, /it is null.*ABLY_API_KEY set\?/],
  ['nothing: empty', '', /it is empty.*ABLY_API_KEY set\?/],
  ['only white space', ' \n', /only white space.*ABLY_API_KEY set\?/],
  [
    'the text of a missing value',
    'undefined',
    /the text "undefined": a missing variable was put into a string.*ABLY_API_KEY set\?/,
  ],
  ['a space in front', ` ${key}`, /white space before it/],
  ['a space at the end', `${key} `, /white space or a new line at its end/],
  ['a new line at the end', `${key}\n`, /new line at its end/],
  ['a carriage return at the end', `${key}\r\n`, /new line at its end/],
  ['a byte order mark', `\ufeff${key}`, /white space before it/],
  ['double quotes', `"${key}"`, /in quotes/],
  ['single quotes', `'${key}'`, /in quotes/],
  ['back quotes and spaces', ` \`${key}\` `, /in quotes/],
  ['one quote', `"${key}`, /a quote at one end/],
  ['one quote at the end', `${key}'`, /a quote at one end/],
  ['quotes around a part only', `a"${key}"`, /a quote at one end/],
  ['a line of .env', `ABLY_API_KEY=${key}`, /line of an \.env file/],
  ['an exported line of .env', `export  ABLY_API_KEY="${key}"`, /line of an \.env file/],
  ['two keys with a comma', `${key},${key}`, /2 keys/],
  ['two keys with a comma and a space', `${key}, ${key}`, /2 keys/],
  ['a key and a word', `${key} secret`, /character 38 of 44/],
  ['three keys on lines', `${key}\n${key}\n${key}`, /3 keys/],
  ['an Authorization header', `Bearer ${key}`, /Authorization header/],
  ['a Basic header', `Basic ${btoa(key)}`, /Authorization header/],
  ['JSON', JSON.stringify({ key }), /it is JSON/],
  ['JSON with space around it', ` ${JSON.stringify([key])}\n`, /it is JSON/],
  ['the start of JSON', `{"key":1`, /placeholder/],
  ['the end of JSON', `a"}`, /placeholder/],
  ['JSON and more', `["a"]x`, /character 1 of 6/],
  ['a word in front of JSON', `x["a"]`, /character 2 of 6/],
  ['a JWT', `eyJhbGciOiJIUzI1NiJ9.eyJpYXQiOjF9.${secret}`, /it is a JWT/],
  ['a URL', `https://main.realtime.ably.net/?key=${key}`, /it is a URL/],
  ['an encoded colon', `${keyName}%3A${secret}`, /percent-encoded/],
  ['a placeholder', 'your-api-key', /placeholder/],
  ['a placeholder in brackets', '<your key>', /placeholder/],
  ['a placeholder of a template', '$' + '{ABLY_API_KEY}', /placeholder/],
  ['a placeholder without spaces', 'APIKEY', /placeholder/],
  ['another placeholder', 'changeme', /placeholder/],
  ['a template of another kind', `{${key}}`, /placeholder/],
  ['only the name', keyName, /only a key name/],
  ['only the name and the colon', `${keyName}:`, /only a key name/],
  ['no key id', `appId1:${secret}`, /no dot/],
  ['only the secret', secret, /neither dot nor colon/],
  ['two colons', `${keyName}:${secret}:x`, /more than one colon/],
  ['another character', `${keyName}:${secret}+`, /character 38 of 38/],
  ['a letter beyond ASCII', `äppId.keyId:${secret}`, /character 1 of 36/],
  ['three name parts', `a.b.c:${secret}`, /30 characters of another form/],
  // Close to a case above, but not it.
  ['quotes around the name only', `"${keyName}":${secret}`, /a quote at one end/],
  ['quotes around the secret, and more', `${keyName}:"${secret}"!`, /character 14 of 40/],
  ['a word in front of a header', `my Basic ${secret}`, /character 3 of 33/],
  ['a word in front of a URL', `a.b:https://${secret}`, /more than one colon/],
  ['a word in front of a JWT', `xeyJhbGci.eyJpYXQi.${secret}`, /43 characters of another form/],
  ['more than a JWT', `eyJhbGci.eyJpYXQi.${secret}.x`, /44 characters of another form/],
  ['an encoded colon behind three parts', `a.b.c%3A${secret}`, /character 6 of/],
  ['an encoded colon with more behind it', `a.b%3A${secret}:x`, /character 4 of/],
  ['three parts and no colon', 'a.b.c', /5 characters of another form/],
  ['a dot in the secret only', `appId1:a.${secret}`, /another form/],
  ['a word that only begins like a missing value', 'undefined1', /neither dot nor colon/],
  ['a word that only ends like a missing value', 'isnull', /neither dot nor colon/],
  ['an object', { key }, /found an object/],
  ['a number', 42, /found the number 42/],
  ['an array', [key], /found an array/],
  ['a boxed string', new String(key), /object of class String/],
  ['a key of another copy', { name: keyName, appId: 'appId1', keyId: 'keyId' }, /this copy of ably-jwt/],
];

describe('a key that was pasted wrongly', () => {
  test.each(mistakes)('%s', async (_, wrong, words) => {
    const error = await errorOf(() => parseAblyKey(wrong as string));
    expect(error).toMatchObject({ code: 'KEY_MALFORMED', name: 'AblyJwtError' });
    expect(error.message).toMatch(/^"key" must be an Ably API key, appId\.keyId:secret; /);
    expect(error.message).toMatch(words);
    if (typeof wrong === 'object' && wrong !== null && 'keyId' in wrong) expect(error.hint).toBeUndefined();
    else expect(error.hint).toContain('ABLY_API_KEY');
    expect(error).not.toHaveProperty('ablyCode');
    expect(error).not.toHaveProperty('statusCode');
    // Not even four characters of the secret in a row.
    for (let i = 0; i + 4 <= secret.length; i++) expect(said(error)).not.toContain(secret.slice(i, i + 4));
  });

  test.each(mistakes)('rejects wherever a key is taken: %s', async (_, wrong) => {
    const options = { capability: 'inherit' } as const;
    expect((await errorOf(() => createAblyJwt(wrong as string, options))).code).toBe('KEY_MALFORMED');
    if (Array.isArray(wrong)) return;
    expect((await errorOf(() => verifyAblyJwt('a.b.c', wrong as string))).code).toBe('KEY_MALFORMED');
  });
});

test('the argument that is no text is told with the call that was meant', async () => {
  expect((await errorOf(() => parseAblyKey({} as string))).message).toContain(
    'found an object. Call parseAblyKey(key), in this order.',
  );
  expect((await errorOf(() => createAuthEndpoint({} as string, () => null))).message).toContain(
    'found an object. Call createAuthEndpoint(key, authorize), in this order.',
  );
});

test('a key is judged anew when another one was used before', async () => {
  const other = 'appId1.other:another-secret';
  const jwts: string[] = [];
  for (const k of [key, other, key]) jwts.push(await createAblyJwt(k, { capability: 'inherit' }));
  await expect(verifyAblyJwt(jwts[1]!, other)).resolves.toMatchObject({ keyName: 'appId1.other' });
  await expect(verifyAblyJwt(jwts[2]!, key)).resolves.toMatchObject({ keyName });
  expect((await errorOf(() => verifyAblyJwt(jwts[0]!, 'appId1.keyId:wrong-secret'))).code).toBe(
    'SIGNATURE_INVALID',
  );
});
