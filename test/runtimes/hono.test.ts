import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { verifyAblyJwt } from 'ably-jwt';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { installed, packed } from '../package/packed.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const isLinuxX64 = process.platform === 'linux' && process.arch === 'x64';
const settings = {
  ABLY_API_KEY: 'honoApp.honoKey:hono-Secret_0123456789',
  SESSION_SECRET: 'a text of thirty-two characters or more',
};

let folder: string;
let running: ChildProcess | undefined;

beforeAll(async () => {
  const [{ project }] = await Promise.all([packed(), installed('test/runtimes')]);
  folder = await mkdtemp(join(project, 'hono-'));
  const common = { bundle: true, format: 'esm', target: 'es2022', absWorkingDir: folder } as const;
  // examples/hono.ts with Hono in it, importing the package by its name, which leads to the installed tarball.
  await build({
    ...common,
    entryPoints: [join(here, '../../examples/hono.ts')],
    external: ['ably-jwt'],
    tsconfigRaw: '{}',
    outfile: 'app.mjs',
  });
  await build({
    ...common,
    entryPoints: ['app.mjs'],
    platform: 'browser',
    conditions: ['workerd', 'worker'],
    outfile: 'worker.js',
  });
  await writeFile(
    join(folder, 'node.mjs'),
    `import { serve } from ${JSON.stringify(`${here}node_modules/@hono/node-server/dist/index.mjs`)};
import app from './app.mjs';
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => console.log('listening on :' + port));`,
  );
  await writeFile(
    join(folder, 'worker.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "worker", esModule = embed "worker.js")],
    compatibilityDate = "2026-11-17",
    bindings = [${Object.entries(settings).map(([name, text]) => `(name = "${name}", text = "${text}")`)}]
  ))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);`,
  );
}, 300_000);
afterEach(async () => {
  if (running?.exitCode === null) {
    const exited = once(running, 'exit');
    running.kill('SIGKILL');
    await exited;
  }
  running = undefined;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts a server and returns its URL, once it has said its port. */
async function start(program: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, ...settings, PORT: '0', NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' };
  const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  running = child;
  const printed: string[] = [];
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`It ended with ${code}:\n${printed.join('\n')}`)));
    // workerd tells its port on the third of these, as JSON.
    for (const stream of [child.stdout, child.stderr, child.stdio[3]]) {
      createInterface({ input: stream as NodeJS.ReadableStream }).on('line', (line) => {
        printed.push(line);
        const port = /(?:"port":|(?:127\.0\.0\.1|localhost)?:)(\d+)/.exec(line)?.[1];
        if (port !== undefined && port !== '0') resolve(`http://127.0.0.1:${port}`);
      });
    }
  });
}

const binary = (path: string) => join(here, 'node_modules', path);
const servers: [name: string, program: () => string, args: string[]][] = [
  [`Node ${process.versions.node}`, () => process.execPath, ['node.mjs']],
];
if (isLinuxX64) {
  servers.push(
    ['Bun', () => binary('@oven/bun-linux-x64/bin/bun'), ['run', 'app.mjs']],
    [
      'Deno',
      () => binary('@deno/linux-x64-glibc/deno'),
      [
        'serve',
        '--no-prompt',
        '--cached-only',
        '--allow-env',
        '--host',
        '127.0.0.1',
        '--port',
        '0',
        'app.mjs',
      ],
    ],
    [
      'workerd',
      () => binary('@cloudflare/workerd-linux-64/bin/workerd'),
      ['serve', '--control-fd=3', 'worker.capnp'],
    ],
  );
}

const logIn = (url: string, username: string, headers = { 'Content-Type': 'application/json' }) =>
  fetch(`${url}/login`, { method: 'POST', body: JSON.stringify({ username }), headers });

describe.each(servers)('examples/hono.ts on %s', (_, program, args) => {
  test('logs in, gives out a token, and refuses whoever changes the cookie', async () => {
    const url = await start(program(), args);
    const login = await logIn(url, 'alice');
    expect(login.status).toBe(204);
    const cookie = login.headers.get('set-cookie')!.split(';', 1)[0]!;

    const answer = await fetch(`${url}/auth`, { headers: { cookie } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/jwt']);
    const token = await verifyAblyJwt(await answer.text(), settings.ABLY_API_KEY);
    expect(token.clientId).toBe('alice');

    const forged = await fetch(`${url}/auth`, { headers: { cookie: cookie.replace('alice', 'admin') } });
    expect([forged.status, forged.headers.get('x-ably-errorcode')]).toEqual([403, '40300']);
    expect((await fetch(`${url}/auth`)).status).toBe(403);
    const del = { method: 'DELETE', headers: { Origin: url } };
    expect((await fetch(`${url}/auth`, del)).status).toBe(405);
    const anybody = await logIn(url, '*');
    expect(anybody.status).toBe(400);
    // A form of another site can send text that is JSON too.
    const form = { 'Content-Type': 'text/plain', Origin: 'https://evil.example' };
    expect((await logIn(url, 'mallory', form)).status).toBe(403);
  });
});
