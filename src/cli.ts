#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { assertNoKey, UsageError } from './cli/args.js';
import { can } from './cli/can.js';
import { check } from './cli/check.js';
import type { Command } from './cli/command.js';
import { create } from './cli/create.js';
import { explain } from './cli/explain.js';
import { environmentKey } from './cli/input.js';
import { sandbox } from './cli/sandbox.js';
import { stderr, stdout } from './cli/terminal.js';
import { type AblyJwtErrorCode, isAblyJwtError } from './index.js';
import { didYouMean, printable, quoted } from './util/text.js';

const commands: readonly Command[] = [create, explain, can, check, sandbox];

/** The exit codes of all commands; what 0 and 1 stand for is in the help of each. */
const exitCode = { ok: 0, failed: 1, usage: 2 } as const;

/** Mistakes in what the command was given, rather than in what it looked at. */
const usageErrors: ReadonlySet<AblyJwtErrorCode> = new Set<AblyJwtErrorCode>([
  'KEY_MALFORMED',
  'OPTION_INVALID',
]);

async function main([name = '--help', ...args]: readonly string[]): Promise<number> {
  assertNoKey([name, ...args], environmentKey());
  if (name === '--version' || name === '-v') {
    stdout.line(version());
    return exitCode.ok;
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    if (args[0] !== undefined) return find(args[0]).run(['--help']);
    printOverview();
    return exitCode.ok;
  }
  return find(name).run(args);
}

function find(name: string): Command {
  const command = commands.find((candidate) => candidate.name === name);
  if (command !== undefined) return command;
  throw new UsageError(
    `There is no command ${quoted(name)}.${didYouMean(
      name,
      commands.map((known) => known.name),
    )}`,
    'Run "ably-jwt --help" for the commands.',
  );
}

function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

function printOverview(): void {
  const lines = [
    `${stdout.style('bold', 'ably-jwt')} ${version()}: JWT auth for Ably, from a terminal`,
    '',
    stdout.style('bold', 'Commands'),
    ...commands.map((command) => `  ${command.name.padEnd(10)}${command.summary}`),
    '',
    'Run "ably-jwt <command> --help" for flags, examples and exit codes.',
    'The API key comes from the variable ABLY_API_KEY or from standard input.',
  ];
  for (const line of lines) stdout.line(line);
}

/** Says what went wrong, and gives the exit code. */
function report(error: unknown): number {
  if (!(error instanceof UsageError || isAblyJwtError(error))) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    for (const line of text.split('\n')) stderr.line(printable(line));
    return exitCode.failed;
  }
  stderr.line(`${stderr.style(['bold', 'red'], 'error')} ${printable(error.message)}`);
  if (error.hint !== undefined) stderr.advice(printable(error.hint));
  return error instanceof UsageError || usageErrors.has(error.code) ? exitCode.usage : exitCode.failed;
}

// The reader of the output may stop early, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  stderr.line(`Standard output can't be written (${error.code}).`);
  process.exit(exitCode.failed);
});
// Not process.exit(), which loses what a pipe has not taken yet.
process.exitCode = await main(process.argv.slice(2)).catch(report);
