// Builds dist/: JavaScript with tsup, and beside it the types with tsc, so that "go to definition" finds the sources.
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
const types = join(root, 'dist/types');

await rm(join(root, 'dist'), { recursive: true, force: true });
await Promise.all([
  run(require.resolve('tsup/dist/cli-default.js')),
  run(require.resolve('typescript/bin/tsc'), '-p', 'tsconfig.build.json'),
]);

// The declarations are those of CommonJS, which ES modules may import, and not the other way round.
await mkdir(types, { recursive: true });
await writeFile(join(types, 'package.json'), '{ "type": "commonjs" }\n');
for (const entry of ['index', 'client']) {
  await writeFile(join(root, `dist/${entry}.d.ts`), `export * from './types/${entry}.js';\n`);
}

const reached = new Set<string>();
for (const entry of ['index', 'client', 'testing']) await reach(join(types, `${entry}.d.ts`));
for (const file of await readdir(types, { recursive: true })) {
  const declaration = join(types, file.replace(/\.map$/, ''));
  if (declaration.endsWith('.d.ts') && !reached.has(declaration)) await rm(join(types, file));
}

/** Follows the imports of a declaration file. What it doesn't reach, no user can. */
async function reach(file: string): Promise<void> {
  if (reached.has(file)) return;
  reached.add(file);
  for (const [, path] of (await readFile(file, 'utf8')).matchAll(/\b(?:from |import\()'(\.[^']+)\.js'/g)) {
    await reach(join(dirname(file), `${path}.d.ts`));
  }
}

async function run(script: string, ...args: string[]): Promise<void> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], { cwd: root });
    process.stdout.write(stdout);
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${script} failed:\n${stdout}${stderr}`);
  }
}
