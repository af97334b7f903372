// Everything that CI checks, one after another: `npm test`. The last line counts the tests of all runs.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
const vitest = join(dirname(require.resolve('vitest/package.json')), 'vitest.mjs');

const preparations = [
  ['node_modules/tsx/dist/cli.mjs', 'scripts/build.ts'],
  ['node_modules/@biomejs/biome/bin/biome', 'ci', '--colors=off', '.'],
  ['node_modules/typescript/bin/tsc', '-p', '.'],
  ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.scripts.json'],
];
const runs = [
  [vitest, 'run', '--project', 'core', '--coverage'],
  [vitest, 'run', '--project', 'slow'],
];

for (const command of preparations) {
  if ((await run(command)) !== 0) {
    console.log(`\n${command[0]} failed, so no test was run.\n\n0 passed, 1 failed`);
    process.exit(1);
  }
}

const folder = await mkdtemp(join(tmpdir(), 'ably-jwt-totals-'));
const total = { passed: 0, failed: 0, skipped: 0 };
for (const [n, command] of runs.entries()) {
  const file = join(folder, `${n}.json`);
  const exitCode = await run(command, { TOTALS_FILE: file });
  const found = JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as Partial<typeof total>;
  total.passed += found.passed ?? 0;
  total.skipped += found.skipped ?? 0;
  // A run that fails without a failed test has crashed, or its coverage is too low.
  total.failed += found.failed || (exitCode === 0 ? 0 : 1);
}
await rm(folder, { recursive: true });

const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 ? 1 : 0;

function run([script, ...args]: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const child = spawn(process.execPath, [script!, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
