import { describe, didYouMean, isThenable, quoted } from './text.js';

/** Makes the error that a check throws, of a message and a remedy. */
export type MakeError<E extends Error> = (message: string, hint?: string) => E;

/** Checks of option objects, which throw what {@link MakeError} makes. */
export interface OptionChecks<E extends Error> {
  /**
   * Refuses a value that isn't an options object, and any name the object should not hold, so that a misspelled option
   * is never ignored.
   *
   * @param options - what the caller passed
   * @param names - the names it may hold, see {@link namesOf}
   * @param caller - the function's name, for the message
   * @param aliasOf - our name for what other libraries, or the protocol, call otherwise
   * @param isPolluted - whether `Object.prototype` holds one of the names, asked before they are looked up one by one
   */
  assertKnownOptions(
    options: unknown,
    names: readonly string[],
    caller: string,
    aliasOf?: (name: string) => string | undefined,
    isPolluted?: (prototype: object) => boolean,
  ): void;
  /** An error about an option: its name in quotes, what is expected, what was found. */
  optionError(option: string, found: unknown, wanted: string, hint?: string): E;
  /** An error about a value inside an option, such as `claims.roles[0]`. */
  memberError(path: string, problem: string): E;
  /** The value of a boolean option; absent means `false`. */
  booleanOption(option: string, value: unknown): boolean;
  /** The time of a Date option in milliseconds. Accepts Dates of other realms. */
  dateMs(option: string, value: unknown): number;
  /** The time of an optional Date option in milliseconds; now if it is absent. Refuses a clock that doesn't know. */
  clockMs(option?: string, value?: unknown): number;
}

/**
 * The names of an options type. A name that the type has and the record lacks does not compile.
 *
 * @typeParam Options - the options type
 */
export function namesOf<Options>(names: Record<keyof Options & string, true>): readonly string[] {
  return Object.keys(names);
}

/** The checks of option objects, throwing errors of one class. */
export function optionChecks<E extends Error>(fail: MakeError<E>): OptionChecks<E> {
  const optionError = (option: string, found: unknown, wanted: string, hint?: string) =>
    fail(`${quoted(option)} must be ${wanted}, found ${describe(found)}.`, hint);

  const dateMs = (option: string, value: unknown) => {
    let time = Number.NaN;
    try {
      time = Date.prototype.getTime.call(value);
    } catch {
      // Not a Date, whatever it calls itself.
    }
    if (Number.isNaN(time)) throw optionError(option, value, 'a valid Date');
    return time;
  };

  return {
    optionError,
    dateMs,

    clockMs(option = '', value) {
      if (value !== undefined) return dateMs(option, value);
      const now = Date.now();
      if (!Number.isFinite(now)) throw fail(`The clock is broken: Date.now() returned ${now}.`);
      return now;
    },

    memberError: (path, problem) => fail(`${quoted(path)} ${problem}.`),

    assertKnownOptions(options, names, caller, aliasOf, isPolluted = () => true) {
      if (isThenable(options)) {
        throw fail(`${caller}: the options are a Promise. Put "await" in front of what returns them.`);
      }
      if (typeof options !== 'object' || options === null || Array.isArray(options)) {
        // Not the text of a string: arguments in the wrong order may put a secret there.
        const found = typeof options === 'string' ? 'a string' : describe(options);
        throw fail(`${caller}: the options must be an object, found ${found}.`);
      }
      for (const name in options) {
        if (!names.includes(name)) {
          throw fail(
            `${caller}: there is no option ${quoted(name)}.${didYouMean(name, names, aliasOf)}`,
            `The options are ${names.join(', ')}.`,
          );
        }
        const value = (options as Record<string, unknown>)[name];
        if (value === null) throw fail(`"${name}" is null. Leave the option out if there is no value.`);
        if (isThenable(value)) throw fail(`"${name}" is a Promise. Put "await" in front of it.`);
      }
      // A polluted prototype must not decide the clientId of everybody, even by a property that loops don't see.
      if (!isPolluted(Object.prototype)) return;
      for (const name of names) {
        if (name in Object.prototype && !Object.hasOwn(options, name)) {
          throw fail(
            `${caller}: ${quoted(name)} is not in the options, but in Object.prototype, which something has changed.`,
          );
        }
      }
    },

    booleanOption(option, value) {
      if (value === undefined) return false;
      if (typeof value !== 'boolean') throw optionError(option, value, 'true or false');
      return value;
    },
  };
}
