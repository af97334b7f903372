import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Packed {
  /** The tarball that would be published. */
  readonly tarball: string;
  /** A project outside of this repository that has installed the tarball and nothing else. */
  readonly project: string;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** The built package, packed and installed. `npm run build` comes first. */
export async function packed(): Promise<Packed> {
  const { stdout } = await run(process.execPath, ['scripts/pack.mjs'], { cwd: root });
  return JSON.parse(stdout);
}

/** Installs what a folder of tests needs, if it isn't there already, and returns the folder's path. */
export async function installed(folder: string): Promise<string> {
  await run(process.execPath, ['scripts/install.mjs', folder], { cwd: root });
  return root + folder;
}

/**
 * Runs a program to its end and returns what it printed.
 *
 * @param env - variables that differ from this process's, `undefined` for those to leave out
 * @throws with all of its output when it fails
 */
export async function output(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  try {
    const options = { cwd, maxBuffer: 2 ** 26, env: { ...environment, ...env } };
    const { stdout, stderr } = await run(program, args, options);
    return stdout + stderr;
  } catch (error) {
    const { message, stdout, stderr } = error as Error & { stdout: string; stderr: string };
    throw new Error([message, stdout, stderr].join('\n'));
  }
}

const { NODE_OPTIONS: _options, VITEST: _vitest, NODE_ENV: _env, ...inherited } = process.env;
/** This process's, without Vitest's own settings: they would change what programs print and how they load modules. */
export const environment = { ...inherited, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' };
