import { pointingAt } from '../errors.js';
import { assertTokenSize } from './compact.js';
import { encodeClaims } from './encode.js';
import { hs256, signingInput } from './jws.js';
import { type AblyKey, assertNotInPage, toAblyKey } from './key.js';
import type { AblyJwtOptions } from './options.js';

/**
 * Signs an Ably JWT: a token that lets a client do what `capability` grants, as `clientId`, until `ttl` has passed.
 * Sign one on your server for each user you have authenticated, and let the client fetch it with
 * {@link createAuthCallback}.
 *
 * Works on every runtime with WebCrypto or `node:crypto`. The same input and clock give the same bytes on all of them.
 * `options` is not changed. Errors reject; nothing is thrown synchronously.
 *
 * @param key - the Ably API key, `appId.keyId:secret`, or the result of {@link parseAblyKey}
 * @param options - what the token grants, to whom, and for how long
 * @returns the token, at most 8 KiB, for Ably's client or for an HTTP header
 * @throws {@link AblyJwtError} `KEY_MALFORMED` if the value isn't an Ably API key
 * @throws {@link AblyJwtError} `OPTION_INVALID` if an option is misspelled, missing or of the wrong type, or if
 *   `capability`, `clientId` or `revocationKey` is `undefined`
 * @throws {@link AblyJwtError} `CAPABILITY_INVALID` if `capability` is empty or Ably would refuse it
 * @throws {@link AblyJwtError} `TTL_TOO_LONG` if `ttl` is above 24 h, or above 1 h with `revocable`
 * @throws {@link AblyJwtError} `TOKEN_TOO_LARGE` if the token is above 8 KiB
 * @throws {@link AblyJwtError} `BROWSER_KEY` if the code runs in a page
 * @see {@link https://ably.com/docs/auth/token/jwt | Ably: JWTs}
 * @see {@link https://www.rfc-editor.org/rfc/rfc7519 | RFC 7519}
 *
 * @example
 * ```ts run
 * import { createAblyJwt } from 'ably-jwt';
 *
 * const jwt = await createAblyJwt('appId1.keyId:secret', {
 *   capability: { 'chat:*': ['subscribe', 'publish', 'presence'] },
 *   clientId: 'alice',
 *   ttl: '15m',
 * });
 * ```
 */
export async function createAblyJwt(key: string | AblyKey, options: AblyJwtOptions): Promise<string> {
  try {
    const ablyKey = toAblyKey(key, 'createAblyJwt(key, options)');
    const payload = encodeClaims(options);
    assertNotInPage(options.allowBrowser);
    const input = signingInput(ablyKey, payload);
    const signature = hs256(ablyKey, input);
    const jwt = `${input}.${typeof signature === 'string' ? signature : await signature}`;
    assertTokenSize(jwt, payload);
    return jwt;
  } catch (error) {
    throw pointingAt(createAblyJwt, error);
  }
}
