import { AblyJwtError, assertKnownOptions, booleanOption, httpFailures, optionError } from '../errors.js';
import type { AblyKey } from '../jwt/key.js';
import { namesOf } from '../util/options.js';
import {
  type AuthEndpointOptions,
  type Authorize,
  type AuthResponse,
  createAuthEndpoint,
  failure,
} from './endpoint.js';

/** Which pages of other origins may call the endpoint. */
export interface AuthCorsOptions {
  /** The origins, such as `'https://app.example.com'`; or `['*']` for every page, which excludes `credentials`. */
  origins: readonly string[];
  /**
   * Whether the browser may send cookies.
   *
   * @defaultValue `false`
   */
  credentials?: boolean | undefined;
}

/** Options of {@link createAuthHandler}. */
export interface AuthHandlerOptions extends AuthEndpointOptions<Request> {
  /**
   * For pages of other origins. They can then read `Retry-After` and `X-Ably-ErrorCode` of the answer.
   *
   * @defaultValue none: only pages of the endpoint's own origin can call it
   */
  cors?: AuthCorsOptions | undefined;
}

/**
 * The auth endpoint for everything that speaks the Fetch API: Hono, Next.js route handlers, Workers, Bun, Deno. Takes
 * GET, POST and HEAD, and answers 405 to the rest; OPTIONS is answered when `cors` is given. Like
 * {@link createAuthEndpoint}, on which it is built, it always answers and never throws.
 *
 * @param key - the Ably API key; parsed now, so that a bad key fails at start-up
 * @param authorize - who gets what
 * @param options - those of {@link createAuthEndpoint}, and `cors`
 * @throws {@link AblyJwtError} `KEY_MALFORMED` or `OPTION_INVALID`, at once
 *
 * @example
 * ```ts run
 * import { createAuthHandler } from 'ably-jwt';
 *
 * const GET = createAuthHandler('appId.keyId:secret', async (request) => {
 *   const user = request.headers.get('authorization') === 'Bearer letmein' ? { id: 'alice' } : null;
 *   return user && { clientId: user.id, capability: { 'chat:*': ['subscribe', 'publish'] } };
 * });
 * ```
 */
export function createAuthHandler(
  key: string | AblyKey,
  authorize: Authorize<Request>,
  options: AuthHandlerOptions = {},
): (request: Request) => Promise<Response> {
  assertKnownOptions(options, optionNames, 'createAuthHandler');
  const { cors, ...endpointOptions } = options;
  const endpoint = createAuthEndpoint(key, authorize, endpointOptions);
  const corsHeaders = corsPolicy(cors);
  const methods = `GET, POST, HEAD${cors === undefined ? '' : ', OPTIONS'}`;
  const wrongMethod = failure(httpFailures.methodNotAllowed, `The auth endpoint takes ${methods}.`, {
    Allow: methods,
  });

  const noFetchRequest = createAuthEndpoint(
    key,
    () => {
      throw new AblyJwtError(
        'OPTION_INVALID',
        'createAuthHandler was called without a Request of the Fetch API.',
        {
          hint: 'For Express, Fastify and node:http take createAuthEndpoint, which works with any request.',
        },
      );
    },
    endpointOptions as AuthEndpointOptions<unknown>,
  );

  return async (request) => {
    if (!isFetchRequest(request)) return toResponse(await noFetchRequest(request), {}, false);
    const allowed = corsHeaders(request);
    if (request.method === 'OPTIONS' && cors !== undefined)
      return new Response(null, { status: 204, headers: preflight(request, allowed) });
    const answer = /^(GET|POST|HEAD)$/.test(request.method) ? await endpoint(request) : wrongMethod;
    return toResponse(answer, allowed, request.method === 'HEAD');
  };
}

/** Whether it has what is read of a Request. Frameworks bring classes of their own. */
function isFetchRequest(request: unknown): boolean {
  try {
    const { method, headers } = request as Request;
    return typeof method === 'string' && typeof headers.get === 'function';
  } catch {
    return false;
  }
}

const optionNames = namesOf<AuthHandlerOptions>({
  cors: true,
  unauthenticatedStatus: true,
  timeout: true,
  onError: true,
});
const corsNames = namesOf<AuthCorsOptions>({ origins: true, credentials: true });

/** The CORS headers for a request: none when its origin is not among the allowed ones. */
function corsPolicy(cors: AuthCorsOptions | undefined): (request: Request) => Record<string, string> {
  if (cors === undefined) return () => ({});
  assertKnownOptions(cors, corsNames, 'createAuthHandler "cors"');
  const credentials = booleanOption('cors.credentials', cors.credentials);
  if (!Array.isArray(cors.origins)) throw optionError('cors.origins', cors.origins, 'a list of origins');
  for (const origin of cors.origins) assertOrigin(origin, credentials);
  const origins = new Set<string>(cors.origins);
  return (request) => {
    const origin = request.headers.get('origin');
    if (origin === null || !(origins.has(origin) || origins.has('*'))) return { Vary: 'Origin' };
    return {
      Vary: 'Origin',
      'Access-Control-Allow-Origin': origins.has('*') ? '*' : origin,
      ...(credentials ? { 'Access-Control-Allow-Credentials': 'true' } : {}),
      'Access-Control-Expose-Headers': 'Retry-After, X-Ably-ErrorCode',
    };
  };
}

function assertOrigin(origin: unknown, credentials: boolean): void {
  if (origin === '*') {
    if (credentials)
      throw optionError(
        'cors.origins',
        origin,
        'a list of named origins when cookies are allowed: browsers refuse "*" with them',
      );
    return;
  }
  if (typeof origin === 'string' && isOrigin(origin)) return;
  throw optionError(
    'cors.origins',
    origin,
    "origins such as 'https://app.example.com', without a path or a slash at the end",
  );
}

/** Whether browsers could send this as an `Origin`. They never send a pattern. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text) || text.includes('*')) return false;
  // Not the URL's own origin, which is null for the schemes of app shells, such as capacitor://localhost.
  const { protocol, host } = new URL(text);
  return host !== '' && `${protocol}//${host}` === text;
}

function preflight(request: Request, allowed: Record<string, string>): Record<string, string> {
  if (allowed['Access-Control-Allow-Origin'] === undefined) return allowed;
  return {
    ...allowed,
    Vary: 'Origin, Access-Control-Request-Headers',
    'Access-Control-Allow-Methods': 'GET, POST, HEAD',
    'Access-Control-Allow-Headers': request.headers.get('access-control-request-headers') ?? '',
    'Access-Control-Max-Age': '7200',
  };
}

function toResponse(
  { status, headers, body }: AuthResponse,
  cors: Record<string, string>,
  bodiless: boolean,
): Response {
  const response = new Response(bodiless ? null : body, { status, headers });
  for (const [name, value] of Object.entries(cors)) {
    if (name === 'Vary') response.headers.append(name, value);
    else response.headers.set(name, value);
  }
  return response;
}
