import { AblyJwtError, booleanOption } from '../errors.js';
import { quoted } from '../util/text.js';
import { assertJwtOptions, encodeClaims } from './encode.js';
import { hs256 } from './jws.js';
import { type AblyKey, toAblyKey } from './key.js';
import type { AblyJwtOptions } from './options.js';

/** Ably reads tokens from HTTP headers, which hold about 8 KiB. */
const maxTokenBytes = 8192;

/**
 * Signs an Ably JWT: a token that lets a client do what `capability` says, as `clientId`, until `ttl` has passed.
 * Make one on your server for each user you have checked, and let the client fetch it with {@link createAuthCallback}.
 *
 * Works on every runtime with WebCrypto or `node:crypto`. The same input and clock give the same bytes on all of them;
 * `options` is not changed. Errors reject, nothing is thrown synchronously.
 *
 * @param key - the Ably API key, `appId.keyId:secret`, or the result of {@link parseAblyKey}
 * @param options - what the token grants, to whom, and for how long
 * @returns the token, at most 8 KiB, for Ably's client or for an HTTP header
 * @throws {@link AblyJwtError} `KEY_MALFORMED`: the key is not one · `OPTION_INVALID`: an option is unknown, missing or
 *   of another form · `CAPABILITY_INVALID`: `capability` is empty or holds what Ably refuses · `TTL_TOO_LONG`: more
 *   than 24 h, or 1 h with `revocable` · `TOKEN_TOO_LARGE`: above 8 KiB · `BROWSER_KEY`: signing in a page
 * @see {@link https://ably.com/docs/auth/token/jwt | Ably: JWTs} · {@link https://www.rfc-editor.org/rfc/rfc7519 | RFC 7519}
 *
 * @example
 * ```ts run
 * import { createAblyJwt } from 'ably-jwt';
 *
 * const jwt = await createAblyJwt('appId.keyId:secret', {
 *   capability: { 'chat:*': ['subscribe', 'publish', 'presence'] },
 *   clientId: 'alice',
 *   ttl: '15m',
 * });
 * ```
 */
export async function createAblyJwt(key: string | AblyKey, options: AblyJwtOptions): Promise<string> {
  const ablyKey = toAblyKey(key);
  assertJwtOptions(options);
  assertNotInPage(options.allowBrowser);
  const payload = encodeClaims(options, Date.now());
  const signed = hs256().sign(ablyKey, payload);
  const jwt = typeof signed === 'string' ? signed : await signed;
  assertTokenSize(jwt, payload);
  return jwt;
}

/** Refuses to use an API key in a page. */
export function assertNotInPage(allowBrowser: unknown): void {
  if (booleanOption('allowBrowser', allowBrowser)) return;
  const { window, document } = globalThis as { window?: unknown; document?: unknown };
  if (window !== undefined && document !== undefined) {
    throw new AblyJwtError('BROWSER_KEY', 'An API key is used in a page, where everybody can read it.', {
      hint: 'Sign on a server and fetch the token with createAuthCallback. For a test in a simulated page, or a key that may be public, pass allowBrowser: true.',
    });
  }
}

/**
 * Refuses a token that does not fit in an HTTP header.
 *
 * @param jwt - the token
 * @param payload - its claims, or their JSON text, to find the largest
 */
export function assertTokenSize(jwt: string, payload: string | object): void {
  if (jwt.length <= maxTokenBytes) return;
  const claims: object = typeof payload === 'string' ? JSON.parse(payload) : payload;
  const sizes = Object.entries(claims)
    .map(([name, value]) => [name, new TextEncoder().encode(JSON.stringify(value)).length] as const)
    .sort(([, a], [, b]) => b - a);
  const [name, size] = sizes[0]!;
  throw new AblyJwtError(
    'TOKEN_TOO_LARGE',
    `The token has ${jwt.length} bytes, more than the ${maxTokenBytes} that fit in an HTTP header. Its largest claim is ${quoted(name)} with ${size} bytes.`,
    { hint: 'Grant patterns such as "chat:*" instead of single channels, and keep data out of claims.' },
  );
}
