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
