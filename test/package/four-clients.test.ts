import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import * as Ably from 'ably';
import { createAblyJwt } from 'ably-jwt';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { launchChromium } from '../support/chromium.js';
import { packed } from './packed.js';
import { ask, Inbox, openEventStream, PlainWebSocket, type ServerEvent } from './plain-clients.js';

const key = 'abcdef.ghijkl:CanarySecret0123456789xyz';
const library = readFileSync(new URL('../../node_modules/ably/build/ably.min.js', import.meta.url));

/** What the sandbox prints: one event a line. */
interface Line {
  readonly type: string;
  readonly url?: string;
  readonly port?: number;
  readonly clientId?: string;
}

/** What happens on the channel, as a client sees it: `message node`, `enter chromium`. */
type Sight = string;

/** A client of one kind, and what it sees. */
interface Client {
  readonly name: string;
  readonly sights: Inbox<Sight>;
  publish(): Promise<unknown>;
}

const lines = new Inbox<Line>();
let url: string;
let port: number;
let stop: () => Promise<unknown>;

beforeAll(async () => {
  const { project } = await packed();
  const command = join(project, 'node_modules/.bin/ably-jwt');
  const child = spawn(command, ['sandbox', '--json', '--port', '0'], {
    cwd: project,
    env: { PATH: process.env.PATH, ABLY_API_KEY: key },
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
    const complete = text.split('\n');
    text = complete.pop()!;
    for (const line of complete) lines.put(JSON.parse(line));
  });
  stop = () => {
    child.kill('SIGINT');
    return once(child, 'close');
  };
  ({ url, port } = (await lines.next(({ type }) => type === 'listening')) as Required<Line>);
}, 120_000);

afterAll(() => stop());

const banned = new Set<string>();
let ahead = 0;
let serial = 0;

/** The backend: a token for who isn't banned. */
async function sign(clientId: string): Promise<string> {
  if (banned.has(clientId)) throw Object.assign(new Error('This account is suspended.'), { statusCode: 403 });
  return createAblyJwt(key, {
    clientId,
    capability: { lobby: ['publish', 'subscribe', 'presence'] },
    issuedAt: new Date(Date.now() + ahead),
    claims: { jti: `${serial++}` },
  });
}

async function control(path: string, body: object): Promise<void> {
  const { status, text } = await ask(`${url}/admin/${path}`, { method: 'POST', body: JSON.stringify(body) });
  expect([status, text]).toEqual([200, text]);
}

/** The SDK for JavaScript, in Node. */
async function inNode(): Promise<Client & { client: Ably.Realtime }> {
  const client = new Ably.Realtime({
    endpoint: 'localhost',
    port,
    tls: false,
    logLevel: 0,
    authCallback: (_, callBack) =>
      sign('node').then(
        (token) => callBack(null, token),
        (error) => callBack(error, null),
      ),
  });
  onTestFinished(() => client.close());
  const sights = new Inbox<Sight>();
  const channel = client.channels.get('lobby');
  await channel.presence.subscribe(({ action, clientId }) => sights.put(`${action} ${clientId}`));
  await channel.subscribe(({ clientId }) => sights.put(`message ${clientId}`));
  await channel.presence.enter();
  return { name: 'node', client, sights, publish: () => channel.publish('hello', '') };
}

/** The SDK for JavaScript, in a page of another origin. */
async function inChromium(): Promise<Client & { state: () => Promise<string> }> {
  const site = createServer((request, response) => {
    const isScript = request.url === '/ably.js';
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? library : '<!doctype html><title>page</title><script src="/ably.js"></script>');
  });
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  const browser = await launchChromium();
  onTestFinished(async () => {
    await browser.close();
    site.close();
  });
  const page = await browser.newPage();
  const sights = new Inbox<Sight>();
  await page.exposeFunction('saw', (sight: Sight) => sights.put(sight));
  await page.exposeFunction('sign', () => sign('chromium').catch(({ message }) => ({ message })));
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  await page.evaluate(async (sandboxPort) => {
    const globals = globalThis as unknown as {
      Ably: typeof Ably;
      saw: (sight: string) => void;
      sign: () => Promise<string | { message: string }>;
      client: Ably.Realtime;
    };
    const client = new globals.Ably.Realtime({
      endpoint: 'localhost',
      port: sandboxPort,
      tls: false,
      logLevel: 0,
      authCallback: async (_, callBack) => {
        const token = await globals.sign();
        if (typeof token === 'string') callBack(null, token);
        else callBack(new globals.Ably.ErrorInfo(token.message, 40_300, 403), null);
      },
    });
    globals.client = client;
    const channel = client.channels.get('lobby');
    await channel.presence.subscribe(({ action, clientId }) => globals.saw(`${action} ${clientId}`));
    await channel.subscribe(({ clientId }) => globals.saw(`message ${clientId}`));
    await channel.presence.enter();
  }, port);
  type Globals = { client: Ably.Realtime };
  return {
    name: 'chromium',
    sights,
    publish: () =>
      page.evaluate(() =>
        (globalThis as unknown as Globals).client.channels.get('lobby').publish('hello', ''),
      ),
    state: () =>
      page.evaluate(async () => {
        const { connection } = (globalThis as unknown as Globals).client;
        await connection.whenState('failed');
        return `${connection.errorReason?.code} ${connection.errorReason?.cause?.message}`;
      }),
  };
}

/** Requests and a stream of server-sent events, as with curl. */
async function overHttp() {
  const sights = new Inbox<Sight>();
  let token = '';
  const ends = new Inbox<ServerEvent>();
  const listen = async () => {
    token = await sign('http');
    const query = new URLSearchParams({ v: '2', channels: 'lobby', accessToken: token });
    const events = await openEventStream(`${url}/event-stream?${query}`);
    void (async () => {
      for (;;) {
        const received = await events.next();
        if (received.event !== 'message') return ends.put(received);
        sights.put(`message ${JSON.parse(received.data!).clientId}`);
      }
    })();
  };
  await listen();
  const publish = () =>
    ask(`${url}/channels/lobby/messages`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${Buffer.from(token).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: '{"name":"hello"}',
    });
  return { name: 'http', sights, publish, listen, ends } satisfies Client & Record<string, unknown>;
}

/** Ably's protocol by hand. */
async function overSocket() {
  const sights = new Inbox<Sight>();
  const renewals = new Inbox<string>();
  const ends = new Inbox<unknown>();
  const query = new URLSearchParams({ v: '4', format: 'json', accessToken: await sign('socket') });
  const socket = await PlainWebSocket.open(`${url}/?${query}`);
  onTestFinished(() => socket.close());
  const { frames } = socket;
  await frames.next(({ action }) => action === 4);
  socket.send({ action: 10, channel: 'lobby' });
  await frames.next(({ action }) => action === 11);
  socket.send({ action: 14, channel: 'lobby', msgSerial: 0, presence: [{ action: 2 }] });
  let msgSerial = 1;
  const presence = ['absent', 'present', 'enter', 'leave', 'update'];
  void (async () => {
    for (;;) {
      const frame = await frames.next();
      if (frame.action === 17) socket.send({ action: 17, auth: { accessToken: await sign('socket') } });
      if (frame.action === 4) renewals.put('renewed');
      if (frame.action === 6 || frame.action === 9) return ends.put(frame.error);
      const { messages = [], presence: members = [] } = frame as unknown as {
        messages?: { clientId: string }[];
        presence?: { action: number; clientId: string }[];
      };
      for (const { clientId } of messages) sights.put(`message ${clientId}`);
      for (const { action, clientId } of members) sights.put(`${presence[action]} ${clientId}`);
    }
  })();
  return {
    name: 'socket',
    sights,
    renewals,
    ends,
    async publish() {
      socket.send({ action: 15, channel: 'lobby', msgSerial: msgSerial++, messages: [{ name: 'hello' }] });
    },
  } satisfies Client & Record<string, unknown>;
}

test('four clients that share no code connect, renew and are revoked, and see each other do so', async () => {
  const http = await overHttp();
  const node = await inNode();
  const chromium = await inChromium();
  const socket = await overSocket();
  const all: readonly Client[] = [http, node, chromium, socket];
  const see = (clients: readonly Client[], sight: Sight) =>
    Promise.all(clients.map(({ sights }) => sights.next((seen) => seen === sight)));
  const everybodyPublishes = async (clients: readonly Client[]) => {
    for (const client of clients) {
      await client.publish();
      await see(clients, `message ${client.name}`);
    }
  };
  await see([node, chromium, socket], 'enter socket');
  await everybodyPublishes(all);

  // An hour less half a minute later, Ably asks for new tokens. A stream has no way to be asked: it begins anew.
  const renewed = new Promise((resolve) => void node.client.connection.once('update', resolve));
  ahead = 3_575_000;
  await control('clock', { advance: '3575s' });
  await renewed;
  await socket.renewals.next();
  const names = new Set<string | undefined>();
  while (names.size < 3) names.add((await lines.next(({ type }) => type === 'renewed')).clientId);
  expect([...names].sort()).toEqual(['chromium', 'node', 'socket']);
  await http.listen();
  // The old tokens expire, and only the first stream ends with them.
  ahead += 60_000;
  await control('clock', { advance: '1m' });
  expect(JSON.parse((await http.ends.next()).data!)).toMatchObject({ code: 40_142 });
  await everybodyPublishes(all);

  const revoke = async (clientId: string) => {
    banned.add(clientId);
    ahead += 1_000;
    await control('clock', { advance: '1s' });
    await control('revoke', { targets: [{ clientId }] });
    await lines.next((line) => line.type === 'revoked' && line.clientId === clientId);
  };
  /** A member that is gone leaves after 15 s, for as long it could resume. */
  const leaves = async (clientId: string, watching: readonly Client[]) => {
    ahead += 16_000;
    await control('clock', { advance: '16s' });
    await see(watching, `leave ${clientId}`);
  };

  await revoke('socket');
  expect(await socket.ends.next()).toMatchObject({ code: 40_141, statusCode: 401 });
  await leaves('socket', [node, chromium]);

  await revoke('chromium');
  expect(await chromium.state()).toMatch(/^80019 .*This account is suspended\./);
  await leaves('chromium', [node]);

  await revoke('http');
  expect(JSON.parse((await http.ends.next()).data!)).toMatchObject({ code: 40_141 });
  expect(await http.publish()).toMatchObject({ status: 401, text: expect.stringContaining('40141') });
  await node.publish();
  // What the revoked client published would have come before.
  expect(await node.sights.next()).toBe('message node');

  await revoke('node');
  await node.client.connection.whenState('failed');
  expect(node.client.connection.errorReason?.cause?.message).toContain('This account is suspended.');
});
