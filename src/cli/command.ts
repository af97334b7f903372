import { type Flags, type FlagValues, readArgs } from './args.js';
import { stdout, wrapped } from './terminal.js';

/** A command, as far as the dispatcher is concerned. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Runs it on its arguments and gives the exit code. */
  run(args: readonly string[]): Promise<number>;
}

/** What makes a command. */
export interface CommandDefinition<Of extends Flags> {
  readonly name: string;
  readonly summary: string;
  readonly operands: readonly string[];
  readonly flags: Of;
  /** What it does, in paragraphs. */
  readonly description: readonly string[];
  readonly examples: readonly string[];
  /** What its exit codes mean. */
  readonly exits: readonly string[];
  run(input: { flags: FlagValues<Of>; operands: readonly string[] }): Promise<number>;
}

const help = { help: { help: 'Show this help.' } } as const;

/** A command with its own `--help`. */
export function defineCommand<Of extends Flags>(definition: CommandDefinition<Of>): Command {
  const { name, summary, operands } = definition;
  const flags: Flags = { ...definition.flags, ...help };
  return {
    name,
    summary,
    async run(args) {
      // Also where the rest can't be read: people ask for help because they don't know what to write.
      const end = args.indexOf('--');
      const asked = (end < 0 ? args : args.slice(0, end)).some((arg) => arg === '--help' || arg === '-h');
      if (asked) {
        printHelp({ ...definition, flags });
        return 0;
      }
      const input = readArgs({ name, operands, flags }, args);
      return definition.run(input as { flags: FlagValues<Of>; operands: readonly string[] });
    },
  };
}

/** The width of all help: that of the narrowest terminal in use. */
const width = 80;

function printHelp(command: Omit<CommandDefinition<Flags>, 'run'>): void {
  const operands = command.operands.map((name) => (name.startsWith('[') ? name : `<${name}>`));
  section('Usage', [`  ${['ably-jwt', command.name, ...operands, '[flags]'].join(' ')}`]);
  for (const paragraph of command.description) {
    for (const line of wrapped(paragraph, width)) stdout.line(line);
    stdout.line();
  }
  section('Flags', Object.entries(command.flags).flatMap(flagLines));
  section(
    'Examples',
    command.examples.flatMap((example) => example.split('\n').map((line) => `  ${line}`)),
  );
  section(
    'Exit codes',
    command.exits.map((line, code) => `  ${code}  ${line}`),
  );
}

function flagLines([name, { value, help: text }]: [string, Flags[string]]): string[] {
  const column = 28;
  const left = `  --${name}${value === undefined ? '' : ` ${value}`}`;
  const lines = wrapped(text, width - column).map((line) => `${' '.repeat(column)}${line}`);
  return left.length < column - 1
    ? [left.padEnd(column) + lines[0]!.slice(column), ...lines.slice(1)]
    : [left, ...lines];
}

function section(title: string, lines: readonly string[]): void {
  stdout.line(stdout.style('bold', title));
  for (const line of lines) stdout.line(line);
  stdout.line();
}
