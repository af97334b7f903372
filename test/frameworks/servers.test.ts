import { join } from 'node:path';
import { type AblySandbox, startAblySandbox } from 'ably-jwt/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installed, output } from '../package/packed.js';
import { alice } from '../support/serves-tokens.js';
import { compile, start, stopAll, writeApps } from './support/apps.js';
import { assertWorks, type Method } from './support/works.js';

/** The apps of the guide that a compiler makes a program of, the file that starts each, and what its route takes. */
const servers: [app: string, file: string, methods: Method[]][] = [
  ['express', 'server.js', ['GET', 'POST']],
  ['http', 'server.js', ['GET', 'POST']],
  ['nest-express', 'main.js', ['GET', 'POST']],
  ['nest-fastify', 'main.js', ['GET']],
  ['koa', 'server.js', ['GET', 'POST']],
  ['fastify', 'server.js', ['GET']],
  ['hono', 'server.js', ['GET', 'POST']],
  ['elysia', 'node.js', ['GET', 'POST']],
  ['h3', 'server.js', ['GET', 'POST']],
  ['lambda', 'server.js', ['GET', 'POST']],
];

let folder: string;
let sandbox: AblySandbox;
beforeAll(async () => {
  const apps = [...servers.map(([app]) => app), 'trpc'];
  [sandbox, folder] = await Promise.all([startAblySandbox(), writeApps('test/frameworks', 'servers', apps)]);
  expect(await compile(folder)).toBe('');
}, 300_000);
afterAll(async () => {
  await stopAll();
  await sandbox.close();
});

const startApp = (app: string, script: string, bun?: string) =>
  start({ app: join(folder, app), script, env: { ABLY_API_KEY: sandbox.apiKey }, ...(bun && { bun }) });

test.concurrent.each(servers)(
  '%s serves tokens with which the Ably client connects',
  async (app, file, methods) => {
    await assertWorks(`${await startApp(app, file)}/auth`, methods, sandbox);
  },
);

test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'elysia on Bun serves tokens with which the Ably client connects',
  async () => {
    const runtimes = await installed('test/runtimes');
    const bun = join(runtimes, 'node_modules/@oven/bun-linux-x64/bin/bun');
    await assertWorks(`${await startApp('elysia', 'bun.js', bun)}/auth`, ['GET', 'POST'], sandbox);
  },
  300_000,
);

describe('trpc', () => {
  const connect = async (url: string, cookie: string) => {
    const args = ['page.js', url, cookie, JSON.stringify(sandbox.clientOptions)];
    return JSON.parse(await output(process.execPath, args, join(folder, 'trpc')));
  };

  test('gives the Ably client a token, and stops it when the session has ended', async () => {
    const url = await startApp('trpc', 'server.js');
    expect(await connect(url, alice.cookie)).toEqual({ state: 'connected', clientId: 'alice' });
    expect(await connect(url, '')).toEqual({ state: 'failed', reason: 'Your session has ended.' });
  });

  test('lets the Ably client retry after an unexpected error, whose message the page gets', async () => {
    const url = await start({
      app: join(folder, 'trpc'),
      script: 'server.js',
      env: { ABLY_API_KEY: 'undefined' },
    });
    expect(await connect(url, alice.cookie)).toEqual({
      state: 'disconnected',
      reason: expect.stringContaining('API key'),
    });
  });
});
