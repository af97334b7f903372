import { AblyJwtError, pointed } from '../errors.js';
import type { AuthKey, Authorize } from './endpoint.js';
import { type AuthServerOptions, createHttpCore } from './http.js';
import type { AuthResponse } from './response.js';

/** As much of Node's `IncomingMessage` as {@link createAuthListener} and most `authorize` functions need. */
export interface AuthListenerRequest {
  /** The HTTP method, such as `'GET'`. */
  readonly method?: string | undefined;
  /** The request target: path and query. */
  readonly url?: string | undefined;
  /** The headers, with names in lower case. */
  readonly headers: {
    /** The session cookie is in here. */
    readonly cookie?: string | undefined;
    /** The credentials of clients that send no cookies, such as `Bearer …`. */
    readonly authorization?: string | undefined;
    readonly [name: string]: string | string[] | undefined;
  };
}

/** As much of Node's `ServerResponse` as {@link createAuthListener} needs. */
export interface AuthListenerResponse {
  /** A header that was set before, such as a cookie of your session. */
  getHeader(name: string): number | string | string[] | undefined;
  /** Sends status and headers. */
  writeHead(status: number, headers: Record<string, string>): unknown;
  /** Sends the body. */
  end(body: string): unknown;
}

/** Options of {@link createAuthListener}. */
export interface AuthListenerOptions<Req> extends AuthServerOptions<Req> {}

/**
 * The auth endpoint for Node servers: `node:http`, Express, Connect, NestJS, Koa. It sends the response itself. Takes GET,
 * POST and HEAD, and responds 405 to other methods; to OPTIONS only if `cors` is given. Headers that were set before, such
 * as `Set-Cookie`, are sent too. Like {@link createAuthEndpoint}, on which it is built, it throws for wrong arguments when
 * you create it, and then responds to each request.
 *
 * @param key - the Ably API key, or a function that returns it for each request; see {@link AuthKey}
 * @param authorize - decides who is asking and what they may do; see {@link Authorize}
 * @param options - those of {@link createAuthEndpoint}, and `cors`
 * @returns a function that takes Node's request and response
 * @typeParam Req - your framework's request
 * @throws {@link AblyJwtError} `KEY_MALFORMED` at once if the key isn't an Ably API key
 * @throws {@link AblyJwtError} `OPTION_INVALID` at once if `authorize` or an option is misspelled, missing or of the wrong
 *   type
 *
 * @example
 * ```ts run
 * import { createServer } from 'node:http';
 * import { createAuthListener } from 'ably-jwt';
 *
 * const sessions = new Map([['session=s1', { userId: 'alice' }]]);
 * const auth = createAuthListener('appId.keyId:secret', (request) => {
 *   const session = sessions.get(request.headers.cookie ?? '');
 *   return session ? { clientId: session.userId, capability: { 'chat:*': ['subscribe', 'publish'] } } : null;
 * });
 *
 * createServer((request, response) => {
 *   if (request.url?.split('?', 1)[0] === '/auth') return auth(request, response);
 *   response.writeHead(404).end();
 * });
 * ```
 */
export function createAuthListener<Req extends AuthListenerRequest = AuthListenerRequest>(
  key: AuthKey<Req>,
  authorize: Authorize<Req>,
  options: AuthListenerOptions<Req> = {},
): (request: Req, response: AuthListenerResponse) => void {
  const core = pointed(createAuthListener, () =>
    createHttpCore('createAuthListener', key, authorize, options, {
      method: (request) => request.method!,
      header: ({ headers }, name) => (typeof headers[name] === 'string' ? headers[name] : null),
    }),
  );

  async function respond(request: Req, response: AuthListenerResponse): Promise<void> {
    try {
      if (!isNodeExchange(request, response)) throw notNode();
      send(response, await core.answer(request));
    } catch (error) {
      send(response, core.fail(error, request));
    }
  }

  return (request, response) => {
    // What is left is a response that can't be sent, as it was sent before. `onError` has been told.
    respond(request, response).catch(() => {});
  };
}

/** Whether both have what is read of them. Frameworks bring classes of their own. */
function isNodeExchange(request: unknown, response: unknown): boolean {
  try {
    const { method, headers } = request as AuthListenerRequest;
    const { writeHead, end, getHeader } = response as AuthListenerResponse;
    return (
      typeof method === 'string' &&
      typeof headers === 'object' &&
      [writeHead, end, getHeader].every((member) => typeof member === 'function')
    );
  } catch {
    return false;
  }
}

const notNode = () =>
  new AblyJwtError(
    'OPTION_INVALID',
    'createAuthListener was called without the request and response of a Node server.',
    {
      hint: 'For Fastify, pass request.raw and reply.raw, or use createAuthEndpoint. For the Fetch API use createAuthHandler.',
    },
  );

const utf8 = new TextEncoder();

function send(response: AuthListenerResponse, { status, headers, body }: AuthResponse): void {
  // What other middleware, such as one for CORS, has put there before.
  const vary = response.getHeader('Vary');
  if (vary !== undefined) headers.Vary = `${headers.Vary}, ${vary}`;
  // Node writes in chunks what has no length. A 204 must not have one.
  if (body !== '') headers['Content-Length'] = String(utf8.encode(body).length);
  response.writeHead(status, headers);
  response.end(body);
}
