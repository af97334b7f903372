import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A key in the form of Ably's own. No output may hold its secret. */
export const key = 'abcdef.ghijkl:CanarySecret0123456789xyz';
export const secret = key.slice(key.indexOf(':') + 1);

// Vitest's own settings would change what the command prints, and a key of the developer's what it does.
const {
  NODE_OPTIONS: _o,
  VITEST: _v,
  FORCE_COLOR: _c,
  NO_COLOR: _n,
  ABLY_API_KEY: _k,
  ...inherited
} = process.env;

/** What a command did. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What it is given beside its arguments. */
export interface Given {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** The command line's sources in one file, which starts many times faster than each source by itself. */
export const program: Promise<string> = bundled();

async function bundled(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ably-jwt-cli-'));
  const outfile = join(folder, 'dist/cli.js');
  await build({
    entryPoints: [`${root}src/cli.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    // For packages that are CommonJS.
    banner: {
      js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`,
    },
  });
  await copyFile(`${root}package.json`, join(folder, 'package.json'));
  return outfile;
}

/** Runs the command line to its end. */
export async function run(args: readonly string[], { env = {}, stdin = '' }: Given = {}): Promise<Ran> {
  const child = spawn(process.execPath, [await program, ...args], { env: { ...inherited, ...env } });
  const read = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      read[name] += text;
    });
  }
  child.stdin.on('error', () => {}).end(stdin);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...read }));
  });
}

/** With the API key in the environment. */
export const withKey = { env: { ABLY_API_KEY: key } } as const;

/** A file with that text. */
export async function fileOf(text: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'ably-jwt-cli-')), 'file.txt');
  await writeFile(path, text);
  return path;
}
