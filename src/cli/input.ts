import { closeSync, openSync, readSync } from 'node:fs';
import { type AblyKey, parseAblyKey } from '../index.js';
import { UsageError } from './args.js';
import { stderr } from './terminal.js';

/** The flag of commands that need a key. */
export const keyStdin = {
  'key-stdin': { help: 'Read the API key from standard input instead of ABLY_API_KEY.' },
} as const;

/** The API key of the environment; undefined when there is none. */
export function environmentKey(): string | undefined {
  const key = process.env.ABLY_API_KEY;
  return key === '' ? undefined : key;
}

/** The text of the API key, from standard input if asked for, else from the environment. */
export async function givenKey(fromStdin: true | undefined): Promise<string | undefined> {
  return fromStdin ? await readStdin('the API key') : environmentKey();
}

/**
 * The API key that a command can't do without.
 *
 * @throws when there is none, or what is there isn't one
 */
export async function requiredKey(fromStdin: true | undefined): Promise<AblyKey> {
  const key = await givenKey(fromStdin);
  if (key === undefined) {
    throw new UsageError(
      'There is no API key.',
      'Set the variable ABLY_API_KEY, or pipe the key into this command with --key-stdin.',
    );
  }
  return parseAblyKey(key);
}

/** More than any token or key has. */
const maxInputBytes = 1_048_576;

/**
 * Standard input up to its end, without the new line that editors and `echo` add.
 *
 * @param what - what is wanted, for the person who may be sitting there
 */
export async function readStdin(what: string): Promise<string> {
  if (process.stdin.isTTY) stderr.line(`Type or paste ${what}, then press Enter and Ctrl-D.`);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxInputBytes) throw new UsageError(`Standard input is too long for ${what}.`);
    chunks.push(chunk);
  }
  return withoutNewLine(Buffer.concat(chunks).toString());
}

/** A text file that a flag names. It may be a pipe, as in `--cookie-file <(…)`. */
export function readTextFile(flag: string, path: string): string {
  let bytes: Buffer;
  try {
    bytes = readStart(path, maxInputBytes + 1);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `The file of ${flag} can't be read (${code ?? 'unknown error'}).`,
      'Check the path.',
    );
  }
  if (bytes.length > maxInputBytes)
    throw new UsageError(`The file of ${flag} is longer than 1 MiB.`, 'Check the path.');
  return withoutNewLine(bytes.toString());
}

/** The first bytes of a file. Not `readFileSync`, which never ends on a file without an end, such as /dev/zero. */
function readStart(path: string, maxBytes: number): Buffer {
  const bytes = Buffer.alloc(maxBytes);
  const file = openSync(path, 'r');
  try {
    let length = 0;
    for (;;) {
      const read = readSync(file, bytes, length, maxBytes - length, null);
      length += read;
      if (read === 0 || length === maxBytes) return bytes.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}

function withoutNewLine(text: string): string {
  return text.replace(/\r?\n$/, '');
}

/** The value of a flag that takes JSON. */
export function jsonValue(flag: string, text: string | undefined, example: string): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${flag} must be JSON.`, `For example: ${flag} '${example}'`);
  }
}
