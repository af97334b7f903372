/** What the client does in a real page, over the page's own fetch. The server beside {@link run} answers. */
import { createAuthCallback } from 'ably-jwt/client';
import { assert, equal, type Report, runCases } from './harness.js';

function renew(...[url, options]: Parameters<typeof createAuthCallback>) {
  return new Promise<{ error: (Error & { statusCode: number }) | null; token: unknown }>((resolve) => {
    createAuthCallback(url, { retries: 0, ...options })({}, (error, token) => resolve({ error, token }));
  });
}

const cases: Record<string, () => unknown> = {
  'a relative URL, cookies of the page, a fresh token every time': async () => {
    (globalThis as unknown as { document: { cookie: string } }).document.cookie = 'user=alice';
    const { error, token } = await renew('/auth');
    equal(error, null);
    const details = token as { token: string; clientId: string; expires: number; issued: number };
    equal([details.clientId, details.expires - details.issued], ['alice', 300_000]);
    const again = (await renew('/auth')).token as { token: string };
    assert(again.token !== details.token, 'the second token came out of a cache');
  },
  'headers and body of this call': async () => {
    const options = { method: 'POST', headers: () => ({ 'x-user': 'bob' }), body: () => ({ room: 'lobby' }) };
    const { token } = await renew('/auth', options);
    equal((token as { clientId: string }).clientId, 'bob in lobby');
  },
  'a refusal, a login page, a redirect: final': async () => {
    const refused = (await renew('/auth', { credentials: 'omit' })).error;
    equal([refused?.statusCode, refused?.message.includes('Not logged in')], [403, true]);
    const html = (await renew('/login')).error;
    equal([html?.statusCode, html?.message.includes('HTML')], [403, true]);
    equal((await renew('/moved')).error?.statusCode, 403);
  },
  'a server that fails or is not there: ask again': async () => {
    equal((await renew('/broken')).error?.statusCode, 401);
    // Port 9 (discard) is one that browsers refuse to call.
    equal((await renew('http://127.0.0.1:9/auth')).error?.statusCode, 401);
  },
};

export const names = Object.keys(cases);
export const run = (): Promise<Report> => runCases(cases);
