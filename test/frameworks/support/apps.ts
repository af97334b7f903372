import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, writeApp } from '../../docs/support/snippets.js';
import { environment, installed, output, packed } from '../../package/packed.js';

const guide = 'docs/frameworks.md';
const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const listen = fileURLToPath(new URL('./listen.mjs', import.meta.url));

/**
 * Writes apps out of the guide, each with what `fixtures` adds to it, into a folder that has the package out of its tarball
 * in its own `node_modules`, and the frameworks in those of the folder above.
 *
 * @param packages - the folder with the frameworks' packages, relative to the repository's root
 * @returns the folder of the apps
 */
export async function writeApps(packages: string, group: string, apps: readonly string[]): Promise<string> {
  const [{ project }] = await Promise.all([packed(), installed(packages)]);
  const folder = join(root, packages, '.apps', group);
  await rm(folder, { recursive: true, force: true });
  // Copied: to some bundlers a link is a part of the app, which they bundle.
  for (const name of ['ably-jwt', 'jose']) {
    await cp(join(project, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true });
  }
  // Also for bundlers, which would otherwise take this repository's, with the paths to its sources.
  await cp(join(fixtures, `${group}.tsconfig.json`), join(folder, 'tsconfig.json'));
  for (const app of apps) {
    const additions = join(fixtures, app);
    if (existsSync(additions)) await cp(additions, join(folder, app), { recursive: true });
    writeApp(guide, app, join(folder, app));
  }
  return folder;
}

/** Compiles a group of apps, and returns what the compiler finds. */
export function compile(folder: string): Promise<string> {
  return output(process.execPath, [join(folder, '../../node_modules/typescript/bin/tsc'), '-p', '.'], folder);
}

/** Builds an app for production, where the key isn't known, and without the network. */
export function build(app: string, tool: string): Promise<string> {
  const args = [join(app, '../../../node_modules', tool), 'build'];
  return output(process.execPath, args, app, {
    ABLY_API_KEY: undefined,
    ASTRO_TELEMETRY_DISABLED: '1',
    NEXT_TELEMETRY_DISABLED: '1',
    NUXT_TELEMETRY_DISABLED: '1',
  });
}

const running = new Set<ChildProcess>();

export interface Program {
  /** The folder in which it runs. */
  readonly app: string;
  /** Relative to that folder. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** If omitted, Node. */
  readonly bun?: string;
}

/** Starts a server and returns its URL once it listens. */
export async function start({ app, script, args = [], env, bun }: Program): Promise<string> {
  const child = fork(resolve(app, script), args, {
    cwd: app,
    ...(bun === undefined
      ? { execArgv: ['--import', listen] }
      : { execPath: bun, execArgv: ['--preload', listen] }),
    env: { ...environment, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', ...env },
    silent: true,
  });
  running.add(child);
  const printed: string[] = [];
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (data) => printed.push(`${data}`));
  const ended = once(child, 'exit').then(([code]) => {
    running.delete(child);
    throw new Error(`${script} ended with ${code}:\n${printed.join('')}`);
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
