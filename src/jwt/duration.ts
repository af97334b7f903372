import { AblyJwtError, optionError } from '../errors.js';

/**
 * A length of time: a whole number and `s`, `m`, `h` or `d`, such as `'90s'`, `'15m'`, `'1h'`, `'1d'`. A bare number throws,
 * because it has two readings: Ably's `ttl` counts milliseconds and a JWT's claims count seconds.
 */
export type Duration = `${number}${'s' | 'm' | 'h' | 'd'}`;

const secondsPer: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** @internal How long Ably accepts a token, in seconds: any token, and one of a key with revocable tokens. */
export const maxTtlSeconds = { any: 86_400, revocable: 3600 } as const;

/** @internal A `TTL_TOO_LONG` error about a subject such as `"ttl" is "2d"`. */
export function ttlError(
  subject: string,
  revocable: boolean,
  hint = 'Clients renew by themselves before a token expires, so a short ttl costs nothing but a request.',
): AblyJwtError {
  const limit = revocable ? '1 hour' : '24 hours';
  const whose = revocable ? 'a token of a key with revocable tokens' : 'a token';
  return new AblyJwtError('TTL_TOO_LONG', `${subject}, but Ably accepts ${whose} for at most ${limit}.`, {
    hint,
  });
}

/**
 * @internal
 * The seconds of a {@link Duration}.
 *
 * @param option - the option's name, for messages
 * @param value - what the caller passed
 */
export function durationSeconds(option: string, value: unknown): number {
  const parts = typeof value === 'string' ? /^(\d+)([smhd])$/.exec(value) : null;
  if (parts === null) throw durationError(option, value);
  return Number(parts[1]) * secondsPer[parts[2]!]!;
}

/** @internal A duration for a person: the largest unit that divides it. */
export function formatSeconds(seconds: number): string {
  for (const unit of ['d', 'h', 'm']) {
    const size = secondsPer[unit]!;
    if (seconds >= size && seconds % size === 0) return `${seconds / size}${unit}`;
  }
  return `${Math.round(seconds * 1000) / 1000}s`;
}

/** @internal A time that has passed or will, for a person: whole units of the largest that is in it at least twice. */
export function roughSeconds(seconds: number): string {
  for (const unit of ['d', 'h', 'm']) {
    const size = secondsPer[unit]!;
    if (seconds >= 2 * size || seconds === size) return `${Math.floor(seconds / size)}${unit}`;
  }
  return formatSeconds(seconds);
}

// What people write for the units. Not 'ms': a duration counts whole seconds.
const nearDuration = /^\s*(\d+)\s*(s|m|h|d|secs?|seconds?|mins?|minutes?|hrs?|hours?|days?)\s*$/i;

function durationError(option: string, value: unknown): AblyJwtError {
  const bare = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof bare === 'number') {
    const readable = Number.isFinite(bare) && bare > 0;
    const fromMs = Math.max(1, Math.round(bare / 1000));
    return optionError(
      option,
      value,
      "a duration such as '90s', '15m' or '1h'",
      readable
        ? `A bare number has two readings: write '${Math.ceil(bare)}s' if you meant seconds, as in a JWT, or '${fromMs}s' if you meant milliseconds, as in Ably's ttl.`
        : undefined,
    );
  }
  const near = typeof value === 'string' ? nearDuration.exec(value) : null;
  return optionError(
    option,
    value,
    "a whole number and s, m, h or d, such as '90s', '15m' or '1h'",
    near === null ? undefined : `Did you mean '${near[1]}${near[2]![0]!.toLowerCase()}'?`,
  );
}
