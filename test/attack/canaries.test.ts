import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  AblyJwtError,
  type AblyJwtOptions,
  type AuthServerOptions,
  createAblyJwt,
  createAuthCallback,
  createAuthEndpoint,
  createAuthHandler,
  createAuthListener,
  deny,
  embedAblyToken,
  parseAblyKey,
  retryLater,
  revokeAblyTokens,
  verifyAblyJwt,
} from 'ably-jwt';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { Canaries } from './support/canaries.js';

const secret = 'Qm7-xR4_kT2bLw9VnJ5sGcZ8';
const key = `canary.aKey01:${secret}`;
const cookie = 'sid-Yp3kWd8sRb6hTz1nQv5m';
const password = 'Correct-Horse-7431-Battery';

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

/** The endpoint in each shell: what it answers to a request with a session, as the bytes on the wire where there is one. */
type Shell = (authorize: Authorizing, options: AuthServerOptions<unknown>) => Promise<string>;

/** All that a server sends, trailers and the text of the status included. */
async function wire(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const lines = ['Host: localhost', `Cookie: ${cookie}`, `Authorization: Bearer ${key}`, 'Connection: close'];
  socket.write(`GET /auth?key=${key}&password=${password} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  const sent = await text(socket);
  server.close();
  return sent;
}

const shells: Record<string, Shell> = {
  'plain function': async (authorize, { onError }) =>
    JSON.stringify(await createAuthEndpoint(key, authorize, { onError })({ headers: { cookie } })),
  'Fetch API': async (authorize, options) => {
    const { status, statusText, headers, body } = await createAuthHandler(key, authorize, options)(request());
    return [status, statusText, ...headers, await new Response(body).text()].join('\n');
  },
  'Node.js http': (authorize, options) => wire(createServer(createAuthListener(key, authorize, options))),
  Express: (authorize, options) =>
    wire(createServer(express().all('/auth', createAuthListener(key, authorize, options)))),
  Fastify: async (authorize, { onError }) => {
    const auth = createAuthEndpoint(key, authorize, { onError });
    const app = fastify().all('/auth', async (asked, reply) => {
      const { status, headers, body } = await auth(asked);
      return reply.code(status).headers(headers).send(Buffer.from(body));
    });
    await app.ready();
    return wire(app.server);
  },
  Hono: async (authorize, options) => {
    const auth = createAuthHandler(key, authorize, options);
    const answer = await new Hono().all('/auth', (context) => auth(context.req.raw)).request(request());
    return [answer.status, answer.statusText, ...answer.headers, await answer.text()].join('\n');
  },
};

test.each(Object.entries(shells))(
  'the endpoint as %s shows neither the key nor the session nor what an error says',
  async (_, shell) => {
    const canaries = new Canaries(secret, cookie, password);
    for (const [name, authorize] of decisions) {
      // What an app throws goes to its own onError, and nowhere else.
      const options = { onError: () => {}, cors: { origins: ['https://app.example'] } };
      const answer = await shell(authorize as Authorizing, options);
      // A token that was asked for with the key as its clientId holds that; its bearer may read it.
      canaries.see(name, answer.replace(/eyJ[\w-]+\.[\w-]+\.[\w-]+/, ''));
      expect(answer).toMatch(/\b(200|401|403|500|503)\b/);
    }
    canaries.expectUnseen();
    expect(canaries.count).toBe(decisions.length);
  },
);

test('what holds a key shows its secret to no debugger, clone or log', async () => {
  const canaries = new Canaries(secret);
  const own = parseAblyKey(key);
  const authorize = () => ({ capability: 'inherit' }) as const;
  const holders: Record<string, unknown> = {
    'a key': own,
    'a function that signs with it': createAuthEndpoint(own, authorize),
    'a handler': createAuthHandler(own, authorize),
    'a listener': createAuthListener(key, authorize),
    'an error with it as its cause': new AblyJwtError('OPTION_INVALID', 'mine', { cause: own }),
    'a list of keys': [own, { own }],
  };
  for (const [where, holder] of Object.entries(holders)) canaries.see(where, holder);
  // What is kept of it to sign faster must not be seen either.
  const jwt = await createAblyJwt(own, authorize());
  canaries.see('a token that was verified', JSON.stringify(await verifyAblyJwt(jwt, own)));
  for (const [where, holder] of Object.entries(holders)) canaries.see(`${where}, used`, holder);
  console.log('%o %O %j %s', own, own, own, own);
  canaries.expectUnseen();
  expect(canaries.count).toBe(2 * Object.keys(holders).length + 2);
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
