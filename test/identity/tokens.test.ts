import http from 'node:http';
import https from 'node:https';
import type { JWTPayload } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type AppFolder, importApp, makeAppFolder } from './support/apps.js';
import { ablyKey, ask, userOf } from './support/ask.js';
import { type Issuer, startIssuer } from './support/issuer.js';

const guide = 'docs/identity-providers.md';
let folder: AppFolder;
let issuer: Issuer;
let GET: (request: Request) => Promise<Response>;
let log: string[];

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const asks = (token: string) => ask(GET, bearer(token));

beforeAll(async () => {
  folder = await makeAppFolder('node_modules');
  Object.assign(process.env, { ABLY_API_KEY: ablyKey });
}, 300_000);
afterAll(() => folder?.[Symbol.asyncDispose]());
beforeEach(() => {
  log = [];
  vi.spyOn(console, 'error').mockImplementation((...values) => void log.push(values.map(String).join(' ')));
});
afterEach(() => vi.restoreAllMocks());

async function load(app: 'clerk' | 'supabase' | 'firebase' | 'oidc', env: Record<string, string>) {
  Object.assign(process.env, env);
  ({ GET } = await importApp<{ GET: typeof GET }>(folder, guide, app, 'ably.ts'));
}

describe('Clerk', () => {
  const host = 'clerk.example.com';
  const session = (claims: JWTPayload = {}): JWTPayload => ({
    ...{ iss: `https://${host}`, azp: 'https://app.example.com', sid: 'sess_1', v: 2, sts: 'active' },
    ...{ sub: 'user_2f', ...claims },
  });
  beforeAll(async () => {
    issuer = await startIssuer('RS256');
    await load('clerk', {
      CLERK_SECRET_KEY: 'sk_live_secret',
      CLERK_PUBLISHABLE_KEY: `pk_live_${Buffer.from(`${host}$`).toString('base64')}`,
      CLERK_JWT_KEY: issuer.pem,
    });
  });
  afterAll(() => issuer[Symbol.asyncDispose]());

  test('a session becomes a token, as a bearer token and as a cookie', async () => {
    const token = await issuer.sign(session());
    expect(await asks(token)).toEqual(userOf('user_2f'));
    const uat = Math.floor(Date.now() / 1000) - 3600;
    expect(await ask(GET, { cookie: `__session=${token}; __client_uat=${uat}` })).toEqual(userOf('user_2f'));
  });

  test('no session, a forged one, an expired one or one of another page is a 403', async () => {
    expect(await ask(GET)).toBe(403);
    expect(await asks('null')).toBe(403);
    expect(await asks(await issuer.forge(session()))).toBe(403);
    expect(await asks(await issuer.sign(session(), -60))).toBe(403);
    expect(await asks(await issuer.sign(session({ azp: 'https://evil.example' })))).toBe(403);
    const expired = await issuer.sign(session(), -60);
    expect(await ask(GET, { cookie: `__session=${expired}; __client_uat=1` })).toBe(403);
  });

  test('in a pending session userId is null, which is a 403', async () => {
    expect(await asks(await issuer.sign(session({ sts: 'pending' })))).toBe(403);
  });
});

describe('Supabase', () => {
  const claims = (more: JWTPayload = {}): JWTPayload => ({
    ...{ iss: `${issuer.url}/auth/v1`, aud: 'authenticated', role: 'authenticated', is_anonymous: false },
    ...{ sub: '5f0f8b7e-3b0a-4a77-9d0f-6a1f3a2b1c0d', ...more },
  });
  beforeAll(async () => {
    // Node.js 22, which supabase-js wants, has one.
    vi.stubGlobal('WebSocket', globalThis.WebSocket ?? WebSocket);
    issuer = await startIssuer('ES256');
    const jwks = issuer.answer;
    // Without a key in its header, a token is Supabase's to verify: it refuses API keys in these words.
    issuer.answer = (path) =>
      path.endsWith('/jwks.json')
        ? jwks(path)
        : {
            status: 403,
            body: { code: 403, error_code: 'bad_jwt', msg: 'invalid claim: missing sub claim' },
          };
    await load('supabase', { SUPABASE_URL: issuer.url, SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_key' });
  });
  afterAll(async () => {
    vi.unstubAllGlobals();
    await issuer[Symbol.asyncDispose]();
  });

  test('a Supabase that is down is a 500, so that the client retries', async () => {
    const { answer } = issuer;
    const token = await issuer.sign(claims());
    issuer.answer = () => ({ status: 503, body: {} });
    expect(await asks(token)).toBe(500);
    issuer.answer = answer;
    expect(await asks(token)).toEqual(userOf(claims().sub!));
  });

  test('an anonymous user has an id and may only listen', async () => {
    const token = await issuer.sign(claims({ is_anonymous: true }));
    expect(await asks(token)).toEqual({ clientId: claims().sub, publishes: false });
  });

  test('no token, a forged one or an expired one is a 403', async () => {
    expect(await ask(GET)).toBe(403);
    expect(await asks('undefined')).toBe(403);
    expect(await asks(await issuer.forge(claims()))).toBe(403);
    expect(await asks(await issuer.sign(claims(), -60))).toBe(403);
  });

  test('an API key, which is a JWT without an id, is a 403, and a token without an id a 500', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const anonKey = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iss: 'supabase', role: 'anon', iat: 1e9, exp: 4e9 })}.AAAA`;
    expect(await asks(anonKey)).toBe(403);
    const { sub: _, ...without } = claims();
    expect(await asks(await issuer.sign(without))).toBe(500);
    expect(log.join()).toMatch(/"clientId" is undefined/);
  });
});

describe('Firebase', () => {
  const claims = (more: JWTPayload = {}): JWTPayload => ({
    ...{ iss: 'https://securetoken.google.com/my-project', aud: 'my-project', auth_time: 1e9 },
    ...{ sub: 'Zx81', firebase: { sign_in_provider: 'password' }, ...more },
  });
  const { request } = https;
  beforeAll(async () => {
    issuer = await startIssuer('RS256');
    // Google's keys come from loopback.
    https.request = ((options: http.RequestOptions, ...rest: []) =>
      options.host === 'www.googleapis.com' || options.hostname === 'www.googleapis.com'
        ? http.request({ ...toLoopback(options), agent: undefined }, ...rest)
        : request(options, ...rest)) as typeof request;
    await load('firebase', { FIREBASE_PROJECT_ID: 'my-project' });
  });
  afterAll(async () => {
    https.request = request;
    await issuer[Symbol.asyncDispose]();
  });
  const toLoopback = (options: http.RequestOptions) => ({
    ...options,
    ...{ protocol: 'http:', host: '127.0.0.1', hostname: '127.0.0.1', port: new URL(issuer.url).port },
  });

  test("Google's keys that can't be fetched are a 500, so that the client retries", async () => {
    issuer.answer = () => ({ status: 404, body: {} });
    expect(await asks(await issuer.sign(claims()))).toBe(500);
    issuer.answer = () => ({ status: 200, body: { key1: issuer.pem } });
    expect(await asks(await issuer.sign(claims()))).toEqual(userOf('Zx81'));
    expect(issuer.requests.at(-1)).toBe('/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com');
  });

  test('no token, a forged one, an expired one, or one of another project is a 403', async () => {
    issuer.answer = () => ({ status: 200, body: { key1: issuer.pem } });
    expect(await ask(GET)).toBe(403);
    expect(await asks('undefined')).toBe(403);
    expect(await asks(await issuer.forge(claims()))).toBe(403);
    expect(await asks(await issuer.sign(claims(), -60))).toBe(403);
    expect(await asks(await issuer.sign(claims({ aud: 'another-project' })))).toBe(403);
    expect(await asks((await issuer.sign(claims())).replace(/\.[^.]+$/, '.'))).toBe(403);
  });

  test('a token without an id is a 403', async () => {
    const { sub: _, ...without } = claims();
    expect(await asks(await issuer.sign(without))).toBe(403);
    expect(await asks(await issuer.sign(claims({ sub: '' })))).toBe(403);
  });
});

describe('Auth0 and other OpenID providers', () => {
  const claims = (more: JWTPayload = {}): JWTPayload => ({
    ...{ iss: `${issuer.url}/`, aud: 'https://api.example.com', sub: 'auth0|65f0c3', ...more },
  });
  beforeAll(async () => {
    issuer = await startIssuer('RS256');
    await load('oidc', { OIDC_ISSUER: `${issuer.url}/`, OIDC_AUDIENCE: 'https://api.example.com' });
  });
  afterAll(() => issuer[Symbol.asyncDispose]());

  test("keys that can't be fetched are a 500, so that the client retries", async () => {
    const { answer } = issuer;
    issuer.answer = () => ({ status: 503, body: {} });
    expect(await asks(await issuer.sign(claims()))).toBe(500);
    issuer.answer = answer;
    expect(await asks(await issuer.sign(claims()))).toEqual(userOf('auth0|65f0c3'));
    expect(issuer.requests).toEqual(['/.well-known/jwks.json', '/.well-known/jwks.json']);
  });

  test('no token, a forged one, an expired one, or one for another API or of another issuer is a 403', async () => {
    expect(await ask(GET)).toBe(403);
    expect(await asks('undefined')).toBe(403);
    expect(await asks(await issuer.forge(claims()))).toBe(403);
    expect(await asks(await issuer.sign(claims(), -60))).toBe(403);
    expect(await asks(await issuer.sign(claims({ aud: 'https://another.example' })))).toBe(403);
    expect(await asks(await issuer.sign(claims({ iss: 'https://evil.example/' })))).toBe(403);
    const unsigned = Buffer.from('{"alg":"none"}').toString('base64url');
    expect(
      await asks((await issuer.sign(claims())).replace(/^[^.]+(.*)\.[^.]+$/, `${unsigned}$1.AAAA`)),
    ).toBe(403);
  });

  test('a token without an id is a 500 that says so, and nobody gets an anonymous token', async () => {
    const { sub: _, ...without } = claims();
    expect(await asks(await issuer.sign(without))).toBe(500);
    expect(log.join()).toMatch(/"clientId" is undefined/);
  });
});
