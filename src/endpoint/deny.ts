import { optionError } from '../errors.js';

const refusal: unique symbol = Symbol.for('ably-jwt.AuthRefusal');

/** What {@link deny} and {@link retryLater} make, to be thrown by `authorize`. */
export interface AuthRefusal extends Error {
  /** @internal */
  readonly [refusal]: Refusal;
}

interface Refusal {
  /** How long to wait; absent when the refusal is final. */
  readonly seconds?: number;
}

/**
 * Refuses somebody who is known but may not connect. Throw it in `authorize`: the answer is a 403 with your text, and
 * Ably's client stops.
 *
 * @param reason - for the person at the client; they can read it as the connection's error
 *
 * @example
 * ```ts run
 * import { createAuthEndpoint, deny } from 'ably-jwt';
 *
 * createAuthEndpoint('appId.keyId:secret', (user: { id: string; banned: boolean }) => {
 *   if (user.banned) throw deny('This account is suspended.');
 *   return { clientId: user.id, capability: { chat: ['subscribe'] } };
 * });
 * ```
 */
export function deny(reason = 'Access denied.'): AuthRefusal {
  return Object.assign(new Error(reason), { [refusal]: {} });
}

/**
 * Puts a client off, for example while your session store is down. Throw it in `authorize`: the answer is a 503 with
 * `Retry-After`. {@link createAuthCallback} heeds it; a plain `authUrl` client tries again at its own pace.
 *
 * @param seconds - how long to wait: a finite number, 0 or more; rounded up
 * @throws {@link AblyJwtError} `OPTION_INVALID` for anything else
 *
 * @example
 * ```ts run
 * import { createAuthEndpoint, retryLater } from 'ably-jwt';
 *
 * createAuthEndpoint('appId.keyId:secret', () => {
 *   throw retryLater(30);
 * });
 * ```
 */
export function retryLater(seconds: number): AuthRefusal {
  if (typeof seconds !== 'number' || !(seconds >= 0 && seconds < Number.POSITIVE_INFINITY)) {
    throw optionError('seconds', seconds, 'a finite number, 0 or more');
  }
  return Object.assign(new Error('Try again later.'), { [refusal]: { seconds: Math.ceil(seconds) } });
}

/** Whether an error was made by {@link deny} or {@link retryLater}, of any copy of this package. */
export function isRefusal(error: unknown): error is AuthRefusal {
  try {
    return typeof error === 'object' && error !== null && refusal in error;
  } catch {
    // A proxy may throw.
    return false;
  }
}

/** Whether it is final or for some seconds. */
export function refusalOf(error: AuthRefusal): Refusal {
  return error[refusal];
}
