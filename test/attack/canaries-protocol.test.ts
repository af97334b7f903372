import { once } from 'node:events';
import { createAblyJwt } from 'ably-jwt';
import { type AblySandbox, type SandboxEvent, startAblySandbox } from 'ably-jwt/testing';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { Canaries } from './support/canaries.js';

// A sandbox along the error paths of its protocol, REST and realtime: credentials stand wherever a client could put them.
// No error, no event and no log may repeat them. The names of channels and clients, which a client chooses, come back to it.
const secret = 'Jw6-nC2_fY9tHb4XkM7qPrD5';
const key = `canary.aKey04:${secret}`;
const other = `canary.aKey05:${secret}`;

let sandbox: AblySandbox;
let canaries: Canaries;
let events: SandboxEvent[];
let token: string;
let anonymous: string;
let carol: string;

beforeEach(async () => {
  events = [];
  canaries = new Canaries(secret);
  const onEvent = (event: SandboxEvent) => void events.push(event);
  const keys = [{ key }, { key: other, revocableTokens: true }];
  sandbox = await startAblySandbox({ keys, onEvent, admin: true, provisioning: true });
  onTestFinished(() => sandbox.close());
  sandbox.setChannelRules('mutable', { mutableMessages: true });
  sandbox.setChannelRules('known', { identified: true });
  const capability = { 'own:*': ['publish', 'message-update-own'], mutable: ['message-update-own'] } as const;
  token = await createAblyJwt(key, { capability, clientId: 'alice' });
  anonymous = await createAblyJwt(key, { capability: 'inherit' });
  carol = await createAblyJwt(key, {
    capability: 'inherit',
    clientId: 'carol',
    publishRateLimits: { 'limited:*': 1 },
  });
  for (const jwt of [token, anonymous, carol]) canaries.hide(jwt.slice(jwt.lastIndexOf('.') + 1));
});

/** What is wrong, as it is put into JSON. */
const wrongs = () => [
  key,
  token,
  [key],
  { [key]: token },
  [{ [token]: [key] }],
  `Bearer ${token}`,
  btoa(key),
];

/** All errors in an answer, also those of the parts of a batch. */
function errorsIn(answer: unknown): unknown[] {
  if (typeof answer !== 'object' || answer === null) return [];
  return Object.entries(answer).flatMap(([name, value]) => (name === 'error' ? [value] : errorsIn(value)));
}

/** All that the sandbox tells of what happened. */
async function seeLogs(): Promise<void> {
  for (const view of ['connections', 'requests', 'tokens', 'keys'])
    await canaries.seeResponse(view, await fetch(`${sandbox.url}/admin/${view}`));
  for (const request of sandbox.requests) canaries.see('requests', JSON.stringify(request));
  for (const event of events) canaries.see(event.type, JSON.stringify(event));
  canaries.expectUnseen();
}

const message = [
  ...['id', 'clientId', 'connectionId', 'connectionKey', 'name', 'data', 'encoding', 'extras'],
];
const change = [...message, 'action', 'serial', 'version'];
const routes: readonly [method: string, path: string, fields: readonly string[]][] = [
  ['POST', '/channels/own:a/messages', [...message, 'action']],
  ['POST', '/channels/known/messages', message],
  ['POST', '/messages', ['channels', 'messages']],
  ['PATCH', '/channels/mutable/messages/serial', change],
  ['PATCH', '/channels/fixed/messages/serial', ['data']],
  ['POST', '/channels/mutable/messages/serial/annotations', ['type', 'name', 'messageSerial', 'count']],
  [
    'POST',
    '/keys/canary.aKey04/requestToken',
    ['keyName', 'timestamp', 'nonce', 'mac', 'ttl', 'capability', 'clientId'],
  ],
  ['POST', '/keys/canary.aKey05/revokeTokens', ['targets', 'issuedBefore', 'allowReauthMargin']],
  ['POST', '/apps', ['keys', 'namespaces', 'channels']],
  ['POST', '/stats', ['any']],
];

describe('the REST server', () => {
  async function ask(method: string, path: string, sent: Record<string, string>, body?: string) {
    const response = await fetch(sandbox.url + path, {
      method,
      headers: sent,
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    const answer: unknown = /^[[{]/.test(text) ? JSON.parse(text) : text;
    const where = `${method} ${path.slice(0, 30)}`;
    // The links of a list repeat the query, for the client that asked, but no parameter that is named as a secret.
    const headers = [...response.headers].filter(([name]) => name !== 'link' || path.includes(`=${secret}`));
    canaries.see(where, [response.status, response.statusText, ...headers].join('\n'));
    for (const error of errorsIn(answer)) canaries.see(where, JSON.stringify(error));
    if (typeof answer === 'string') canaries.see(where, answer);
    return response.status;
  }
  const credentials = (): Record<string, string>[] => [
    { authorization: `Basic ${btoa(key)}` },
    { authorization: `Bearer ${token}` },
    { authorization: `Bearer ${anonymous}` },
  ];

  test('in bodies', async () => {
    const statuses = new Set<number>();
    for (const [method, path, fields] of routes) {
      const good = { channels: ['own:a'], messages: [{ data: 'x' }], keyName: 'canary.aKey04', action: 1 };
      for (const authorization of [...credentials(), { authorization: `Basic ${btoa(other)}` }]) {
        const headers = { ...authorization, 'content-type': 'application/json' };
        for (const field of fields)
          for (const wrong of wrongs())
            statuses.add(await ask(method, path, headers, JSON.stringify({ ...good, [field]: wrong })));
        for (const body of ['', '{', `"${key}"`, `["${key}"]`, `{"${key}`, `${key} ${token}`])
          statuses.add(await ask(method, path, headers, body));
        const type = { ...headers, 'content-type': 'application/x-msgpack' };
        statuses.add(await ask(method, path, type, `${key} ${token}`));
      }
    }
    expect([...statuses].sort()).toEqual(expect.arrayContaining([201, 400, 401, 404]));
    await seeLogs();
  });

  test('in paths, queries and headers', async () => {
    const long = 'x'.repeat(1_985);
    const encoded = encodeURIComponent(`Basic ${btoa(key)}`);
    const paths = [
      ...[key, token, `x${token}`, `a_${token}`, `Bearer%20${token}`, token.replaceAll('.', '%2E'), encoded],
      ...[`${long}${key}`, `${long}.${key}`, `${long}/${token}`, `%20${key}`, `${key}%`, `a/${key}/${token}`],
    ];
    const names = [
      'key',
      'apiKey',
      'Key',
      'token',
      'jwt',
      'accessToken',
      'client_secret',
      'keySecret',
      'auth',
    ];
    const queries = [
      ...[...names, 'bearer', 'password', 'Authorization'].map((name) => `${name}=${secret}`),
      ...[key, token, `${key}=1`, `${token}=1`, `x=${key}`, `x=Bearer%20${token}`, `x=${encoded}`],
      ...[`x=${long}${key}`, `agent=${'y'.repeat(480)}%20${key}`, `limit=${key}`, `start=${token}`],
      ...[`direction=${key}`, `channels=${encodeURIComponent(key)}`, `after=${token}`, 'start=2&end=1'],
      ...[`limit=1001`, `format=${key}`, `envelope=${token}`, `clientId=${encodeURIComponent(key)}`],
    ];
    for (const authorization of [...credentials(), {}]) {
      for (const path of paths)
        for (const before of ['/', '/channels/', '/keys/', '/admin/', '/push/', '/chat/', '/apps/'])
          await ask('GET', before + path, authorization);
      for (const path of paths) await ask('DELETE', `/apps/${path}`, authorization);
      for (const query of queries)
        for (const path of [
          'time',
          'channels',
          'channels/own:a/messages',
          'presence',
          'event-stream',
          'stats',
        ])
          if (path !== 'event-stream' || !query.includes('channels'))
            await ask('GET', `/${path}?${query}`, authorization);
    }
    for (const name of ['authorization', 'ably-agent', 'accept', 'x-ably-version', 'content-type', 'cookie'])
      for (const value of [
        key,
        token,
        `Basic ${key}`,
        `Basic ${btoa(`${key}x`)}`,
        `Bearer ${token}x`,
        `x ${key}`,
      ])
        await ask('POST', '/channels/own:a/messages', { [name]: value }, '{}');
    await seeLogs();
    expect(sandbox.requests.length).toBeGreaterThan(500);
  });
});

describe('the realtime server', () => {
  /** Sends frames, each over a connection that lives; sees the errors in all that comes back. */
  async function send(query: string, frames: readonly unknown[]): Promise<number> {
    let errors = 0;
    let left = [...frames];
    while (left.length > 0) {
      const sending = left.slice(0, 20);
      const socket = new WebSocket(`ws://localhost:${sandbox.port}/?${query}&format=json&v=6`);
      let answered = 0;
      socket.on('message', (data) => {
        const frame = JSON.parse(String(data)) as { action: number; id?: string };
        for (const error of errorsIn(frame)) {
          errors += 1;
          canaries.see('frame', JSON.stringify(error));
        }
        if (frame.action === 0) answered = Number(frame.id);
        if (answered === sending.length) socket.close();
        if (frame.action !== 4) return;
        socket.send(JSON.stringify({ action: 10, channel: 'own:a' }));
        for (const [n, sent] of sending.entries()) {
          socket.send(typeof sent === 'string' ? sent : JSON.stringify(sent));
          socket.send(JSON.stringify({ action: 0, id: String(n + 1) }));
        }
      });
      const [, reason] = await once(socket, 'close');
      canaries.see('reason', String(reason));
      // A frame that ends its connection is not answered, and those behind it go over the next.
      left = left.slice(answered === sending.length ? answered : answered + 1);
    }
    return errors;
  }

  const inside = [...change, 'type', 'messageSerial'];
  const top = ['id', 'channel', 'channelSerial', 'msgSerial', 'flags', 'params', 'auth', 'connectionId'];

  test('in frames', async () => {
    const frames: unknown[] = ['{', key, `"${key}"`, `["${token}"]`, `{"${key}":1}`, { action: key }];
    let msgSerial = 0;
    for (const action of [0, 10, 12, 14, 15, 16, 17, 19, 21, 23])
      for (const name of top)
        for (const wrong of wrongs().slice(0, 4))
          frames.push({ action, channel: 'own:a', msgSerial: ++msgSerial, [name]: wrong });
    for (const channel of ['own:a', 'mutable', 'fixed', 'known', `[?${key}]a`, `[${token}`])
      for (const [action, list] of [
        [14, 'presence'],
        [15, 'messages'],
        [21, 'annotations'],
      ] as const)
        for (const name of inside)
          for (const wrong of wrongs().slice(0, 4)) {
            const entry = { action: 1, serial: 'none', data: 1, [name]: wrong };
            frames.push({ action, channel, msgSerial: ++msgSerial, [list]: [entry] });
          }
    for (const accessToken of [
      key,
      `${token}x`,
      btoa(key),
      secret,
      anonymous,
      token,
      { [key]: token },
      undefined,
    ])
      frames.push({ action: 17, auth: { accessToken, [key]: token } });
    for (const params of [{ delta: key }, { modes: key }, { rewind: token }, { [key]: token }])
      frames.push({ action: 10, channel: 'own:a', params });
    const deep = JSON.parse(`${'{"a":'.repeat(70)}"${key}"${'}'.repeat(70)}`) as object;
    for (const entry of [
      { data: key.repeat(2_000) },
      { name: secret.repeat(3_000) },
      { extras: deep },
      { extras: secret },
    ])
      frames.push({ action: 15, channel: 'own:a', msgSerial: ++msgSerial, messages: [entry] });
    for (const action of [secret, key, token])
      frames.push({
        action: 14,
        channel: 'own:a',
        msgSerial: ++msgSerial,
        presence: [{ action }],
      });
    for (let n = 0; n < 3; n += 1)
      frames.push({ action: 15, channel: `limited:${key}`, msgSerial: ++msgSerial, messages: [{}, {}] });
    expect(await send(`accessToken=${carol}`, frames)).toBeGreaterThan(300);
    expect(await send(`accessToken=${anonymous}`, frames.slice(-20))).toBeGreaterThan(5);
    expect(await send(`accessToken=${token}`, frames)).toBeGreaterThan(500);
    expect(await send(`key=${key}`, frames)).toBeGreaterThan(300);
    await seeLogs();
  });

  test('in the parameters of a connection', async () => {
    const value = encodeURIComponent(`Basic ${btoa(key)} ${key} ${token}`);
    const names = [
      'resume',
      'recover',
      'clientId',
      'echo',
      'heartbeats',
      'agent',
      'transportParams',
      'v',
      key,
    ];
    for (const name of names)
      for (const credentials of [
        `accessToken=${token}`,
        `accessToken=${key}`,
        `key=${key}x`,
        `key=${token}`,
      ]) {
        const socket = new WebSocket(
          `ws://localhost:${sandbox.port}/?${encodeURIComponent(name)}=${value}&${credentials}&format=json`,
        );
        socket.on('message', (data) => {
          for (const error of errorsIn(JSON.parse(String(data)))) canaries.see(name, JSON.stringify(error));
          socket.close();
        });
        await once(socket, 'close');
      }
    await seeLogs();
    expect(canaries.count).toBeGreaterThan(100);
  });
});
