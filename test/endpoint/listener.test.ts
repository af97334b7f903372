import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type AuthListenerOptions, createAuthListener, deny, verifyAblyJwt } from 'ably-jwt';
import express from 'express';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { everyHeader, granted, raise } from '../support/endpoint.js';
import { key } from '../support/tokens.js';

type Authorize = Parameters<typeof createAuthListener<IncomingMessage>>[1];
type Options = AuthListenerOptions<IncomingMessage>;
type Listener = (request: IncomingMessage, response: ServerResponse) => void;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A server on loopback; the function returned sends it a request and reads the whole response. */
async function serve(listener: Listener) {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return async (method = 'GET', headers: Record<string, string> = {}, path = '/auth') => {
    const sent = httpRequest({ host: '127.0.0.1', port, path, method, headers });
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const { date: _, connection: __, 'keep-alive': ___, ...rest } = response.headers;
    return { status: response.statusCode, headers: rest, body: await text(response) };
  };
}

const listener = (authorize: Authorize = () => granted, options: Options = {}) =>
  createAuthListener<IncomingMessage>(key, authorize, options);
const lower = (headers: object) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
const tokenHeaders = (body: string) =>
  lower({ 'Content-Type': 'application/jwt', 'Content-Length': String(body.length), ...everyHeader });
const app = 'https://app.example.com';

describe('createAuthListener', () => {
  test.each(['GET', 'POST'])('answers %s with a token', async (method) => {
    const ask = await serve(listener());
    const { status, headers, body } = await ask(method);
    expect(status).toBe(200);
    expect(headers).toEqual(tokenHeaders(body));
    await expect(verifyAblyJwt(body, key)).resolves.toMatchObject({ clientId: 'alice' });
  });

  test('answers HEAD like GET, without a body', async () => {
    const ask = await serve(listener(() => ({ ...granted, issuedAt: new Date(1e12) })));
    const [get, head] = [await ask('GET'), await ask('HEAD')];
    expect(head).toEqual({ ...get, body: '' });
  });

  test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('answers %s with 405', async (method) => {
    const authorize = vi.fn(() => granted);
    const { status, headers, body } = await (await serve(listener(authorize)))(method);
    expect(status).toBe(405);
    expect(headers).toMatchObject({ allow: 'GET, POST, HEAD', 'x-content-type-options': 'nosniff' });
    expect(JSON.parse(body).error).toMatchObject({ code: 40500, statusCode: 405 });
    expect(authorize).not.toHaveBeenCalled();
  });

  test('hands the request itself to authorize', async () => {
    let seen: IncomingMessage | undefined;
    const auth = listener((request) => {
      seen = request;
      return request.headers.cookie === 'session=s1' ? granted : null;
    });
    const requests: IncomingMessage[] = [];
    const ask = await serve((request, response) => {
      requests.push(request);
      auth(request, response);
    });
    expect((await ask('GET', { cookie: 'session=s1' })).status).toBe(200);
    expect(seen).toBe(requests[0]);
    expect((await ask()).status).toBe(403);
  });

  test('counts the bytes of a text, not its characters', async () => {
    const ask = await serve(listener(() => raise(deny('Gesperrt – 東京 😀'))));
    const { headers, body } = await ask();
    expect(JSON.parse(body).error.message).toBe('Gesperrt – 東京 😀');
    expect(headers['content-length']).toBe(String(Buffer.byteLength(body)));
    expect(headers['transfer-encoding']).toBeUndefined();
  });

  test('keeps the headers that were set before: a session cookie, and what Vary lists', async () => {
    const auth = listener();
    const ask = await serve((request, response) => {
      response.setHeader('Set-Cookie', 'session=s2');
      response.setHeader('Vary', 'Origin');
      auth(request, response);
    });
    const { headers } = await ask();
    expect(headers['set-cookie']).toEqual(['session=s2']);
    expect(headers.vary).toBe('Cookie, Authorization, Origin');
    expect(headers['content-type']).toBe('application/jwt');
  });

  test('serves HTTP/2', async () => {
    const server = createHttp2Server(createAuthListener(key, () => granted));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    closing.push(() => {
      session.destroy();
      server.close();
    });
    const stream = session.request({ ':path': '/auth' });
    const [headers] = await once(stream, 'response');
    expect(headers).toMatchObject({ ':status': 200, 'content-type': 'application/jwt' });
    await expect(verifyAblyJwt(await text(stream), key)).resolves.toMatchObject({ clientId: 'alice' });
  });
});

describe('createAuthListener with cors', () => {
  const cors = { origins: [app], credentials: true };

  test('answers a page of a listed origin', async () => {
    const ask = await serve(listener(undefined, { cors }));
    const { status, headers, body } = await ask('GET', { origin: app });
    expect(status).toBe(200);
    expect(headers).toEqual({
      ...tokenHeaders(body),
      vary: 'Cookie, Authorization, Origin',
      'access-control-allow-origin': app,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'Retry-After, X-Ably-ErrorCode',
    });
  });

  test('allows nothing to a page of another origin', async () => {
    const { headers } = await (await serve(listener(undefined, { cors })))('GET', {
      origin: 'https://evil.example',
    });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  test('allows nothing to what is no page, also where every page may ask', async () => {
    const ask = await serve(listener(undefined, { cors: { origins: ['*'] } }));
    const { headers } = await ask();
    expect(headers.vary).toBe('Cookie, Authorization, Origin');
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  test('answers the preflight without asking authorize', async () => {
    const authorize = vi.fn(() => granted);
    const ask = await serve(listener(authorize, { cors }));
    const { status, headers, body } = await ask('OPTIONS', {
      origin: app,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    });
    expect([status, body]).toEqual([204, '']);
    expect(headers).toEqual({
      vary: 'Origin, Access-Control-Request-Headers',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'access-control-allow-origin': app,
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'authorization',
      'access-control-allow-methods': 'GET, POST, HEAD',
      'access-control-expose-headers': 'Retry-After, X-Ably-ErrorCode',
      'access-control-max-age': '7200',
    });
    expect(authorize).not.toHaveBeenCalled();
    expect((await ask('PUT')).headers.allow).toBe('GET, POST, HEAD, OPTIONS');
  });
});

describe('createAuthListener in Express', () => {
  const authorize = (request: express.Request) =>
    request.query.session === 's1' || request.headers.cookie === 'session=s1' ? granted : null;

  test('is a route in one line, whatever the query', async () => {
    const ask = await serve(express().all('/auth', createAuthListener(key, authorize)));
    const alice = await ask('GET', { cookie: 'session=s1' }, '/auth?clientId=alice');
    expect([alice.status, alice.headers['content-type']]).toEqual([200, 'application/jwt']);
    const nobody = await ask('POST');
    // Express would add a charset, and Ably's client for Node would then not read the error.
    expect([nobody.status, nobody.headers['content-type']]).toEqual([403, 'application/json']);
  });

  test('is middleware too', async () => {
    const ask = await serve(express().use('/auth', createAuthListener(key, authorize)));
    expect((await ask('GET', { cookie: 'session=s1' })).status).toBe(200);
  });
});

describe('createAuthListener never throws', () => {
  const noNode = {
    code: 'OPTION_INVALID',
    message: 'createAuthListener was called without the request and response of a Node server.',
    hint: expect.stringContaining('createAuthHandler'),
  };

  test.each<[string, unknown, unknown]>([
    ['nothing', undefined, undefined],
    ['a Request of the Fetch API', new Request('https://example.com/auth'), undefined],
    ['a request without a response', { method: 'GET', headers: {} }, undefined],
    ['a request without a method', { headers: {} }, { writeHead() {}, end() {}, getHeader() {} }],
    ['a request without headers', { method: 'GET' }, { writeHead() {}, end() {}, getHeader() {} }],
    ["Fastify's reply", { method: 'GET', headers: {} }, { code() {}, send() {}, getHeader() {} }],
    ['what throws', new Proxy({}, { get: () => raise(new Error('no')) }), {}],
  ])('called with %s: onError is told what to do', async (_, request, response) => {
    const authorize = vi.fn(() => granted);
    const told = new Promise((resolve) => {
      const auth = listener(authorize, { onError: (error) => resolve(error) });
      expect(auth(request as IncomingMessage, response as ServerResponse)).toBeUndefined();
    });
    expect(await told).toMatchObject(noNode);
    expect(authorize).not.toHaveBeenCalled();
  });

  test('for a request of the wrong kind, with a response that can be used: a 500', async () => {
    const onError = vi.fn();
    const auth = listener(undefined, { onError });
    const ask = await serve((_, response) => auth(undefined as unknown as IncomingMessage, response));
    expect((await ask()).status).toBe(500);
    expect(onError.mock.calls).toEqual([[expect.objectContaining(noNode), undefined]]);
  });

  test('for a response that was already sent', async () => {
    let auth: Listener;
    const told = new Promise((resolve) => {
      auth = listener(undefined, { onError: resolve });
    });
    const ask = await serve((request, response) => {
      response.end('first');
      auth(request, response);
    });
    expect(await ask()).toMatchObject({ status: 200, body: 'first' });
    expect(await told).toMatchObject({ code: 'ERR_HTTP_HEADERS_SENT' });
  });
});
