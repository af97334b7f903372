import { readFile, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type AblySandbox, startAblySandbox } from 'ably-jwt/testing';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { writeApp } from '../docs/support/snippets.js';
import { output } from '../package/packed.js';
import { launchChromium } from '../support/chromium.js';
import { type AppFolder, makeAppFolder } from './support/apps.js';
import { type Backend, startBackend } from './support/backend.js';

let folder: AppFolder;
let root: string;
let browser: Browser;
let sandbox: AblySandbox;
let backend: Backend;
/** The guide's app, as Vite serves it while one develops: only then does StrictMode do everything twice. */
let vite: {
  httpServer: Server;
  listen(): Promise<unknown>;
  transformIndexHtml(url: string, html: string): Promise<string>;
  close(): Promise<void>;
};
let origin: string;
let html: string;
let page: Page;
let errors: string[];

beforeAll(async () => {
  [folder, browser] = await Promise.all([makeAppFolder(), launchChromium()]);
  sandbox = await startAblySandbox();
  backend = await startBackend(sandbox.apiKey);
  root = join(folder.path, 'react');
  writeApp('docs/react.md', 'react', root);
  const { createServer: createVite } = await import(
    /* @vite-ignore */ join(folder.modules, 'vite/dist/node/index.js')
  );
  const api = backend.url;
  vite = await createVite({
    root,
    cacheDir: join(root, '.vite'),
    logLevel: 'error',
    server: {
      ...{ port: 0, host: '127.0.0.1', hmr: false, watch: null, preTransformRequests: false },
      proxy: { '/auth': api, '/login': api, '/logout': api, '/me': api },
    },
    optimizeDeps: { include: ['react', 'react-dom/client', 'react/jsx-dev-runtime', 'ably', 'ably/react'] },
  });
  await vite.listen();
  origin = `http://127.0.0.1:${(vite.httpServer.address() as AddressInfo).port}`;
  html = await readFile(join(root, 'index.html'), 'utf8');
}, 300_000);
afterAll(async () => {
  await Promise.all([browser?.close(), vite?.close()]);
  await Promise.all([sandbox?.close(), backend?.[Symbol.asyncDispose]()]);
  await folder?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  Object.assign(backend, { user: null, suspended: false });
  errors = [];
  page = await browser.newPage();
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('console', (message) => {
    // Ably's client logs the errors that a test provokes, and Chromium the statuses.
    if (
      message.type() === 'error' &&
      !/Ably:|Failed to load resource|WebSocket connection to/.test(message.text())
    )
      errors.push(message.text());
  });
  // The app connects to Ably. Its WebSockets end at the sandbox.
  await page.addInitScript(`
    const Native = WebSocket;
    WebSocket = class extends Native {
      constructor(url, protocols) {
        const { hostname, search } = new URL(url);
        super(hostname.endsWith('ably.net') ? 'ws://127.0.0.1:${sandbox.port}/' + search : url, protocols);
      }
    };`);
});
afterEach(async () => {
  await page.close();
  await vi.waitUntil(() => sandbox.connections.length === 0);
  expect(errors).toEqual([]);
});

const status = (text: string) => page.getByText(text, { exact: true }).waitFor();
/** Who is connected. */
const connected = () => sandbox.connections.map(({ clientId }) => clientId);

test('a user logs in, is connected under their name, and sends and receives messages', async () => {
  await page.goto(origin);
  await page.getByLabel('Name').fill('alice');
  await page.getByRole('button', { name: 'Log in' }).click();
  await status('Online');
  await page.getByRole('button', { name: 'Say hello' }).click();
  await page.getByText('alice: Hello').waitFor();
});

test('in StrictMode one connection remains', async () => {
  backend.user = { id: 'alice' };
  await page.goto(origin);
  await status('Online');
  // A message goes through it, so nothing is about to be closed.
  await page.getByRole('button', { name: 'Say hello' }).click();
  await page.getByText('alice: Hello').waitFor();
  expect(connected()).toEqual(['alice']);
});

test('logging out closes the connection', async () => {
  backend.user = { id: 'alice' };
  await page.goto(origin);
  await status('Online');
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByLabel('Name').waitFor();
  await vi.waitUntil(() => sandbox.connections.length === 0);
});

test('when another user logs in, the connection is theirs', async () => {
  backend.user = { id: 'alice' };
  await page.goto(origin);
  await status('Online');
  backend.user = { id: 'bob' }; // in another tab
  await page.evaluate("window.dispatchEvent(new Event('focus'))");
  await page.getByText('Hello bob').waitFor();
  await vi.waitUntil(() => connected().join() === 'bob');
  await status('Online');
});

test('when the session ends, the user reads so, logs in elsewhere and tries again', async () => {
  backend.user = { id: 'alice' };
  await page.goto(origin);
  await status('Online');
  backend.user = null;
  sandbox.promptReauth();
  const alert = page.getByRole('alert');
  await alert.waitFor();
  expect(await alert.innerText()).toMatch(/^Not logged in\. Log in/);

  backend.user = { id: 'alice' };
  await page.getByRole('button', { name: 'Try again' }).click();
  await status('Online');
  await page.getByRole('button', { name: 'Say hello' }).click();
  await page.getByText('alice: Hello').waitFor();
  expect(connected()).toEqual(['alice']);
});

test('a user who is denied reads the sentence of the endpoint', async () => {
  Object.assign(backend, { user: { id: 'alice' }, suspended: true });
  await page.goto(origin);
  const alert = page.getByRole('alert');
  await alert.waitFor();
  expect(await alert.innerText()).toMatch(/^Your account is suspended\. Log in/);
});

test('a lost connection says that it tries again', async () => {
  backend.user = { id: 'alice' };
  await page.goto(origin);
  await status('Online');
  sandbox.fail({ on: 'connect', clientId: 'alice', times: 1, with: 503 });
  sandbox.drop();
  await status('Connection lost. Trying again…');
});

test('a server renders the page with its content, connects to nothing, and the browser takes it over', async () => {
  backend.user = { id: 'alice' };
  await build({
    entryPoints: [join(root, 'src/entry-server.tsx')],
    outfile: join(root, 'server.mjs'),
    ...{
      bundle: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
      jsx: 'automatic',
      tsconfigRaw: '{}',
    },
  });
  await writeFile(
    join(root, 'render.mjs'),
    `import { render } from './server.mjs'; process.stdout.write(render({ id: 'alice' }));`,
  );
  // The process ends by itself, so rendering leaves nothing open.
  const rendered = await output(process.execPath, ['render.mjs'], root);
  expect(rendered).toContain('Say hello</button>');
  expect(rendered).toContain('Connecting…');

  const whole = await vite.transformIndexHtml('/', html.replace('<!--app-->', rendered));
  await page.route(`${origin}/`, (route) => route.fulfill({ body: whole, contentType: 'text/html' }));
  await page.goto(origin);
  await status('Online'); // without a hydration error: see afterEach
  expect(connected()).toEqual(['alice']);
});

test("Vite builds it for a server with the guide's own configuration", async () => {
  const printed = await output(process.execPath, [join(folder.modules, 'vite/bin/vite.js'), 'build'], root);
  expect(printed).toContain('dist/index.html');
});
