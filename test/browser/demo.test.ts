import { type AblySandbox, startAblySandbox } from 'ably-jwt/testing';
import axe from 'axe-core';
import type { Browser, Locator, Page } from 'playwright-core';
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
  const { apiKey, clientOptions } = sandbox;
  const app = await startApp(name, { apiKey, clientOptions, sandbox, ttl });
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

/** When the one token in use was issued, in seconds: a token of the same second would have the same bytes. */
const issuedAt = ({ connections }: AblySandbox) => connections[0]!.tokenIssuedAt!.getTime() / 1000;

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
    expect(await page.locator('#answer').textContent()).toBe('200 application/jwt');
    expect(await page.locator('#capability li').allInnerTexts()).toEqual([
      expect.stringMatching(/^demo:chat:\*\s+presence\s+publish\s+subscribe$/),
      expect.stringMatching(/^demo:news\s+subscribe$/),
    ]);
    expect(JSON.parse(await page.locator('#jwt-header').innerText())).toEqual({
      alg: 'HS256',
      typ: 'JWT',
      kid: sandbox.keys[0]!.name,
    });
    expect(await page.locator('#claims').innerText()).toMatch(/x-ably-clientId who you are\s+ann/);
    expect(await page.locator('#countdown').textContent()).toMatch(/^0:[23]\d$/);
    expect(await page.getByLabel('Password').inputValue()).toBe('');

    // A token of 32 s: the sandbox, as Ably, asks for a new one 30 s before it expires.
    await page.getByText(/Token 2 renewed 3[0-2] s before expiry$/).waitFor();
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

  it('shows why a login was denied', async () => {
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

  it('publishes where the token grants it, renews, and shows exactly what deny() was given', async () => {
    const { page, sandbox } = await openDemo(name);
    await Promise.all([page.waitForEvent('dialog'), logIn(page)]);

    await page.getByRole('button', { name: 'to demo:chat' }).click();
    await outcome(page, 'Published: the token grants publish on demo:chat.');
    await page.getByRole('button', { name: 'to demo:news' }).click();
    await outcome(page, 'Ably refused with 40160');
    expect(await page.locator('#state').textContent()).toBe('connected');

    await page.getByRole('button', { name: 'Renew now' }).click();
    await outcome(page, 'Renewed on the open connection');
    await page.getByText('verified it: renewed, still connected').waitFor();

    await page.getByRole('button', { name: 'Ban me' }).click();
    await page.getByRole('button', { name: 'Login' }).waitFor();
    expect(await page.getByRole('alert').textContent()).toBe('Your account is suspended.');
    await page.getByText('Details for developers').click();
    expect(await page.locator('#problem-facts').innerText()).toContain('status: 403');
    await expect.poll(() => sandbox.connections.length).toBe(0);
  });

  it('shows the lines that run', async () => {
    const { page } = await openDemo(name);
    await Promise.all([page.waitForEvent('dialog'), logIn(page)]);
    await page.getByRole('tab', { name: 'Code' }).click();
    expect(await page.locator('#server-file').innerText()).toBe(`examples/${name}.ts`);
    expect(await page.locator('#server-code').innerText()).toMatch(/^const auth = createAuth\w+\(apiKey, /);
    expect(await page.locator('#client-code').innerText()).toContain("createAuthCallback('/auth', {");
  });
});

/** Waits for what the page says about the button that was pressed. */
const outcome = (page: Page, text: string) => page.locator('#outcome').getByText(text).waitFor();

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
    expect(
      await page
        .locator('#log')
        .getByText(/: Token \d/)
        .count(),
    ).toBe(1);
  });

  it.each([
    ['Expire', 'Ably disconnected with 40142'],
    ['Revoke', 'Ably revoked the token with 40141'],
  ])('%s: the client gets a new token and comes back', async (button, text) => {
    const { page, sandbox } = await loggedIn();
    await expect.poll(() => Math.floor(Date.now() / 1000) > issuedAt(sandbox)).toBe(true);
    await page.getByRole('button', { name: button }).click();
    await outcome(page, text);
    await page
      .locator('#log')
      .getByText(/Token 2 renewed/)
      .waitFor();
    await page.locator('#state').getByText('connected', { exact: true }).waitFor();
    expect(sandbox.connections).toHaveLength(1);
  });

  it('a 500 is temporary: the connection stays', async () => {
    const { page, sandbox } = await loggedIn();
    await page.getByRole('button', { name: 'Answer 500' }).click();
    await outcome(page, 'A 500 is temporary');
    expect(await page.getByRole('alert').textContent()).toBe('The session store is down.');
    expect(await page.locator('#log').getByText('answered 500').count()).toBe(2);
    expect(sandbox.connections).toHaveLength(1);
    await page.getByRole('button', { name: 'Renew now' }).click();
    await page
      .locator('#log')
      .getByText(/Token 2 renewed/)
      .waitFor();
    expect(await page.getByRole('alert').isVisible()).toBe(false);
  });

  it.each([
    ['Answer HTML', /answered HTML|sent HTML|HTML/],
    ['Answer 401', /^Your session has ended\. Log in again\.$/],
  ])('%s is final: the client stops, in words for a user', async (button, message) => {
    const { page, sandbox } = await loggedIn();
    await page.getByRole('button', { name: button }).click();
    await page.getByRole('button', { name: 'Login' }).waitFor();
    expect(await page.getByRole('alert').textContent()).toMatch(message);
    await expect.poll(() => sandbox.connections.length).toBe(0);
  });

  it('gives the next token another lifetime', async () => {
    const { page } = await loggedIn();
    await page.getByLabel('of the next token').selectOption('40s');
    await outcome(page, 'The next token will be valid for 40s');
    await page.getByRole('button', { name: 'Renew now' }).click();
    await expect.poll(() => page.locator('#countdown').textContent()).toMatch(/^0:(40|3\d)$/);
  });

  it('shows a second user beside the first, with presence and messages between them', async () => {
    const { page, sandbox } = await loggedIn();
    await page.getByRole('tab', { name: 'Chat' }).click();
    await page.getByRole('button', { name: 'Open as Bob' }).click();
    const [ann, bob] = ['ann', 'bob'].map((who) => page.getByRole('region', { name: `Chat as ${who}` })) as [
      Locator,
      Locator,
    ];
    await ann.getByText('Present: ann, bob').waitFor();
    await bob.getByText('Present: ann, bob').waitFor();
    await bob.getByLabel('Message').fill('Hello <b>Ann</b>');
    await bob.getByLabel('Message').press('Enter');
    await ann.getByText('bob Hello <b>Ann</b>').waitFor();
    expect(sandbox.connections.map(({ clientId }) => clientId).sort()).toEqual(['ann', 'bob']);

    await page.getByRole('button', { name: 'Log out' }).click();
    await expect.poll(() => sandbox.connections.length).toBe(0);
  });

  it('keeps the session over a reload, without a second alert', async () => {
    const { page, seen } = await loggedIn();
    await page.reload();
    await page.locator('#log').getByText('verified it: connected').waitFor();
    expect(await page.locator('#client-id').textContent()).toBe('ann');
    expect(seen.bodies.at(-1)).toBe('{}');
    expect(seen.alerts).toHaveLength(1);
  });

  it('has the token nowhere in the page but its header and claims', async () => {
    const { page, sandbox } = await loggedIn();
    const kid = sandbox.keys[0]!.name;
    const html = await page.content();
    expect(html).toContain(kid);
    // No word of the page is as long as a signature of HMAC-SHA256.
    expect(/(?<![\w-])[\w-]{43}(?![\w-])/.exec(html.replace(/<head>[\s\S]*<\/head>/, ''))).toBeNull();
    expect(html).not.toContain('eyJ');
  });

  it.each(['light', 'dark'] as const)('has no accessibility violation, %s', async (colorScheme) => {
    const { page } = await openDemo('node-http');
    await page.emulateMedia({ colorScheme });
    const violations = async () => {
      await page.evaluate(axe.source);
      return page.evaluate<string[]>(
        "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map((n) => n.html).join(' ')))",
      );
    };
    expect(await violations()).toEqual([]);
    await Promise.all([page.waitForEvent('dialog'), logIn(page)]);
    await page.locator('#log').getByText('verified it: connected').waitFor();
    expect(await violations()).toEqual([]);
    for (const tab of ['Chat', 'Code']) {
      await page.getByRole('tab', { name: tab }).click();
      expect(await violations(), tab).toEqual([]);
    }
  });

  it('moves between its tabs with the arrow keys', async () => {
    const { page } = await loggedIn();
    await page.getByRole('tab', { name: 'Try it' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('tabpanel').getAttribute('id')).toBe('panel-code');
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('tabpanel').getAttribute('id')).toBe('panel-try');
  });

  it('shows why a renewal was denied, and asks to log in again', async () => {
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
    await page.getByRole('alert').getByText('/auth').waitFor();
    expect(await page.locator('#state').textContent()).toBe('connected');
  });

  it('shows that the connection is lost, and that it is back', async () => {
    const { page, sandbox } = await loggedIn();
    sandbox.drop();
    await page.locator('#log').getByText('connected again with token 1').waitFor();
    expect(await page.locator('#state').textContent()).toBe('connected');
    expect(await page.getByRole('alert').isVisible()).toBe(false);
  });

  it('would talk to Ably with an API key of Ably', async () => {
    const app = await startApp('node-http', { apiKey: 'abcdef.demoKey:demoSecret' });
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
