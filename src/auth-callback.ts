/** What Ably's client passes to its `authCallback`: what it knows about the token that it wants. */
export interface TokenParams {
  /** The identity of the client, from its options or its first token; absent until then. */
  readonly clientId?: string | null | undefined;
  /** From the app's own `defaultTokenParams` or `authorize()`: the capability. */
  readonly capability?: unknown;
  /** From the app's own `defaultTokenParams` or `authorize()`: the lifetime in milliseconds. */
  readonly ttl?: number | undefined;
  /** From the app's own `authorize()`: the time in milliseconds since the epoch. */
  readonly timestamp?: number | undefined;
  /** From the app's own `authorize()`: a random string. */
  readonly nonce?: string | undefined;
}

/** A token with what is known about it, in the form that Ably's client takes; decoded from the JWT, not verified. */
export interface TokenDetails {
  /** The token itself. */
  token: string;
  /** When it was issued, in milliseconds since the epoch; claim `iat`. */
  issued: number;
  /** When it expires, in milliseconds since the epoch; claim `exp`. */
  expires: number;
  /** What it grants, as JSON text. A token that inherits the capability of its key has none, whatever this type says: it is the type of Ably's client. */
  capability: string;
  /** The identity that it carries; absent for an anonymous token. */
  clientId?: string;
  /** The name of the key that signed it, `appId.keyId`; header `kid`. */
  keyName?: string;
}

/**
 * Why a call for a token failed: a plain `Error` with what Ably's client looks at. In Ably's `connection.errorReason` it
 * is the `cause`, with the same message and code.
 */
export interface AuthCallbackError extends Error {
  /** Ably's code, if the endpoint answered with one; 40102 for a token of another client; else 40170. */
  code: number;
  /** 403: final, the client turns `failed` and asks no more. 401: the client asks again by itself. */
  statusCode: number;
  /** The HTTP status that the endpoint answered, or the `status` of what the source function threw. A redirect that the browser hides counts as 302. */
  status: number | undefined;
  /** What `fetch`, a function of yours, or `onUnauthorized` threw; or the `error` in the endpoint's answer. */
  // biome-ignore lint/suspicious/noExplicitAny: Ably's client takes only its own ErrorInfo as the cause of one
  cause?: any;
}

/**
 * Where tokens come from: the URL of an endpoint, such as one made with `createAuthEndpoint`; or your own function that
 * resolves with a token, as text or as an object with a `token`. What the function throws counts like an answer with
 * its `status` or `statusCode`; without one, the client asks again.
 */
export type AuthCallbackSource =
  | string
  | URL
  | ((tokenParams: TokenParams) => PromiseOr<string | { readonly token: string }>);

/** A value, or a function that gives it anew for every request. */
export type PerCall<Value> = Value | ((tokenParams: TokenParams) => PromiseOr<Value>);

/** A text, `URLSearchParams` or `FormData`, sent as `fetch` sends them; any other object is sent as JSON. */
export type AuthCallbackBody = string | object | undefined;

type PromiseOr<Value> = Value | Promise<Value>;

/** How {@link createAuthCallback} asks, and whom it tells. */
export interface AuthCallbackOptions {
  /** The HTTP method. Default `'GET'`. */
  method?: string | undefined;
  /**
   * Headers of the request, as a plain object, or a function that returns it (or a promise of it) for every request, so
   * that a renewal sends the session of that moment. Default: none but `Accept`.
   */
  headers?: PerCall<{ readonly [name: string]: string } | undefined>;
  /**
   * Body of the request, for a `method` that has one, or a function that returns it (or a promise of it) for every
   * request. Text, `URLSearchParams` and `FormData` are sent as `fetch` does; any other object as JSON, with
   * `Content-Type: application/json`. Default: none.
   */
  body?: PerCall<AuthCallbackBody>;
  /** Whether cookies are sent. Default: that of `fetch`, `'same-origin'`. An endpoint on another origin needs `'include'`, and CORS with credentials. */
  credentials?: 'omit' | 'same-origin' | 'include' | undefined;
  /**
   * How long one call may take, in milliseconds, with everything in it: your functions, the request, reading its
   * answer, `onUnauthorized`, retries. More than 0, less than 2³¹; default 8000, below the ten seconds after which Ably's
   * client gives up without a cause.
   */
  timeout?: number | undefined;
  /** Ends calls, now and later, when it aborts: the client turns `failed`. */
  signal?: AbortSignal | undefined;
  /** Used in place of the global `fetch`; called with the URL and a `RequestInit`. */
  fetch?: typeof globalThis.fetch | undefined;
  /**
   * How often one call asks again after a temporary failure (no network, 408, 425, 429, 5xx), each time after a random
   * pause of up to half a second. Default 1; 0 leaves it to Ably's client, which asks again in about 15 seconds.
   */
  retries?: number | undefined;
  /**
   * Called when the endpoint answers 401, at most once in a call: refresh the session, and the request is repeated. When
   * it throws, or the answer is 401 again, that is final. Default: 401 is final.
   */
  onUnauthorized?: (() => unknown) | undefined;
  /** Called once for each call that failed, after Ably's client was told. What it throws is ignored. */
  onError?: ((error: AuthCallbackError) => unknown) | undefined;
}

/** The type of Ably's `ClientOptions.authCallback`. */
export type AuthCallback = (
  tokenParams: TokenParams,
  callback: (error: AuthCallbackError | null, token: TokenDetails | string | null) => void,
) => void;

// biome-ignore lint/suspicious/noExplicitAny: whatever a source gives, a server answers and a promise rejects with
type Anything = any;

/** 128 KiB: Ably's client takes no longer token. */
const limit = 2 ** 17;

/**
 * Makes the `authCallback` of an Ably client: it gets a token from your endpoint whenever the client wants one.
 *
 * @throws TypeError if `timeout` isn't a number of milliseconds above 0
 */
export function createAuthCallback(
  source: AuthCallbackSource,
  options: AuthCallbackOptions = {},
): AuthCallback {
  const { timeout = 8000, signal } = options;
  if (!(timeout > 0 && timeout < 2 ** 31 && timeout === +timeout))
    throw TypeError('"timeout" must be ms > 0');
  let waitUntil = 0;

  return async (tokenParams, callback) => {
    const stop = new AbortController();
    let { onUnauthorized: refresh, retries: left = 1 } = options;
    let before: Anything; // what to do before asking again
    let status: Anything;
    let response: Anything;

    const finish = async (error: AuthCallbackError | null, token: TokenDetails | string | null = null) => {
      if (timer) {
        timer = clearTimeout(timer) as undefined;
        stop.abort();
        callback(error, token);
        try {
          if (error) await options.onError?.(error);
        } catch {}
      }
    };

    const fail = (what: string, again?: boolean, code = 40170, cause?: unknown) => {
      const where = typeof source === 'function' ? 'function' : `${source}`.replace(/\?.*|[^/?]*@/gs, '');
      const answer = response ? ` ${status} ${response.headers.get('content-type')}` : '';
      const properties = { code, statusCode: again ? 401 : 403, status, cause };
      finish(Object.assign(Error(`auth endpoint ${what} (${where}${answer})`), properties));
    };

    const perCall = (value: Anything): Anything => (typeof value === 'function' ? value(tokenParams) : value);

    let timer: ReturnType<typeof setTimeout> | undefined = setTimeout(
      fail,
      timeout,
      `silent for ${timeout / 1e3} s`,
      true,
    );
    if (signal?.aborted) fail('aborted');
    else signal?.addEventListener('abort', () => fail('aborted'), stop); // until `stop.signal` aborts
    if (Date.now() < waitUntil) fail(`busy for ${(waitUntil - Date.now()) / 1e3} s`, true);

    while (timer) {
      try {
        await before?.();
        status = response = undefined;
        let answer = timer && (await perCall(source));
        if (answer === source) {
          let headers = await perCall(options.headers);
          let body = await perCall(options.body);
          let init: Anything;
          try {
            headers = new Headers(headers);
            headers.append('accept', 'application/json,text/plain');
            if (body && !body.append && !body.trim) {
              headers.set('content-type', 'application/json');
              body = JSON.stringify(body);
            }
            init = { ...options, headers, body, cache: 'no-store', redirect: 'manual', signal: stop.signal };
            new Request(source as Anything, init);
          } catch {
            return fail('needs absolute URL, valid headers, no GET body');
          }
          answer = response = await (options.fetch ?? fetch)(source as Anything, init);
          status = response.status || 302;
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
        const token = (value?.token ?? value)?.trim?.() ?? '-';
        if (answer?.length > limit || !/^[\w-]+\.[\w.=+/-]+$/.test(token)) {
          return fail(
            `sent ${answer?.length > limit ? 'over 128 KiB' : token[0] === '<' ? 'HTML' : token ? 'no token' : 'no body'}`,
          );
        }
        let details = value.issued ? value : token;
        try {
          const [header, claims] = token
            .split('.', 2)
            .map((part: string) =>
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
        } catch {}
        const own = tokenParams.clientId;
        const clientId = details.clientId;
        if (own && clientId && own !== '*' && clientId !== '*' && own !== clientId) {
          fail(`sent clientId "${clientId}", not "${own}": create a client`, false, 40102);
        } else finish(null, details);
        // biome-ignore lint/suspicious/noExplicitAny: anything can be thrown
      } catch (cause: any) {
        status ??= cause?.status ?? cause?.statusCode;
        const again = !/^3|^4(?!08|25|29)/.test(status);
        const now = Date.now();
        const after = response?.headers.get('retry-after');
        if (again) waitUntil = now + Math.min(after * 1e3 || Date.parse(after) - now || waitUntil - now, 6e5);
        if (status === 401 && refresh) {
          before = refresh;
          refresh = undefined;
        } else if (!again || !(left-- > 0) || now < waitUntil) {
          const ably = cause?.code > 1e4 ? cause : 0;
          fail(
            again
              ? `failed: ${ably.message || 'will retry'}`
              : `refused: ${ably.message || (status < 400 ? 'redirect' : 'log in, create a client')}`,
            again,
            ably.code,
            cause,
          );
        } else before = await new Promise((resolve) => setTimeout(resolve, Math.random() * 500));
      }
    }
  };
}
