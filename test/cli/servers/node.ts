import { createHmac, randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type defects from './defects.json';

/** One mistake, as people make it. */
export type Defect = keyof typeof defects;

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const users: Readonly<Record<string, string>> = { 'sid=one': 'alice', 'sid=two': 'bob' };
const ablyError = { error: { code: 40300, statusCode: 403, message: 'Not logged in.' } };
const guards = {
  'Cache-Control': 'private, no-store',
  'X-Content-Type-Options': 'nosniff',
};

/**
 * An auth endpoint that somebody wrote by hand: without a defect it does everything right, with one it makes that
 * mistake and no other. Paths and mistakes are those of the servers in other languages.
 */
export function handWritten(key: string, defect?: Defect): RequestListener {
  const [keyName = '', secret = ''] = key.split(':');
  const kept = new Map<string, string>();

  function sign(clientId: string | undefined, query: URLSearchParams): string {
    const iat = Math.floor(Date.now() / 1000);
    const capability = {
      'every-right': '{"*":["*"]}',
      'capability-from-query': query.get('capability') ?? '{"chat:*":["subscribe"]}',
      'object-capability': { 'chat:*': ['subscribe'] },
    }[defect as string];
    const ttl = {
      'whole-day': 86_400,
      milliseconds: 3_600_000,
      'ttl-from-query': Number(query.get('ttl') ?? 3_600_000) / 1000,
    }[defect as string];
    const payload = {
      iat,
      exp: iat + (ttl ?? 3600),
      [defect === 'plural-claim' ? 'x-ably-capabilities' : 'x-ably-capability']:
        capability ?? '{"chat:*":["subscribe"]}',
      'x-ably-clientId': clientId,
    };
    const kid = defect === 'app-id-as-kid' ? keyName.split('.')[0] : keyName;
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const input = `${encode({ alg: 'HS256', typ: 'JWT', kid })}.${encode(payload)}`;
    const hmac = createHmac('sha256', secret).update(input);
    return `${input}.${defect === 'hex-signature' ? hmac.digest('hex') : hmac.digest('base64url')}`;
  }

  function clientIdOf(user: string, query: URLSearchParams): string | undefined {
    switch (defect) {
      case 'client-id-from-query':
        return query.get('clientId') ?? user;
      case 'random-id':
        return `user-${randomUUID()}`;
      case 'one-id':
        return 'user';
      case 'no-id':
        return undefined;
      default:
        return user;
    }
  }

  function refuse(): Answer {
    const headers = { 'Content-Type': 'application/json', ...guards };
    switch (defect) {
      case 'redirect':
        return { status: 302, headers: { Location: '/login' }, body: '' };
      case 'login-page':
        return {
          status: 200,
          headers: { 'Content-Type': 'text/html' },
          body: '<!doctype html><title>Login</title>',
        };
      case 'crash':
        return {
          status: 500,
          headers: { 'Content-Type': 'text/plain' },
          body: 'TypeError: user is undefined',
        };
      case 'status-401':
        return {
          status: 401,
          headers,
          body: JSON.stringify({ error: { ...ablyError.error, code: 40100, statusCode: 401 } }),
        };
      case 'error-text':
        return { status: 403, headers, body: JSON.stringify({ error: 'Not logged in.' }) };
      case 'error-charset':
        return {
          status: 403,
          headers: { ...headers, 'Content-Type': 'application/json; charset=utf-8' },
          body: JSON.stringify(ablyError),
        };
      default:
        return { status: 403, headers, body: JSON.stringify(ablyError) };
    }
  }

  function answer(request: IncomingMessage): Answer {
    const query = new URL(request.url ?? '', 'http://localhost').searchParams;
    const user = users[request.headers.cookie ?? ''] ?? (defect === 'everybody' ? 'alice' : undefined);
    if (user === undefined) return refuse();
    let token = sign(clientIdOf(user, query), query);
    if (defect === 'kept') token = kept.get(user) ?? token;
    kept.set(user, token);
    const headers: Record<string, string> = { 'Content-Type': 'application/jwt', ...guards };
    const json = { ...headers, 'Content-Type': 'application/json' };
    switch (defect) {
      case 'html-type':
        return {
          status: 200,
          headers: { ...headers, 'Content-Type': 'application/octet-stream' },
          body: token,
        };
      case 'bare-as-json':
        return { status: 200, headers: json, body: token };
      case 'quoted':
        return {
          status: 200,
          headers: { ...headers, 'Content-Type': 'text/plain' },
          body: JSON.stringify(token),
        };
      case 'wrapped':
        return { status: 200, headers: json, body: JSON.stringify({ accessToken: token }) };
      case 'key-too': {
        const details = { token, keyName, issued: Date.now(), expires: Date.now() + 3_600_000 };
        return { status: 200, headers: json, body: JSON.stringify({ ...details, key }) };
      }
      case 'cacheable':
        return { status: 200, headers: { ...headers, 'Cache-Control': 'public, max-age=300' }, body: token };
      case 'sniffable': {
        const { 'X-Content-Type-Options': _, ...sniffable } = headers;
        return { status: 200, headers: sniffable, body: token };
      }
      case 'any-origin': {
        const origin = request.headers.origin;
        const cors = {
          'Access-Control-Allow-Origin': origin ?? '*',
          'Access-Control-Allow-Credentials': 'true',
        };
        return { status: 200, headers: { ...headers, ...cors }, body: token };
      }
      default:
        return { status: 200, headers, body: token };
    }
  }

  return (request: IncomingMessage, response: ServerResponse) => {
    const { status, headers, body } = answer(request);
    response.writeHead(status, headers).end(body);
  };
}
