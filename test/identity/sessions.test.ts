import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { catchServers } from '../docs/support/run.js';
import { writeApp } from '../docs/support/snippets.js';
import { type AppFolder, bundleAndImport, makeAppFolder } from './support/apps.js';
import { ablyKey, answerOf, ask, userOf } from './support/ask.js';
import { cookieJar } from './support/cookies.js';

const guide = 'docs/identity-providers.md';
const loopback = globalThis.fetch;
let folder: AppFolder;

beforeAll(async () => {
  folder = await makeAppFolder('node_modules');
  Object.assign(process.env, {
    ABLY_API_KEY: ablyKey,
    AUTH_SECRET: 'a text of more than thirty-two characters',
    AUTH_GITHUB_ID: 'github-id',
    AUTH_GITHUB_SECRET: 'github-secret',
    BETTER_AUTH_SECRET: 'another text of more than thirty-two characters',
    BETTER_AUTH_URL: 'https://app.example.com',
    BETTER_AUTH_TELEMETRY: '0',
  });
}, 300_000);
afterAll(() => folder?.[Symbol.asyncDispose]());
afterEach(() => vi.restoreAllMocks());

/** What the endpoint, or Auth.js, has said in the log of the server. */
function catchLog(): () => string {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {});
  return () => log.mock.calls.flat().map(String).join('\n');
}

describe('Auth.js', () => {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) server.close().closeAllConnections();
  });

  /** Starts the guide's server and returns its URL. */
  async function start(app: string, config?: string): Promise<string> {
    const path = join(folder.path, app);
    writeApp(guide, 'authjs', path);
    if (config !== undefined) await writeFile(join(path, 'auth.config.ts'), config);
    const started = (await catchServers(() => bundleAndImport(join(path, 'server.ts')))) as Server[];
    servers.push(...started);
    if (!started[0]!.listening) await once(started[0]!, 'listening');
    return `http://127.0.0.1:${(started[0]!.address() as AddressInfo).port}`;
  }

  /** Logs a user of GitHub in, with a GitHub that is played here, and returns the cookies of the session. */
  async function logIn(url: string, githubId: number) {
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      const { href } = new URL(input instanceof Request ? input.url : input);
      if (href.startsWith(url)) return loopback(input, init);
      const answers: Record<string, object> = {
        'https://github.com/login/oauth/access_token': { access_token: 'secret', token_type: 'bearer' },
        'https://api.github.com/user': { id: githubId, login: 'alice', email: 'alice@example.com' },
      };
      return Response.json(answers[href]);
    });
    const jar = cookieJar(url);
    const { csrfToken } = (await (await jar.get('/auth/csrf')).json()) as { csrfToken: string };
    const toGithub = await jar.post('/auth/signin/github', { csrfToken });
    const state = new URL(toGithub.headers.get('location')!).searchParams.get('state');
    await jar.get(`/auth/callback/github?code=code1${state === null ? '' : `&state=${state}`}`);
    return jar;
  }

  test('a session becomes a token for the same id at each login, no session or a forged one a 403', async () => {
    const url = await start('authjs');
    const alice = await logIn(url, 42);
    expect(await answerOf(alice.get('/ably'))).toEqual(userOf('github|42'));
    // On another day, or another device.
    expect(await answerOf((await logIn(url, 42)).get('/ably'))).toEqual(userOf('github|42'));

    expect(await answerOf(cookieJar(url).get('/ably'))).toBe(403);
    const log = catchLog();
    const forged = alice.header().replace(/(session-token=.{20}).{3}/, '$1AAA');
    expect(await answerOf(fetch(`${url}/ably`, { headers: { cookie: forged } }))).toBe(403);
    expect(log()).toContain('JWTSessionError');
  });

  test('an expired session is a 403', async () => {
    const url = await start('authjs-expired');
    const { encode } = await import(/* @vite-ignore */ join(folder.modules, '@auth/core/jwt.js'));
    const salt = 'authjs.session-token';
    const cookie = async (maxAge: number) =>
      `${salt}=${await encode({ token: { sub: 'github|42' }, secret: process.env.AUTH_SECRET, salt, maxAge })}`;
    const get = async (maxAge: number) =>
      answerOf(fetch(`${url}/ably`, { headers: { cookie: await cookie(maxAge) } }));
    expect(await get(60)).toEqual(userOf('github|42'));
    catchLog();
    expect(await get(-60)).toBe(403);
  });

  test('without the session callback there is no id, and nobody gets an anonymous token', async () => {
    const config = `import GitHub from '@auth/express/providers/github';
export const authConfig = { providers: [GitHub] };`;
    const url = await start('authjs-without-callbacks', config);
    const alice = await logIn(url, 42);
    const log = catchLog();
    expect(await answerOf(alice.get('/ably'))).toBe(500);
    expect(log()).toMatch(/"clientId" is undefined/);
  });

  test('without the jwt callback and a database, the id is another one at each login', async () => {
    const config = `import GitHub from '@auth/express/providers/github';
export const authConfig = {
  providers: [GitHub],
  callbacks: { session({ session, token }) { session.user.id = token.sub; return session; } },
};`;
    const url = await start('authjs-random', config);
    const ids = [await logIn(url, 42), await logIn(url, 42)].map((jar) => answerOf(jar.get('/ably')));
    const [first, second] = (await Promise.all(ids)) as { clientId: string }[];
    expect(first!.clientId).not.toBe(second!.clientId);
  });
});

describe('Better Auth', () => {
  test('a session becomes a token; no session, a forged one or an ended one is a 403', async () => {
    const { GET, auth } = await importBetterAuth();
    const body = { email: 'alice@example.com', password: 'correct horse', name: 'Alice' };
    const { headers, response } = await auth.api.signUpEmail({ body, returnHeaders: true });
    const cookie = headers.getSetCookie()[0]!.split(';', 1)[0]!;
    expect(await ask(GET, { cookie })).toEqual(userOf(response.user.id));

    expect(await ask(GET)).toBe(403);
    expect(await ask(GET, { cookie: cookie.replace(/=.{4}/, '=AAAA') })).toBe(403);
    await auth.api.signOut({ headers: new Headers({ cookie }) });
    expect(await ask(GET, { cookie })).toBe(403);
  });

  test('an expired session is a 403', async () => {
    const { GET, auth } = await importBetterAuth();
    const body = { email: 'bob@example.com', password: 'correct horse', name: 'Bob' };
    const { headers, response } = await auth.api.signUpEmail({ body, returnHeaders: true });
    const cookie = headers.getSetCookie()[0]!.split(';', 1)[0]!;
    const { internalAdapter } = await auth.$context;
    const [session] = await internalAdapter.listSessions(response.user.id);
    await internalAdapter.updateSession(session!.token, { expiresAt: new Date(Date.now() - 1000) });
    expect(await ask(GET, { cookie })).toBe(403);
  });

  test('a database that is down is a 500, so that the client retries', async () => {
    const { GET, auth } = await importBetterAuth();
    const { internalAdapter } = await auth.$context;
    const down = new Error('The database is down.');
    vi.spyOn(internalAdapter, 'findSession').mockRejectedValue(down);
    const body = { email: 'carol@example.com', password: 'correct horse', name: 'Carol' };
    const { headers } = await auth.api.signUpEmail({ body, returnHeaders: true });
    catchLog();
    expect(await ask(GET, { cookie: headers.getSetCookie()[0]!.split(';', 1)[0]! })).toBe(500);
  });

  /** As much of Better Auth's own types as is used here. */
  interface BetterAuth {
    readonly api: {
      signUpEmail(options: object): Promise<{ headers: Headers; response: { user: { id: string } } }>;
      signOut(options: { headers: Headers }): Promise<unknown>;
    };
    readonly $context: Promise<{
      internalAdapter: {
        listSessions(userId: string): Promise<{ token: string }[]>;
        updateSession(token: string, session: { expiresAt: Date }): Promise<unknown>;
        findSession(token: string): Promise<unknown>;
      };
    }>;
  }

  let loaded: Promise<{ GET: (request: Request) => Promise<Response>; auth: BetterAuth }> | undefined;
  function importBetterAuth() {
    loaded ??= load();
    return loaded;
  }
  async function load() {
    // Both files in one bundle, so that there is one `auth`.
    writeApp(guide, 'better-auth', join(folder.path, 'better-auth'));
    const both = join(folder.path, 'better-auth/both.ts');
    await writeFile(both, `export * from './ably.js';\nexport * from './auth.js';\n`);
    return bundleAndImport<Awaited<NonNullable<typeof loaded>>>(both);
  }
});
