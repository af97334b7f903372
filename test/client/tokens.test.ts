import { createAuthCallback } from 'ably-jwt/client';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { goodPayload, iat, rawJwt } from '../support/tokens.js';
import { ask, endpoint, failure, jwt } from './support/asking.js';

afterEach(() => vi.unstubAllGlobals());

const details = (token: string, more: object = {}) => ({
  token,
  issued: iat * 1000,
  expires: (iat + 3600) * 1000,
  capability: '{"chat:*":["subscribe"]}',
  keyName: 'appId1.keyId',
  ...more,
});

describe('a JWT is handed over with what it says', () => {
  test('issue, expiry, rights, key', async () => {
    const token = jwt();
    expect(await ask(() => token)).toEqual({ error: null, token: details(token) });
  });

  test.each(['alice', 'Žofia 😀', 'ÿþ?>~/+', '*', '{"a":"b"}'])('clientId %s', async (clientId) => {
    const token = jwt({ 'x-ably-clientId': clientId });
    const { url } = await endpoint({ body: token });
    for (const source of [url, () => token, async () => token]) {
      expect((await ask(source)).token).toEqual(details(token, { clientId }));
    }
  });

  test('in whatever base64url', async () => {
    // Payloads of all lengths, with the two characters that differ between base64 and base64url.
    for (const clientId of ['>?>?>?', '>?>?>?>', '>?>?>?>?', '~~~~~ÿÿÿÿÿ']) {
      const token = jwt({ 'x-ably-clientId': clientId });
      expect((await ask(() => token)).token).toMatchObject({ clientId });
    }
  });

  test('times with fractions', async () => {
    const token = jwt({ iat: 1.5, exp: 2.25 });
    expect((await ask(() => token)).token).toMatchObject({ issued: 1500, expires: 2250 });
  });

  test('also to a caller that says nothing about itself', async () => {
    const token = jwt();
    const called = vi.fn();
    await createAuthCallback(() => token)(undefined as never, called);
    expect(called).toHaveBeenCalledExactlyOnceWith(null, details(token));
  });

  test('without rights of its own, which are those of its key', async () => {
    const token = jwt({ 'x-ably-capability': undefined });
    expect((await ask(() => token)).token).toEqual(details(token, { capability: undefined }));
  });

  test('also without TextDecoder, which React Native and jsdom lack', async () => {
    vi.stubGlobal('TextDecoder', undefined);
    const token = jwt({ 'x-ably-clientId': 'Žofia 😀' });
    expect((await ask(() => token)).token).toMatchObject({ clientId: 'Žofia 😀' });
  });
});

describe('a token that cannot be read here is handed over as text', () => {
  test.each([
    ["Ably's own", 'xVLyHw.A-pwh7wicf3afTfgiw4k2Ku33kcnSA7z6y8FjuYpe3QaNRTEo4'],
    ['a JWE', `${Buffer.from('{"alg":"dir","enc":"A256GCM"}').toString('base64url')}..aXY.Y2lwaGVy.dGFn`],
    ['a JWE with a wrapped key', 'eyJhbGciOiJSU0EtT0FFUCJ9.a2V5.aXY.Y2lwaGVy.dGFn'],
    ['with a payload that is no JSON', 'eyJhbGciOiJIUzI1NiJ9.bm8ganNvbg.c2ln'],
    ['with a payload that is no object', rawJwt({ payload: '5' })],
    ['with a payload that is null', rawJwt({ payload: 'null' })],
    ['with a header that is null', rawJwt({ header: 'null' })],
    ['with a payload that is no UTF-8', 'eyJhbGciOiJIUzI1NiJ9.InsieCI6Iv8ifSI.c2ln'],
    ['without an issue', jwt({ iat: undefined })],
    ['without an expiry', jwt({ exp: undefined })],
    ['that expires when it is issued', jwt({ exp: iat })],
    ['with an expiry that is none', jwt({ exp: 'tomorrow' })],
    ['with padding and plain base64, for Ably to judge', 'a+/b==.c+/d==.e+/f=='],
  ])('%s', async (_, token) => {
    const { url } = await endpoint({ body: token });
    for (const source of [url, () => token]) expect(await ask(source)).toEqual({ error: null, token });
  });

  test('any, where there is no atob', async () => {
    vi.stubGlobal('atob', undefined);
    const token = jwt();
    expect(await ask(() => token)).toEqual({ error: null, token });
  });
});

describe('a token is unwrapped', () => {
  const token = jwt({ 'x-ably-clientId': 'alice' });
  const expected = details(token, { clientId: 'alice' });
  const own = 'appId.own-token';
  test.each([
    ['from white space', ` \r\n${token}\n`, expected],
    ['from quotes', JSON.stringify(token), expected],
    ['from quotes in white space, in white space', ` ${JSON.stringify(` ${token}\n`)} `, expected],
    ['from an envelope', JSON.stringify({ token }), expected],
    ['from an envelope with more', JSON.stringify({ ok: true, token: ` ${token} `, user: 'x' }), expected],
    ['from TokenDetails, which it knows better', JSON.stringify({ ...expected, clientId: 'x' }), expected],
    ["from an envelope, also Ably's own", JSON.stringify({ token: own }), own],
  ])('%s', async (_, body, unwrapped) => {
    const { url } = await endpoint({ headers: { 'content-type': 'application/json' }, body });
    for (const source of [url, () => body]) {
      expect(await ask(source)).toEqual({ error: null, token: unwrapped });
    }
  });

  test('from an object that a function gives', async () => {
    expect((await ask(() => ({ token }))).token).toEqual(expected);
    expect((await ask(async () => ({ token: own }))).token).toBe(own);
  });

  test("except Ably's own with its details, which nobody else knows", async () => {
    const ownDetails = { token: own, issued: 1, expires: 2, capability: '{"*":["*"]}', clientId: 'alice' };
    const { url } = await endpoint({ body: JSON.stringify(ownDetails) });
    for (const source of [url, () => ownDetails]) expect((await ask(source)).token).toEqual(ownDetails);
    expect(await failure(() => ownDetails, {}, { clientId: 'bob' })).toMatchObject({ code: 40102 });
  });
});

describe('what a function gives that is no token is final', () => {
  test.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [5, 'JSON without "token".'],
    [true, 'JSON without "token".'],
    [{}, 'JSON without "token".'],
    [[], 'JSON without "token".'],
    [{ token: 5 }, 'JSON'],
    [{ a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 }, 'JSON without "token"; it has "a", "b", "c", "d", "e".'],
    [{ jwt: 'a.b.c', 'not a name': 1 }, 'JSON without "token"; it has "jwt".'],
    [{ accessToken: 'a.b.c', expires_in: 3600 }, 'JSON without "token"; it has "accessToken", "expires_in".'],
    [new Response('a.b.c'), 'JSON without "token".'],
    ['', 'nothing'],
    ['  ', 'nothing'],
    ['null', 'null'],
    ['{"a":"b.c"}', 'JSON without "token"; it has "a".'],
    ['a.b c', 'text'],
    ['<a.b>', 'HTML'],
    [`a.${'b'.repeat(2 ** 17)}`, 'more than 128 KiB'],
  ])('%s', async (given, found) => {
    const source = vi.fn(() => given as string);
    const error = await failure(source);
    expect(error).toMatchObject({ code: 40170, statusCode: 403, status: undefined, url: undefined });
    expect(error.message).toBe(
      found.startsWith('JSON ')
        ? `The source function answered ${found}`
        : `The source function answered ${found}, not a token. Check the function passed to createAuthCallback.`,
    );
    expect(source).toHaveBeenCalledOnce();
  });
});

describe('the identity of a token', () => {
  test.each([
    ['alice', 'bob'],
    ['alice', 'Alice'],
    ['alice', 'alice '],
  ])('that is another (client %s, token %s) is final, with what to do', async (own, other) => {
    const { url } = await endpoint({ body: jwt({ 'x-ably-clientId': other }) });
    const error = await failure(url, {}, { clientId: own });
    expect(error).toMatchObject({ code: 40102, statusCode: 403, status: 200 });
    expect(error.message).toBe(
      `This client is connected as "${own}", but the endpoint sent a token for "${other}". Close it and create a new client.`,
    );
  });

  test.each([
    ['is the same', 'alice', 'alice'],
    ['is any', 'alice', '*'],
    ['is none', 'alice', undefined],
    ['is the first that the client gets', undefined, 'alice'],
    ['comes to a client without one', null, 'alice'],
    ['comes to a client of any', '*', 'alice'],
  ])('that %s is fine', async (_, own, clientId) => {
    const token = rawJwt({ payload: { ...goodPayload, 'x-ably-clientId': clientId } });
    const outcome = await ask(() => token, {}, { clientId: own } as { clientId: string });
    expect(outcome).toMatchObject({ error: null, token: { token } });
  });
});
