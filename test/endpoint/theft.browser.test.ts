import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AblyJwtOptions, createAblyJwt, createAuthListener } from 'ably-jwt';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '../support/chromium.js';
import { key } from '../support/tokens.js';

// The theft of a token by `<script src="/auth">`. A JWT is three names with dots between them, and so is a valid script. The
// first is the same for all tokens of a key: a page that defines it as a Proxy reads the others as names of properties.

let browser: Browser;
/** What the user would be granted; its token is a script, as about two of five are: no "-", no digit first. */
let granted: AblyJwtOptions;
let token: string;
beforeAll(async () => {
  browser = await launchChromium();
  for (let n = 0; ; n++) {
    granted = {
      clientId: `alice-${n}`,
      capability: { '*': ['subscribe'] },
      issuedAt: new Date(Math.floor(Date.now() / 1000) * 1000),
    };
    token = await createAblyJwt(key, granted);
    if (token.split('.').every((part) => /^[A-Za-z_]\w*$/.test(part))) return;
  }
});
afterAll(() => browser.close());

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** The headers that keep it from being a script. */
const guards = ['X-Content-Type-Options', 'Cross-Origin-Resource-Policy'] as const;

/** The endpoint of a site with a login, without some of the headers. */
function serveEndpoint(cookie: string, without: readonly string[]) {
  const auth = createAuthListener(key, ({ headers }) =>
    headers.cookie?.includes('session=alice') ? granted : null,
  );
  return serve((request, response) => {
    if (request.url === '/login') return response.writeHead(204, { 'Set-Cookie': cookie }).end();
    return auth(request, withoutHeaders(response, without));
  });
}

function withoutHeaders(response: ServerResponse, names: readonly string[]) {
  return {
    getHeader: (name: string) => response.getHeader(name),
    writeHead: (status: number, headers: Record<string, string>) =>
      response.writeHead(
        status,
        Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name))),
      ),
    end: (body: string) => response.end(body),
  };
}

/** The thief's page: the script is loaded with the user's cookies, and whatever it names is noted. */
const thief = (url: string, header: string) => `<!doctype html><script>
  let stolen = '';
  const proxy = (get) => new Proxy({}, { get: (_, name) => get(String(name)) });
  window[${JSON.stringify(header)}] = proxy((payload) => proxy((signature) => {
    stolen = ${JSON.stringify(header)} + '.' + payload + '.' + signature;
  }));
</script>
<script src="${url}" onload="outcome = 'ran'" onerror="outcome = 'refused'"></script>`;

const sites: [name: string, cookie: string, thiefHost: string][] = [
  ['a page of the same site', 'session=alice; HttpOnly; SameSite=Strict', 'localhost'],
  // To browsers, localhost is as good as https.
  ['a page of another site', 'session=alice; HttpOnly; SameSite=None; Secure', '127.0.0.1'],
];

/** Logs the user in, lets them open the thief's page, and says what it has got. */
async function steal(cookie: string, thiefHost: string, without: readonly string[]) {
  const endpoint = await serveEndpoint(cookie, without);
  const header = token.split('.', 1)[0]!;
  const port = await serve((_, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end(thief(`http://localhost:${endpoint}/auth`, header));
  });
  const context = await browser.newContext();
  closing.push(() => context.close());
  const page = await context.newPage();
  await page.goto(`http://localhost:${endpoint}/login`).catch(() => {}); // a 204 is no page
  await page.goto(`http://${thiefHost}:${port}/`);
  return { outcome: await page.evaluate('outcome'), stolen: await page.evaluate('stolen') };
}

describe.each(sites)('%s that loads the endpoint as a script', (_, cookie, thiefHost) => {
  test('gets the whole token of a user where nothing guards it: so the theft is a real one', async () => {
    expect(await steal(cookie, thiefHost, guards)).toEqual({ outcome: 'ran', stolen: token });
  });

  test('gets nothing from the endpoint', async () => {
    expect(await steal(cookie, thiefHost, [])).toEqual({ outcome: 'refused', stolen: '' });
  });

  test.each(guards)('gets nothing by %s missing: the other header is enough', async (missing) => {
    expect(await steal(cookie, thiefHost, [missing])).toEqual({ outcome: 'refused', stolen: '' });
  });
});

test('a page that CORS allows still fetches its token, whatever else is refused to scripts', async () => {
  const port = await serve((_, response) =>
    response.setHeader('Content-Type', 'text/html').end('<!doctype html>'),
  );
  const origins = [`http://127.0.0.1:${port}`];
  const endpoint = await serve(createAuthListener(key, () => granted, { cors: { origins } }));
  const context = await browser.newContext();
  closing.push(() => context.close());
  const page = await context.newPage();
  await page.goto(`${origins[0]}/`);
  const fetched = await page.evaluate(
    `fetch('http://localhost:${endpoint}/auth').then((response) => response.text())`,
  );
  expect(fetched).toBe(token);
});
