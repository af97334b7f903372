import type { Capability } from '../capability/capability.js';
import type { JsonValue } from '../util/json.js';
import type { Duration } from './duration.js';

/**
 * The `clientId` option's value for a token whose holder may take any identity, also another user's: for trusted
 * servers only. A symbol and not the string `'*'`, so that a user who registers the name `*` can't become everybody.
 *
 * @example
 * ```ts run
 * import { anyClientId, createAblyJwt } from 'ably-jwt';
 *
 * await createAblyJwt('appId.keyId:secret', { capability: { '*': ['publish'] }, clientId: anyClientId });
 * ```
 */
export const anyClientId: unique symbol = Symbol.for('ably-jwt.anyClientId');

/**
 * What a token grants, to whom, and for how long. Only `capability` is required. `undefined` means absent, `null` and
 * unknown names are refused.
 */
export interface AblyJwtOptions {
  /**
   * What the holder may do: an object of resource → operations, the JSON text of one, or `'inherit'` for all rights
   * of the key. Required, since a token without the claim has every right of the key. Operations in an object are
   * checked; JSON text may hold operations that this version does not know.
   *
   * Claim: `x-ably-capability`, as canonical JSON text; none for `'inherit'`.
   * @see {@link https://ably.com/docs/auth/capabilities | Ably: capabilities}
   */
  capability: Capability | 'inherit' | (string & {});
  /**
   * The holder's identity: Ably stamps it on messages and presence, and refuses any other. Take it from the session
   * that your server has checked, never from the request. Left out: an anonymous client, which can't enter presence.
   * The string `'*'` is refused, see {@link anyClientId}.
   *
   * Claim: `x-ably-clientId`.
   * @see {@link https://ably.com/docs/auth/identified-clients | Ably: identified clients}
   */
  clientId?: string | typeof anyClientId | undefined;
  /**
   * How long the token is valid: a whole number and `s`, `m`, `h` or `d`; more than 0, at most 24 h (1 h with
   * `revocable`). The client renews by itself before that, so short is good. A bare number is refused, since Ably's
   * `ttl` counts milliseconds and a JWT's claims count seconds.
   *
   * Claim: `exp` = `iat` + ttl.
   * @defaultValue `'1h'`
   */
  ttl?: Duration | undefined;
  /**
   * Say `true` when the key has revocable tokens switched on: Ably then refuses a ttl above one hour, and so does
   * this option.
   *
   * @defaultValue `false`
   * @see {@link https://ably.com/docs/auth/revocation | Ably: token revocation}
   */
  revocable?: boolean | undefined;
  /**
   * A name, not empty, by which tokens can be revoked together, such as a session's or a device's id. Only keys with
   * revocable tokens heed it. Left out: the token can be revoked by its clientId only.
   *
   * Claim: `x-ably-revocation-key`.
   * @see {@link https://ably.com/docs/auth/revocation | Ably: token revocation}
   */
  revocationKey?: string | undefined;
  /**
   * Facts about the holder that the other clients on a channel can trust: channel name or pattern → a string, or a
   * JSON value that is written as JSON text. They read it as `extras.userClaim` of the holder's messages and presence;
   * where several patterns match, the most specific one counts.
   *
   * Claim: `ably.channel.<pattern>`, one for each.
   * @see {@link https://ably.com/docs/auth/token/jwt#channel-claims | Ably: channel claims}
   */
  channelClaims?: { readonly [pattern: string]: JsonValue | undefined } | undefined;
  /**
   * The same for Ably Chat: room name or pattern → a string or a JSON value.
   *
   * Claim: `ably.room.<pattern>`, one for each.
   */
  roomClaims?: { readonly [pattern: string]: JsonValue | undefined } | undefined;
  /**
   * How often the holder may publish: channel name or pattern → messages per second and attachment, a finite number
   * above 0; 0.1 is one in ten seconds. Left out: only the limits of your Ably package.
   *
   * Claim: `ably.limits.publish.perAttachment.maxRate.<pattern>`, one for each.
   * @see {@link https://ably.com/docs/auth/token/jwt#rate-limits | Ably: rate limits}
   */
  publishRateLimits?: { readonly [pattern: string]: number | undefined } | undefined;
  /**
   * Further claims, which Ably ignores and your own services may read: a JSON object. `iat`, `exp` and names that
   * begin with `x-ably-` or `ably.` are refused: they have options of their own. So is what JSON would change: functions,
   * BigInt, non-finite numbers, objects with `toJSON`. Every holder can read them: put no secret in.
   */
  claims?: { readonly [name: string]: JsonValue | undefined } | undefined;
  /**
   * Say `true` to sign in a page, where `window` and `document` exist. Refused otherwise, since a key in a page is
   * public: anybody can read it and use all its rights.
   *
   * @defaultValue `false`
   */
  allowBrowser?: boolean | undefined;
  /**
   * When the token is issued; rounded down to a whole second, so that it is never in the future.
   *
   * Claim: `iat`.
   * @defaultValue now
   */
  issuedAt?: Date | undefined;
  /**
   * How much earlier than `issuedAt` the token says it was issued, a duration less than `ttl`: for servers whose
   * clock runs ahead of Ably's. Not the default, because a back-dated token can fall before a revocation's
   * `issuedBefore`, and then a client that logs in again is refused.
   *
   * Claim: `iat` = `issuedAt` − backdate, and `exp` with it.
   * @defaultValue `'0s'`
   */
  backdate?: Duration | undefined;
}
