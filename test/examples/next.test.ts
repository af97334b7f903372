import { createHmac } from 'node:crypto';
import { verifyAblyJwt } from 'ably-jwt';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { GET } from '../../examples/next/app/auth/route.js';
import { POST } from '../../examples/next/app/login/route.js';

const apiKey = 'demoApp.demoKey:a-secret-that-no-answer-may-hold';
const secret = 'a text of more than thirty-two characters';
const host = 'app.example.com';

beforeEach(() => {
  vi.stubEnv('ABLY_API_KEY', apiKey);
  vi.stubEnv('SESSION_SECRET', secret);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const logIn = (username: unknown, headers: Record<string, string> = { origin: `https://${host}` }) =>
  POST(
    new Request(`https://${host}/login`, {
      method: 'POST',
      body: JSON.stringify({ username }),
      headers: { host, ...headers },
    }),
  );
const ask = (cookie?: string) =>
  GET(new Request(`https://${host}/auth`, cookie === undefined ? {} : { headers: { cookie } }));
const cookieFor = async (username: string) =>
  (await logIn(username)).headers.get('set-cookie')!.split(';', 1)[0]!;

describe('the Next.js example', () => {
  test('loads without an API key, as next build does, and reads it with each request', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    const cookie = await cookieFor('alice');
    vi.stubEnv('ABLY_API_KEY', undefined);
    expect((await ask(cookie)).status).toBe(500);
    expect(log).toHaveBeenCalledTimes(1);
    vi.stubEnv('ABLY_API_KEY', apiKey);
    expect((await ask(cookie)).status).toBe(200);
  });

  test('gives a token to who has logged in, and to nobody else', async () => {
    const response = await ask(`theme=dark; ${await cookieFor('alice')}`);
    const jwt = await verifyAblyJwt(await response.text(), apiKey);
    expect(jwt.clientId).toBe('alice');
    expect(jwt.can('channel-metadata', 'chat:1')).toBe(false);
    expect((await ask()).status).toBe(403);
  });

  test('sets a cookie that no script reads and no other site sends', async () => {
    const cookie = (await logIn('alice')).headers.get('set-cookie');
    expect(cookie).toMatch(/^user=alice\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    vi.stubEnv('NODE_ENV', 'production');
    expect((await logIn('alice')).headers.get('set-cookie')).toMatch(/; Secure$/);
  });

  test('refuses a cookie that it did not sign', async () => {
    const cookie = await cookieFor('alice');
    const [, signature = ''] = cookie.split('.');
    const foreign = createHmac('sha256', 'another secret').update('mod').digest('base64url');
    for (const forged of [
      'user=mod',
      'user=mod.',
      `user=mod.${signature}`,
      `user=mod.${foreign}`,
      cookie.slice(0, -1),
      `${cookie}A`,
      'user=.',
    ]) {
      expect((await ask(forged)).status).toBe(403);
    }
  });

  test.each([undefined, '', '*', 'a b', 'a.b', 'é', 'a'.repeat(65), 5])(
    'logs no user in as %j',
    async (name) => {
      const response = await logIn(name);
      expect([response.status, response.headers.get('set-cookie')]).toEqual([400, null]);
    },
  );

  test.each(['', '{', 'null', '[]', '"alice"', '5'])('logs no user in with the body %j', async (body) => {
    const request = new Request(`https://${host}/login`, { method: 'POST', body, headers: { host } });
    expect((await POST(request)).status).toBe(400);
  });

  test.each(['https://evil.example', `https://${host}.evil.example`, 'null'])(
    'takes no login from a page of %s',
    async (origin) => {
      const response = await logIn('alice', { origin });
      expect([response.status, response.headers.get('set-cookie')]).toEqual([403, null]);
    },
  );

  test('signs nothing without a secret', async () => {
    vi.stubEnv('SESSION_SECRET', 'short');
    await expect(logIn('alice')).rejects.toThrow('SESSION_SECRET');
  });
});
