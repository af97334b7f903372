import { describe, quoted } from '../util/text.js';
import { capabilityError } from './capability.js';

/**
 * A template tag for channel names and capability resources that hold values from outside. Without it, a user who
 * names a room `*` gets a token for every room.
 *
 * @param strings - the template's own text, where `:` and `*` mean what they mean to Ably
 * @param values - strings or numbers; each becomes a part of one segment
 * @throws {@link AblyJwtError} `CAPABILITY_INVALID` when a value is empty, holds `:` or `*` or a line break, starts with
 *   `[`, or is neither a string nor a finite number
 * @see {@link https://ably.com/docs/auth/capabilities | Ably: capabilities}
 *
 * @example
 * ```ts run
 * import { channelPattern, createAblyJwt } from 'ably-jwt';
 *
 * const roomId = 'lobby';
 * await createAblyJwt('appId.keyId:secret', {
 *   capability: { [channelPattern`chat:${roomId}:*`]: ['subscribe', 'publish'] },
 * });
 * ```
 */
export function channelPattern(
  strings: TemplateStringsArray,
  ...values: readonly (string | number)[]
): string {
  if (!Array.isArray(strings) || !strings.every((part) => typeof part === 'string')) {
    throw capabilityError(
      'pattern: channelPattern is a template tag.',
      'Write it in front of a template literal, without parentheses.',
    );
  }
  let pattern = strings[0]!;
  for (const [n, value] of values.entries()) pattern += segmentPart(n + 1, value) + strings[n + 1]!;
  return pattern;
}

function segmentPart(position: number, value: unknown): string {
  const fail = (problem: string) =>
    capabilityError(
      `pattern: value ${position} ${problem}.`,
      'Check ids from outside before they become part of a channel name, or encode them, for example with encodeURIComponent.',
    );
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') throw fail(`must be a string or a finite number, found ${describe(value)}`);
  if (value === '') throw fail('is empty');
  if (!value.isWellFormed()) throw fail('holds a lone surrogate (half of a character)');
  const found = /[:*]|^\[/.exec(value);
  if (found !== null)
    throw fail(`${quoted(value)} holds ${quoted(found[0])}, which would change what the pattern means`);
  if (/[\r\n]/.test(value)) throw fail('holds a new line, which Ably refuses in a channel name');
  return value;
}
