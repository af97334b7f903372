import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type * as Ably from 'ably';
import { createAblyJwt } from 'ably-jwt';
import { startAblySandbox } from 'ably-jwt/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '../support/chromium.js';
import { formats } from './support/client.js';

const library = readFileSync(new URL('../../node_modules/ably/build/ably.min.js', import.meta.url));

/** An origin of its own, other than the sandbox's, with the Ably client and nothing else. */
const site = createServer((request, response) => {
  const isScript = request.url === '/ably.js';
  response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
  response.end(isScript ? library : '<!doctype html><title>page</title><script src="/ably.js"></script>');
});
let browser: Browser;
let page: Page;

beforeAll(async () => {
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  browser = await launchChromium();
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
});

afterAll(async () => {
  await browser.close();
  site.close();
});

describe.each(formats)('the Ably client in a browser (%s)', (format) => {
  test('Realtime and REST: connect, publish, read, and be told what is not permitted', async () => {
    await using sandbox = await startAblySandbox();
    const token = await createAblyJwt(sandbox.apiKey, {
      capability: { chat: ['publish', 'subscribe', 'presence', 'history'] },
      clientId: 'bob',
    });
    const options = { ...sandbox.clientOptions, token, useBinaryProtocol: format === 'msgpack' };
    const seen = await page.evaluate(async (clientOptions) => {
      const { Ably } = globalThis as unknown as { Ably: typeof import('ably') };
      const told = (error: Ably.ErrorInfo) => [error.code, error.statusCode];
      const client = new Ably.Realtime(clientOptions);
      await client.connection.whenState('connected');
      const channel = client.channels.get('chat');
      const received = new Promise((resolve) => void channel.subscribe((message) => resolve(message.data)));
      await channel.attach();
      const api = new Ably.Rest(clientOptions);
      await api.channels.get('chat').publish('greeting', { text: 'hello' });
      await channel.presence.enter();
      const history = await api.channels.get('chat').history();
      const result = {
        clientId: client.auth.clientId,
        received: await received,
        members: (await channel.presence.get()).map(({ clientId }) => clientId),
        history: history.items.map(({ data, clientId }) => [data, clientId]),
        denied: [
          await client.channels.get('other').attach().catch(told),
          await api.channels.get('other').history().catch(told),
          await api.channels.get('other').publish('x', 'y').catch(told),
        ],
        time: await api.time(),
      };
      client.close();
      return result;
    }, options as Ably.ClientOptions);
    expect(seen).toEqual({
      clientId: 'bob',
      received: { text: 'hello' },
      members: ['bob'],
      history: [[{ text: 'hello' }, 'bob']],
      denied: [
        [40160, 401],
        [40160, 401],
        [40160, 401],
      ],
      time: expect.any(Number),
    });
  });

  test('a refused token is refused with its code', async () => {
    await using sandbox = await startAblySandbox();
    const options = {
      ...sandbox.clientOptions,
      key: 'this.is:wrong',
      useBinaryProtocol: format === 'msgpack',
    };
    const reason = await page.evaluate(async (clientOptions) => {
      const { Ably } = globalThis as unknown as { Ably: typeof import('ably') };
      const client = new Ably.Realtime(clientOptions);
      const change = await client.connection.once('failed');
      return [change.reason?.code, change.reason?.statusCode];
    }, options as Ably.ClientOptions);
    expect(reason).toEqual([40101, 401]);
  });
});
