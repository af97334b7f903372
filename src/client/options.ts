import type { AuthCallbackError } from './error.js';
import type { TokenDetails, TokenParams, TokenRequest } from './token.js';

/**
 * Where tokens come from: the URL of an endpoint, or a function that returns a token, as text, as an object with `token`,
 * or as a TokenRequest.
 *
 * An error that the function throws counts like an answer with its `status`, `statusCode` or (tRPC) `data.httpStatus`,
 * and its message is kept. Without a status it is temporary.
 */
export type AuthCallbackSource =
  | string
  | URL
  | ((
      tokenParams: TokenParams,
    ) =>
      | string
      | Pick<TokenDetails, 'token'>
      | TokenRequest
      | Promise<string | Pick<TokenDetails, 'token'> | TokenRequest>);

/** Text, `URLSearchParams` and `FormData` are sent as they are. Any other object is sent as JSON. */
export type AuthCallbackBody = string | object | undefined;
/** A value, or a function that returns it. The function is called for every request, so a renewal sends the current session. */
export type PerCall<Value> = Value | ((tokenParams: TokenParams) => Value | Promise<Value>);

/** How {@link createAuthCallback} asks for tokens, and what it calls if there is none. Times are milliseconds. */
export interface AuthCallbackOptions {
  /**
   * The HTTP method, or a function that returns it.
   *
   * @defaultValue `'GET'`
   */
  method?: PerCall<string | undefined>;
  /**
   * Headers as a plain object, or a function that returns it. `Accept: application/json,text/plain` is added, so that
   * frameworks answer 401 and not a login page.
   *
   * @example
   * ```ts
   * import { createAuthCallback } from 'ably-jwt/client';
   *
   * declare const session: { getAccessToken(): Promise<string> };
   * createAuthCallback('/auth', {
   *   headers: async () => ({ Authorization: `Bearer ${await session.getAccessToken()}` }),
   * });
   * ```
   */
  headers?: PerCall<{ readonly [name: string]: string } | undefined>;
  /** The body, or a function that returns it. An object is sent as JSON with that `Content-Type`. If omitted, none is sent. */
  body?: PerCall<AuthCallbackBody>;
  /**
   * When to send cookies. For an endpoint on another origin set `'include'`, and allow credentials in its CORS headers.
   *
   * @defaultValue `'same-origin'`
   */
  credentials?: 'omit' | 'same-origin' | 'include' | undefined;
  /**
   * Time limit for one call in milliseconds, including retries and your functions. Above 0 and below 2·10⁹. Keep it below
   * the Ably SDK's 10,000, so that you get a cause instead of a bare timeout.
   *
   * @defaultValue `8000`
   */
  timeout?: number | undefined;
  /**
   * Ends the current call and all later ones when it aborts. That is final: the client turns `failed`. If omitted, a call
   * ends with an answer or at its time limit.
   */
  signal?: AbortSignal | undefined;
  /** Replaces the global `fetch`. Called with the URL and a `RequestInit`. */
  fetch?: typeof globalThis.fetch | undefined;
  /**
   * How often a call retries after a temporary failure, each time after up to half a second.
   *
   * @defaultValue `1`
   */
  retries?: number | undefined;
  /**
   * Called on 401, at most once per call, to refresh the session before the request is repeated. If it throws, the 401 is
   * final. If omitted, every 401 is final.
   */
  onUnauthorized?: (() => unknown) | undefined;
  /** Called once for each call that failed, even if the client stays connected. What it throws is ignored. */
  onError?: ((error: AuthCallbackError) => unknown) | undefined;
}

// A name that is missing here doesn't compile.
const known: { readonly [Name in keyof AuthCallbackOptions]-?: true } = {
  method: true,
  headers: true,
  body: true,
  credentials: true,
  timeout: true,
  signal: true,
  fetch: true,
  retries: true,
  onUnauthorized: true,
  onError: true,
};

/** @internal @throws TypeError if there is no source, if an option is unknown, or if `timeout` is out of its range */
export function assertArguments(source: AuthCallbackSource, options: AuthCallbackOptions): void {
  if (!source)
    throw TypeError(
      `createAuthCallback needs a URL or a function as "source", found ${JSON.stringify(source)}.`,
    );
  for (const name of Object.keys(options)) {
    if (known[name as keyof typeof known] !== true)
      throw TypeError(`createAuthCallback has no option "${name}".`);
  }
  const { timeout = 1 } = options;
  if (typeof timeout !== 'number' || !(timeout > 0 && timeout < 2e9)) {
    const range = timeout >= 2e9 ? 'below 2e9' : 'above 0';
    throw TypeError(`"timeout" must be milliseconds ${range}, found "${timeout}".`);
  }
}
