import { type Capability, can, parseCapability } from '../capability/capability.js';
import type { Operation } from '../capability/operation.js';
import { AblyJwtError, isAblyJwtError } from '../errors.js';
import type { JsonObject, JsonValue } from '../util/json.js';
import { describe, quoted } from '../util/text.js';
import { formatSeconds, maxTtlSeconds } from './duration.js';
import { claimNames, claimPrefixes, plainClaims, ttlError } from './encode.js';

/** What an Ably JWT says, with claims under the names that the rest of this package uses. */
export interface AblyJwt {
  /** The name of the key that signed it, `appId.keyId`. */
  keyName: string;
  /** The holder's identity; absent for an anonymous client, `'*'` when the holder may take any. */
  clientId?: string;
  /** What it grants, in canonical order; absent when it inherits all rights of the key. */
  capability?: Capability;
  /** When it was issued. */
  issuedAt: Date;
  /** From when on it is refused. */
  expiresAt: Date;
  /** The name by which it can be revoked together with others. */
  revocationKey?: string;
  /** Channel name or pattern → what others read as `extras.userClaim`. */
  channelClaims: Record<string, string>;
  /** The same for Ably Chat's rooms. */
  roomClaims: Record<string, string>;
  /** Channel name or pattern → messages per second and attachment. */
  publishRateLimits: Record<string, number>;
  /** All other claims. */
  claims: Record<string, JsonValue>;
  /**
   * Whether it grants an operation on a channel. With an inherited capability the answer is true, which means: within
   * the key's own rights.
   */
  can(operation: Operation | '*', channel: string): boolean;
}

/** The clock and limits for {@link claimFaults}. */
export interface ClaimLimits {
  readonly nowMs: number;
  /** How far `iat` may lie in the future, in seconds. */
  readonly toleranceSeconds: number;
  /** Whether the key has revocable tokens. */
  readonly revocable: boolean;
}

/**
 * Every fault of a payload's claims, in the order in which Ably looks for them.
 *
 * @param payload - the token's payload
 * @param limits - left out: time is not looked at
 */
export function* claimFaults(payload: JsonObject, limits?: ClaimLimits): Generator<AblyJwtError> {
  const iat = yield* numericDate(payload, 'iat');
  const exp = yield* numericDate(payload, 'exp');
  if (limits !== undefined) yield* timeFaults(iat, exp, limits);
  yield* clientIdFaults(payload);
  yield* capabilityFaults(payload);
  const revocationKey = payload[claimNames.revocationKey];
  if (revocationKey !== undefined && (typeof revocationKey !== 'string' || revocationKey === '')) {
    yield invalid(claimNames.revocationKey, revocationKey, 'a string that is not empty');
  }
  for (const [name, value] of Object.entries(payload)) {
    if (
      (name.startsWith(claimNames.channel) || name.startsWith(claimNames.room)) &&
      typeof value !== 'string'
    ) {
      yield invalid(name, value, 'a string', 'Encode other values with JSON.stringify.');
    }
    if (name.startsWith(claimNames.publishRate) && !(typeof value === 'number' && value > 0)) {
      yield invalid(name, value, 'a number of messages per second, more than 0');
    }
  }
}

// The last second that a Date can hold.
const maxSeconds = 8_640_000_000_000;

function* numericDate(payload: JsonObject, name: 'iat' | 'exp'): Generator<AblyJwtError, number | undefined> {
  const value = payload[name];
  if (value === undefined) {
    yield new AblyJwtError('CLAIM_MISSING', `The claim "${name}" is missing.`, {
      hint:
        name === 'iat'
          ? 'Ably wants the time of issue, in whole seconds: Math.floor(Date.now() / 1000).'
          : 'Ably wants the time of expiry, in seconds: iat plus at most 86400.',
    });
    return undefined;
  }
  if (typeof value === 'number' && Math.abs(value) <= maxSeconds) return value;
  yield invalid(name, value, 'a number of seconds since 1970', 'For example Math.floor(Date.now() / 1000).');
  return undefined;
}

function* timeFaults(
  iat: number | undefined,
  exp: number | undefined,
  limits: ClaimLimits,
): Generator<AblyJwtError> {
  const { nowMs, toleranceSeconds, revocable } = limits;
  if (iat !== undefined && exp !== undefined) {
    const max = revocable ? maxTtlSeconds.revocable : maxTtlSeconds.any;
    if (exp - iat > max) {
      const error = ttlError(`The token is valid for ${formatSeconds(exp - iat)} ("exp" − "iat")`, revocable);
      yield withHint(error, millisecondsHint('exp', exp, nowMs) ?? lifetimeHint(exp - iat));
    }
  }
  if (iat !== undefined && iat * 1000 > nowMs + toleranceSeconds * 1000) {
    const ahead = formatSeconds(Math.round(iat - nowMs / 1000));
    yield new AblyJwtError('CLAIM_INVALID', `The claim "iat" lies ${ahead} in the future.`, {
      statusCode: 401,
      hint:
        millisecondsHint('iat', iat, nowMs) ??
        'Is the clock of the server that signed it ahead? Round iat down, and use the option backdate if need be.',
    });
  }
  if (exp !== undefined && nowMs >= exp * 1000) {
    const ago = formatSeconds(Math.round(nowMs / 1000 - exp));
    yield new AblyJwtError(
      'TOKEN_EXPIRED',
      `The token expired ${ago} ago, at ${new Date(exp * 1000).toISOString()}.`,
      {
        hint:
          exp <= maxTtlSeconds.any
            ? '"exp" seems to be a lifetime; it is a point in time: iat plus the lifetime, in seconds.'
            : 'Fetch a new one for every connection and every renewal; never keep a token.',
      },
    );
  }
}

/** A number of seconds that is a thousand times too large was probably counted in milliseconds. */
function millisecondsHint(name: string, seconds: number, nowMs: number): string | undefined {
  return seconds > (nowMs / 1000) * 100
    ? `"${name}" seems to count milliseconds; a JWT counts seconds.`
    : undefined;
}

/** A lifetime that makes sense when divided by 1000 was probably added to "iat" in milliseconds. */
function lifetimeHint(seconds: number): string | undefined {
  const meant = seconds / 1000;
  return Number.isInteger(meant) && meant >= 30 && meant <= maxTtlSeconds.any
    ? `Was ${formatSeconds(meant)} meant? Then the lifetime was added in milliseconds; a JWT counts seconds.`
    : undefined;
}

function withHint(error: AblyJwtError, hint: string | undefined): AblyJwtError {
  return hint === undefined ? error : new AblyJwtError(error.code, error.message, { hint });
}

function* clientIdFaults(payload: JsonObject): Generator<AblyJwtError> {
  const clientId = payload[claimNames.clientId];
  if (clientId === undefined || (typeof clientId === 'string' && clientId !== '')) return;
  yield new AblyJwtError(
    'CLIENT_ID_INVALID',
    `The claim "${claimNames.clientId}" must be a string that is not empty, found ${describe(clientId)}.`,
    { hint: 'Leave the claim out for an anonymous client.' },
  );
}

function* capabilityFaults(payload: JsonObject): Generator<AblyJwtError> {
  const capability = payload[claimNames.capability];
  if (capability === undefined) return;
  if (typeof capability !== 'string') {
    yield new AblyJwtError(
      'CAPABILITY_NOT_STRING',
      `The claim "${claimNames.capability}" must be a string of JSON text, found ${describe(capability)}.`,
      { hint: 'Encode the capability with JSON.stringify before it goes into the payload.' },
    );
    return;
  }
  if (capability === '') {
    yield invalid(claimNames.capability, capability, 'JSON text', 'For example {"chat:*":["subscribe"]}.');
    return;
  }
  try {
    parseCapability(capability);
  } catch (error) {
    if (!isAblyJwtError(error)) throw error;
    // What names a resource goes on with it: '"capability" "chat:*" has no operations.'
    const message = error.message
      .replace(/^"capability" "/, `In the claim "${claimNames.capability}" "`)
      .replace(/^"capability"/, `The claim "${claimNames.capability}"`);
    yield new AblyJwtError(error.code, message, { hint: error.hint });
  }
}

function invalid(name: string, found: unknown, wanted: string, hint?: string): AblyJwtError {
  return new AblyJwtError(
    'CLAIM_INVALID',
    `The claim ${quoted(name)} must be ${wanted}, found ${describe(found)}.`,
    {
      hint,
    },
  );
}

/** What a payload without faults says. */
export function readClaims(keyName: string, payload: JsonObject): AblyJwt {
  const { iat, exp, ...rest } = payload as JsonObject & { iat: number; exp: number };
  const capabilityText = payload[claimNames.capability] as string | undefined;
  const capability = capabilityText === undefined ? undefined : parseCapability(capabilityText);
  const clientId = payload[claimNames.clientId] as string | undefined;
  const revocationKey = payload[claimNames.revocationKey] as string | undefined;
  return {
    keyName,
    ...(clientId === undefined ? {} : { clientId }),
    ...(capability === undefined ? {} : { capability }),
    issuedAt: new Date(iat * 1000),
    expiresAt: new Date(exp * 1000),
    ...(revocationKey === undefined ? {} : { revocationKey }),
    channelClaims: byPattern<string>(rest, claimNames.channel),
    roomClaims: byPattern<string>(rest, claimNames.room),
    publishRateLimits: byPattern<number>(rest, claimNames.publishRate),
    claims: Object.fromEntries(
      Object.entries(rest).filter(
        ([name]) => !plainClaims.includes(name) && !claimPrefixes.some((prefix) => name.startsWith(prefix)),
      ),
    ),
    // An inherited capability is the key's own, of which only Ably knows.
    can: (operation, channel) => capability === undefined || can(capability, operation, channel),
  };
}

function byPattern<Value extends JsonValue>(payload: JsonObject, prefix: string): Record<string, Value> {
  const claims = Object.entries(payload).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(claims.map(([name, value]) => [name.slice(prefix.length), value as Value]));
}
