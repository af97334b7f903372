import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type AblySandbox, startAblySandbox } from 'ably-jwt/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { root } from '../docs/support/snippets.js';
import { launchChromium } from '../support/chromium.js';
import { build, start, stopAll, writeApps } from './support/apps.js';
import { assertWorks } from './support/works.js';

let folder: string;
let sandbox: AblySandbox;
beforeAll(async () => {
  const apps = writeApps('test/frameworks/next', 'builders', ['next', 'next-cache-components']);
  [sandbox, folder] = await Promise.all([startAblySandbox(), apps]);
}, 600_000);
afterAll(async () => {
  await stopAll();
  await sandbox.close();
});

const next = 'next/dist/bin/next';
const startNext = (app: string) =>
  start({
    app,
    script: `../../../node_modules/${next}`,
    args: ['start'],
    env: { ABLY_API_KEY: sandbox.apiKey, SESSION_SECRET: 'a text of more than thirty-two characters' },
  });

test.each(['next', 'next-cache-components'])(
  '%s, built without a key and without complaint, serves tokens with which the Ably client connects',
  async (name) => {
    const app = join(folder, name);
    expect(await build(app, next)).not.toContain('ably-jwt');
    await assertWorks(`${await startNext(app)}/auth`, ['GET'], sandbox);
  },
  600_000,
);

test('examples/next shows news to who has logged in, and to others the endpoint’s own words', async () => {
  const app = join(folder, 'example');
  await rm(app, { recursive: true, force: true });
  await cp(join(root, 'examples/next'), app, {
    recursive: true,
    filter: (path) => !/node_modules|\.next/.test(path),
  });
  await build(app, next);
  const url = await startNext(app);
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    // The client's own host is on the internet; the sandbox takes its place.
    await page.routeWebSocket(/^wss:/, (route) => {
      const { pathname, search } = new URL(route.url());
      const server = new WebSocket(new URL(pathname + search, sandbox.url.replace('http', 'ws')));
      const open = new Promise((resolve) => server.once('open', resolve));
      route.onMessage((message) => open.then(() => server.send(message)));
      route.onClose(() => server.close());
      server.on('message', (data, isBinary) => route.send(isBinary ? (data as Buffer) : String(data)));
      server.on('close', () => route.close());
    });
    await page.goto(url.replace('127.0.0.1', 'localhost')); // whose cookies may be Secure
    const alert = page.getByRole('alert').filter({ hasText: /\w/ });
    expect(await alert.textContent()).toBe('Not logged in.');

    const login = await page.evaluate(
      async () => (await fetch('/login', { method: 'POST', body: '{ "username": "alice" }' })).status,
    );
    expect(login).toBe(204);
    await page.reload();
    await expect
      .poll(() => sandbox.connections.map(({ clientId }) => clientId), { timeout: 10_000 })
      .toEqual(['alice']);
    expect(await alert.count()).toBe(0);
  } finally {
    await browser.close();
  }
}, 600_000);
