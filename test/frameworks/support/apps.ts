import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeApp } from '../../docs/support/snippets.js';
import { installed, output, packed } from '../../package/packed.js';

const guide = 'docs/frameworks.md';
const here = fileURLToPath(new URL('../', import.meta.url));
const listen = fileURLToPath(new URL('./listen.mjs', import.meta.url));
/** Beside the frameworks, which apps in it import from the folder above, and the package from its own `node_modules`. */
export const appsFolder = join(here, '.apps');
/** A program of one of the frameworks, by its path in `node_modules`. */
const tool = (path: string) => join(here, 'node_modules', path);

/** Writes apps out of the guide, each with what `fixtures` adds to it, beside the package out of its tarball. */
export async function writeApps(group: string, apps: readonly string[]): Promise<void> {
  const [{ project }] = await Promise.all([packed(), installed('test/frameworks')]);
  const folder = join(appsFolder, group);
  await rm(folder, { recursive: true, force: true });
  // Copied: to some bundlers a link is a part of the app, which they bundle.
  for (const name of ['ably-jwt', 'jose']) {
    await cp(join(project, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true });
  }
  for (const app of apps) {
    const fixtures = join(here, 'fixtures', app);
    if (existsSync(fixtures)) await cp(fixtures, join(folder, app), { recursive: true });
    writeApp(guide, app, join(folder, app));
  }
}

/** Compiles a group of apps with its settings in `fixtures`, and returns what the compiler finds. */
export async function compile(group: string): Promise<string> {
  const folder = join(appsFolder, group);
  await cp(join(here, `fixtures/${group}.tsconfig.json`), join(folder, 'tsconfig.json'));
  return output(process.execPath, [tool('typescript/bin/tsc'), '-p', '.'], folder);
}

const running = new Set<ChildProcess>();

export interface Program {
  /** Relative to {@link appsFolder}. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** If omitted, Node. */
  readonly bun?: string;
}

/** Starts a server and returns its URL once it listens. */
export async function start({ script, args = [], env, bun }: Program): Promise<string> {
  const { NODE_OPTIONS: _options, VITEST: _vitest, ...inherited } = process.env;
  const child = fork(join(appsFolder, script), args, {
    cwd: join(appsFolder, script, '..'),
    ...(bun === undefined
      ? { execArgv: ['--import', listen] }
      : { execPath: bun, execArgv: ['--preload', listen] }),
    env: { ...inherited, NODE_ENV: 'production', ...env },
    silent: true,
  });
  running.add(child);
  let printed = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (data) => (printed += data));
  const ended = once(child, 'exit').then(([code]) => {
    running.delete(child);
    throw new Error(`${script} ended with ${code}:\n${printed}`);
  });
  ended.catch(() => {});
  const [port] = await Promise.race([once(child, 'message'), ended]);
  return `http://127.0.0.1:${port}`;
}

/** Ends all servers that {@link start} has started. */
export async function stopAll(): Promise<void> {
  await Promise.all(
    [...running].map((child) => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      return exited;
    }),
  );
}
