import { matchesResource, parseResource } from '../../capability/resource.js';
import type { Identity } from '../auth/identity.js';
import type { SandboxClock } from '../clock.js';

/** The value for a channel among values by pattern: of several that match, the most specific pattern's. */
export function mostSpecific<Value>(
  byPattern: Readonly<Record<string, Value>>,
  channel: string,
): Value | undefined {
  let best: { readonly rank: string; readonly value: Value } | undefined;
  for (const [pattern, value] of Object.entries(byPattern)) {
    if (!matchesResource(pattern, channel)) continue;
    const rank = specificity(pattern);
    if (best === undefined || rank < best.rank) best = { rank, value };
  }
  return best?.value;
}

/**
 * A text that sorts before those of less specific patterns: from the left, a literal comes before a wildcard; a
 * pattern that ends comes before one that goes on with a wildcard.
 */
function specificity(pattern: string): string {
  const { qualifier, segments } = parseResource(pattern)!;
  const rank = (part: string) => (part === '*' ? 'c' : 'a');
  return `${rank(qualifier)}${segments.map(rank).join('')}b`;
}

/** What others read as `extras.userClaim` of the holder's messages on a channel. */
export function userClaimFor({ channelClaims, roomClaims }: Identity, channel: string): string | undefined {
  // Ably Chat's room `lobby` is the channel `lobby::$chat`.
  const room = channel.endsWith('::$chat') ? channel.slice(0, -'::$chat'.length) : undefined;
  return (
    (room === undefined ? undefined : mostSpecific(roomClaims, room)) ?? mostSpecific(channelClaims, channel)
  );
}

/** Counts one connection's messages on one channel: a bucket that fills at the rate, and holds a second's worth. */
export class RateLimit {
  readonly #clock: SandboxClock;
  #level = Number.POSITIVE_INFINITY;
  #at = 0;

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  /** Takes `count` messages at `rate` messages per second; false when that is too much. */
  take(count: number, rate: number): boolean {
    const now = this.#clock.now();
    const capacity = Math.max(1, rate);
    const level = Math.min(capacity, this.#level + ((now - this.#at) / 1000) * rate);
    this.#at = now;
    const enough = level >= count;
    this.#level = enough ? level - count : level;
    return enough;
  }
}
