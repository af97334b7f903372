import { request as httpRequest, type IncomingMessage } from 'node:http';
import { encode } from '@msgpack/msgpack';
import { type AblySandbox, createManualClock, startAblySandbox } from 'ably-jwt/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { realtime, refusal, rest, startSandbox } from './support/client.js';
import { RawClient } from './support/raw.js';

const basic = (key: string) => `Basic ${Buffer.from(key).toString('base64')}`;

/** An answer to a request in which every header can be chosen, and whose body need not end. */
function ask(
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string>; part?: string } = {},
): Promise<{ status: number; code: number; body: string }> {
  const { method = 'GET', headers = {}, part } = options;
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, path, method, headers }, async (answer) => {
      let body = '';
      for await (const chunk of answer as IncomingMessage) body += chunk;
      resolve({ status: answer.statusCode!, code: Number(answer.headers['x-ably-errorcode']), body });
      sent.destroy();
    });
    sent.on('error', reject);
    if (part === undefined) sent.end();
    else sent.write(part);
  });
}

/** MessagePack lists that announce 16,777,216 elements each, one in the other. */
const bomb = (lists: number) => Buffer.from('dd01000000'.repeat(lists), 'hex');
/** Lists in lists that hold one element each. */
const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);

describe('a body', () => {
  test('that announces more than it has is refused before memory is reserved for it', async () => {
    const { sandbox } = await startSandbox();
    for (const body of [
      bomb(1),
      bomb(60),
      Buffer.from(`92${'91'.repeat(80)}`, 'hex'),
      Buffer.from('c1', 'hex'),
    ]) {
      const response = await fetch(`${sandbox.url}/channels/a/messages`, {
        method: 'POST',
        headers: { Authorization: basic(sandbox.apiKey), 'Content-Type': 'application/x-msgpack' },
        body,
      });
      expect([response.status, response.headers.get('x-ably-errorcode')]).toEqual([400, '40001']);
    }
  });

  test('that is MessagePack of every kind is read', async () => {
    const { sandbox } = await startSandbox();
    const extras = {
      null: null,
      true: true,
      numbers: [1, -1, 200, 70_000, 2 ** 40, -200, -70_000, -(2 ** 40), 0.5],
      texts: ['', 'x'.repeat(40), 'x'.repeat(300), 'x'.repeat(30_000)],
      bytes: new Uint8Array(300),
      list: Array.from({ length: 40 }, () => ({})),
      map: Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`k${n}`, n])),
      date: new Date(0),
    };
    const response = await fetch(`${sandbox.url}/channels/a/messages`, {
      method: 'POST',
      headers: { Authorization: basic(sandbox.apiKey), 'Content-Type': 'application/x-msgpack' },
      body: encode([{ name: 'x', extras }]),
    });
    expect(response.status).toBe(201);
  });

  test('of a stranger is not waited for', async () => {
    const { sandbox } = await startSandbox();
    const paths = ['/channels/a/messages', '/messages', `/keys/${sandbox.keys[0]!.name}/revokeTokens`];
    for (const path of paths) {
      const headers = { 'Content-Type': 'application/json', 'Content-Length': '1000' };
      const answer = await ask(sandbox.port, path, { method: 'POST', headers, part: '[' });
      expect(answer).toMatchObject({ status: 401, code: 40101 });
    }
  });

  test('that will be too large is not read', async () => {
    const { sandbox } = await startSandbox();
    const headers = { Authorization: basic(sandbox.apiKey), 'Content-Length': '524289' };
    const answer = await ask(sandbox.port, '/channels/a/messages', { method: 'POST', headers, part: '[' });
    expect(answer).toMatchObject({ status: 413, code: 40009 });
  });
});

describe('nesting', () => {
  test('of a frame: a bad request, for JSON and MessagePack', async () => {
    const { sandbox } = await startSandbox();
    const json = new RawClient(sandbox, { key: sandbox.apiKey });
    await json.next();
    json.sendText(`{"action":15,"messages":${'['.repeat(100_000)}`);
    expect(await json.next()).toMatchObject({ action: 9, error: { code: 40000 } });
    const msgpack = new RawClient(sandbox, { key: sandbox.apiKey, format: 'msgpack' });
    await msgpack.next();
    msgpack.sendBytes(bomb(60));
    expect(await msgpack.next()).toMatchObject({ action: 9, error: { code: 40000 } });
  });

  test('of extras and versions: 64 levels are kept and sent on, 65 refused', async () => {
    const { sandbox } = await startSandbox();
    const reader = realtime(sandbox, { key: sandbox.apiKey, clientId: 'al' }, 'msgpack');
    const channel = reader.channels.get('a');
    const heard: unknown[] = [];
    await channel.subscribe(({ extras }) => void heard.push(extras));
    const client = new RawClient(sandbox, { key: sandbox.apiKey, clientId: 'bob' });
    await client.next();
    let msgSerial = 0;
    const send = (frame: object) => client.ask({ channel: 'a', msgSerial: msgSerial++, ...frame });
    const deep = { extras: { ref: nested(64) } };
    const refused = { action: 2, error: { code: 40001, message: expect.stringContaining('64 levels') } };
    expect(await send({ action: 15, messages: [deep] })).toMatchObject(refused);
    expect(await send({ action: 15, messages: [{ version: deep }] })).toMatchObject(refused);
    expect(await send({ action: 15, messages: [{ extras: { ref: nested(63) } }] })).toMatchObject({
      action: 1,
    });
    await client.ask({ action: 10, channel: 'a' });
    expect(await send({ action: 14, presence: [{ action: 2, ...deep }] })).toMatchObject(refused);
    const api = rest(sandbox, { key: sandbox.apiKey });
    expect(await refusal(api.channels.get('a').publish(deep as never))).toMatchObject({ code: 40001 });
    expect((await api.channels.get('a').history()).items).toHaveLength(1);
    expect(heard).toEqual([{ ref: nested(63) }]);
  });
});

test.each([
  `[${'?'.repeat(400_000)}`,
  `[${'a'.repeat(400_000)}`,
  `${'[?'.repeat(200_000)}]`,
  `[${'?='.repeat(200_000)}]a`,
])('a channel name of 400,000 characters holds nobody up', async (channel) => {
  const { sandbox } = await startSandbox();
  const client = new RawClient(sandbox, { key: sandbox.apiKey });
  await client.next();
  expect(await client.ask({ action: 10, channel })).toMatchObject({ channel });
});

test('a client that does not read is cut off', async () => {
  const { sandbox } = await startSandbox();
  const socket = new WebSocket(`ws://localhost:${sandbox.port}/?key=${sandbox.apiKey}&clientId=slow`);
  onTestFinished(() => socket.terminate());
  await new Promise((resolve) => socket.once('message', resolve));
  socket.send(JSON.stringify({ action: 10, channel: 'a' }));
  await new Promise((resolve) => socket.once('message', resolve));
  socket.pause();
  const channel = rest(sandbox, { key: sandbox.apiKey }).channels.get('a');
  const data = 'x'.repeat(60_000);
  for (let sent = 0; sandbox.connections.length > 0; sent++) {
    expect(sent).toBeLessThan(900);
    await channel.publish('x', data);
  }
});

test('a message can’t grow without end, and its oldest versions are forgotten', async () => {
  const { sandbox } = await startSandbox();
  const client = new RawClient(sandbox, { key: sandbox.apiKey });
  await client.next();
  let msgSerial = 0;
  const send = (message: object) =>
    client.ask({ action: 15, channel: 'a', msgSerial: msgSerial++, messages: [message] });
  const [serial] = (await send({ data: 'start' })).res[0].serials;
  expect(await send({ serial, action: 5, data: 'x'.repeat(65_000) })).toMatchObject({ action: 1 });
  expect(await send({ serial, action: 5, data: 'x'.repeat(1_000) })).toMatchObject({
    action: 2,
    error: { code: 40009, statusCode: 413 },
  });
  for (let change = 0; change < 1_001; change++) await send({ serial, action: 1, data: `${change}` });
  const api = rest(sandbox, { key: sandbox.apiKey }).channels.get('a');
  expect((await api.getMessage(serial)).data).toBe('1000');
  const { items } = await api.getMessageVersions(serial, { direction: 'forwards', limit: 1 });
  expect(items[0]?.data).not.toBe('start');
});

test('close() ends every socket and the server, also when something in it throws', async () => {
  const manual = createManualClock();
  let closing = false;
  const sandbox = await startAblySandbox({
    clock: {
      ...manual,
      clearTimeout(timer) {
        if (closing) {
          closing = false;
          throw new Error('the clock is broken');
        }
        manual.clearTimeout(timer);
      },
    },
  });
  const clients = ['1', '2'].map(() => new RawClient(sandbox, { key: sandbox.apiKey }));
  await Promise.all(clients.map((client) => client.next()));
  closing = true;
  await expect(sandbox.close()).rejects.toThrow('the clock is broken');
  expect(await Promise.all(clients.map((client) => client.closed))).toEqual([1006, 1006]);
  await expect(fetch(`${sandbox.url}/time`)).rejects.toThrow();
});

describe('a foreign Host', () => {
  test.each(['evil.example', 'localhost.evil.example:80', '10.0.0.1', 'localhost@evil', '127.0.0.1.nip.io'])(
    'is refused: %s',
    async (host) => {
      const { sandbox } = await startSandbox();
      expect(await ask(sandbox.port, '/time', { headers: { Host: host } })).toMatchObject({ status: 403 });
      const socket = new WebSocket(`ws://127.0.0.1:${sandbox.port}/?key=${sandbox.apiKey}`, {
        headers: { Host: host },
      });
      const error = await new Promise<Error>((resolve) => socket.once('error', resolve));
      expect(error.message).toContain('403');
      expect(sandbox.requests).toEqual([]);
    },
  );

  test.each(['localhost', 'LOCALHOST:1', '127.0.0.1', '127.0.0.2:80', '[::1]:80'])(
    'isn’t one: %s',
    async (host) => {
      const { sandbox } = await startSandbox();
      expect(await ask(sandbox.port, '/time', { headers: { Host: host } })).toMatchObject({ status: 200 });
    },
  );
});

test('credentials in the wrong place are neither logged nor repeated', async () => {
  const { sandbox, clock } = await startSandbox({ keys: [{}, { key: 'abcdef.short:pw' }] });
  const { key, name } = sandbox.keys[0]!;
  const short = sandbox.keys[1]!;
  const secret = key.split(':')[1]!;
  const { token } = await rest(sandbox, { key }).auth.requestToken({ timestamp: clock.now() });
  const jwt = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJib2IifQ.${'s'.repeat(43)}`;
  const answers = await Promise.all(
    [
      `/time?token=${jwt}`,
      `/time?Key=${encodeURIComponent(key)}`,
      `/time?api_key=${encodeURIComponent(key)}&note=${encodeURIComponent(key)}&jwt=${jwt}`,
      `/time?accesstoken=${token}`,
      `/keys/${key}/requestToken`,
      `/keys/${encodeURIComponent(key)}/requestToken`,
      `/keys/${short.key}/requestToken`,
      `/keys/${encodeURIComponent(short.key)}/requestToken`,
      `/keys/${key}/nothing`,
      `/${jwt}`,
      `/channels/${encodeURIComponent(`:${key}`)}`,
    ].flatMap((path) => [
      ask(sandbox.port, path, { headers: { Authorization: `Bearer ${key}` } }),
      ask(sandbox.port, path, { headers: { Authorization: `Bearer ${btoa(key)}` } }),
      ask(sandbox.port, path, { method: 'POST', part: '' }).catch(() => undefined),
      ask(sandbox.port, path, { headers: { Authorization: key } }),
    ]),
  );
  const socket = new RawClient(sandbox, { Key: key, token: jwt, secret });
  const said = JSON.stringify([answers, sandbox.requests, await socket.next()]);
  for (const hidden of [secret, token, jwt, 's'.repeat(43), short.key, encodeURIComponent(short.key)]) {
    expect(said).not.toContain(hidden);
  }
  expect(said).toContain(name);
});

describe('a page in the browser of the developer', () => {
  const statusesFor = async (sandbox: AblySandbox, origin: string | undefined) => {
    const headers: Record<string, string> =
      origin === undefined ? {} : { origin, host: `localhost:${sandbox.port}` };
    const { status } = await ask(sandbox.port, '/time', { headers });
    const upgraded = new WebSocket(`ws://localhost:${sandbox.port}/?key=${sandbox.apiKey}&v=6&format=json`, {
      ...(origin === undefined ? {} : { headers: { origin } }),
    });
    const outcome = await new Promise((resolve) => {
      upgraded.on('open', () => resolve(101));
      upgraded.on('unexpected-response', (_, { statusCode }) => resolve(statusCode));
    });
    upgraded.on('error', () => {}).terminate();
    return [status, outcome];
  };

  test.each([
    ...['https://evil.example', 'null', 'file://', 'http://localhost.evil.example', 'http://evil.example:80'],
    ...['http://127.0.0.1.evil.example', 'http://evillocalhost', 'chrome-extension://localhosts', '', 'x'],
  ])('of the origin "%s" neither reads nor connects', async (origin) => {
    const { sandbox } = await startSandbox();
    expect(await statusesFor(sandbox, origin)).toEqual([403, 403]);
    // Not as something that a client of the test did.
    expect(sandbox.requests).toEqual([]);
  });

  test.each([
    ...[undefined, 'http://localhost:3000', 'https://localhost', 'http://127.0.0.1:5173', 'http://[::1]:80'],
    ...['http://shop.app.localhost:3000', 'capacitor://localhost'],
  ])('of the origin %s is of this machine, and both reads and connects', async (origin) => {
    const { sandbox } = await startSandbox();
    expect(await statusesFor(sandbox, origin)).toEqual([200, 101]);
  });

  test('reads and connects if its origin was named, and no other does', async () => {
    const { sandbox } = await startSandbox({ origins: ['https://app.test:3000', 'null'] });
    expect(await statusesFor(sandbox, 'https://app.test:3000')).toEqual([200, 101]);
    expect(await statusesFor(sandbox, 'null')).toEqual([200, 101]);
    expect(await statusesFor(sandbox, 'https://app.test')).toEqual([403, 403]);
  });

  test('that loads something as an image or a script, without an Origin, gets nothing; a link is followed', async () => {
    const { sandbox } = await startSandbox({ admin: true });
    const load = async (site: string, mode: string) => {
      const headers = { 'sec-fetch-site': site, 'sec-fetch-mode': mode, host: `localhost:${sandbox.port}` };
      const paths = ['/time', '/admin/keys'];
      return Promise.all(paths.map(async (path) => (await ask(sandbox.port, path, { headers })).status));
    };
    expect(await load('cross-site', 'no-cors')).toEqual([403, 403]);
    for (const [site, mode] of [
      ['cross-site', 'navigate'],
      ['same-origin', 'cors'],
      ['none', 'navigate'],
    ] as const)
      expect(await load(site, mode)).toEqual([200, 200]);
  });

  test('is told by the body of the refusal how to let it in', async () => {
    const { sandbox } = await startSandbox();
    const refused = await fetch(`${sandbox.url}/time`, { headers: { Origin: 'https://app.test' } });
    expect(await refused.text()).toMatch(/"origins" of startAblySandbox, or with --origin/);
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
  });
});
