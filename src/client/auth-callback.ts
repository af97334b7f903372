import { redact } from './answer.js';
import type { AuthCallbackError } from './error.js';
import { getToken } from './get-token.js';
import { type AuthCallbackOptions, type AuthCallbackSource, assertArguments } from './options.js';
import type { Token, TokenDetails, TokenParams, TokenRequest } from './token.js';
import { createWait } from './wait.js';

/** The type of `authCallback` among the options of Ably's client. */
export type AuthCallback = (
  tokenParams: TokenParams,
  callback: (error: AuthCallbackError | null, token: TokenDetails | TokenRequest | string | null) => void,
) => void;

/**
 * Creates the `authCallback` of an Ably client. Whenever the client wants a token, it gets a new one from your endpoint,
 * never from a cache. If there is none, it tells the client whether to retry.
 *
 * - Final errors stop the client (`failed`): 401, 403 and every other 4xx except 408, 425 and 429; a redirect; an answer
 *   that is not a token, such as a login page; a token for another `clientId`; a request that can't be sent, such as one to
 *   a relative URL outside a page.
 * - After temporary errors the client retries by itself: no network, no answer in time, 408, 425, 429, 5xx. `Retry-After` is
 *   honored, up to 10 minutes. An endpoint on another origin must expose that header through CORS.
 *
 * It keeps no other state between calls: you may create it twice, as React's StrictMode does, and use it for one client after
 * the other. On React Native, which has no streams, it reads an answer whole and follows redirects. Exclude your endpoint's
 * URL from your service worker, whose offline page would be a final error.
 *
 * @throws TypeError if `source` is missing, if an option is unknown, or if `timeout` is not a number in its range
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
  assertArguments(source, options);
  // Without a prototype, to which other code may have added a `fetch` or `headers`.
  const own: AuthCallbackOptions = Object.assign(Object.create(null), options);
  const url = typeof source === 'function' ? undefined : redact(`${source}`);
  const wait = createWait();

  return async (tokenParams, callback) => {
    // Not awaited: what Ably's client throws at its own call back is neither a failure of this call nor ours to hide.
    const callBack = async (error: AuthCallbackError | null, token: Token | null) => callback(error, token);
    const answer = { url, status: undefined, contentType: undefined };
    try {
      callBack(
        null,
        await getToken({
          source,
          options: own,
          tokenParams,
          wait,
          answer,
          inFlight: undefined,
          ended: false,
        }),
      );
    } catch (thrown) {
      const error = thrown as AuthCallbackError;
      callBack(error, null);
      await tell(own.onError, error);
    }
  };
}

async function tell(onError: AuthCallbackOptions['onError'], error: AuthCallbackError): Promise<void> {
  try {
    await onError?.(error);
  } catch {} // the app's own
}
