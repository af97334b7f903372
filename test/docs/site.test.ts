import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import vectors from '../../vectors/verdicts.json' with { type: 'json' };
import { launchChromium } from '../support/chromium.js';
import { brokenLinks, readHtml } from './support/links.js';
import { root } from './support/snippets.js';

const expired = vectors.cases.find(({ name }) => name === 'expired an hour ago')!;

const site = `${root}node_modules/.cache/docs-site`;
let pages: string[] = [];

beforeAll(async () => {
  await rm(site, { recursive: true, force: true });
  const typedoc = `${root}node_modules/typedoc/bin/typedoc`;
  // Rejects when it ends with an error; and a warning is one.
  await promisify(execFile)(process.execPath, [typedoc, '--out', site], { cwd: root });
  pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.html'));
}, 240_000);

test('the site has a page for the README, each guide, each module', () => {
  const slugs = readdirSync(`${root}docs`).filter((name) => name.endsWith('.md') && name !== 'README.md');
  expect(pages).toEqual(
    expect.arrayContaining([
      'index.html',
      'guides/index.html',
      ...slugs.map((name) => `guides/${name.replace('.md', '.html')}`),
      'modules/ably-jwt.html',
      'modules/ably-jwt_client.html',
      'modules/ably-jwt_testing.html',
    ]),
  );
});

test('every link of the site leads somewhere', () => {
  expect(
    brokenLinks(
      site,
      [...pages, 'assets/icons.svg'].map((path) => readHtml(site, path)),
    ),
  ).toEqual([]);
});

describe('in Chromium', () => {
  let server: Server;
  let origin: string;
  let browser: Browser;

  beforeAll(async () => {
    const types: Record<string, string> = {
      html: 'text/html',
      js: 'text/javascript',
      css: 'text/css',
      svg: 'image/svg+xml',
      png: 'image/png',
    };
    server = createServer(async (request, response) => {
      const path = new URL(request.url ?? '/', 'http://localhost').pathname;
      const type = types[path.split('.').at(-1)!] ?? 'application/octet-stream';
      const body = await readFile(site + path).catch(() => undefined);
      response.writeHead(body === undefined ? 404 : 200, { 'Content-Type': type }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  /** What a page asked for that isn't there or is elsewhere, and what it complained about. */
  function watch(page: Page): string[] {
    const faults: string[] = [];
    page.on('request', (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(origin))
        faults.push(`asks ${request.url()}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 400) faults.push(`${response.status()} ${response.url()}`);
    });
    page.on('pageerror', (error) => faults.push(error.message));
    return faults;
  }

  test('no page is wider than a phone or a desktop screen, and none asks another host', async () => {
    const page = await browser.newPage();
    const faults = watch(page);
    for (const path of pages) {
      await page.goto(`${origin}/${path}`);
      for (const width of [390, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        if (overflow > 0) faults.push(`${path} is ${overflow} px too wide for ${width} px`);
      }
    }
    expect(faults).toEqual([]);
    await page.close();
  }, 240_000);

  /** Types words into the search of a page. */
  async function search(page: Page, words: string) {
    await page.goto(`${origin}/index.html`);
    await page.keyboard.press('/');
    await page.locator('#tsd-search-input').fill(words);
  }

  test('its search finds names of the reference', async () => {
    const page = await browser.newPage();
    const errors = watch(page);
    await search(page, 'createAblyJwt');
    await page
      .locator('#tsd-search-results a[href*="functions/ably-jwt.createAblyJwt.html"]')
      .first()
      .waitFor();
    expect(errors).toEqual([]);
    await page.close();
  });

  test.each([
    ['401', 'guides/renewal-and-errors.html'],
    ['40160', 'guides/troubleshooting.html'],
    ['40142', 'guides/troubleshooting.html'],
    ['cloudflare', 'guides/frameworks.html'],
    ['auth.js', 'guides/identity-providers.html'],
    ['clerk', 'guides/identity-providers.html'],
    ['firebase', 'guides/identity-providers.html'],
    ['supabase', 'guides/identity-providers.html'],
    ['logout', 'guides/growing-rights.html'],
    ['react', 'guides/react.html'],
    ['chat', 'guides/chat.html'],
    ['spaces', 'guides/chat.html'],
    ['liveobjects', 'guides/chat.html'],
    ['rate limit', 'guides/rate-limits.html'],
    ['429', 'guides/rate-limits.html'],
  ])('its search for "%s" finds the right guide first, and Enter opens it', async (words, guide) => {
    const page = await browser.newPage();
    const errors = watch(page);
    await search(page, words);
    const first = page.locator('#guide-results a').first();
    await first.waitFor();
    expect(await first.getAttribute('href')).toContain(guide);
    expect(words.split(' ')).toContain((await first.locator('mark').first().innerText()).toLowerCase());
    await page.locator('#tsd-search-input').press('Enter');
    await page.waitForURL(`**/${guide}*`);
    expect(errors).toEqual([]);
    await page.close();
  });

  test('its token page explains a token with the network off, and sends nothing', async () => {
    const page = await browser.newPage();
    const errors = watch(page);
    await page.goto(`${origin}/token.html`);
    await page.context().setOffline(true);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));

    await page.getByRole('button', { name: 'Show a sample' }).click();
    await page.getByText('RESOURCE_LITERAL').waitFor();
    expect(await page.locator('#verdict').innerText()).toContain(
      'Ably would accept this token if its key signed it',
    );
    await page.getByLabel('May it').selectOption('publish');
    expect(await page.locator('#answer').innerText()).toBe('Yes');

    const { token } = expired;
    await page.getByLabel('Token').fill(`Bearer ${token}`);
    await page.getByText('TOKEN_EXPIRED').waitFor();
    expect(await page.locator('#verdict').innerText()).toMatch(/^Ably refuses this token: \d errors/);
    // The signature is in no place of the page but the field itself.
    const shown = await page.evaluate<string>('document.body.innerText');
    expect(shown).not.toContain(token.split('.')[2]);
    expect([...asked, ...errors]).toEqual([]);
    await page.context().close();
  });

  test('its token page shows a hostile token as it is, and quickly', async () => {
    const page = await browser.newPage();
    const errors = watch(page);
    await page.goto(`${origin}/token.html`);
    const paste = async (payload: string) => {
      const part = (text: string) => Buffer.from(text).toString('base64url');
      const token = `${part('{"alg":"HS256","typ":"JWT","kid":"abcdef.key_1"}')}.${part(payload)}.${'A'.repeat(43)}`;
      await page.getByLabel('Token').fill(token);
      await page
        .locator('#verdict')
        .getByText(/Ably (refuses|would accept) this token/)
        .waitFor();
      return page.evaluate<string>('document.querySelector("main").innerText');
    };
    const script = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
    const capability = JSON.stringify({
      Identity: ['admin'],
      [script]: ['publish'],
      '\u202etsil': ['publish'],
    });
    const claims = {
      iat: 1,
      exp: 2,
      'x-ably-clientId': `${script}\u202enimda`,
      'x-ably-capability': capability,
    };
    const shown = await paste(JSON.stringify(claims));
    expect(await page.title()).toBe('Explain an Ably JWT | ably-jwt');
    // A resource doesn't pass for another identity, and no text changes its direction.
    expect(shown).toContain('\n"Identity"\nadmin');
    expect(shown).toContain('\\u202enimda');
    expect(shown).not.toContain('\u202e');
    // 2,000 levels in lines of their own would be 8 MB, and 20,000 end the stack.
    for (const depth of [90, 2_000, 20_000]) {
      const deep = await paste(`{"iat":1,"exp":2,"a":${'['.repeat(depth)}${']'.repeat(depth)}}`);
      expect(deep.length).toBeLessThan(20_000);
      expect(deep).not.toContain('nimda');
    }
    expect((await paste(`{"iat":1,"a":"${'x'.repeat(140_000)}"}`)).length).toBeLessThan(5_000);
    expect(errors).toEqual([]);
    await page.close();
  });

  test('brings the guides as text', async () => {
    const list = await readFile(`${site}/llms.txt`, 'utf8');
    expect(list).toContain('[Capabilities](guides/capabilities.html)');
    expect(await readFile(`${site}/guides.txt`, 'utf8')).toContain('# Capabilities\n');
    expect(JSON.parse(await readFile(`${site}/vectors/tokens.json`, 'utf8'))).toHaveProperty('cases');
  });
});
