import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import * as client from 'ably-jwt/client';
import { expect, test } from 'vitest';
import { jwt } from './support/asking.js';
import { bundle } from './support/bundle.js';

test('is at most 3,072 bytes, minified and compressed', async () => {
  const { text } = await bundle('esm');
  expect(gzipSync(text, { level: 9 }).length).toBeLessThanOrEqual(3072);
});

test("holds nothing of the server's side", async () => {
  const { text, inputs } = await bundle('esm');
  const files = inputs.map((path) => path.replace(/^.*src\//, ''));
  expect(files.filter((file) => !/^client(\/[a-z-]+)?\.ts$/.test(file))).toEqual([]);
  expect(text).not.toMatch(
    /hmac|sha-?256|subtle|importKey|createHmac|node:|require\(|import\(|jose|secret|KEY_MALFORMED/i,
  );
  expect(Object.keys(client)).toEqual(['createAuthCallback']);
});

/** The bundle in a world that has nothing but the language and what is given. */
async function inWorldOf(globals: object): Promise<typeof client.createAuthCallback> {
  const { text } = await bundle('iife');
  return runInContext(`${text};ablyJwt.createAuthCallback`, createContext(globals));
}

const call = (authCallback: client.AuthCallback) =>
  new Promise((resolve) => authCallback({}, (error, token) => resolve({ error, token })));

test('runs where there is no page, no stream, no atob: on timers, AbortController and fetch', async () => {
  const text = jwt();
  const globals = {
    ...{ setTimeout, clearTimeout, AbortController, Headers, Request },
    fetch: async () => ({ status: 200, ok: true, headers: new Headers(), text: async () => text }),
  };
  const createAuthCallback = await inWorldOf(globals);
  expect(await call(createAuthCallback('https://example.com/auth'))).toEqual({ error: null, token: text });
});

test('runs on timers and AbortController, if a function gives the tokens', async () => {
  const createAuthCallback = await inWorldOf({ setTimeout, clearTimeout, AbortController, atob });
  const token = jwt({ 'x-ably-clientId': 'Žofia 😀' });
  expect(await call(createAuthCallback(() => token))).toMatchObject({ token: { clientId: 'Žofia 😀' } });
});
