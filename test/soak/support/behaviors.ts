import type { IncomingMessage, ServerResponse } from 'node:http';
import { createAblyJwt, deny, retryLater } from 'ably-jwt';
import { rawJwt } from '../../support/tokens.js';

/** A request to the auth server for which a behavior was planned, and what it may answer with. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Who asks. */
  readonly clientId: string;
  /** The key that the endpoint signs with at the time. */
  readonly key: string;
  /** The endpoint's time, in milliseconds since 1970. */
  readonly now: number;
  /** A token of that key, for who asks unless another is named. */
  token(clientId?: string): Promise<string>;
  /** A TokenRequest of that key. */
  tokenRequest(): Promise<object>;
}

/** A way in which an endpoint answers, and what becomes of the client. */
export interface Behavior {
  readonly name: string;
  /**
   * `good`: the client has its token. `temporary`: it retries. `final`: it stops. `refused`: the client takes it for a
   * token, Ably doesn't, and the client retries.
   */
  readonly kind: 'good' | 'temporary' | 'final' | 'refused';
  /** What the client's error says; `URL` stands for that of the endpoint. */
  readonly says?: string | RegExp;
  /** What the endpoint's `authorize` does. */
  readonly authorize?: () => never | null | Promise<never>;
  /** Whether the endpoint's key function throws. */
  readonly failsToFindKey?: true;
  /** What comes instead of the endpoint's answer. */
  readonly answer?: (exchange: Exchange) => unknown;
  /** What the app's function for `headers` does, before there is a request. */
  readonly headers?: () => never | Record<string, string> | Promise<never>;
}

const send = (
  { response }: Exchange,
  body: string,
  contentType = 'application/jwt',
  status = 200,
  headers: Record<string, string> = {},
) => void response.writeHead(status, { 'content-type': contentType, ...headers }).end(body);

const throwing = (error: unknown) => () => {
  throw error;
};
const silent = 'No token: auth endpoint silent for 8 s. The client retries.';
const cut = 'The connection to URL failed. The client retries.';

function status(code: number, kind: 'temporary' | 'final', retryAfter?: (now: number) => string): Behavior {
  const advice =
    kind === 'temporary'
      ? 'The client retries.'
      : code === 404
        ? 'Check the URL passed to createAuthCallback.'
        : code < 404
          ? 'Log in again.'
          : 'Check the options passed to createAuthCallback.';
  return {
    name: `${code}${retryAfter === undefined ? '' : ', Retry-After'}`,
    kind,
    says: `URL answered ${code}. ${advice}`,
    answer: (exchange) =>
      send(
        exchange,
        '<h1>Sorry</h1>',
        'text/html',
        code,
        retryAfter === undefined ? {} : { 'retry-after': retryAfter(exchange.now) },
      ),
  };
}

const notAToken = (found: string) =>
  `URL answered ${found}, not a token. Check the URL passed to createAuthCallback.`;
const body = (
  name: string,
  kind: Behavior['kind'],
  text: (exchange: Exchange) => string | Promise<string>,
  contentType: string,
  says?: string,
): Behavior => ({
  name,
  kind,
  ...(says === undefined ? {} : { says }),
  answer: async (exchange) => send(exchange, await text(exchange), contentType),
});

/** A token that Ably refuses, though the client can read it. */
const refused = (name: string, make: (exchange: Exchange) => string | Promise<string>): Behavior =>
  body(name, 'refused', make, 'application/jwt');

/** Signed by hand, so that it may be wrong. */
const handmade = ({ key, now, clientId }: Exchange, changes: { claims?: object; secret?: string } = {}) => {
  const [kid, secret] = key.split(':') as [string, string];
  const iat = Math.floor(now / 1000);
  return rawJwt({
    header: { alg: 'HS256', typ: 'JWT', kid },
    payload: {
      iat,
      exp: iat + 600,
      'x-ably-clientId': clientId,
      'x-ably-capability': '{"*":["*"]}',
      ...changes.claims,
    },
    secret: changes.secret ?? secret,
  });
};

/** Every row of the client's tables in docs/renewal-and-errors.md, and a few more. */
export const behaviors: readonly Behavior[] = [
  body(
    'a token in quotes',
    'good',
    async (exchange) => JSON.stringify(await exchange.token()),
    'application/json',
  ),
  body('a token in white space', 'good', async (exchange) => ` ${await exchange.token()}\r\n`, 'text/plain'),
  body(
    '{ token }',
    'good',
    async (exchange) => JSON.stringify({ token: await exchange.token() }),
    'application/json',
  ),
  body(
    'a TokenRequest',
    'good',
    async (exchange) => JSON.stringify(await exchange.tokenRequest()),
    'application/json',
  ),

  ...[408, 425, 429, 500, 502, 503, 504].map((code) => status(code, 'temporary')),
  status(503, 'temporary', () => '120'),
  status(429, 'temporary', (now) => new Date(now + 90_000).toUTCString()),
  { ...status(503, 'temporary', () => '86400'), name: '503, Retry-After of a day' },
  {
    name: 'retryLater',
    kind: 'temporary',
    says: 'Try again later.',
    authorize: throwing(retryLater('30s')),
  },
  {
    name: 'authorize throws',
    kind: 'temporary',
    says: 'The auth endpoint failed. Its own log says why.',
    authorize: throwing(new Error('The session store is down.')),
  },
  {
    name: 'authorize hangs',
    kind: 'temporary',
    says: /^(The auth endpoint took too long\. Try again\.|No token: auth endpoint silent for 8 s\. The client retries\.)$/,
    authorize: () => new Promise<never>(() => {}),
  },
  {
    name: 'no key to sign with',
    kind: 'temporary',
    says: 'The auth endpoint failed. Its own log says why.',
    failsToFindKey: true,
  },
  { name: 'silence', kind: 'temporary', says: silent, answer: () => {} },
  {
    name: 'an answer that stops in the middle',
    kind: 'temporary',
    says: silent,
    answer: ({ response }) => response.writeHead(200, { 'content-type': 'application/jwt' }).write('eyJ'),
  },
  { name: 'a cut connection', kind: 'temporary', says: cut, answer: ({ response }) => response.destroy() },
  {
    name: 'an answer that is cut',
    kind: 'temporary',
    // Its status has come by then.
    says: /^(The connection to URL failed|URL answered 200)\. The client retries\.$/,
    answer({ response }) {
      response.writeHead(200, { 'content-type': 'application/jwt', 'content-length': '500' });
      response.write('eyJ', () => response.destroy());
    },
  },
  {
    name: 'what is not HTTP',
    kind: 'temporary',
    says: cut,
    answer: ({ response }) => response.socket?.end('Hello\r\n\r\n'),
  },
  {
    name: 'headers: a session that can’t be read now',
    kind: 'temporary',
    says: 'The session can’t be read.',
    headers: throwing(new Error('The session can’t be read.')),
  },
  {
    name: 'headers: a function that hangs',
    kind: 'temporary',
    says: silent,
    headers: () => new Promise<never>(() => {}),
  },

  { name: 'authorize returns null', kind: 'final', says: 'Not logged in.', authorize: () => null },
  {
    name: 'deny',
    kind: 'final',
    says: 'Your plan has ended.',
    authorize: throwing(deny('Your plan has ended.')),
  },
  ...[401, 403, 404, 405, 410].map((code) => status(code, 'final')),
  {
    name: 'a redirect',
    kind: 'final',
    says: 'URL redirected, probably to a login page: the session has ended.',
    answer: (exchange) => send(exchange, '', 'text/html', 302, { location: '/login' }),
  },
  body('HTML', 'final', () => '<form>', 'text/html', notAToken('HTML (200 text/html)')),
  body(
    'HTML as a token',
    'final',
    () => '<form>',
    'application/jwt',
    notAToken('HTML (200 application/jwt)'),
  ),
  body('an empty body', 'final', () => '', 'application/jwt', notAToken('nothing (200 application/jwt)')),
  {
    name: '204',
    kind: 'final',
    says: notAToken('nothing (204)'),
    answer: ({ response }) => response.writeHead(204).end(),
  },
  body('other text', 'final', () => 'No session', 'text/plain', notAToken('text (200 text/plain)')),
  body(
    'the text "undefined"',
    'final',
    () => 'undefined',
    'text/plain',
    notAToken('undefined (200 text/plain)'),
  ),
  body(
    'more than 128 KiB',
    'final',
    () => 'x'.repeat(200_000),
    'text/plain',
    notAToken('more than 128 KiB (200 text/plain)'),
  ),
  body(
    'JSON without a token',
    'final',
    () => '{"accessToken":"a.b.c"}',
    'application/json',
    'URL answered JSON without "token"; it has "accessToken".',
  ),
  body(
    'a token that is no text',
    'final',
    () => '{"token":{"jwt":"a.b.c"}}',
    'application/json',
    notAToken('JSON (200 application/json)'),
  ),
  {
    ...body('a token of another client', 'final', (exchange) => exchange.token('mallory'), 'application/jwt'),
    says: /^This client is connected as "[^"]+", but the endpoint sent a token for "mallory"\. Close it and create a new client\.$/,
  },
  {
    name: 'headers: a header that HTTP doesn’t allow',
    kind: 'final',
    says: '"headers" has a name or value that HTTP does not allow.',
    headers: () => ({ 'x-session': 'a\nb' }),
  },
  {
    name: 'headers: a session that has ended',
    kind: 'final',
    says: 'Your session has ended.',
    headers: throwing(Object.assign(new Error('Your session has ended.'), { status: 403 })),
  },

  refused('an expired token', ({ key, clientId, now }) =>
    createAblyJwt(key, {
      clientId,
      capability: { '*': ['*'] },
      ttl: '10m',
      issuedAt: new Date(now - 3_600_000),
    }),
  ),
  refused('a token from the future', (exchange) => {
    const iat = Math.floor(exchange.now / 1000) + 1800;
    return handmade(exchange, { claims: { iat, exp: iat + 600 } });
  }),
  refused('a wrong signature', (exchange) => handmade(exchange, { secret: 'wrong' })),
  refused('a token of an unknown key', ({ key, clientId }) =>
    createAblyJwt(`${key.split('.')[0]}.nobody:secret`, { clientId, capability: { '*': ['*'] } }),
  ),
  refused('a capability that is an object', (exchange) =>
    handmade(exchange, { claims: { 'x-ably-capability': { '*': ['*'] } } }),
  ),
  {
    ...refused('a token of another app', ({ clientId }) =>
      createAblyJwt('foreign.key:secret', { clientId, capability: { '*': ['*'] } }),
    ),
    kind: 'final',
    says: /foreign/,
  },
];
