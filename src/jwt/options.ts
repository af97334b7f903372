import type { Capability } from '../capability/capability.js';
import type { JsonValue } from '../util/json.js';
import { namesOf } from '../util/options.js';
import type { Duration } from './duration.js';

/**
 * The value of the option `clientId` for a token whose holder may take any identity, including another user's: only for
 * your own servers. It is a symbol and not the string `'*'`, so that a user who registers the name `*` can't become
 * everybody.
 *
 * @example
 * ```ts run
 * import { anyClientId, createAblyJwt } from 'ably-jwt';
 *
 * await createAblyJwt('appId1.keyId:secret', { capability: { '*': ['publish'] }, clientId: anyClientId });
 * ```
 */
export const anyClientId: unique symbol = Symbol.for('ably-jwt.anyClientId');

/**
 * What a token grants, to whom, and for how long. Only `capability` is required.
 *
 * `undefined` means that an option is left out, except for `capability`, `clientId` and `revocationKey`: there it throws,
 * since it usually means that a value went missing. `null`, Promises and unknown names always throw.
 */
export interface AblyJwtOptions {
  /**
   * What the holder may do: an object that maps resources to operations, its JSON text, or `'inherit'` for every right of
   * the key. Required, because Ably gives a token without the claim every right of the key. The operations of an object
   * are checked; JSON text may hold operations that this version doesn't know. `undefined` throws.
   *
   * Claim: `x-ably-capability`, as canonical JSON text; no claim for `'inherit'`.
   * @see {@link https://ably.com/docs/auth/capabilities | Ably: capabilities}
   *
   * @example
   * ```ts
   * const capability = {
   *   'chat:*': ['subscribe', 'publish', 'presence'], // chat, chat:lobby, chat:lobby:typing …
   *   announcements: ['subscribe'],
   * } as const;
   * ```
   */
  capability: Capability | 'inherit' | (string & {});
  /**
   * The holder's identity. Ably stamps it on messages and presence, and refuses any other. Take it from the session that
   * your server has checked, never from the request. If omitted, the client is anonymous and can't enter presence.
   * `undefined`, `''` and `'*'` throw; see {@link anyClientId}.
   *
   * Claim: `x-ably-clientId`.
   * @see {@link https://ably.com/docs/auth/identified-clients | Ably: identified clients}
   */
  clientId?: string | typeof anyClientId;
  /**
   * `'server'` for your own servers that connect with Ably's server SDK and a token: Ably then counts no monthly active
   * user for them and doesn't limit their connections per `clientId`. Never set it for users or their devices. If
   * omitted, Ably treats the holder as a device.
   *
   * Claim: `x-ably-clientType`.
   *
   * @example
   * ```ts run
   * import { createAblyJwt } from 'ably-jwt';
   *
   * await createAblyJwt('appId1.keyId:secret', { capability: { 'jobs:*': ['subscribe'] }, clientType: 'server' });
   * ```
   */
  clientType?: 'server' | undefined;
  /**
   * How long the token is valid: a whole number and `s`, `m`, `h` or `d`. Greater than zero and at most 24 h, or 1 h with
   * `revocable`. Clients renew by themselves before a token expires, so prefer a short one. A bare number throws, because
   * Ably's `ttl` counts milliseconds and the claims of a JWT count seconds.
   *
   * Claim: `exp` = `iat` + ttl.
   * @defaultValue `'1h'`
   */
  ttl?: Duration | undefined;
  /**
   * Set to `true` if revocable tokens are enabled for the key. Ably then refuses a ttl above one hour, and so does this
   * function. If omitted, up to 24 h are accepted.
   *
   * @defaultValue `false`
   * @see {@link https://ably.com/docs/auth/revocation | Ably: token revocation}
   */
  revocable?: boolean | undefined;
  /**
   * A name by which you can revoke tokens together, such as the id of a session or device. Only keys with revocable tokens
   * honor it. If omitted, the token can be revoked by its `clientId` only. `undefined` and `''` throw.
   *
   * Claim: `x-ably-revocation-key`.
   * @see {@link https://ably.com/docs/auth/revocation | Ably: token revocation}
   *
   * @example
   * ```ts run
   * import { createAblyJwt } from 'ably-jwt';
   *
   * await createAblyJwt('appId1.keyId:secret', {
   *   capability: { 'chat:*': ['subscribe'] },
   *   clientId: 'alice',
   *   revocable: true,
   *   revocationKey: 'session-8f3a',
   * });
   * ```
   */
  revocationKey?: string;
  /**
   * Facts about the holder that other clients on a channel can trust. Maps channel names and patterns to a string, or to
   * a JSON value that is written as JSON text. Other clients read it as `extras.userClaim` of the holder's messages and
   * presence. If several patterns match, the most specific one counts.
   *
   * Claim: `ably.channel.<pattern>`, one for each.
   * @see {@link https://ably.com/docs/auth/token/jwt#channel-claims | Ably: channel claims}
   *
   * @example
   * ```ts run
   * import { createAblyJwt } from 'ably-jwt';
   *
   * await createAblyJwt('appId1.keyId:secret', {
   *   capability: { 'chat:*': ['subscribe', 'publish'] },
   *   clientId: 'alice',
   *   channelClaims: { 'chat:*': 'member', 'chat:lobby': 'moderator' },
   * });
   * ```
   */
  channelClaims?: { readonly [pattern: string]: JsonValue | undefined } | undefined;
  /**
   * The same for Ably Chat: maps room names and patterns to a string or a JSON value.
   *
   * Claim: `ably.room.<pattern>`, one for each.
   */
  roomClaims?: { readonly [pattern: string]: JsonValue | undefined } | undefined;
  /**
   * How often the holder may publish. Maps channel names and patterns to messages per second and attachment: a finite
   * number above 0; 0.1 is one message in ten seconds. If omitted, only the limits of your Ably package apply.
   *
   * Claim: `ably.limits.publish.perAttachment.maxRate.<pattern>`, one for each.
   * @see {@link https://ably.com/docs/auth/token/jwt#rate-limits | Ably: rate limits}
   */
  publishRateLimits?: { readonly [pattern: string]: number | undefined } | undefined;
  /**
   * Further claims, which Ably ignores and your own services may read: a JSON object. The holder can read them, so put no
   * secret in. `iat`, `exp` and names that begin with `x-ably-` or `ably.` throw, and so does what JSON would change:
   * functions, BigInt, non-finite numbers, objects with `toJSON`. At most 100 levels deep.
   *
   * @defaultValue `{}`
   */
  claims?: { readonly [name: string]: JsonValue | undefined } | undefined;
  /**
   * Set to `true` to sign in a page, where `window` and `document` exist. Otherwise that throws, because a key in a page
   * is public: anyone can read it and use all its rights.
   *
   * @defaultValue `false`
   */
  allowBrowser?: boolean | undefined;
  /**
   * When the token is issued. Rounded down to a whole second, so that it is never in the future.
   *
   * Claim: `iat`.
   * @defaultValue now
   */
  issuedAt?: Date | undefined;
  /**
   * How much earlier than `issuedAt` the token claims to be issued: a duration less than `ttl`, for servers whose clock
   * runs ahead of Ably's. It isn't the default, because a back-dated token can fall before the `issuedBefore` of a
   * revocation, and then a client that logs in again is refused.
   *
   * Claim: `iat` = `issuedAt` − backdate, and `exp` with it.
   * @defaultValue `'0s'`
   */
  backdate?: Duration | undefined;
}

/** @internal The names of {@link AblyJwtOptions}. */
export const jwtOptionNames: readonly string[] = namesOf<AblyJwtOptions>({
  capability: true,
  clientId: true,
  clientType: true,
  ttl: true,
  revocable: true,
  revocationKey: true,
  channelClaims: true,
  roomClaims: true,
  publishRateLimits: true,
  claims: true,
  allowBrowser: true,
  issuedAt: true,
  backdate: true,
});

/**
 * @internal Whether an object holds one of the options. Read by names that stand here: by a name in a variable it takes ten
 * times as long, and each signature asks it of `Object.prototype`.
 */
export function holdsJwtOption(object: Partial<AblyJwtOptions>): boolean {
  const { capability, clientId, clientType, ttl, revocable, revocationKey, channelClaims } = object;
  const { roomClaims, publishRateLimits, claims, allowBrowser, issuedAt, backdate } = object;
  const first = capability ?? clientId ?? clientType ?? ttl ?? revocable ?? revocationKey ?? channelClaims;
  return (
    (first ?? roomClaims ?? publishRateLimits ?? claims ?? allowBrowser ?? issuedAt ?? backdate) !== undefined
  );
}
