import { startAblySandbox } from 'ably-jwt/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { appNames, startApp } from '../examples/apps.js';
import { launchChromium } from '../support/chromium.js';

const password = 'correct-horse-battery';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A sandbox, an example server in front of it, and a page that has loaded the demo. */
async function openDemo(name: (typeof appNames)[number], ttl: '32s' | '1h' = '1h') {
  const sandbox = await startAblySandbox();
  open.push(() => sandbox.close());
  const app = await startApp(name, { apiKey: sandbox.apiKey, clientOptions: sandbox.clientOptions, ttl });
  open.push(() => app.close());
  return { sandbox, app, ...(await openPage(app.url)) };
}

async function openPage(url: string) {
  const context = await browser.newContext();
  open.push(() => context.close());
  const page = await context.newPage();
  const seen = {
    urls: [] as string[],
    bodies: [] as string[],
    alerts: [] as string[],
    console: [] as string[],
  };
  page.on('request', (request) => {
    seen.urls.push(request.url());
    if (request.url().endsWith('/auth')) seen.bodies.push(request.postData() ?? '');
  });
  page.on('websocket', (socket) => seen.urls.push(socket.url()));
  page.on('console', (message) => seen.console.push(message.text()));
  page.on('pageerror', (error) => seen.console.push(String(error)));
  page.on('dialog', async (dialog) => {
    seen.alerts.push(dialog.message());
    await dialog.accept();
  });
  await page.goto(url);
  return { page, seen };
}

/** Types name and password and sends them with the Enter key. */
async function logIn(page: Page, username = 'ann') {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByLabel('Password').press('Enter');
}

describe.each(appNames)('the login demo on %s', (name) => {
  it('logs in, connects, renews before expiry, and talks to this machine only', async () => {
    const { page, seen, sandbox } = await openDemo(name, '32s');
    expect(await page.title()).toBe('JWT Demo');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Ably JWT auth example');

    const alert = page.waitForEvent('dialog');
    await logIn(page);
    expect((await alert).message()).toBe('Client successfully connected to Ably using JWT auth');

    expect(await page.locator('#state').textContent()).toBe('connected');
    expect(await page.locator('#client-id').textContent()).toBe('ann');
    expect(await page.locator('#capability li').allInnerTexts()).toEqual([
      expect.stringMatching(/^demo:chat:\*\s+presence\s+publish\s+subscribe$/),
      expect.stringMatching(/^demo:news\s+subscribe$/),
    ]);
    expect(await page.locator('#countdown').textContent()).toMatch(/^0:[23]\d$/);
    expect(await page.getByLabel('Password').inputValue()).toBe('');

    // A token of 32 s: the sandbox, as Ably, asks for a new one 30 s before it expires.
    await page.getByText(/^Token 2 renewed 3[0-2] s before expiry$/).waitFor();
    expect(await page.locator('#state').textContent()).toBe('connected');
    expect(sandbox.connections).toHaveLength(1);

    expect(JSON.parse(seen.bodies[0] as string)).toEqual({ username: 'ann', password });
    expect(seen.bodies[1]).toBe('{}');
    expect(seen.urls.some((url) => url.startsWith('ws://localhost:'))).toBe(true);
    for (const url of seen.urls) {
      expect(new URL(url).hostname).toBe('localhost');
      expect(url).not.toContain(password);
    }
    expect(seen.console.join('\n')).not.toContain(password);
    expect(seen.console.filter((line) => /Content.Security.Policy|Error:/.test(line))).toEqual([]);
    expect(seen.alerts).toHaveLength(1);
  });

  it('shows why a login was refused', async () => {
    const { page, seen } = await openDemo(name);
    await logIn(page, '   ');
    const problem = page.getByRole('alert');
    await problem.waitFor();
    expect(await problem.textContent()).toBe('Username and password must not be empty.');
    expect(await page.getByRole('button', { name: 'Login' }).isEnabled()).toBe(true);
    expect(seen.alerts).toEqual([]);

    const alert = page.waitForEvent('dialog');
    await logIn(page);
    await alert;
    expect(await page.getByRole('alert').isVisible()).toBe(false);
  });
});

describe('the login demo', () => {
  async function loggedIn() {
    const demo = await openDemo('node-http');
    const alert = demo.page.waitForEvent('dialog');
    await logIn(demo.page);
    await alert;
    return demo;
  }

  it('logs out, and in again as somebody else', async () => {
    const { page, sandbox } = await loggedIn();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('button', { name: 'Login' }).waitFor();
    expect((await page.context().cookies()).map((cookie) => cookie.name)).toEqual([]);
    await expect.poll(() => sandbox.connections.length).toBe(0);

    await logIn(page, 'bob');
    await page.locator('#client-id').getByText('bob').waitFor();
    expect(await page.locator('#log li').count()).toBe(1);
  });

  it('shows why a renewal was refused, and asks to log in again', async () => {
    const { page, sandbox } = await loggedIn();
    await page.context().clearCookies();
    sandbox.promptReauth();
    await page.getByRole('alert').getByText('Nobody is logged in here, or the session has ended.').waitFor();
    expect(await page.getByLabel('Username').isVisible()).toBe(true);
  });

  it('shows that the auth server is gone while the connection still lives', async () => {
    const { page, sandbox, app } = await loggedIn();
    await app.close();
    sandbox.promptReauth();
    await page.getByRole('alert').getByText("/auth can't be reached: Failed to fetch").waitFor();
    expect(await page.locator('#state').textContent()).toBe('connected');
  });

  it('shows that the connection is lost, and that it is back', async () => {
    const { page, sandbox } = await loggedIn();
    sandbox.drop();
    await page.locator('#log').getByText('Connected again with token 1').waitFor();
    expect(await page.locator('#state').textContent()).toBe('connected');
    expect(await page.getByRole('alert').isVisible()).toBe(false);
  });

  it('would talk to Ably with an API key of Ably', async () => {
    const app = await startApp('node-http', { apiKey: 'demoApp.demoKey:demoSecret' });
    open.push(() => app.close());
    const { page, seen } = await openPage(app.url);
    const socket = page.waitForEvent('websocket');
    await logIn(page);
    expect((await socket).url()).toMatch(/^wss:\/\/main\.realtime\.ably\.net\//);
    expect(seen.console.filter((line) => /Content.Security.Policy/.test(line))).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('fits a phone in the %s scheme', async (colorScheme) => {
    const { page } = await loggedIn();
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
  });
});
