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
  ...inheritedEnvironment
} = process.env;

/** The environment, without what would change a command. */
export const inherited: NodeJS.ProcessEnv = inheritedEnvironment;

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
export async function run(args: readonly string[], given?: Given): Promise<Ran> {
  return (await start(args, given)).ended;
}

/** A command that is running. */
export interface Started {
  /** All of its standard output up to now. */
  output(): string;
  /** The first line, of those before and those to come, that is the one. Fails when the command ends without it. */
  line(is: (text: string) => boolean): Promise<string>;
  /** Its end. */
  readonly ended: Promise<Ran>;
  /** Presses Ctrl-C, and waits for the end. */
  stop(): Promise<Ran>;
}

/** Starts the command line. */
export async function start(args: readonly string[], { env = {}, stdin = '' }: Given = {}): Promise<Started> {
  const child = spawn(process.execPath, [await program, ...args], { env: { ...inherited, ...env } });
  const read = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      read[name] += text;
    });
  }
  child.stdin.on('error', () => {}).end(stdin);
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...read }));
  });
  return {
    output: () => read.stdout,
    ended,
    line: (is) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = read.stdout.split('\n').slice(0, -1).find(is);
          if (found !== undefined) resolve(found);
        };
        child.stdout.on('data', look);
        look();
        ended.then(({ stderr }) => reject(new Error(`It ended without that line. ${stderr}`)), reject);
      }),
    stop() {
      child.kill('SIGINT');
      return ended;
    },
  };
}

/** With the API key in the environment. */
export const withKey = { env: { ABLY_API_KEY: key } } as const;

/** A file with that text. */
export async function fileOf(text: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'ably-jwt-cli-')), 'file.txt');
  await writeFile(path, text);
  return path;
}
