import { AblyJwtError, ablyErrorHref, assertKnownOptions, httpFailures, optionError } from '../errors.js';
import { type AblyKey, toAblyKey } from '../jwt/key.js';
import type { AblyJwtOptions } from '../jwt/options.js';
import { createAblyJwt } from '../jwt/sign.js';
import { namesOf } from '../util/options.js';
import { type AuthRefusal, isRefusal, refusalOf } from './deny.js';

/** What a server is to send: copy all three as they are. */
export interface AuthResponse {
  /** The HTTP status: 200 with a token; 403, 401, 500 or 503 with an Ably error. */
  status: number;
  /** The headers, among them those that keep the token out of every cache. */
  headers: Record<string, string>;
  /** The token, or the JSON text of an Ably error. */
  body: string;
}

/**
 * Decides who asks and what they get. Ask your session or your own token; never believe what the client sends as
 * `clientId`, `capability` or `ttl`.
 *
 * Return the options of {@link createAblyJwt}, or `null` for somebody who isn't logged in. Throw {@link deny} for
 * somebody who may not, {@link retryLater} when you can't tell now. Anything else thrown is a 500.
 *
 * @typeParam Req - your framework's request
 */
export type Authorize<Req> = (request: Req) => AblyJwtOptions | null | Promise<AblyJwtOptions | null>;

/** Options of {@link createAuthEndpoint}. */
export interface AuthEndpointOptions<Req> {
  /**
   * The status for `null`. Clients with a plain `authUrl` ask again for ever after a 401, so the default is 403, which
   * stops them. With {@link createAuthCallback} both stop, and 401 lets `onUnauthorized` refresh the session first.
   *
   * @defaultValue `403`
   */
  unauthenticatedStatus?: 401 | 403 | undefined;
  /**
   * How long `authorize` may take, in milliseconds; then the answer is a 503. Ably's client gives up after 10 s.
   *
   * @defaultValue `8000`
   */
  timeout?: number | undefined;
  /**
   * Is told of every 500 and 503 that nobody meant: what `authorize` threw, what could not be signed. The client gets
   * none of it. What this function throws is ignored.
   *
   * @defaultValue `console.error`
   */
  onError?: ((error: unknown, request: Req) => void) | undefined;
}

/**
 * The auth endpoint for any framework: a function from your request to status, headers and body. It always answers
 * and never throws. For frameworks on the Fetch API take {@link createAuthHandler}.
 *
 * 200 brings the token as `application/jwt`, never to be cached. Everything else is an Ably error that Ably's clients
 * understand: after a 403 they stop, after a 5xx they try again.
 *
 * @param key - the Ably API key; parsed now, so that a bad key fails at start-up
 * @param authorize - who gets what
 * @param options - status for nobody, time limit, error log
 * @typeParam Req - your framework's request
 * @throws {@link AblyJwtError} `KEY_MALFORMED` or `OPTION_INVALID`, at once
 * @see {@link https://ably.com/docs/auth/token | Ably: token authentication}
 *
 * @example
 * ```ts run
 * import { createServer } from 'node:http';
 * import type { IncomingMessage } from 'node:http';
 * import { createAuthEndpoint } from 'ably-jwt';
 *
 * const sessions = new Map([['s1', { userId: 'alice' }]]);
 * const auth = createAuthEndpoint('appId.keyId:secret', (request: IncomingMessage) => {
 *   const session = sessions.get(request.headers.cookie ?? '');
 *   return session ? { clientId: session.userId, capability: { 'chat:*': ['subscribe', 'publish'] } } : null;
 * });
 *
 * createServer(async (request, response) => {
 *   const { status, headers, body } = await auth(request);
 *   response.writeHead(status, headers).end(body);
 * });
 * ```
 */
export function createAuthEndpoint<Req = unknown>(
  key: string | AblyKey,
  authorize: Authorize<Req>,
  options: AuthEndpointOptions<Req> = {},
): (request: Req) => Promise<AuthResponse> {
  const ablyKey = toAblyKey(key);
  if (typeof authorize !== 'function') throw optionError('authorize', authorize, 'a function');
  assertKnownOptions(options, optionNames, 'createAuthEndpoint');
  const { unauthenticatedStatus = 403, timeout = 8000, onError = logError } = options;
  if (unauthenticatedStatus !== 401 && unauthenticatedStatus !== 403) {
    throw optionError('unauthenticatedStatus', unauthenticatedStatus, '401 or 403');
  }
  if (typeof timeout !== 'number' || !(timeout > 0 && timeout <= maxTimerMs)) {
    throw optionError('timeout', timeout, 'a number of milliseconds, more than 0');
  }
  if (typeof onError !== 'function') throw optionError('onError', onError, 'a function');
  const unauthenticated =
    unauthenticatedStatus === 401 ? httpFailures.unauthenticated : httpFailures.forbidden;

  return async (request) => {
    try {
      const decision = authorize(request);
      const granted = isPromise(decision) ? await withTimeLimit(decision, timeout) : decision;
      if (granted === null) return failure(unauthenticated, 'Not logged in.');
      if (granted === undefined) throw noDecision();
      // Returned and not thrown: what is meant is clear.
      if (isRefusal(granted)) throw granted;
      const body = await createAblyJwt(ablyKey, granted);
      return { status: 200, headers: { 'Content-Type': 'application/jwt', ...neverCached }, body };
    } catch (error) {
      if (isRefusal(error)) return refusalResponse(error);
      report(onError, error, request);
      return timeLimits.has(error as object)
        ? failure(httpFailures.unavailable, 'The auth endpoint took too long. Try again.')
        : failure(httpFailures.internal, 'The auth endpoint failed. Its own log says why.');
    }
  };
}

const optionNames = namesOf<AuthEndpointOptions<unknown>>({
  unauthenticatedStatus: true,
  timeout: true,
  onError: true,
});

/** The longest delay that timers take. */
const maxTimerMs = 2_147_483_647;

// One user's token must never be answered to another, so neither a cache nor a proxy may keep it.
const neverCached = {
  'Cache-Control': 'private, no-cache, no-store, must-revalidate',
  Vary: 'Cookie, Authorization',
} as const;

const noDecision = () =>
  new AblyJwtError('OPTION_INVALID', 'authorize returned undefined.', {
    hint: 'Return the options of createAblyJwt, or null for somebody who is not logged in.',
  });

/** An answer in the form in which Ably's clients read errors. Their Node build needs this very Content-Type. */
export function failure(
  [code, statusCode]: readonly [ablyCode: number, statusCode: number],
  message: string,
  headers: Record<string, string> = {},
): AuthResponse {
  return {
    status: statusCode,
    headers: {
      'Content-Type': 'application/json',
      'x-ably-errorcode': String(code),
      ...neverCached,
      ...headers,
    },
    body: JSON.stringify({ error: { code, statusCode, message, href: ablyErrorHref(code) } }),
  };
}

function refusalResponse(error: AuthRefusal): AuthResponse {
  const { seconds } = refusalOf(error);
  return seconds === undefined
    ? failure(httpFailures.forbidden, error.message)
    : failure(httpFailures.unavailable, error.message, { 'Retry-After': String(seconds) });
}

/** The errors of time limits that were reached. A set, since `instanceof` would run the traps of a thrown proxy. */
const timeLimits = new WeakSet<object>();

function timeLimitError(limitMs: number): Error {
  const error = new Error(`authorize did not answer within ${limitMs} ms.`);
  error.name = 'TimeLimitError';
  timeLimits.add(error);
  return error;
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

function withTimeLimit<T>(value: Promise<T>, limitMs: number): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(timeLimitError(limitMs)), limitMs);
    const settle = () => clearTimeout(timer);
    Promise.resolve(value).then(resolve, reject).finally(settle);
  });
}

function logError(error: unknown): void {
  console.error('ably-jwt: the auth endpoint failed:', error);
}

function report<Req>(onError: (error: unknown, request: Req) => unknown, error: unknown, request: Req): void {
  try {
    // Not awaited: a slow log must not hold up the answer. A rejection has nobody else to hear it.
    Promise.resolve(onError(error, request)).catch(() => {});
  } catch {
    // The endpoint always answers.
  }
}
