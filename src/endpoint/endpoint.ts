import type { Capability } from '../capability/capability.js';
import { AblyJwtError, assertKnownOptions, httpErrors, optionError, pointed } from '../errors.js';
import { type Duration, durationSeconds, formatSeconds } from '../jwt/duration.js';
import { type AblyKey, toAblyKey } from '../jwt/key.js';
import type { AblyJwtOptions } from '../jwt/options.js';
import { createAblyJwt } from '../jwt/sign.js';
import { decodeAblyJwt } from '../jwt/verify.js';
import { namesOf } from '../util/options.js';
import { describe } from '../util/text.js';
import { denialDetails } from './deny.js';
import { type AuthResponse, commonHeaders, errorResponse } from './response.js';

/**
 * The API key that signs, or a function that returns it for each request: for secrets that exist only while a request is
 * answered (the `env` of Workers), and for rotating the key without a restart.
 *
 * A string or an {@link AblyKey} is parsed when the endpoint is created, so that a malformed key fails at start-up. A
 * function is called once `authorize` has granted access. What it throws, or a malformed key that it returns, is a 500 and
 * goes to `onError`.
 *
 * @typeParam Req - your framework's request
 * @typeParam Context - what the endpoint is called with after the request
 *
 * @example
 * ```ts run
 * import { createAuthHandler } from 'ably-jwt';
 *
 * const auth = createAuthHandler(
 *   (_request: Request, env: { ABLY_API_KEY: string }) => env.ABLY_API_KEY,
 *   () => ({ clientId: 'alice', capability: { chat: ['subscribe'] } }),
 * );
 * export const worker = { fetch: auth }; // called as fetch(request, env)
 * ```
 */
export type AuthKey<Req, Context extends unknown[] = []> =
  | string
  | AblyKey
  | ((request: Req, ...context: Context) => string | AblyKey | Promise<string | AblyKey>);

/**
 * Authenticates the request and returns what to grant. Use your session or your own token; never trust `clientId`,
 * `capability` or `ttl` from the client.
 *
 * Return the options of {@link createAblyJwt}, or `null` for a logged-out user. Throw {@link deny} to reject a user,
 * {@link retryLater} if you can't decide yet. A thrown error whose `status` or `statusCode` is 401 counts as `null`, one
 * with 403 is a 403 with a generic text. Anything else thrown is a 500.
 *
 * @typeParam Req - your framework's request
 * @typeParam Context - what the endpoint is called with after the request
 */
export type Authorize<Req, Context extends unknown[] = []> = (
  request: Req,
  ...context: Context
) => AblyJwtOptions | null | Promise<AblyJwtOptions | null>;

/**
 * What the endpoint is called with after the request: the arguments that `authorize` takes, and those that the key function
 * takes. An argument that both take must fit both.
 *
 * @typeParam A - the arguments of `authorize`
 * @typeParam B - the arguments of the key function
 */
export type AuthContext<A extends unknown[], B extends unknown[]> = A extends [infer First, ...infer Rest]
  ? B extends [infer KeyFirst, ...infer KeyRest]
    ? [First & KeyFirst, ...AuthContext<Rest, KeyRest>]
    : A
  : B;

/** What `onIssued` receives about a token: whom it is for and what it grants. Never the token itself, so it may be logged. */
export interface IssuedToken {
  /** The name of the key that signed the token, `appId.keyId`. */
  keyName: string;
  /** The client id in the token: `'*'` for {@link anyClientId}, absent for an anonymous client. */
  clientId?: string;
  /** `'server'` in a token for a server-side Ably SDK, else absent. */
  clientType?: string;
  /** What the token grants; absent if it inherits every right of the key. */
  capability?: Capability;
  /** When the token expires. */
  expiresAt: Date;
}

/** Options of {@link createAuthEndpoint}. */
export interface AuthEndpointOptions<Req> {
  /**
   * The status for a logged-out user. Clients with a plain `authUrl` keep retrying forever after a 401, so the default is
   * 403, which stops them. With {@link createAuthCallback} both stop, and 401 lets `onUnauthorized` refresh the session
   * first. A 401 has the header `WWW-Authenticate: Bearer`.
   *
   * @defaultValue `403`
   */
  unauthenticatedStatus?: 401 | 403 | undefined;
  /**
   * How long `authorize` and the key function may take together. After that the endpoint answers 503. Keep it below the
   * 10 s after which the Ably SDK gives up. More than `'0s'`, at most `'24d'`.
   *
   * @defaultValue `'8s'`
   */
  timeout?: Duration | undefined;
  /**
   * Called for every unexpected 500 and 503, with what `authorize` threw or why no token could be signed. The client gets
   * none of it. What this function throws is ignored.
   *
   * @defaultValue logs with `console.error`
   */
  onError?: ((error: unknown, request: Req) => void) | undefined;
  /**
   * Called for every token, for audit logs. It gets whom and what the token is for, never the token. What this function
   * throws goes to `onError`, and the client still gets its token. If omitted, nothing is logged.
   *
   * @example
   * ```ts run
   * import { createAuthEndpoint } from 'ably-jwt';
   *
   * createAuthEndpoint('appId.keyId:secret', () => ({ clientId: 'alice', capability: { chat: ['subscribe'] } }), {
   *   onIssued: ({ clientId, expiresAt }) => console.log(`token for ${clientId} until ${expiresAt.toISOString()}`),
   * });
   * ```
   */
  onIssued?: ((issued: IssuedToken, request: Req) => void) | undefined;
}

/** @internal The names of {@link AuthEndpointOptions}. */
export const endpointOptionNames = {
  unauthenticatedStatus: true,
  timeout: true,
  onError: true,
  onIssued: true,
} as const;
const optionNames = namesOf<AuthEndpointOptions<unknown>>(endpointOptionNames);

/**
 * The auth endpoint for any framework: a function from your request to status, headers and body. For Node servers use
 * {@link createAuthListener}, for the Fetch API {@link createAuthHandler}.
 *
 * Wrong arguments throw when you create it. Afterwards each call resolves with a response, whatever `authorize` throws.
 *
 * Responds 200 with an uncacheable token, `application/jwt`. Every other response is an Ably error that Ably's clients
 * understand: after a 403 they stop, after a 5xx they retry.
 *
 * @param key - the Ably API key, or a function that returns it for each request; see {@link AuthKey}
 * @param authorize - decides who is asking and what they may do; see {@link Authorize}
 * @param options - status for logged-out users, time limit, error logger, audit log
 * @returns a function that takes your request and whatever else `authorize` needs
 * @typeParam Req - your framework's request
 * @typeParam Context - what `authorize` takes after the request
 * @typeParam KeyContext - what the key function takes after the request
 * @throws {@link AblyJwtError} `KEY_MALFORMED` at once if the key isn't an Ably API key
 * @throws {@link AblyJwtError} `OPTION_INVALID` at once if `authorize` or an option is misspelled, missing or of the wrong
 *   type
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
export function createAuthEndpoint<
  Req = unknown,
  Context extends unknown[] = [],
  KeyContext extends unknown[] = [],
>(
  key: AuthKey<Req, KeyContext>,
  authorize: Authorize<Req, Context>,
  options: AuthEndpointOptions<Req> = {},
): (request: Req, ...context: AuthContext<Context, KeyContext>) => Promise<AuthResponse> {
  return pointed(createAuthEndpoint, () => {
    assertKnownOptions(options, optionNames, 'createAuthEndpoint');
    return createCore('createAuthEndpoint', key, authorize, options).answer;
  });
}

/** @internal The endpoint as its three shells use it. */
export interface AuthCore<Req> {
  /** Answers a request. Never rejects. */
  answer(request: Req, ...context: unknown[]): Promise<AuthResponse>;
  /** Passes an error to `onError` and answers 500, with nothing of the error in it. Never throws. */
  fail(error: unknown, request: Req): AuthResponse;
}

/**
 * @internal
 * The endpoint, which knows no HTTP library. Checks the values of `options`; their names are its caller's to check.
 *
 * @param caller - the public function that creates it; for messages
 */
export function createCore<Req>(
  caller: string,
  key: AuthKey<Req, never>,
  authorize: Authorize<Req, never>,
  options: AuthEndpointOptions<Req>,
): AuthCore<Req> {
  const keyFor = typeof key === 'function' ? key : always(toAblyKey(key, `${caller}(key, authorize)`));
  if (typeof authorize !== 'function') throw optionError('authorize', authorize, 'a function');
  const { unauthenticatedStatus = 403, onError = logError, onIssued } = options;
  if (unauthenticatedStatus !== 401 && unauthenticatedStatus !== 403) {
    throw optionError('unauthenticatedStatus', unauthenticatedStatus, '401 or 403');
  }
  if (typeof onError !== 'function') throw optionError('onError', onError, 'a function');
  if (onIssued !== undefined && typeof onIssued !== 'function')
    throw optionError('onIssued', onIssued, 'a function');
  const timeout = timeoutSeconds(options.timeout);

  const unauthenticated = () =>
    unauthenticatedStatus === 401
      ? errorResponse(httpErrors.unauthenticated, 'Not logged in.', { 'WWW-Authenticate': 'Bearer' })
      : errorResponse(httpErrors.forbidden, 'Not logged in.');

  function report(error: unknown, request: Req): void {
    notify(
      () => onError(error, request),
      () => {},
    );
  }

  function fail(error: unknown, request: Req): AuthResponse {
    report(error, request);
    return errorResponse(httpErrors.internal, 'The auth endpoint failed. Its own log says why.');
  }

  function timedOut(what: string, request: Req): AuthResponse {
    report(timeLimitError(what, timeout), request);
    return errorResponse(httpErrors.unavailable, 'The auth endpoint took too long. Try again.');
  }

  /** The response to what `authorize` threw. Only `deny` speaks to the user. */
  function rejected(thrown: unknown, request: Req): AuthResponse {
    const status = statusOf(thrown);
    if (status === 401) return unauthenticated();
    if (status === 403) return errorResponse(httpErrors.forbidden, 'Access denied.');
    return fail(thrown, request);
  }

  async function answer(request: Req, ...context: unknown[]): Promise<AuthResponse> {
    const deadline = performance.now() + timeout * 1000;
    let granted: AblyJwtOptions | null | typeof late;
    try {
      const decision = authorize(request, ...(context as never));
      granted = isPromise(decision) ? await before(deadline, decision) : decision;
    } catch (thrown) {
      return denialResponse(thrown) ?? rejected(thrown, request);
    }
    if (granted === late) return timedOut('authorize', request);
    if (granted === null) return unauthenticated();
    try {
      // A denial that was returned, not thrown, is as clear.
      const denial = denialResponse(granted);
      if (denial !== undefined) return denial;
      assertOptions(granted);
      const found = keyFor(request, ...(context as never));
      const foundKey = isPromise(found) ? await before(deadline, found) : found;
      if (foundKey === late) return timedOut('The key function', request);
      const token = await createAblyJwt(foundKey, granted);
      if (onIssued !== undefined) {
        notify(
          () => onIssued(issuedToken(token), request),
          (error) => report(error, request),
        );
      }
      return { status: 200, headers: { 'Content-Type': 'application/jwt', ...commonHeaders }, body: token };
    } catch (thrown) {
      return denialResponse(thrown) ?? fail(thrown, request);
    }
  }

  return { answer, fail };
}

const always =
  <T>(value: T) =>
  () =>
    value;

/** The longest delay that timers take, in seconds. */
const maxTimerSeconds = 2_147_483;

function timeoutSeconds(timeout: Duration = '8s'): number {
  const seconds = durationSeconds('timeout', timeout);
  if (seconds === 0 || seconds > maxTimerSeconds) {
    throw optionError('timeout', timeout, "more than '0s' and at most '24d'");
  }
  return seconds;
}

/** The response to a denial; `undefined` for anything else. */
function denialResponse(thrown: unknown): AuthResponse | undefined {
  const denial = denialDetails(thrown);
  if (denial === undefined) return undefined;
  return denial.seconds === undefined
    ? errorResponse(httpErrors.forbidden, denial.message)
    : errorResponse(httpErrors.unavailable, denial.message, { 'Retry-After': String(denial.seconds) });
}

/** Whether a thrown error says 401 or 403, in one of the properties in which frameworks have their status. */
function statusOf(thrown: unknown): 401 | 403 | undefined {
  try {
    const { status, statusCode } = thrown as { status?: unknown; statusCode?: unknown };
    if (status === 401 || statusCode === 401) return 401;
    return status === 403 || statusCode === 403 ? 403 : undefined;
  } catch {
    // Nothing was thrown, or a proxy that throws.
    return undefined;
  }
}

/** Refuses what can't be the options of a token. What is in them, `createAblyJwt` checks. */
function assertOptions(granted: unknown): asserts granted is AblyJwtOptions {
  if (typeof granted === 'object' && !Array.isArray(granted)) return;
  // Not the text of a string: it may be a token or a secret.
  const found = typeof granted === 'string' ? 'a string' : describe(granted);
  throw new AblyJwtError(
    'OPTION_INVALID',
    `authorize returned ${found}. Return the options of createAblyJwt, such as { clientId, capability }, or null for a logged-out user.`,
    typeof granted === 'string' ? { hint: 'The endpoint signs the token itself.' } : {},
  );
}

function issuedToken(token: string): IssuedToken {
  const { keyName, clientId, clientType, capability, expiresAt } = decodeAblyJwt(token);
  return {
    keyName,
    ...(clientId === undefined ? {} : { clientId }),
    ...(clientType === undefined ? {} : { clientType }),
    ...(capability === undefined ? {} : { capability }),
    expiresAt,
  };
}

/** Unlike `isThenable`, it lets a getter throw: that error belongs to `onError`. */
function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/** In place of a value that didn't come in time. No error, so that nothing thrown has to be examined for being it. */
const late: unique symbol = Symbol('late');

/** Waits for a value until a deadline, in milliseconds of `performance.now()`. */
function before<T>(deadline: number, value: Promise<T>): Promise<T | typeof late> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(late), deadline - performance.now());
    Promise.resolve(value)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}

function timeLimitError(what: string, seconds: number): Error {
  const error = new Error(`${what} did not answer within ${formatSeconds(seconds)}.`);
  error.name = 'TimeLimitError';
  return error;
}

function logError(error: unknown): void {
  console.error('ably-jwt: the auth endpoint failed:', error);
}

/** Calls a function of the user's. Doesn't wait for it, since a slow log must not delay the response. */
function notify(call: () => unknown, onError: (error: unknown) => void): void {
  try {
    Promise.resolve(call()).catch(onError);
  } catch (error) {
    onError(error);
  }
}
