import { AblyJwtError, assertKnownOptions, booleanOption, clockMs } from '../errors.js';
import type { JsonObject } from '../util/json.js';
import { namesOf } from '../util/options.js';
import { claimError } from './claims.js';
import {
  type Duration,
  durationSeconds,
  formatSeconds,
  maxTtlSeconds,
  roughSeconds,
  ttlError,
} from './duration.js';

/** Clock and lifetime options of {@link verifyAblyJwt} and {@link explainAblyJwt}. */
export interface VerifyAblyJwtOptions {
  /**
   * How far `iat` may lie in the future, for servers whose clocks differ. Expiry has no tolerance, because Ably has none.
   *
   * @defaultValue `'60s'`, as Ably's
   */
  clockTolerance?: Duration | undefined;
  /**
   * Set to `true` if revocable tokens are enabled for the key, so that more than one hour between `iat` and `exp` is
   * refused.
   *
   * @defaultValue `false`
   */
  revocable?: boolean | undefined;
  /**
   * The time to check against.
   *
   * @defaultValue now
   */
  currentDate?: Date | undefined;
}

const optionNames = namesOf<VerifyAblyJwtOptions>({
  clockTolerance: true,
  revocable: true,
  currentDate: true,
});

/** @internal What {@link lifetimeErrors} checks against. */
export interface LifetimeLimits {
  readonly nowMs: number;
  /** How far `iat` may lie in the future, in seconds. */
  readonly toleranceSeconds: number;
  /** Whether the key has revocable tokens. */
  readonly revocable: boolean;
}

/** @internal Checks the options of a function that checks tokens. */
export function lifetimeLimits(options: VerifyAblyJwtOptions, caller: string): LifetimeLimits {
  assertKnownOptions(options, optionNames, caller);
  return {
    nowMs: clockMs('currentDate', options.currentDate),
    toleranceSeconds:
      options.clockTolerance === undefined ? 60 : durationSeconds('clockTolerance', options.clockTolerance),
    revocable: booleanOption('revocable', options.revocable),
  };
}

/**
 * @internal
 * What is wrong with `iat` and `exp`.
 *
 * @param limits - left out: only their presence and type are checked
 */
export function* lifetimeErrors(payload: JsonObject, limits?: LifetimeLimits): Generator<AblyJwtError> {
  const iat = yield* numericDate(payload, 'iat');
  const exp = yield* numericDate(payload, 'exp');
  if (limits === undefined) return;
  if (iat !== undefined && exp !== undefined) yield* ttlErrors(iat, exp, limits);
  if (iat !== undefined) yield* futureErrors(iat, limits);
  if (exp !== undefined) yield* expiryErrors(exp, limits);
}

// The last second that a Date can hold.
const maxSeconds = 8_640_000_000_000;

function* numericDate(payload: JsonObject, name: 'iat' | 'exp'): Generator<AblyJwtError, number | undefined> {
  const value = payload[name];
  if (typeof value === 'number' && Math.abs(value) <= maxSeconds) return value;
  if (value !== undefined) {
    yield claimError(
      name,
      value,
      'a number of seconds since 1970',
      'For example Math.floor(Date.now() / 1000).',
    );
    return undefined;
  }
  yield new AblyJwtError('CLAIM_MISSING', `The claim "${name}" is missing.`, {
    hint:
      name === 'iat'
        ? 'Ably requires the time of issue, in whole seconds: Math.floor(Date.now() / 1000).'
        : 'Ably requires the time of expiry, in seconds: iat plus at most 86400.',
  });
  return undefined;
}

function* ttlErrors(iat: number, exp: number, { nowMs, revocable }: LifetimeLimits): Generator<AblyJwtError> {
  const max = revocable ? maxTtlSeconds.revocable : maxTtlSeconds.any;
  if (exp - iat <= max) return;
  yield ttlError(
    `The token is valid for ${formatSeconds(exp - iat)} ("exp" − "iat")`,
    revocable,
    millisecondsHint('exp', exp, nowMs) ?? lifetimeHint(exp - iat),
  );
}

function* futureErrors(iat: number, { nowMs, toleranceSeconds }: LifetimeLimits): Generator<AblyJwtError> {
  if (iat * 1000 <= nowMs + toleranceSeconds * 1000) return;
  const inMilliseconds = millisecondsHint('iat', iat, nowMs);
  const ahead =
    inMilliseconds === undefined ? roughSeconds(Math.round(iat - nowMs / 1000)) : 'thousands of years';
  yield new AblyJwtError('CLAIM_INVALID', `The claim "iat" lies ${ahead} in the future.`, {
    statusCode: 401,
    hint:
      inMilliseconds ??
      'The clock of the server that signed it is ahead. Correct it, or use the option backdate.',
  });
}

function* expiryErrors(exp: number, { nowMs }: LifetimeLimits): Generator<AblyJwtError> {
  if (nowMs < exp * 1000) return;
  const ago = roughSeconds(Math.round(nowMs / 1000 - exp));
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
