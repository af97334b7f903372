import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import hono from '../../examples/hono.js';
import { GET as nextAuth } from '../../examples/next/app/auth/route.js';
import { POST as nextLogIn } from '../../examples/next/app/login/route.js';
import { appNames, startApp } from '../examples/apps.js';
import { Canaries } from './support/canaries.js';

// Each example along its error paths: no answer and no log may show the key, a session, a password, or the secret that
// signs sessions. What a login or a good session gets, a cookie and a token, is for that client alone.
const secret = 'Vt5-mX8_cR2fJq6LnB9hWsZ3';
const key = `canary.aKey03:${secret}`;
const session = 'sid-Kw9dPz4xTn7vGm2sHq6b';
const password = 'Purple-Monkey-5528-Dishwasher';
const sessionSecret = 'Ge3wUo7yAi1pDs5fHk9lZx4cVb8nMq2r-session';

/** Bodies that a login can't read, or refuses; all hold what must not come back. */
const bodies = [
  ...[
    '',
    '{',
    `{"${password}`,
    '[]',
    'null',
    '"',
    `"${password}"`,
    password,
    '\ufeff{}',
    '{"username":1e999}',
  ],
  JSON.stringify({ username: key, password: 1 }),
  JSON.stringify({ username: '*', password }),
  JSON.stringify({ username: 'x'.repeat(100), password }),
  JSON.stringify({ username: '', password, [key]: session }),
  JSON.stringify({ username: { toString: password }, password: [password] }),
  JSON.stringify({ username: password.repeat(1000) }),
];
const types = [
  'application/json',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  password,
];

type Ask = (path: string, init?: RequestInit) => Promise<Response>;

/** Keeps what an example answers; what belongs to the client that asked is hidden from now on. */
async function see(canaries: Canaries, where: string, response: Response): Promise<void> {
  const { headers } = response;
  const cookie =
    headers
      .get('set-cookie')
      ?.split(';', 1)[0]
      ?.replace(/^[^=]*=/, '') ?? '';
  if (headers.get('content-type') === 'application/jwt' || cookie !== '') {
    const shown = [...headers].filter(([name]) => name !== 'set-cookie');
    canaries.see(where, [response.status, response.statusText, ...shown].join('\n'));
    const token = (await response.text()).split('.');
    canaries.hide(...[cookie, token[2] ?? ''].filter(({ length }) => length > 0));
  } else await canaries.seeResponse(where, response);
}

/** All that a client, or a page of another site, can send to the paths of an example. */
async function attack(canaries: Canaries, ask: Ask, paths: readonly string[], cookies: readonly string[]) {
  const sending = async (path: string, init: RequestInit) => {
    const response = await ask(path, init);
    expect([path, init, response.status < 500]).toEqual([path, init, true]);
    await see(canaries, path, response);
  };
  for (const path of paths) {
    for (const cookie of cookies) {
      const headers = { cookie: `${cookie}; other=${password}`, authorization: `Bearer ${key}` };
      for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'])
        await sending(path, { method, headers });
      await sending(`${path}?key=${key}&password=${password}`, { headers });
      for (const origin of ['https://evil.example', 'null', `https://${password}`])
        await sending(path, { method: 'POST', body: '{}', headers: { ...headers, origin } });
    }
    const headers = { cookie: cookies[0]!, authorization: `Basic ${btoa(key)}` };
    for (const [n, type] of types.entries())
      for (const body of n === 0 ? bodies : bodies.slice(2, 5))
        await sending(path, { method: 'POST', body, headers: { ...headers, 'content-type': type } });
  }
}

/** Keys that no token can be signed with. */
const wrongKeys = [
  '',
  'undefined',
  secret,
  ` ${key}`,
  `"${key}"`,
  `${key}\n`,
  key.replace(':', '.'),
  `${key} ${key}`,
];

afterEach(() => vi.unstubAllEnvs());

test.each(appNames)('the %s example', async (name) => {
  const canaries = new Canaries(secret, session, password);
  const app = await startApp(name, { apiKey: key, ttl: '2m' });
  onTestFinished(async () => void (await app.close()));
  for (const wrong of wrongKeys)
    await canaries.fails('a malformed key', () => startApp(name, { apiKey: wrong }));
  const ask: Ask = (path, init) => fetch(app.url + path, { redirect: 'manual', ...init });
  const json = { 'content-type': 'application/json' };
  const post = (path: string, body: object, headers = {}) =>
    ask(path, { method: 'POST', body: JSON.stringify(body), headers: { ...json, ...headers } });
  const logIn = async (username: string) => {
    const response = await post('/auth', { username, password });
    expect(response.status).toBe(200);
    const cookie = response.headers.get('set-cookie')!.split(';', 1)[0]!;
    await see(canaries, 'login', response);
    return cookie;
  };
  const alice = await logIn('alice');
  const banned = await logIn('mallory');
  await see(canaries, 'ban', await post('/demo', { do: 'ban' }, { cookie: banned }));
  expect((await post('/auth', {}, { cookie: banned })).status).toBe(403);
  const forged = [`${alice}x`, alice.slice(0, -1), alice.replace('=', '=x'), `demo_session=${session}`];
  await attack(canaries, ask, ['/auth', '/demo', `/nowhere?key=${key}`], [alice, banned, ...forged]);
  // Each way in which the page can break its server, and each command that isn't one.
  for (const value of ['500', '401', 'html', password]) {
    await see(canaries, 'break', await post('/demo', { do: 'answer', value }, { cookie: alice }));
    for (let n = 0; n < 3; n += 1) await see(canaries, value, await post('/auth', {}, { cookie: alice }));
  }
  for (const command of ['ttl', 'expire', 'revoke', key, password, '__proto__'])
    await see(canaries, command, await post('/demo', { do: command, value: key }, { cookie: alice }));
  await attack(canaries, ask, ['/logout'], [alice, ...forged]);
  await see(canaries, 'after the logout', await post('/auth', {}, { cookie: alice }));
  canaries.expectUnseen();
  expect(canaries.count).toBeGreaterThan(300);
});

const nextRoutes: Record<string, Record<string, (request: Request) => Promise<Response>>> = {
  '/auth': { GET: nextAuth },
  '/login': { POST: nextLogIn },
};
const origin = 'https://app.example.com';
const portable: readonly [name: string, ask: Ask][] = [
  ['Hono', async (path, init) => hono.request(`${origin}${path}`, init)],
  [
    'Next.js',
    async (path, init = {}) => {
      const request = new Request(origin + path, init);
      request.headers.set('host', 'app.example.com');
      // Next.js itself answers for methods that a route doesn't export, and without a word of the request.
      const route = nextRoutes[path.split('?', 1)[0]!]?.[request.method];
      return route === undefined ? new Response(null, { status: 405 }) : route(request);
    },
  ],
];

describe.each(portable)('the %s example', (name, ask) => {
  const logIn = async () => {
    const init = {
      method: 'POST',
      body: JSON.stringify({ username: 'alice', password }),
      headers: { origin },
    };
    const response = await ask('/login', init);
    expect(response.status).toBe(204);
    return response.headers.get('set-cookie')!.split(';', 1)[0]!;
  };

  test('with its settings', async () => {
    const canaries = new Canaries(secret, session, password, sessionSecret);
    vi.stubEnv('ABLY_API_KEY', key).stubEnv('SESSION_SECRET', sessionSecret);
    const alice = await logIn();
    const signature = alice.slice(alice.lastIndexOf('.') + 1);
    canaries.hide(signature);
    const token = await ask('/auth', { headers: { cookie: alice } });
    expect(token.status).toBe(200);
    await see(canaries, 'token', token);
    const forged = [
      ...[`user=mod.${signature}`, `user=mod.${session}`, `user=${session}`, `${alice}x`, alice.slice(0, -1)],
      ...['user=', 'user=.', `user=${key}`, `user=%E0%A4%A.${session}`, `user=${encodeURIComponent(key)}`],
    ];
    for (const cookie of forged) expect((await ask('/auth', { headers: { cookie } })).status).toBe(403);
    await attack(canaries, ask, ['/auth', '/login', `/nowhere/${password}`], [alice, ...forged]);
    canaries.expectUnseen();
    expect(canaries.count).toBeGreaterThan(300);
  });

  test('with wrong settings', async () => {
    const canaries = new Canaries(secret, session, password, sessionSecret);
    vi.stubEnv('SESSION_SECRET', sessionSecret);
    const alice = await logIn();
    canaries.hide(alice.slice(alice.lastIndexOf('.') + 1));
    const failing = async (path: string, init: RequestInit) => {
      // Next.js logs what a route throws, and answers 500 without it.
      const response = await ask(path, init).catch((error: unknown) => canaries.see(path, error));
      if (response instanceof Response) await see(canaries, path, response);
      return response instanceof Response ? response.status : 500;
    };
    for (const wrong of [undefined, ...wrongKeys]) {
      vi.stubEnv('ABLY_API_KEY', wrong);
      expect([wrong?.length, await failing('/auth', { headers: { cookie: alice } })]).toEqual([
        wrong?.length,
        500,
      ]);
    }
    vi.stubEnv('ABLY_API_KEY', key);
    for (const wrong of [undefined, '', sessionSecret.slice(0, 31)]) {
      vi.stubEnv('SESSION_SECRET', wrong);
      const body = '{"username":"alice"}';
      const statuses = [
        await failing('/auth', { headers: { cookie: alice } }),
        await failing('/login', { method: 'POST', body, headers: { origin } }),
      ];
      expect(statuses).toEqual([500, 500]);
    }
    canaries.expectUnseen();
    expect([name, canaries.count > 12]).toEqual([name, true]);
  });
});
