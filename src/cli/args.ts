import { parseArgs } from 'node:util';
import { didYouMean, isWholeKey, quoted } from '../util/text.js';

/** A flag of a command. */
interface Flag {
  /** What its value is called in the help. A flag without one is a switch. */
  readonly value?: string;
  /** What it does, for the help. */
  readonly help: string;
}
export type Flags = Readonly<Record<string, Flag>>;

/** What was given for each flag. */
export type FlagValues<Of extends Flags> = {
  readonly [Name in keyof Of]?: Of[Name] extends { readonly value: string } ? string : true;
};

/** The command line was used wrongly: exit code 2. */
export class UsageError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** The form of Ably's own keys: two ids of six characters and a long secret. A channel's name hardly ever has it. */
const ablyKey = /(^|=)[\w-]{6}\.[\w-]{6}:[\w-]{16,}$/;

/**
 * Refuses an API key among the arguments: every user of the machine can read them in the process list, and shells keep
 * them in a history. The key isn't repeated.
 */
export function assertNoKey(args: readonly string[], key: string | undefined): void {
  const isOurs = (arg: string) => key !== undefined && isWholeKey(key) && arg.includes(key);
  if (args.some((arg) => ablyKey.test(arg) || isOurs(arg))) throw keyInArgument();
}

function keyInArgument(): UsageError {
  return new UsageError(
    'An API key is among the arguments, where other users and the history of your shell can read it.',
    'Revoke that key if others use this machine. Pass keys in the variable ABLY_API_KEY or with --key-stdin.',
  );
}

/** What a command takes. */
export interface Syntax<Of extends Flags> {
  readonly name: string;
  /** The names of its arguments; one in brackets may be left out. */
  readonly operands: readonly string[];
  readonly flags: Of;
}

/** Reads a command's arguments, and refuses all that it doesn't know. */
export function readArgs<Of extends Flags>(
  { name, operands, flags }: Syntax<Of>,
  args: readonly string[],
): { flags: FlagValues<Of>; operands: readonly string[] } {
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(flags).map(([flag, { value }]) => [
        flag,
        { type: value === undefined ? 'boolean' : 'string' },
      ]),
    ),
    allowPositionals: true,
    // The messages of the strict mode know no suggestion.
    strict: false,
    tokens: true,
  });
  const values = new Map<string, string | true>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
    if (flag === undefined) throw unknownFlag(name, token.rawName, flags);
    if (values.has(token.name)) throw new UsageError(`${token.rawName} was given twice.`);
    values.set(token.name, flagValue(token.rawName, flag, token));
  }
  assertOperands(name, operands, positionals);
  return { flags: Object.fromEntries(values) as FlagValues<Of>, operands: positionals };
}

function flagValue(
  rawName: string,
  { value: wanted }: Flag,
  { value, inlineValue }: { value?: string | undefined; inlineValue?: boolean | undefined },
): string | true {
  if (wanted === undefined) {
    if (value !== undefined) throw new UsageError(`${rawName} is a switch: it takes no value.`);
    return true;
  }
  if (value === undefined || (inlineValue !== true && value.startsWith('--'))) {
    throw new UsageError(`${rawName} needs a value: ${rawName} ${wanted}.`);
  }
  return value;
}

const withDashes = (flag: string | undefined) => (flag === undefined ? undefined : `--${flag}`);

function unknownFlag(command: string, rawName: string, flags: Flags): UsageError {
  if (/^--?(api-?)?key$|^-k$/i.test(rawName)) {
    return new UsageError(
      `There is no flag ${rawName}: other users and the history of your shell can read arguments.`,
      'Pass the API key in the variable ABLY_API_KEY or with --key-stdin.',
    );
  }
  const names = Object.keys(flags);
  const suggestion = didYouMean(
    rawName,
    names.map((flag) => `--${flag}`),
    // Many leave the end of a name away, as in --cookie.
    (word) => withDashes(names.find((flag) => flag.split('-')[0] === word.replace(/^-+/, ''))),
  );
  return new UsageError(
    `${command} has no flag ${quoted(rawName)}.${suggestion}`,
    `Run "ably-jwt ${command} --help" for the flags.`,
  );
}

function assertOperands(command: string, names: readonly string[], given: readonly string[]): void {
  if (given.slice(names.length).some(isWholeKey)) throw keyInArgument();
  const missing = names[given.length];
  if (missing !== undefined && !missing.startsWith('['))
    throw new UsageError(`${command} needs <${missing}>.`, `Run "ably-jwt ${command} --help" for examples.`);
  if (given.length > names.length) {
    throw new UsageError(
      `${command} has an argument too many: ${quoted(given[names.length]!)}.`,
      'Put quotes around an argument that holds spaces or "*".',
    );
  }
}
