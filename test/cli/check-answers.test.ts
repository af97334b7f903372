import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAblyJwt } from 'ably-jwt';
import { beforeAll, describe, expect, test } from 'vitest';
import { examine, type Patient } from '../../src/cli/check/doctor.js';
import { judgeUrl } from '../../src/cli/check/headers.js';
import { fileOf, key, run, secret } from './run.js';
import { testServers } from './serve.js';
import { handWritten } from './servers/node.js';

const serve = testServers();
let cookie: string;
let bearer: string;

beforeAll(async () => {
  [cookie, bearer] = await Promise.all([
    fileOf('sid=one'),
    fileOf('Authorization: Bearer canary\nX-Team: 7\n'),
  ]);
});

const cookieSession = { cookie: 'sid=one' };
const headerSession = { authorization: 'Bearer canary', 'x-team': '7' };

/** What check finds, without the process around it, of which there would be very many. */
async function codesOf(url: string, patient: Partial<Patient> = {}): Promise<string[]> {
  const { findings } = await examine({ url: new URL(url), method: 'GET', ...patient });
  return findings.map(({ code }) => code);
}

const guards = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };
const token = () => createAblyJwt(key, { capability: { 'chat:*': ['subscribe'] }, clientId: 'alice' });
const isUser = ({ headers }: IncomingMessage) =>
  headers.cookie === 'sid=one' || headers.authorization === 'Bearer canary';

/** Refuses strangers as it should, and gives users what `answer` makes of a token. */
function giving(
  type: string,
  answer: (jwt: string, request: IncomingMessage) => unknown,
  headers: (request: IncomingMessage) => Record<string, string> = () => ({}),
): RequestListener {
  const refuse = handWritten(key);
  return async (request, response) => {
    if (request.method === 'OPTIONS') return void response.writeHead(204, headers(request)).end();
    if (!isUser(request)) return refuse(request, response);
    const body = answer(await token(), request);
    response.writeHead(200, { ...guards, 'Content-Type': type, ...headers(request) });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

let calls = 0;
const tokenRequest = (more: object = {}) => ({
  keyName: 'abcdef.ghijkl',
  clientId: 'alice',
  capability: '{"chat:*":["subscribe"]}',
  ttl: 3_600_000,
  timestamp: Date.now(),
  nonce: `n${calls++}`,
  mac: `mac${calls}`,
  ...more,
});

describe('what a user is answered', () => {
  test.concurrent.each<[string, string, (jwt: string) => unknown, string[]]>([
    ['TokenDetails', 'application/json', (jwt) => ({ token: jwt, issued: 1, expires: 2 }), []],
    ['text with a charset', 'text/plain; charset=utf-8', (jwt) => jwt, []],
    ['a JSON string', 'application/json', (jwt) => JSON.stringify(jwt), ['TOKEN_JSON_STRING']],
    ['JSON that is called text', 'text/plain', (jwt) => ({ token: jwt }), ['JSON_AS_TEXT']],
    ['a token inside data', 'application/json', (jwt) => ({ data: { token: jwt } }), ['TOKEN_WRAPPED']],
    ['JSON without a token', 'application/json', () => ({ ok: true }), ['TOKEN_MISSING']],
    ['JSON that is none', 'application/json', () => 'oops', ['TOKEN_MISSING']],
    ['nothing', 'application/jwt', () => '', ['TOKEN_MISSING']],
    ['a page', 'text/html', () => '<html>', ['HTML_PAGE']],
    ['no type', '', (jwt) => jwt, ['CONTENT_TYPE']],
    ['far too much', 'text/plain', () => 'x'.repeat(200_000), ['ANSWER_TOO_LARGE']],
    ['Bearer in front', 'application/jwt', (jwt) => `Bearer ${jwt}`, ['TOKEN_MALFORMED']],
    ['a new line behind', 'application/jwt', (jwt) => `${jwt}\n`, ['TOKEN_MALFORMED']],
    ['no token at all', 'application/jwt', () => 'hello', ['TOKEN_MALFORMED']],
    ['a TokenRequest', 'application/json', () => tokenRequest(), ['TOKEN_REQUEST']],
    [
      'a TokenRequest with every right',
      'application/json',
      () => tokenRequest({ capability: '{"*":["*"]}' }),
      ['TOKEN_REQUEST', 'CAPABILITY_WIDE'],
    ],
    [
      'a TokenRequest for a day, of yesterday',
      'application/json',
      () => tokenRequest({ ttl: 86_400_000, timestamp: Date.now() - 86_400_000 }),
      ['TOKEN_REQUEST', 'LIFETIME_LONG', 'CLOCK_OFF'],
    ],
    [
      'the same TokenRequest again',
      'application/json',
      () => tokenRequest({ mac: 'the same' }),
      ['TOKEN_REQUEST', 'TOKEN_REUSED'],
    ],
    [
      'the details of an Ably Token',
      'application/json',
      () => ({
        token: `abcdef.native${calls++}`,
        issued: Date.now(),
        expires: Date.now() + 60_000,
        clientId: 'alice',
      }),
      ['CAPABILITY_WIDE'],
    ],
  ])('%s', async (_, type, answer, expected) => {
    expect(await codesOf(await serve(giving(type, answer)), { session: cookieSession })).toEqual(expected);
  });

  test.concurrent.each([403, 302, 500])('status %i', async (status) => {
    const refuse = handWritten(key);
    const url = await serve((request, response) =>
      isUser(request) ? void response.writeHead(status).end() : refuse(request, response),
    );
    const expected = { 403: 'SESSION_REFUSED', 302: 'REDIRECT', 500: 'SERVER_ERROR' }[status];
    expect(await codesOf(url, { session: cookieSession })).toEqual([expected]);
  });
});

describe('what a stranger is answered', () => {
  test.concurrent.each<[string, number, string, string, string[]]>([
    ['an incomplete error', 403, 'application/json', '{"error":{"message":"no"}}', ['ERROR_INCOMPLETE']],
    ['no JSON', 403, 'application/json', '', ['ERROR_INCOMPLETE']],
    [
      'another statusCode in the body',
      403,
      'application/json',
      '{"error":{"code":40100,"statusCode":401,"message":"no"}}',
      ['ERROR_INCOMPLETE'],
    ],
    ['text', 403, 'text/plain', 'no', ['ERROR_FORM']],
    ['text, and a 400', 400, 'text/plain', 'no', ['STATUS_RETRIED', 'ERROR_FORM']],
    ['an empty 200', 200, 'application/json', '{}', ['STATUS_OK']],
    ['404', 404, 'text/plain', 'no', ['URL_NOT_FOUND']],
  ])('%s', async (_, status, type, body, expected) => {
    const url = await serve((_, response) => response.writeHead(status, { 'Content-Type': type }).end(body));
    expect(await codesOf(url)).toEqual(expected);
  });

  test('a token: a warning about that, and all that can be said about the token', async () => {
    const url = await serve(async (_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/jwt' }).end(await token());
    });
    expect(await codesOf(url)).toEqual(['ANONYMOUS_TOKEN', 'CACHEABLE', 'NO_NOSNIFF']);
  });

  test('a token for a visitor, and the user another one', async () => {
    const users = giving('application/jwt', (jwt) => jwt);
    const visitor = await createAblyJwt(key, { capability: { news: ['subscribe'] } });
    const url = await serve((request, response) =>
      isUser(request)
        ? users(request, response)
        : void response.writeHead(200, { ...guards, 'Content-Type': 'application/jwt' }).end(visitor),
    );
    expect(await codesOf(url, { session: cookieSession })).toEqual(['ANONYMOUS_TOKEN']);
  });

  test('nothing, since nothing listens', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    const { code, stdout } = await run(['check', `http://127.0.0.1:${port}/auth`]);
    expect(code).toBe(1);
    expect(stdout).toContain('UNREACHABLE');
    expect(stdout).toContain('ECONNREFUSED');
  });
});

describe('what else an endpoint may do', () => {
  test.concurrent('give the token of one user to the next, as a cache does', async () => {
    const kept = await token();
    const url = await serve(giving('application/jwt', () => kept));
    const sessions = { session: cookieSession, other: headerSession };
    expect(await codesOf(url, sessions)).toEqual(['TOKEN_REUSED', 'TOKEN_SHARED']);
  });

  test.concurrent('know one of two users only', async () => {
    const url = await serve(giving('application/jwt', (jwt) => jwt));
    expect(await codesOf(url, { session: cookieSession, other: { cookie: 'sid=three' } })).toEqual([
      'SESSION_REFUSED',
    ]);
  });

  test.concurrent('never answer', async () => {
    expect(await codesOf(await serve(() => {}))).toEqual(['TIMEOUT']);
  });

  test.each([
    ['http://api.example.com/auth', ['NO_TLS']],
    ['http://localhost.example.com/auth', ['NO_TLS']],
    ['https://api.example.com/auth', []],
    ['http://localhost:3000/auth', []],
    ['http://app.localhost/auth', []],
    ['http://127.0.0.1/auth', []],
    ['http://[::1]/auth', []],
  ])('be at %s', (url, expected) => {
    expect(judgeUrl(new URL(url)).map(({ code }) => code)).toEqual(expected);
  });
});

describe('pages of another origin', () => {
  const origin = 'https://app.example.com';
  const jwt = (text: string) => text;
  const allow = (more: Record<string, string> = {}) => ({ 'Access-Control-Allow-Origin': origin, ...more });
  const credentials = { 'Access-Control-Allow-Credentials': 'true' };
  const headers = { 'Access-Control-Allow-Headers': 'authorization, x-team' };

  test.concurrent.each<[string, 'cookie' | 'header', Record<string, string>, string[]]>([
    ['may come, with cookies', 'cookie', allow(credentials), []],
    ['may not come', 'cookie', {}, ['CORS_MISSING']],
    [
      'of another name may come',
      'cookie',
      allow({ 'Access-Control-Allow-Origin': 'https://b.example' }),
      ['CORS_MISSING'],
    ],
    [
      'may come, as may all, with cookies',
      'cookie',
      { 'Access-Control-Allow-Origin': '*' },
      ['CORS_WILDCARD'],
    ],
    ['may come, without cookies', 'cookie', allow(), ['CORS_CREDENTIALS']],
    ['may send their headers', 'header', allow(headers), []],
    [
      'may send one of their headers',
      'header',
      allow({ 'Access-Control-Allow-Headers': 'x-team' }),
      ['CORS_PREFLIGHT'],
    ],
    [
      'may send all headers but this',
      'header',
      allow({ 'Access-Control-Allow-Headers': '*' }),
      ['CORS_PREFLIGHT'],
    ],
    ['may not send headers', 'header', {}, ['CORS_PREFLIGHT']],
  ])('%s', async (_, session, answered, expected) => {
    const url = await serve(giving('application/jwt', jwt, () => answered));
    const given = session === 'cookie' ? cookieSession : headerSession;
    expect(await codesOf(url, { session: given, origin })).toEqual(expected);
  });

  test('need no leave for their own origin', async () => {
    const url = await serve(giving('application/jwt', jwt));
    expect(await codesOf(url, { session: cookieSession, origin: new URL(url).origin })).toEqual([]);
  });
});

test('POST sends parameters in the form, and asks no cache to stay away', async () => {
  const methods = new Set<string>();
  const url = await serve((request, response) => {
    methods.add(request.method!);
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', async () => {
      if (!isUser(request)) return handWritten(key)(request, response);
      const clientId = new URLSearchParams(body).get('clientId') ?? 'alice';
      response.writeHead(200, { 'Content-Type': 'application/jwt', 'X-Content-Type-Options': 'nosniff' });
      response.end(await createAblyJwt(key, { capability: { chat: ['subscribe'] }, clientId }));
    });
  });
  const codes = await codesOf(url, { method: 'POST', session: cookieSession });
  expect(codes).toEqual(['CLIENT_ID_FROM_REQUEST']);
  expect([...methods]).toEqual(['POST']);
});

test('for a person: claims in place of the token, what was not checked, and nothing secret', async () => {
  const url = await serve(handWritten(key));
  const { code, stdout, stderr } = await run(['check', `${url}?access=canary`, '--cookie-file', cookie]);
  expect(code).toBe(0);
  expect(stdout).toContain(`GET ${url}\n`);
  expect(stdout).toContain('clientId: alice');
  expect(stdout).toContain('No errors.');
  expect(stdout).toMatch(/Not checked: .*--other-cookie-file.*--origin.*ABLY_API_KEY/);
  expect(stdout + stderr).not.toMatch(/eyJ[\w-]+\.|sid=|canary/);
  expect(stdout + stderr).not.toContain(secret);
});

test('takes headers from files, for two users, and checks CORS for a page', async () => {
  const url = await serve((request, response) => {
    const user = { 'Bearer canary': 'sid=one', 'Bearer canary2': 'sid=two' }[
      request.headers.authorization ?? ''
    ];
    request.headers.cookie = user;
    if (request.headers.origin !== undefined) response.setHeader('Access-Control-Allow-Origin', '*');
    if (request.method !== 'OPTIONS') return handWritten(key)(request, response);
    response.setHeader('Access-Control-Allow-Headers', 'Authorization, X-Team');
    response.writeHead(204).end();
  });
  const other = await fileOf('Authorization: Bearer canary2');
  const files = ['--header-file', bearer, '--other-header-file', other];
  const flags = [...files, '--origin', 'https://app.example.com', '--method', 'GET'];
  const { code, stdout } = await run(['check', url, ...flags], { env: { ABLY_API_KEY: key } });
  expect(stdout).toContain('No errors.\n');
  expect(stdout).not.toMatch(/Not checked|canary/);
  expect(code).toBe(0);
});

test.each<[string, string[], string]>([
  ['no URL', [], 'check needs <url>'],
  ['a path', ['/auth'], 'whole URL'],
  ['another scheme', ['ftp://localhost/auth'], 'whole URL'],
  ['a password in the URL', ['http://alice:canary@localhost/auth'], 'password in the URL'],
  ['a method of its own', ['http://localhost/auth', '--method', 'PUT'], '--method must be GET or POST'],
  [
    'an origin with a path',
    ['http://localhost/auth', '--origin', 'https://a.example/'],
    '--origin must be an origin',
  ],
  ['a missing file', ['http://localhost/auth', '--cookie-file', '/nowhere'], '(ENOENT)'],
  ['a file without an end', ['http://localhost/auth', '--cookie-file', '/dev/zero'], 'longer than 1 MiB'],
  ['headers without an end', ['http://localhost/auth', '--header-file', '/dev/zero'], 'longer than 1 MiB'],
])('exits with 2 for %s', async (_, args, expected) => {
  const { code, stderr, stdout } = await run(['check', ...args]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(expected);
  expect(stderr).not.toContain('canary');
});

test.each<[string, string, string, string]>([
  ['a cookie without a name', '--cookie-file', 'canary', 'value of a Cookie header'],
  [
    "curl's cookie jar",
    '--cookie-file',
    '# Netscape\nlocalhost\tFALSE\t/\tFALSE\t0\tsid\tcanary=1',
    'value of a Cookie header',
  ],
  ['headers without a colon', '--header-file', 'Accept: */*\ncanary', 'Line 2 of --header-file is no header'],
  ['no headers', '--header-file', '\n', 'empty'],
])('exits with 2 for a file with %s, and shows none of it', async (_, flag, text, expected) => {
  const { code, stderr } = await run(['check', 'http://localhost/auth', flag, await fileOf(text)]);
  expect(code).toBe(2);
  expect(stderr).toContain(expected);
  expect(stderr).not.toContain('canary');
});

test('exits with 2 for a second user without a first one', async () => {
  const { code, stderr } = await run(['check', 'http://localhost/auth', '--other-header-file', bearer]);
  expect(code).toBe(2);
  expect(stderr).toContain('Another user needs a first one.');
});
