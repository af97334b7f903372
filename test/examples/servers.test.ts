import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { verifyAblyJwt } from 'ably-jwt';
import { startAblySandbox } from 'ably-jwt/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appNames, startApp } from './apps.js';

const secret = 'a-secret-that-no-answer-may-hold';
const apiKey = `demoApp.demoKey:${secret}`;
const credentials = { username: 'Zoë 🦊', password: 'correct horse battery' };
const json = { 'Content-Type': 'application/json' };

describe.each(appNames)('the %s example', (name) => {
  let app: Awaited<ReturnType<typeof startApp>>;
  beforeAll(async () => {
    app = await startApp(name, { apiKey, ttl: '2m' });
  });
  afterAll(() => app.close());

  const post = (path: string, body: string, headers: Record<string, string> = json) =>
    fetch(app.url + path, { method: 'POST', body, headers });
  const logIn = (login: object = credentials) => post('/auth', JSON.stringify(login));
  const cookieOf = (response: Response) => response.headers.get('set-cookie')?.split(';', 1)[0] ?? '';

  async function errorOf(response: Response) {
    return ((await response.json()) as { error: { code: number; message: string } }).error;
  }

  /** One request with a request line that `fetch` would have normalised, and the whole answer. */
  async function raw(requestLine: string): Promise<string> {
    const socket = connect(app.port, '127.0.0.1');
    socket.write(`${requestLine} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`, 'latin1');
    return text(socket);
  }

  it('does not start with a malformed key, and does not show it', async () => {
    await expect(startApp(name, { apiKey: `"${apiKey}"` })).rejects.toMatchObject({
      code: 'KEY_MALFORMED',
      message: expect.not.stringContaining(secret),
    });
  });

  describe('login', () => {
    it('answers name and password with a JWT for that user and a session cookie that scripts cannot read', async () => {
      const response = await logIn();
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/jwt');
      expect(response.headers.get('cache-control')).toContain('no-store');
      expect(response.headers.get('set-cookie')).toMatch(
        /^demo_session=[\w-]{32}; Path=\/; HttpOnly; SameSite=Strict$/,
      );

      const jwt = await verifyAblyJwt(await response.text(), apiKey);
      expect(jwt.clientId).toBe('Zoë 🦊');
      expect(jwt.capability).toEqual({
        'demo:chat:*': ['presence', 'publish', 'subscribe'],
        'demo:news': ['subscribe'],
      });
      expect(jwt.expiresAt.getTime() - jwt.issuedAt.getTime()).toBe(120_000);
    });

    it('renews with the cookie alone, for the same user', async () => {
      const cookie = cookieOf(await logIn());
      const renewal = await post('/auth', '{}', { ...json, cookie: `other=1; ${cookie}` });
      expect(renewal.status).toBe(200);
      expect(renewal.headers.get('set-cookie')).toBeNull();
      expect((await verifyAblyJwt(await renewal.text(), apiKey)).clientId).toBe('Zoë 🦊');
    });

    it('gives no token after logout, and takes the cookie back', async () => {
      const cookie = cookieOf(await logIn());
      const logout = await fetch(`${app.url}/logout`, { method: 'POST', headers: { cookie } });
      expect(logout.status).toBe(204);
      expect(logout.headers.get('set-cookie')).toMatch(/^demo_session=; .*Max-Age=0$/);
      const renewal = await post('/auth', '{}', { ...json, cookie });
      expect(renewal.status).toBe(403);
      expect((await errorOf(renewal)).message).toContain('the session has ended');
    });

    it('ends the old session when somebody else logs in', async () => {
      const cookie = cookieOf(await logIn());
      await post('/auth', JSON.stringify({ username: 'bob', password: 'x' }), { ...json, cookie });
      expect((await post('/auth', '{}', { ...json, cookie })).status).toBe(403);
    });

    it.each([
      ['an empty name', { username: '', password: 'x' }, 'must not be empty'],
      ['a name of spaces', { username: '  ', password: 'x' }, 'must not be empty'],
      ['an empty password', { username: 'ann', password: '' }, 'must not be empty'],
      ['no password', { username: 'ann' }, 'must be strings'],
      ['a number for a name', { username: 1, password: 'x' }, 'must be strings'],
      ['null', { username: null, password: null }, 'must be strings'],
      ['the name "*"', { username: '*', password: 'x' }, 'must not be "*"'],
      ['a name that is too long', { username: 'a'.repeat(65), password: 'x' }, 'at most 64 characters'],
      ['half a character', { username: '\ud800', password: 'x' }, 'at most 64 characters'],
      ['nothing', {}, 'Nobody is logged in'],
      ['a cookie name as user', [], 'Nobody is logged in'],
    ])('refuses %s in words, for good and without a cookie', async (_, login, message) => {
      const response = await logIn(login);
      expect(response.status).toBe(403);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(response.headers.get('set-cookie')).toBeNull();
      const error = await errorOf(response);
      expect(error).toMatchObject({ statusCode: 403, message: expect.stringContaining(message) });
      expect(error.code).toBeTypeOf('number');
    });

    it('believes nothing else that the page sends', async () => {
      const response = await logIn({
        ...credentials,
        clientId: 'admin',
        capability: { '*': ['*'] },
        ttl: '24h',
      });
      const jwt = await verifyAblyJwt(await response.text(), apiKey);
      expect(jwt.clientId).toBe('Zoë 🦊');
      expect(jwt.can('publish', 'private')).toBe(false);
    });
  });

  describe('a page of another origin', () => {
    /** A request whose headers `fetch` would not let a page set. */
    async function from(requestLine: string, headers: string): Promise<string> {
      const socket = connect(app.port, '127.0.0.1');
      const body = requestLine.startsWith('POST') ? JSON.stringify(credentials) : '';
      socket.write(
        `${requestLine} HTTP/1.1\r\n${headers}Connection: close\r\nContent-Type: application/json\r\n` +
          `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
      return text(socket);
    }

    it.each(['POST /auth', 'POST /logout', 'GET /', 'GET /config.json'])(
      'gets nothing by a name that leads here (DNS rebinding): %s',
      async (requestLine) => {
        for (const host of [
          'evil.example',
          `evil.example:${app.port}`,
          'localhost.evil.example',
          'localhost@evil',
          '',
        ]) {
          const answer = await from(requestLine, `Host: ${host}\r\n`);
          expect(answer).toMatch(/^HTTP\/1\.1 403 /);
          expect(answer).not.toMatch(/set-cookie|eyJ/i);
        }
      },
    );

    it.each(['POST /auth', 'POST /logout'])('may not post here: %s', async (requestLine) => {
      const host = `Host: localhost:${app.port}\r\n`;
      for (const origin of [
        'https://evil.example',
        'null',
        'http://localhost',
        `http://127.0.0.1:${app.port}`,
      ]) {
        const answer = await from(requestLine, `${host}Origin: ${origin}\r\n`);
        expect(answer).toMatch(/^HTTP\/1\.1 403 /);
        expect(answer).not.toMatch(/set-cookie|eyJ/i);
      }
      const own = await from(requestLine, `${host}Origin: http://localhost:${app.port}\r\n`);
      expect(own).toMatch(/^HTTP\/1\.1 20[04] /);
    });

    it('is the page itself at every name of this machine', async () => {
      for (const host of ['localhost', '127.0.0.1', '[::1]', `localhost:${app.port}`, `[::1]:${app.port}`])
        expect(await from('GET /', `Host: ${host}\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
    });
  });

  it('compares the path as a path: authUrl with a clientId adds a query', async () => {
    const response = await post('/auth?clientId=alice', JSON.stringify(credentials));
    expect(response.status).toBe(200);
    expect((await verifyAblyJwt(await response.text(), apiKey)).clientId).toBe('Zoë 🦊');
    const other = await fetch(`${app.url}/logout?from=menu`, { method: 'POST' });
    expect(other.status).toBe(204);
  });

  it('keeps its token out of caches and scripts, and its errors too', async () => {
    for (const response of [await logIn(), await logIn({}), await post('/auth', '{', json)]) {
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('cache-control')).toContain('no-store');
    }
  });

  describe('bodies', () => {
    it.each([
      ['broken JSON', `{"password":"${credentials.password}"`, json, 400, 'not valid JSON'],
      [
        'more than the limit',
        JSON.stringify({ password: 'x'.repeat(11_000) }),
        json,
        413,
        'larger than 10240 bytes',
      ],
    ])('refuses %s in the shape that Ably reads', async (_, body, headers, status, message) => {
      const response = await post('/auth', body, headers);
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toBe('application/json');
      const answer = await response.text();
      expect(answer).not.toContain(credentials.password);
      expect(JSON.parse(answer).error).toEqual({
        code: 40000,
        statusCode: status,
        message: expect.stringContaining(message),
        href: 'https://help.ably.io/error/40000',
      });
    });

    it('limits a body that does not tell its length', async () => {
      const socket = connect(app.port, '127.0.0.1');
      const chunk = `1000\r\n${'x'.repeat(0x1000)}\r\n`;
      socket.write(`POST /auth HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`);
      socket.write(`Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(3)}0\r\n\r\n`);
      const [answer] = await once(socket, 'data');
      expect(String(answer)).toMatch(/^HTTP\/1\.1 413 /);
      socket.destroy();
    });

    it('takes no login from a form of another site', async () => {
      const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
      const response = await post('/auth', 'username=ann&password=secret', form);
      expect([403, 415]).toContain(response.status);
      expect((await errorOf(response)).message).not.toBe('');
    });
  });

  describe('the page', () => {
    it.each([
      ['/', 'text/html; charset=utf-8', '<title>JWT Demo</title>'],
      ['/?from=bookmark', 'text/html; charset=utf-8', '<title>JWT Demo</title>'],
      ['/style.css', 'text/css; charset=utf-8', ':root'],
      ['/app.js', 'text/javascript; charset=utf-8', 'createAuthCallback'],
      ['/view.js', 'text/javascript; charset=utf-8', 'export function'],
      ['/favicon.svg', 'image/svg+xml', '<svg'],
      ['/vendor/ably.min.js', 'text/javascript; charset=utf-8', 'Ably'],
      ['/vendor/ably-jwt-client.js', 'text/javascript; charset=utf-8', 'createAuthCallback'],
    ])('serves %s', async (path, type, content) => {
      const response = await fetch(app.url + path);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe(type);
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      const body = await response.text();
      expect(body).toContain(content);
      expect(body).not.toContain(secret);
    });

    it('answers HEAD like GET, without the body', async () => {
      const answer = await raw('HEAD /');
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      expect(answer).toMatch(/content-type: text\/html/i);
      expect(answer).not.toContain('<title>');
    });

    it.each([
      'GET /.env',
      'GET /%2eenv',
      'GET /package.json',
      'GET /../package.json',
      'GET /../../../package.json',
      'GET /..%2f..%2f..%2fpackage.json',
      'GET /%2e%2e/%2e%2e/%2e%2e/package.json',
      'GET /vendor/../../../package.json',
      'GET /vendor%2f..%2f..%2fpackage.json',
      'GET /..%5c..%5c..%5cpackage.json',
      'GET /..\\..\\..\\package.json',
      'GET /index.html%00.css',
      'GET /style.css%00',
      'GET //package.json',
      `GET ${fileURLToPath(new URL('../../package.json', import.meta.url))}`,
      'GET file:///etc/passwd',
      'GET http://localhost/package.json',
      'GET /etc/passwd',
      'GET /%E0%A4%A',
      'GET /__proto__',
      'GET /constructor',
      'GET /auth',
      'GET /auth?username=ann&password=secret',
    ])('serves nothing else: %s', async (requestLine) => {
      const answer = await raw(requestLine);
      expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
      expect(answer).not.toMatch(/"name": "ably-jwt"|root:/);
      expect(answer).not.toContain(secret);
    });

    it('takes no other method', async () => {
      const response = await fetch(app.url, { method: 'DELETE' });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('GET, HEAD');
    });

    it('gets no client options with an API key of Ably, and may talk to Ably', async () => {
      const config = await fetch(`${app.url}/config.json`);
      expect(await config.json()).toEqual({ clientOptions: {}, sandbox: false, ttl: '2m', user: null });
      const policy = config.headers.get('content-security-policy');
      expect(policy).toContain("connect-src 'self' https://*.ably.net wss://*.ably.net");
    });
  });
});

describe.each(appNames)('the %s example with a sandbox', (name) => {
  it('tells the page where the sandbox is, and lets it talk to nobody else', async () => {
    const sandbox = await startAblySandbox();
    const app = await startApp(name, { apiKey: sandbox.apiKey, clientOptions: sandbox.clientOptions });
    try {
      const config = await fetch(`${app.url}/config.json`);
      const text = await config.text();
      const { clientOptions } = sandbox;
      expect(JSON.parse(text)).toEqual({ clientOptions, sandbox: false, ttl: '1h', user: null });
      expect(text).not.toContain(sandbox.apiKey.split(':')[1]);
      expect(config.headers.get('content-security-policy')).toContain(
        `connect-src 'self' http://localhost:${sandbox.port} ws://localhost:${sandbox.port};`,
      );
      expect(config.headers.get('content-security-policy')).not.toContain('ably.net');
    } finally {
      await app.close();
      await sandbox.close();
    }
  });
});
