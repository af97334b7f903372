/** What Ably's client passes to its `authCallback`: the token that it wants. */
export interface TokenParams {
  /** The identity of the client, from its options or its first token; absent until then. */
  clientId?: string;
  /** The capability, if the app gave one in `defaultTokenParams` or to `authorize()`. */
  // biome-ignore lint/suspicious/noExplicitAny: so that it fits what Ably's client calls TokenParams, both ways
  capability?: any;
  /** The lifetime in milliseconds, if the app gave one. */
  ttl?: number;
  /** The time in milliseconds since the epoch, if the app gave one to `authorize()`. */
  timestamp?: number;
  /** A random text, if the app gave one to `authorize()`. */
  nonce?: string;
}

/** A token with what its JWT says, as Ably's client takes it: decoded, not verified. */
export interface TokenDetails {
  /** The token itself. */
  token: string;
  /** When it was issued, in milliseconds since the epoch; claim `iat`. */
  issued: number;
  /** When it expires, in milliseconds since the epoch; claim `exp`. */
  expires: number;
  /** What it grants, as JSON text. Absent, though Ably's type requires it, if the token inherits its key's capability. */
  capability: string;
  /** The identity that it carries; absent for an anonymous token. */
  clientId?: string;
  /** The name of the key that signed it, `appId.keyId`; header `kid`. */
  keyName?: string;
}

/** Why there is no token: a plain `Error` with what Ably's client reads. It is the cause of that client's own error. */
export interface AuthCallbackError extends Error {
  /** Ably's number, if the endpoint's answer has one; 40102 for the token of another client; else 40170. */
  code: number;
  /** 403: final, the client turns `failed` and asks no more. 401: temporary, it asks again by itself. */
  statusCode: number;
  /** The HTTP status of the answer (302 for a redirect, which browsers hide), or of what a function of yours threw. */
  status: number | undefined;
  /** What `fetch` or a function of yours threw, or the `error` in the endpoint's answer. */
  // biome-ignore lint/suspicious/noExplicitAny: Ably's client takes only its own ErrorInfo for a cause
  cause?: any;
}

/**
 * Where tokens come from: the URL of an endpoint, or a function that gives a token, as text or as an object with `token`.
 * What it throws counts like an answer with its `status` or `statusCode`; without one it is temporary.
 */
export type AuthCallbackSource =
  | string
  | URL
  | ((
      tokenParams: TokenParams,
    ) => string | Pick<TokenDetails, 'token'> | Promise<string | Pick<TokenDetails, 'token'>>);

/** Text, `URLSearchParams` and `FormData` are sent as they are; any other object is sent as JSON. */
export type AuthCallbackBody = string | object | undefined;
/** A value, or a function that gives it anew for every request, so that a renewal sends the session of that moment. */
export type PerCall<Value> = Value | ((tokenParams: TokenParams) => Value | Promise<Value>);

/** How {@link createAuthCallback} asks for tokens, and whom it tells when there is none. */
export interface AuthCallbackOptions {
  /** The HTTP method, or a function that gives it. Default `'GET'`. */
  method?: PerCall<string | undefined>;
  /** Headers, as a plain object, or a function that gives it. Default: only `Accept`. */
  headers?: PerCall<{ readonly [name: string]: string } | undefined>;
  /** The body, or a function that gives it. An object is sent as JSON, with that `Content-Type`. Default: none. */
  body?: PerCall<AuthCallbackBody>;
  /** When to send cookies. Default `'same-origin'`; an endpoint elsewhere needs `'include'`, and CORS with credentials. */
  credentials?: 'omit' | 'same-origin' | 'include' | undefined;
  /** Limit for a call in milliseconds, your functions and retries included; more than 0, below 2·10⁹. Default 8000; Ably's is 10,000. */
  timeout?: number | undefined;
  /** Ends the call when it aborts, and all later ones: final. Default: none. */
  signal?: AbortSignal | undefined;
  /** Replaces the global `fetch`; gets the URL and a `RequestInit`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** How often a call asks again after a temporary failure, each time after up to half a second. Default 1. */
  retries?: number | undefined;
  /** Called on 401, at most once a call, to refresh the session for a second request. If it throws, the 401 is final. */
  onUnauthorized?: (() => unknown) | undefined;
  /** Called once for every call that failed, also while the client stays connected. What it throws is ignored. */
  onError?: ((error: AuthCallbackError) => unknown) | undefined;
}

/** The type of `authCallback` among the options of Ably's client. */
export type AuthCallback = (
  tokenParams: TokenParams,
  callback: (error: AuthCallbackError | null, token: TokenDetails | string | null) => void,
) => void;

// biome-ignore lint/suspicious/noExplicitAny: what servers answer and functions give or throw can be anything
type Anything = any;
const limit = 2 ** 17; // 128 KiB: Ably's client takes no longer token

/**
 * Makes the `authCallback` of an Ably client: gets a new token from your endpoint, never from a cache, whenever the client
 * wants one, and tells the client whether a failure is temporary or final.
 *
 * Final (the client turns `failed`): 401, 403 and every other 4xx but 408, 425 and 429; a redirect; an answer that is no
 * token, such as a login page; a token for another `clientId` than the client's; a request that can't be made, such as one
 * to a relative URL outside a page. Temporary (the client asks again): no network, no answer in time, 408, 425, 429, 5xx.
 * `Retry-After` is heeded, up to 10 minutes; from another origin only if CORS exposes it.
 *
 * Between calls it keeps nothing but that time: it may be made twice, as by React's StrictMode, and serve one client after
 * the other. React Native, which has no streams, reads an answer whole and follows redirects. A service worker should leave
 * this URL alone: its offline page would be final.
 * @throws TypeError if `timeout` is not a number in its range
 * @example
 * ```ts
 * import * as Ably from 'ably';
 * import { createAuthCallback } from 'ably-jwt/client';
 *
 * const realtime = new Ably.Realtime({ authCallback: createAuthCallback('/auth') });
 * ```
 * @see {@link https://sdk.ably.com/builds/ably/specification/main/features/#RSA4d | Ably's specification}, on 403
 */
export function createAuthCallback(
  source: AuthCallbackSource,
  options: AuthCallbackOptions = {},
): AuthCallback {
  const { timeout = 8000, signal } = options;
  if (!(timeout > 0 && timeout < 2e9 && timeout === +timeout)) throw TypeError('needs timeout > 0 ms');
  let waitUntil: Anything; // what Retry-After said, if anything

  // One long function, since each one more would cost bytes of the 1,500 that the client may have.
  return async (tokenParams, callback) => {
    const stop = new AbortController();
    let { onUnauthorized: refresh, retries: left = 1 } = options;
    let before: Anything; // what to do before asking again
    let status: Anything; // of the latest answer, as `response`
    let response: Anything;
    // Asynchronous: what Ably's client throws must not come back here, to be taken for a failure.
    const finish = async (error: AuthCallbackError | null, token: TokenDetails | string | null = null) => {
      if (timer) {
        timer = clearTimeout(timer) as undefined; // no timer: the call is over
        stop.abort();
        callback(error, token);
        try {
          if (error) await options.onError?.(error);
        } catch {}
      }
    };

    const fail = (what: string, again?: boolean, code = 40170, cause?: unknown) => {
      // Neither the query nor a password: error messages end up in logs.
      let where = typeof source === 'function' ? 'function' : `${source}`.replace(/\?.*|[^/?]*@/gs, '');
      if (response) where += ` ${status} ${response.headers?.get('content-type')}`;
      finish(
        Object.assign(Error(`auth endpoint ${what} (${where})`), {
          cause,
          code,
          status,
          statusCode: again ? 401 : 403,
        }),
      );
    };
    const perCall = (value: Anything): Anything => (typeof value === 'function' ? value(tokenParams) : value);
    let timer: Anything = setTimeout(fail, timeout, `silent for ${timeout / 1e3} s`, true);
    if (signal?.aborted) fail('aborted');
    else signal?.addEventListener('abort', () => fail('aborted'), stop); // removed by stop.signal
    const busy = waitUntil - Date.now();
    if (busy > 0) fail(`busy for ${busy / 1e3} s`, true);
    while (timer) {
      try {
        await before?.();
        status = response = undefined;
        let answer = timer && (await perCall(source));
        if (answer === source) {
          let headers = await perCall(options.headers);
          let body = await perCall(options.body);
          const method = (await perCall(options.method)) ?? 'GET';
          let init: Anything;
          try {
            headers = new Headers(headers);
            headers.append('accept', 'application/json,text/plain'); // no HTML, hence 401 and no login page
            if (body && !body.append && !body.trim) {
              headers.set('content-type', 'application/json');
              body = JSON.stringify(body);
            }
            init = { ...options, method, headers, body, redirect: 'manual', signal: stop.signal };
            // A Request without `cache` refuses the option too, as Workers of before November 2024 do.
            init.cache = new Request(source as Anything, init).cache && 'no-store';
          } catch {
            return fail('needs absolute URL, valid headers, no GET body'); // the cause would show a header's value
          }
          answer = response = await (options.fetch ?? fetch)(source as Anything, init);
          status = response.status || 302; // 0 where a browser hides a redirect
          const reader = response.body?.getReader();
          let chunk: Anything;
          if (reader) {
            // biome-ignore lint/suspicious/noAssignInExpressions: the read is the condition
            for (answer = new Blob([]); answer.size <= limit && (chunk = (await reader.read()).value); ) {
              answer = new Blob([answer, chunk]);
            }
            await reader.cancel();
          }
          answer = await answer.text();
        }
        let value = answer;
        try {
          value = JSON.parse(answer);
        } catch {}
        if (status > 299) throw value?.error;
        const token: string = (value?.token ?? value)?.trim?.() ?? '-';
        if (answer?.length > limit || !/^[\w=+/-]+\.[\w.=+/-]+$/.test(token)) {
          return fail(
            `sent ${answer?.length > limit ? 'over 128 KiB' : token ? (token[0] === '<' ? 'HTML' : 'no token') : 'no body'}`,
          );
        }
        let details = value.issued ? value : token;
        try {
          // escape() and decodeURIComponent() read UTF-8 also where there is no TextDecoder (React Native, jsdom).
          const [header, claims] = token
            .split('.', 2)
            .map((part) =>
              JSON.parse(decodeURIComponent(escape(atob(part.replace(/-/g, '+').replace(/_/g, '/'))))),
            );
          if (claims.exp > claims.iat) {
            details = {
              token,
              issued: claims.iat * 1e3,
              expires: claims.exp * 1e3,
              clientId: claims['x-ably-clientId'],
              capability: claims['x-ably-capability'],
              keyName: header.kid,
            };
          }
        } catch {} // not a JWT that can be read here, such as a JWE or Ably's own token
        const own = tokenParams?.clientId;
        const clientId = details.clientId;
        if (own && clientId && own !== clientId && own !== '*' && clientId !== '*') {
          fail(`sent "${own}" clientId "${clientId}": needs a new client`, false, 40102);
        } else finish(null, details);
        // biome-ignore lint/suspicious/noExplicitAny: anything can be thrown
      } catch (cause: any) {
        status ??= cause?.status ?? cause?.statusCode;
        const again = !/^3|^4(?!08|25|29)/.test(status); // no status: no network, or a function that says none
        const now = Date.now();
        const after = response?.headers?.get('retry-after'); // seconds or a date
        if (again && after) waitUntil = now + Math.min(after * 1e3 || Date.parse(after) - now, 6e5);
        if (status === 401 && refresh) {
          before = refresh;
          refresh = undefined;
        } else if (again && left-- > 0 && !(now < waitUntil)) {
          before = await new Promise((resolve) => setTimeout(resolve, Math.random() * 500));
        } else {
          const ably = cause?.code > 1e4 ? cause : 0;
          fail(
            again
              ? `failed: ${ably.message || 'will retry'}`
              : `refused: ${ably.message || (status < 400 ? 'redirect' : 'needs a new login or URL')}`,
            again,
            ably.code,
            cause,
          );
        }
      }
    }
  };
}
