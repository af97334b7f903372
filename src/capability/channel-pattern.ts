import { pointed } from '../errors.js';
import { describe, quoted } from '../util/text.js';
import { capabilityError } from './capability.js';

/**
 * Builds channel names and capability resources from values that come from outside. A template tag: each value becomes a
 * part of one segment and can't change what the template means. Without it, a user who names a room `*` gets a token for
 * every room.
 *
 * @param strings - the template's own text, in which `:`, `*` and `[…]` have the meaning that Ably gives them
 * @param values - strings or finite numbers. A string may not be empty, and not hold `:`, `*`, a line break or a lone
 *   surrogate. It may not begin with `[`, nor with `$` after `::`. Inside `[…]` it may not hold `]`, `?` or `=` either
 * @returns the name or resource
 * @throws {@link AblyJwtError} `CAPABILITY_INVALID` for any other value
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
  return pointed(channelPattern, () => {
    if (!Array.isArray(strings) || !strings.every((part) => typeof part === 'string')) {
      throw capabilityError(
        'pattern: channelPattern is a template tag.',
        'Write it in front of a template literal, without parentheses.',
      );
    }
    let pattern = strings[0]!;
    let qualifierIsOpen = pattern.startsWith('[') && !pattern.includes(']');
    for (const [n, value] of values.entries()) {
      pattern += segmentPart(n + 1, value, specialCharacters(qualifierIsOpen, strings[n]!)) + strings[n + 1]!;
      qualifierIsOpen &&= !strings[n + 1]!.includes(']');
    }
    return pattern;
  });
}

/** What a value may not hold, since it would change the meaning of the pattern. */
function specialCharacters(qualifierIsOpen: boolean, before: string): RegExp {
  // `::$` begins the suffix of a product's channel, as in `lobby::$chat`.
  const first = before.endsWith('::') ? '[[$]' : '\\[';
  return new RegExp(`${qualifierIsOpen ? '[:*\\]?=]' : '[:*]'}|^${first}`);
}

function segmentPart(position: number, value: unknown, special: RegExp): string {
  const fail = (defect: string) =>
    capabilityError(
      `pattern: value ${position} ${defect}.`,
      'Check ids from outside before they become part of a channel name, or encode them, for example with encodeURIComponent.',
    );
  if (Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') throw fail(`must be a string or a finite number, found ${describe(value)}`);
  if (value === '') throw fail('is empty');
  if (!value.isWellFormed()) throw fail('holds a lone surrogate (half of a character)');
  const found = special.exec(value);
  if (found !== null)
    throw fail(`${quoted(value)} holds ${quoted(found[0])}, which would change what the pattern means`);
  if (/[\r\n]/.test(value)) throw fail('holds a line break, which Ably refuses in a channel name');
  return value;
}
