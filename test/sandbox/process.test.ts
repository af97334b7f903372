import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

test('after close nothing keeps the process alive', async () => {
  const child = spawn(
    process.execPath,
    [
      path('../../node_modules/tsx/dist/cli.mjs'),
      fileURLToPath(new URL('./support/start-and-close.ts', import.meta.url)),
    ],
    { cwd: path('../..'), stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  // A program that stays alive would let this test run into its time limit.
  const [code] = await once(child, 'exit');
  expect(output).toBe('closed\n');
  expect(code).toBe(0);
});
