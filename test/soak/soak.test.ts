import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { Random } from '../fuzz/support/random.js';
import { behaviors } from './support/behaviors.js';
import { banned } from './support/causes.js';
import { User } from './support/user.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What the command prints. It rejects when the command finds a violation, or leaves something open. */
async function soak(...args: readonly string[]): Promise<string> {
  const program = ['node_modules/tsx/dist/cli.mjs', 'scripts/soak.ts', ...args];
  const { stdout } = await promisify(execFile)(process.execPath, program, { cwd: root });
  return stdout;
}

/** Without what the operating system decides on a busy machine: whether a socket breaks before or after its last frame. */
const repeatable = (table: string) => table.replace(/^ {2}disconnected \(80003\).*\n/m, '');

test('clients end connected, or stopped with a cause; the same seed gives the same table', async () => {
  const run = () => soak('--clients', '40', '--hours', '2', '--seed', '1');
  const [first, second] = await Promise.all([run(), run()]);
  expect(first).toContain('\n0 violations\n');
  expect(first).toMatch(/^ {2}sum +40$/m);
  expect(first).toMatch(/^ {2}connected, never stopped|connected, again, after it had stopped/m);
  expect(first).toMatch(/^ {2}failed, the user is banned/m);
  expect(repeatable(second)).toBe(repeatable(first));
}, 120_000);

const url = 'http://127.0.0.1:1/auth';
const named = (wanted: string) => behaviors.find(({ name }) => name === wanted)!;

test('a client that stops is asked for a cause that was given to it', () => {
  const user = new User(1, new Random(1));
  expect(user.causeOf('Your plan has ended.')).toBeUndefined();
  user.plan(named('deny'));
  // Planned, but not met yet.
  expect(user.causeOf('Your plan has ended.')).toBeUndefined();
  expect(user.take('page', url)).toBeUndefined();
  expect(user.take('endpoint', url)).toBe(named('deny'));
  expect(user.take('endpoint', url)).toBeUndefined();
  expect(user.causeOf('Your plan has ended.')).toBe('endpoint: deny');
  expect(user.causeOf('This account is suspended.')).toBeUndefined();
  user.mayStop(banned);
  expect(user.causeOf('This account is suspended.')).toBe('the user is banned');
});

test('a temporary answer is no cause to stop, but explains an error', () => {
  const user = new User(1, new Random(1));
  user.plan(named('503'));
  user.take('endpoint', url);
  expect(user.explains(`${url} answered 503. The client retries.`)).toBe(true);
  expect(user.explains(`${url} answered 502. The client retries.`)).toBe(false);
  expect(user.causeOf(`${url} answered 503. The client retries.`)).toBeUndefined();
});
