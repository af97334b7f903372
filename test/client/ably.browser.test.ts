import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAblyJwt } from 'ably-jwt';
import { type AblySandbox, startAblySandbox } from 'ably-jwt/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launchChromium } from '../support/chromium.js';
import type { Answer } from './support/asking.js';
import { bundle } from './support/bundle.js';
import { refusals } from './support/refusals.js';

let browser: Browser;
let page: Page;
let sandbox: AblySandbox;
let origin: string;
let answers: Answer[];
let requests: { url: string; headers: Record<string, unknown> }[];

/** A page with Ably's own client, the bundle of ours, and an endpoint that answers what the test wants. */
const files: Record<string, () => Promise<string | Buffer>> = {
  '/': async () => `<!doctype html><script src="/ably.js"></script><script src="/client.js"></script>
    <script>
      function connect(clientOptions, source, options) {
        const client = new Ably.Realtime({
          ...clientOptions, logLevel: 0, transports: ['web_socket'],
          authCallback: ablyJwt.createAuthCallback(source, options),
        });
        return new Promise((resolve) => {
          client.connection.on(['connected', 'failed', 'disconnected', 'suspended'], ({ current, reason }) => {
            const { code, statusCode, cause } = reason ?? {};
            resolve({ state: current, code, statusCode, says: cause?.message, token: client.auth.tokenDetails });
            client.close();
          });
        });
      }
      function ask(source, options) {
        return new Promise((resolve) => {
          ablyJwt.createAuthCallback(source, options)({}, (error, token) => resolve({ ...error, message: error?.message, token }));
        });
      }
    </script>`,
  '/ably.js': () => readFile(new URL('../../node_modules/ably/build/ably.min.js', import.meta.url)),
  '/client.js': async () => (await bundle('iife')).text,
};
const server = createServer(async (request, response) => {
  const url = request.url!;
  const file = files[url];
  if (file !== undefined) {
    response.setHeader('content-type', url === '/' ? 'text/html; charset=utf-8' : 'text/javascript');
    return response.end(await file());
  }
  if (!url.startsWith('/auth')) return response.writeHead(404).end();
  const answer = answers[Math.min(requests.length, answers.length - 1)]!;
  requests.push({ url, headers: request.headers });
  if (typeof answer === 'function') return answer(response);
  response.writeHead(answer.status ?? 200, { 'content-type': 'application/jwt', ...answer.headers });
  response.end(answer.body);
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  [browser, sandbox] = await Promise.all([launchChromium(), startAblySandbox()]);
  page = await browser.newPage();
});
afterAll(async () => {
  await browser?.close();
  await sandbox?.close();
  server.closeAllConnections();
  server.close();
});
beforeEach(async () => {
  requests = [];
  answers = [];
  await page.goto(origin);
});

const run = (expression: string) => page.evaluate(expression) as Promise<Record<string, unknown>>;
const connect = (source = '/auth', options = '') =>
  run(
    `connect(${JSON.stringify(sandbox.clientOptions)}, ${JSON.stringify(source)}${options && `, ${options}`})`,
  );
const good = async (): Promise<Answer> => ({
  body: await createAblyJwt(sandbox.apiKey, { capability: { '*': ['*'] }, clientId: 'Žofia 😀' }),
});

describe("in a page, Ably's client stops after", () => {
  test.each(refusals)('%s', async (_, answer, says) => {
    answers = [answer];
    const outcome = await connect();
    expect(outcome).toMatchObject({ state: 'failed', code: 80019, statusCode: 403 });
    expect(outcome.says).toBe(says.replace('URL', '/auth'));
    expect(requests).toHaveLength(1);
  });
});

describe('in a page', () => {
  test('the client connects with the token of a relative URL, and knows what it says', async () => {
    answers = [await good()];
    const outcome = await connect('/auth?room=lobby');
    expect(outcome).toMatchObject({
      state: 'connected',
      token: { clientId: 'Žofia 😀', keyName: sandbox.keys[0]!.name },
    });
    expect(requests).toMatchObject([
      { url: '/auth?room=lobby', headers: { accept: 'application/json,text/plain' } },
    ]);
  });

  test('the token is kept in memory: neither in storage, nor in a cookie, nor in the URL', async () => {
    answers = [await good()];
    const kept = () =>
      run(`(async () => [
        Object.entries(localStorage), Object.entries(sessionStorage), document.cookie,
        await indexedDB.databases(), await caches.keys(), history.state, location.href,
      ])()`);
    expect(await run(`localStorage.clear(), ask('/auth')`)).toHaveProperty('token.token');
    expect(await kept()).toEqual([[], [], '', [], [], null, `${origin}/`]);
    const outcome = await connect();
    const { token } = outcome.token as { token: string };
    // No more than the transport that worked.
    const text = JSON.stringify(await kept());
    expect(text).toContain('web_socket');
    for (const part of token.split('.')) expect(text).not.toContain(part);
  });

  test('the cookies of the page are sent, unless it says no', async () => {
    answers = [await good()];
    await run(`void (document.cookie = 'session=1')`);
    await connect();
    await connect('/auth', `{ credentials: 'omit' }`);
    expect(requests.map(({ headers }) => headers.cookie)).toEqual(['session=1', undefined]);
  });

  test('a temporary failure is asked again, then told to the client', async () => {
    answers = [{ status: 503 }];
    const outcome = await connect();
    expect(outcome).toMatchObject({ state: 'disconnected', code: 80019, statusCode: 401 });
    expect(outcome.says).toBe('/auth answered 503. The client retries.');
    expect(requests).toHaveLength(2);
  });

  test('a redirect, which the browser hides, is told as a 302', async () => {
    answers = [{ status: 307, headers: { location: '/' } }];
    const outcome = await run(`ask('/auth')`);
    expect(outcome).toMatchObject({ statusCode: 403, status: 302 });
    expect(outcome.message).toBe('/auth redirected, probably to a login page: the session has ended.');
  });

  test('an endpoint elsewhere that allows nobody is a temporary failure: fetch does not say why', async () => {
    answers = [await good()];
    const elsewhere = `${origin.replace('127.0.0.1', 'localhost')}/auth`;
    expect(await run(`ask(${JSON.stringify(elsewhere)}, { retries: 0 })`)).toMatchObject({ statusCode: 401 });
    answers = [{ ...(await good()), headers: { 'access-control-allow-origin': origin } }];
    expect(await run(`ask(${JSON.stringify(elsewhere)})`)).toMatchObject({ token: { clientId: 'Žofia 😀' } });
  });

  test('reading ends at 128 KiB of an answer without an end', async () => {
    const hungUp = new Promise<void>((resolve) => {
      answers = [
        (response) => {
          response.on('close', resolve);
          const more = () => {
            while (response.write('b'.repeat(2 ** 14)));
          };
          response.on('drain', more);
          more();
        },
      ];
    });
    expect((await run(`ask('/auth')`)).message).toContain(
      '/auth answered more than 128 KiB (200), not a token.',
    );
    await hungUp;
  });

  test('a signal ends the call, and leaves nothing behind', async () => {
    answers = [() => {}];
    const outcome = await run(`(() => {
      const abort = new AbortController();
      const asked = ask('/auth', { signal: abort.signal });
      abort.abort();
      return asked;
    })()`);
    expect(outcome).toMatchObject({
      statusCode: 403,
      message: 'The signal passed to createAuthCallback was aborted.',
    });
  });

  test('a worker made of a blob has no page for a relative URL: final, and said so', async () => {
    const outcome = await run(`fetch('/client.js').then((response) => response.text()).then((client) => {
      const work = client + ";ablyJwt.createAuthCallback('/auth')({}, ({ message, statusCode }) => postMessage({ message, statusCode }))";
      const worker = new Worker(URL.createObjectURL(new Blob([work])));
      return new Promise((resolve) => { worker.onmessage = ({ data }) => resolve(data); });
    })`);
    expect(outcome).toEqual({
      statusCode: 403,
      message: 'createAuthCallback needs an absolute URL without a password here, found "/auth".',
    });
    expect(requests).toHaveLength(0);
  });
});
