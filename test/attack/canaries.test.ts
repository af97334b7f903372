import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type AblyJwtOptions,
  createAblyJwt,
  createAuthCallback,
  createAuthEndpoint,
  createAuthHandler,
  createAuthListener,
  deny,
  embedAblyToken,
  retryLater,
  revokeAblyTokens,
} from 'ably-jwt';
import { startAblySandbox } from 'ably-jwt/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { Canaries } from './support/canaries.js';

const secret = 'Qm7-xR4_kT2bLw9VnJ5sGcZ8';
const key = `canary.aKey01:${secret}`;
const cookie = 'sid-Yp3kWd8sRb6hTz1nQv5m';
const password = 'Correct-Horse-7431-Battery';

describe('a canary is found', () => {
  test.each<[where: string, leak: (canaries: Canaries) => unknown]>([
    ['a message', () => new Error(`with ${key}`)],
    ['a cause of a cause', () => new Error('a', { cause: new Error('b', { cause: secret }) })],
    ['one of many errors', () => new AggregateError([new Error(secret)], 'many')],
    ['a hidden property', () => Object.defineProperty(new Error('a'), 'request', { value: { secret } })],
    ['a symbol', () => ({ [Symbol('own')]: Symbol(secret) })],
    [
      'a getter of a class',
      () =>
        new (class {
          get token() {
            return secret;
          }
        })(),
    ],
    ['a toJSON', () => ({ toJSON: () => secret })],
    ['half of it', () => secret.slice(0, 12)],
    ['the other half', () => secret.slice(12)],
    ['hexadecimal digits', () => Buffer.from(secret).toString('hex')],
    ...['', 'a', 'ab', 'abc'].map((before): [string, () => unknown] => [
      `base64 behind ${before.length} other characters`,
      () => btoa(`${before}${secret} and more`),
    ]),
    ['the console', () => console.warn({ headers: [key] })],
    ['a stream', () => process.stderr.write(`${secret}\n`)],
    [
      'a warning of the process',
      async () => {
        process.emitWarning(`with ${key}`);
        await once(process, 'warning');
      },
    ],
    [
      'a status text',
      (canaries) => canaries.seeResponse('response', new Response(null, { statusText: secret })),
    ],
    [
      'a header',
      (canaries) => canaries.seeResponse('response', new Response(null, { headers: { a: btoa(key) } })),
    ],
    [
      'what was seen before it was known to be secret',
      (canaries) => {
        canaries.see('early', cookie);
        canaries.hide(cookie);
      },
    ],
  ])('in %s', async (where, leak) => {
    const canaries = new Canaries(secret);
    canaries.see(where, await leak(canaries));
    expect(() => canaries.expectUnseen()).toThrow();
  });
});

/** Every way in which an `authorize` goes wrong. */
const decisions: readonly [name: string, authorize: () => unknown][] = [
  ['null', () => null],
  ['undefined', () => undefined],
  ['true', () => true],
  ['the key', () => key],
  [
    'a denial',
    () => {
      throw deny('No.');
    },
  ],
  [
    'a delay',
    () => {
      throw retryLater('30s' as never);
    },
  ],
  [
    'an error that shows all',
    () => {
      throw new Error(`sql of ${password}, ${key}`);
    },
  ],
  [
    'an error with a status',
    () => {
      throw Object.assign(new Error(password), { status: 401 });
    },
  ],
  [
    'the key itself',
    () => {
      throw key;
    },
  ],
  [
    'a rejection',
    async () => {
      throw { cookie, key };
    },
  ],
  ['the key as an option', () => ({ capability: 'inherit', [key]: 1 })],
  ['the key as a clientId', () => ({ capability: { a: ['x'] }, clientId: key })],
  ['no identity', () => ({ capability: 'inherit', clientId: undefined })],
  ['a long ttl', () => ({ capability: 'inherit', ttl: '2d' })],
];
type Authorizing = () => AblyJwtOptions | null;
const request = () =>
  new Request(`https://app.example/auth?key=${key}&password=${password}`, {
    headers: { cookie, authorization: `Bearer ${key}`, origin: 'https://evil.example' },
  });

test('no shell of the endpoint shows the key, the session or what an error says', async () => {
  for (const [name, authorize] of decisions) {
    const canaries = new Canaries(secret, cookie, password);
    const asked: Authorizing = authorize as Authorizing;
    // What an app throws goes to its own onError, and nowhere else.
    const options = { onError: () => {}, cors: { origins: ['https://app.example'] } };
    canaries.see(name, await createAuthEndpoint(key, asked, { onError: () => {} })({ headers: { cookie } }));
    const handled = await createAuthHandler(key, asked, options)(request());
    canaries.see(name, [[...handled.headers], handled.status, await handled.text()]);
    const server = createServer(createAuthListener(key, asked, options)).listen(0, 'localhost');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const listened = await fetch(`http://localhost:${port}/auth?key=${key}`, { headers: { cookie } });
    canaries.see(name, [[...listened.headers], listened.status, await listened.text()]);
    server.close();
    canaries.expectUnseen();
    expect(canaries.count).toBeGreaterThanOrEqual(3);
  }
});

test('what the endpoint itself finds wrong is logged without the key', async () => {
  const canaries = new Canaries(secret, cookie);
  const logged: unknown[] = [];
  const wrong = [
    {},
    { capability: key },
    { [key]: 1 },
    { clientId: undefined },
    { ttl: secret },
    { claims: { exp: key } },
  ];
  for (const options of wrong) {
    const onError = (error: unknown) => logged.push(error);
    canaries.see(
      'endpoint',
      await createAuthEndpoint(key, (() => options) as unknown as Authorizing, { onError })({ cookie }),
    );
    // By default it goes to the console.
    await createAuthEndpoint(key, (() => options) as unknown as Authorizing)({ cookie });
    await createAuthEndpoint(
      () => `${key} `,
      () => null,
    )({ cookie });
  }
  canaries.see('onError', logged);
  expect(logged).toHaveLength(wrong.length);
  canaries.expectUnseen();
});

test('the client shows neither the session nor the token, whatever it gets', async () => {
  const token = await createAblyJwt(key, { capability: 'inherit', clientId: 'bob' });
  const signature = token.slice(token.lastIndexOf('.') + 1);
  const canaries = new Canaries(secret, cookie, password, signature);
  const place = `app.example/auth;jsessionid=${cookie}?session=${cookie}#${cookie}`;
  const answers: (() => Response)[] = [
    ...[200, 201, 400, 401, 403, 404, 500].map(
      (status) => () => new Response(`${cookie} ${token} x`, { status }),
    ),
    () => Response.json({ accessToken: token }),
    () => Response.json({ error: { code: 40300, message: null, cookie } }, { status: 403 }),
    () => new Response(`<html>${cookie}`, { headers: { 'content-type': 'text/html' } }),
    () => new Response(token),
    () => new Response(null, { status: 204 }),
    () => new Response(null, { status: 302, headers: { location: `/login?${cookie}` } }),
    () => {
      throw new TypeError(`fetch of ${place} failed`, { cause: new Error(`with ${cookie}`) });
    },
  ];
  // The second is one that no request can be made of.
  const urls = [`https://${place}`, `https://user:${password}@${place}`];
  for (const [answer, url] of answers.flatMap((answer) => urls.map((url) => [answer, url] as const))) {
    const error = await new Promise((resolve) => {
      const headers = { cookie, authorization: `Bearer ${cookie}` };
      const fetching = (async () => answer()) as typeof fetch;
      // Another identity than the token's, so that a good one is refused too.
      createAuthCallback(url, { fetch: fetching, headers, retries: 0 })({ clientId: 'alice' }, resolve);
    });
    expect(error).toBeInstanceOf(Error);
    const {
      message,
      code,
      statusCode,
      url: shownUrl,
    } = error as Error & { code: number; statusCode: number; url?: string };
    // Its cause is what the runtime threw, for a debugger; Ably's client prints the message.
    canaries.see('client', { message, text: String(error), code, statusCode, shownUrl });
  }
  canaries.expectUnseen();
});

test('revoking shows nothing of what a gateway echoes', async () => {
  const canaries = new Canaries(secret, btoa(key));
  const basic = `Basic ${btoa(key)}`;
  const echoes: (() => Response)[] = [
    () => new Response(`You sent ${basic}`, { status: 401 }),
    () =>
      Response.json(
        { error: { code: 40100, statusCode: 401, message: `bad ${basic} of ${key}` } },
        { status: 401 },
      ),
    () => Response.json({ error: { code: key, message: secret } }, { status: 500 }),
    () =>
      Response.json([
        { target: 'clientId:a', error: { code: 40000, statusCode: 400, message: `${key} ${btoa(secret)}` } },
      ]),
    () => Response.json({ results: [{ target: key, error: { message: basic } }] }),
    () => new Response(null, { status: 407, statusText: secret }),
    () => {
      throw Object.assign(new TypeError(`fetch failed: ${basic}`), {
        request: { headers: { authorization: basic } },
      });
    },
  ];
  for (const echo of echoes) {
    const sending = (async () => echo()) as typeof fetch;
    try {
      canaries.see(
        'revoke',
        await revokeAblyTokens(key, { targets: [{ clientId: 'a' }] }, { fetch: sending }),
      );
    } catch (error) {
      canaries.see('revoke', error);
    }
  }
  canaries.expectUnseen();
  expect(canaries.count).toBe(echoes.length);
});

test('embedding shows neither the secret nor the token inside', async () => {
  const token = await createAblyJwt(key, { capability: 'inherit' });
  const outer = 'Outer-secret-of-32-bytes-at-least-Zk4';
  const canaries = new Canaries(secret, outer, token.slice(token.lastIndexOf('.') + 1));
  const good = { secret: outer, claims: {}, in: 'claim' } as const;
  await canaries.fails('secret', () => embedAblyToken(token, { ...good, secret: key }));
  await canaries.fails('claims', () =>
    embedAblyToken(token, { ...good, claims: { exp: token, [outer]: 1n } as never }),
  );
  await canaries.fails('in', () => embedAblyToken(token, { ...good, in: token as 'claim' }));
  await canaries.fails('token', () => embedAblyToken(`${token}.${outer}`, good));
  await canaries.fails('sign', () =>
    embedAblyToken(token, {
      sign: (() => {
        throw new Error('mine');
      }) as never,
      claims: {},
      in: 'claim',
    }),
  );
  canaries.expectUnseen();
});

test('the sandbox shows a credential neither in its log nor in what it answers', async () => {
  const sandbox = await startAblySandbox();
  onTestFinished(() => sandbox.close());
  const apiKey = sandbox.apiKey;
  const own = apiKey.slice(apiKey.indexOf(':') + 1);
  const token = await createAblyJwt(apiKey, { capability: 'inherit', clientId: 'alice' });
  const signature = token.slice(token.lastIndexOf('.') + 1);
  const canaries = new Canaries(secret, own, signature);
  const headers: Record<string, string>[] = [
    { authorization: `Basic ${btoa(`${apiKey}x`)}` },
    { authorization: `Basic ${btoa(key)}` },
    { authorization: `Bearer ${btoa(`${token}x`)}` },
    { authorization: `Bearer ${apiKey}` },
    { authorization: `Bearer ${btoa(key)}` },
    { 'x-ably-clientid': btoa(apiKey) },
    {},
  ];
  const paths = [
    ...[
      `/keys/${apiKey}/requestToken`,
      `/channels/${apiKey}/messages`,
      `/${token}`,
      `/?key=${key}`,
      `/?accessToken=${token}x`,
    ],
    ...[
      `/stats?key=${apiKey}x`,
      `/time?token=${token}`,
      `/time?Key=${apiKey}`,
      `/channels?access_token=${key}`,
    ],
    ...[`/channels/a/messages?key=${key}&key=${apiKey}`, '/channels/a/messages'],
  ];
  for (const path of paths) {
    for (const header of headers) {
      const answer = await fetch(`${sandbox.url}${path}`, { headers: header });
      const text = await answer.text();
      // A channel is called what its client calls it, to that very client.
      if (!path.startsWith('/channels/')) canaries.see(path, [answer.status, [...answer.headers], text]);
    }
  }
  for (const query of [
    `key=${apiKey}x`,
    `key=${key}`,
    `accessToken=${token}x`,
    `access_token=${apiKey}`,
    `token=${token}`,
    `Key=${apiKey}`,
  ]) {
    const socket = new WebSocket(`ws://localhost:${sandbox.port}/?${query}&format=json&v=6`);
    socket.on('message', (frame) => canaries.see(query, String(frame)));
    socket.on('error', (error) => canaries.see(query, error));
    await once(socket, 'close');
  }
  canaries.see('requests', sandbox.requests);
  canaries.see('connections', sandbox.connections);
  expect(sandbox.requests.length).toBeGreaterThan(50);
  canaries.expectUnseen();
});

test('the admin interface of a sandbox shows no credential that a client has used or put in the wrong place', async () => {
  const sandbox = await startAblySandbox({ keys: [{ key }], admin: true });
  onTestFinished(() => sandbox.close());
  const token = await createAblyJwt(key, { capability: 'inherit', clientId: 'alice' });
  const canaries = new Canaries(secret, token.slice(token.lastIndexOf('.') + 1));
  const use: [path: string, headers: Record<string, string>][] = [
    [`/keys/${key}/requestToken`, { authorization: `Basic ${btoa(key)}` }],
    [`/channels/${token}/messages?agent=${key}`, { authorization: `Bearer ${token}x` }],
    ['/channels/a/messages', { authorization: `Bearer ${token}`, 'ably-agent': `${key} ${token}` }],
    [`/time?key=${key}x&token=${token}`, { 'x-ably-clientid': btoa(key) }],
  ];
  for (const [path, headers] of use) await fetch(sandbox.url + path, { headers });
  const admin = async (path: string, body?: string) => {
    const answer = await fetch(
      `${sandbox.url}/admin/${path}`,
      body === undefined ? {} : { method: 'POST', body },
    );
    canaries.see(path, [answer.status, [...answer.headers], await answer.text()]);
  };
  for (const view of ['connections', 'requests', 'keys', 'clock', key, token]) await admin(view);
  for (const control of [
    'revoke',
    'explain',
    'can',
    'fail',
    'fail-next',
    'revoke-key',
    'channel-rules',
    'limit-connections',
  ])
    for (const body of [
      `{"${key}":1}`,
      `{"token":"${token}x","clientId":1}`,
      `"${key}"`,
      JSON.stringify({ keyName: key }),
    ])
      await admin(control, body);
  const events = await fetch(`${sandbox.url}/admin/events`);
  const reader = events.body!.getReader();
  let text = '';
  while (!text.includes('/time')) text += new TextDecoder().decode((await reader.read()).value);
  await reader.cancel();
  canaries.see('events', text);
  canaries.expectUnseen();
});
