import { optionError, pointed } from '../errors.js';
import { type Duration, durationSeconds } from '../jwt/duration.js';

const brand: unique symbol = Symbol.for('ably-jwt.AuthDenial');

/** What {@link deny} and {@link retryLater} return, for `authorize` to throw. */
export interface AuthDenial extends Error {
  /** @internal */
  readonly [brand]: { readonly seconds?: number };
}

/**
 * Denies access to a user who is logged in but may not connect. Throw it in `authorize`: the endpoint answers 403 with
 * your text, and Ably's client stops.
 *
 * @param reason - the text for the user. With {@link createAuthCallback} it is the error's whole message. If omitted, it is
 *   `'Access denied.'`
 * @throws {@link AblyJwtError} `OPTION_INVALID` if `reason` is not a string or is blank
 *
 * @example
 * ```ts run
 * import { createAuthEndpoint, deny } from 'ably-jwt';
 *
 * createAuthEndpoint('appId.keyId:secret', (user: { id: string; banned: boolean }) => {
 *   if (user.banned) throw deny('Your account is suspended.');
 *   return { clientId: user.id, capability: { chat: ['subscribe'] } };
 * });
 * ```
 */
export function deny(reason = 'Access denied.'): AuthDenial {
  return pointed(deny, () => {
    if (typeof reason !== 'string' || reason.trim() === '')
      throw optionError('reason', reason, 'a text for the user', 'Leave it out for "Access denied."');
    return Object.assign(new Error(reason), { [brand]: {} });
  });
}

/** The longest `Retry-After`, in seconds: caches read no larger number (RFC 9111, section 1.2.2). */
const maxRetryAfter = 2 ** 31;

/**
 * Asks the client to retry later, for example while your session store is down. Throw it in `authorize`: the endpoint
 * answers 503 with `Retry-After`. {@link createAuthCallback} waits that long; a plain `authUrl` client retries at its own
 * pace.
 *
 * @param delay - how long to wait: a whole number and `s`, `m`, `h` or `d`, such as `'30s'`; `'0s'` means at once
 * @throws {@link AblyJwtError} `OPTION_INVALID` if `delay` is not a {@link Duration}
 *
 * @example
 * ```ts run
 * import { createAuthEndpoint, retryLater } from 'ably-jwt';
 *
 * createAuthEndpoint('appId.keyId:secret', () => {
 *   throw retryLater('30s');
 * });
 * ```
 */
export function retryLater(delay: Duration): AuthDenial {
  return pointed(retryLater, () => {
    const seconds = durationSeconds('delay', delay);
    if (seconds > maxRetryAfter) throw optionError('delay', delay, `at most ${maxRetryAfter} seconds`);
    return Object.assign(new Error('Try again later.'), { [brand]: { seconds } });
  });
}

/** What a denial tells the client. */
interface DenialDetails {
  readonly message: string;
  /** How long to wait; absent if the denial is final. */
  readonly seconds?: number;
}

/**
 * @internal
 * The details of a denial that any copy of this package made; `undefined` for anything else. Each property is read once
 * and checked, since a proxy or a forged denial may hold anything, such as a line break for a header.
 */
export function denialDetails(thrown: unknown): DenialDetails | undefined {
  try {
    const { [brand]: denial, message } = thrown as AuthDenial;
    if (typeof denial !== 'object' || typeof message !== 'string') return undefined;
    const { seconds } = denial;
    if (seconds === undefined) return { message };
    return Number.isSafeInteger(seconds) && seconds >= 0 ? { message, seconds } : undefined;
  } catch {
    // Nothing was thrown, or a proxy that throws.
    return undefined;
  }
}
