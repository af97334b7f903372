import { AblyJwtError } from '../errors.js';
import { describe, didYouMean, quoted } from './text.js';

/**
 * Refuses what is not an options object and any name it should not hold, so that a misspelt option is never
 * accepted and ignored.
 *
 * @param options - what the caller passed
 * @param names - the names it may hold
 * @param caller - the function's name, for the message
 * @param aliases - other libraries' names for ours, in lower case
 */
export function assertKnownOptions(
  options: unknown,
  names: ReadonlySet<string>,
  caller: string,
  aliases?: Readonly<Record<string, string>>,
): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new AblyJwtError(
      'OPTION_INVALID',
      // Not the text of a string: arguments in the wrong order may put a secret there.
      `${caller}: the options must be an object, found ${typeof options === 'string' ? 'a string' : describe(options)}.`,
    );
  }
  for (const name in options) {
    if (!names.has(name)) {
      const suggestion = didYouMean(name, [...names], aliases);
      throw new AblyJwtError(
        'OPTION_INVALID',
        `${caller}: there is no option ${quoted(name)}.${suggestion}`,
        {
          hint: `The options are ${[...names].join(', ')}.`,
        },
      );
    }
    // A polluted prototype must not name the clientId of everybody.
    if (Object.hasOwn(Object.prototype, name) && !Object.hasOwn(options, name)) {
      throw new AblyJwtError(
        'OPTION_INVALID',
        `${caller}: ${quoted(name)} is not in the options, but in Object.prototype, which something has changed.`,
      );
    }
    if ((options as Record<string, unknown>)[name] === null) {
      throw new AblyJwtError(
        'OPTION_INVALID',
        `"${name}" is null. Leave it out, or pass undefined, when there is none.`,
      );
    }
  }
}

/** An `OPTION_INVALID` error in the house's form: the option in quotes, what was found, what is wanted. */
export function optionError(option: string, found: unknown, wanted: string, hint?: string): AblyJwtError {
  return new AblyJwtError(
    'OPTION_INVALID',
    `${quoted(option)} must be ${wanted}, found ${describe(found)}.`,
    {
      hint,
    },
  );
}

/** An `OPTION_INVALID` error about something inside an option, such as `claims.roles[0]`. */
export function memberError(path: string, problem: string): AblyJwtError {
  return new AblyJwtError('OPTION_INVALID', `${quoted(path)} ${problem}.`);
}

/** Refuses a boolean option that is neither absent nor a boolean. */
export function booleanOption(option: string, value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value !== 'boolean') throw optionError(option, value, 'true or false');
  return value;
}

/** The time of a Date option, in milliseconds. Accepts Dates of other realms. */
export function dateMs(option: string, value: unknown): number {
  let time = Number.NaN;
  try {
    time = Date.prototype.getTime.call(value);
  } catch {
    // Not a Date, whatever it calls itself.
  }
  if (Number.isNaN(time)) throw optionError(option, value, 'a valid Date');
  return time;
}
