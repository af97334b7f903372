import { createAblyJwt } from 'ably-jwt';
import type { SandboxEvent } from 'ably-jwt/testing';
import { expect, test } from 'vitest';
import {
  attempt,
  handmade,
  hands,
  nextEvent,
  reaches,
  realtime,
  rest,
  signer,
  startSandbox,
} from './support/client.js';
import { RawClient } from './support/raw.js';

/** A sandbox whose events can be waited for. */
async function watched(options: Parameters<typeof startSandbox>[0] = {}) {
  const events: SandboxEvent[] = [];
  let wake = () => {};
  const started = await startSandbox({
    ...options,
    onEvent(event) {
      events.push(event);
      wake();
    },
  });
  /** The first event that fits, once it has come. */
  const event = async (fits: (event: SandboxEvent) => boolean) => {
    for (;;) {
      const found = events.find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { ...started, events, event };
}

test('a client that connects, renews, and loses its token', async () => {
  const { sandbox, clock, events, event } = await watched();
  const auth = signer(sandbox, clock, { clientId: 'bob', capability: { chat: ['subscribe'] } });
  const bob = realtime(sandbox, auth);
  await reaches(bob, 'connected');
  const connected = await event(({ type }) => type === 'connected');
  const issued = Math.floor(clock.now() / 1000) * 1000;
  expect(connected).toEqual({
    at: new Date(clock.now()),
    type: 'connected',
    via: 'realtime',
    connectionId: bob.connection.id,
    clientId: 'bob',
    keyName: sandbox.keys[0]!.name,
    agent: expect.stringMatching(/^ably-js\//),
    expiresAt: new Date(issued + 3_600_000),
    token: {
      fingerprint: expect.stringMatching(/^[\w-]{22}$/),
      header: { alg: 'HS256', typ: 'JWT', kid: sandbox.keys[0]!.name },
      claims: {
        iat: issued / 1000,
        exp: issued / 1000 + 3600,
        'x-ably-capability': '{"chat":["subscribe"]}',
        'x-ably-clientId': 'bob',
      },
    },
    findings: [],
  });

  clock.advance(1000);
  const updated = nextEvent(bob, 'update');
  sandbox.promptReauth();
  await updated;
  const renewed = await event(({ type }) => type === 'renewed');
  expect(renewed).toMatchObject({ connectionId: bob.connection.id, clientId: 'bob', findings: [] });
  expect(renewed.token!.fingerprint).not.toBe(connected.token!.fingerprint);

  sandbox.expireNow();
  const expired = await event(({ type }) => type === 'expired');
  expect(expired).toMatchObject({ error: { code: 40142 }, token: renewed.token });
  expect(expired).not.toHaveProperty('findings');
  await event(({ type, at }) => type === 'connected' && at.getTime() > connected.at.getTime());

  sandbox.revoke({ clientId: 'bob' });
  expect(await event(({ type }) => type === 'revoked')).toMatchObject({ error: { code: 40141 } });
  expect(events.map(({ type }) => type)).not.toContain('disconnected');
});

test('a refused token, with the reason that explainAblyJwt gives', async () => {
  const { sandbox, clock, event } = await watched();
  const token = handmade(sandbox, clock, { secret: 'another secret' });
  await attempt(realtime(sandbox, { token }));
  const refused = await event(({ type }) => type === 'refused');
  expect(refused).toMatchObject({
    via: 'realtime',
    error: { code: 40144, statusCode: 401 },
    findings: [{ severity: 'error', code: 'SIGNATURE_INVALID' }, { severity: 'warning' }],
    request: { path: '/', status: 101 },
    token: { header: { kid: sandbox.keys[0]!.name } },
  });
  expect(refused).not.toHaveProperty('keyName');
  expect(JSON.stringify(refused)).not.toContain(token.split('.')[2]);
});

test('a renewal that is refused is one event, of its connection', async () => {
  const { sandbox, clock, events, event } = await watched();
  const client = realtime(sandbox, {
    authCallback: hands(() =>
      createAblyJwt(sandbox.apiKey, {
        clientId: events.length === 0 ? 'bob' : 'al',
        capability: 'inherit',
        issuedAt: new Date(clock.now()),
      }),
    ),
  });
  await reaches(client, 'connected');
  await event(({ type }) => type === 'connected');
  const { id } = client.connection;
  sandbox.promptReauth();
  await reaches(client, 'failed');
  const refused = await event(({ type }) => type === 'refused');
  expect(refused).toMatchObject({
    connectionId: id,
    error: { code: 40102 },
    token: { claims: { 'x-ably-clientId': 'al' } },
  });
  await rest(sandbox, { key: sandbox.apiKey }).time();
  await event(({ type }) => type === 'request');
  expect(events.map(({ type }) => type)).toEqual(['connected', 'refused', 'request']);
});

test('REST: answered requests, and refused credentials', async () => {
  const { sandbox, clock, event } = await watched();
  const token = await createAblyJwt(sandbox.apiKey, {
    clientId: 'bob',
    capability: { '*': ['*'] },
    issuedAt: new Date(clock.now()),
  });
  await rest(sandbox, { token }).channels.get('a').history();
  expect(await event(({ type }) => type === 'request')).toMatchObject({
    via: 'rest',
    clientId: 'bob',
    keyName: sandbox.keys[0]!.name,
    request: { method: 'GET', path: '/channels/a/messages', status: 200 },
    findings: [{ severity: 'warning' }],
  });
  const headers = { Authorization: 'Bearer a.b.c' };
  await fetch(`${sandbox.url}/channels/a/messages`, { headers });
  expect(await event(({ type }) => type === 'refused')).toMatchObject({
    via: 'rest',
    error: { code: 40144 },
    request: { status: 401 },
  });
  const { token: opaque } = await rest(sandbox, { key: sandbox.apiKey }).auth.requestToken();
  await rest(sandbox, { token: opaque }).channels.get('b').history();
  const served = await event(({ request }) => request?.path === '/channels/b/messages');
  expect(served.token).toEqual({ fingerprint: served.request!.tokenFingerprint });
  expect(served.findings).toEqual([]);
});

test('a connection that ends for another reason', async () => {
  const { sandbox, event } = await watched();
  const client = new RawClient(sandbox, { key: sandbox.apiKey, agent: 'mine/1' });
  const { connectionId } = await client.next();
  await client.ask({ action: 7 });
  expect(await event(({ type }) => type === 'disconnected')).toEqual({
    at: expect.any(Date),
    type: 'disconnected',
    via: 'realtime',
    connectionId,
    clientId: '*',
    keyName: sandbox.keys[0]!.name,
    agent: 'mine/1',
  });
});

test.each([
  [
    'throws',
    () => {
      throw new Error('thrown');
    },
  ],
  ['rejects', () => Promise.reject(new Error('rejected'))],
])('a listener that %s hurts nobody', async (_, onEvent) => {
  let calls = 0;
  const { sandbox } = await startSandbox({
    onEvent() {
      calls++;
      return onEvent() as never;
    },
  });
  const client = realtime(sandbox, { key: sandbox.apiKey });
  await reaches(client, 'connected');
  const api = rest(sandbox, { key: sandbox.apiKey });
  await api.time();
  await api.time();
  expect(calls).toBeGreaterThanOrEqual(2);
  expect(client.connection.state).toBe('connected');
});

test.each([undefined, 'abcdef.keyId:pw'])(
  'no secret and no whole token, wherever it was put (%s)',
  async (own) => {
    const { sandbox, clock, events, event } = await watched({ keys: [{ key: own }] });
    const secret = sandbox.apiKey.split(':')[1]!;
    const inner = handmade(sandbox, clock);
    await attempt(
      realtime(sandbox, { token: handmade(sandbox, clock, { header: { kid: sandbox.apiKey } }) }),
    );
    await attempt(realtime(sandbox, { token: handmade(sandbox, clock, { claims: { note: inner } }) }));
    await event(({ type }) => type === 'connected');
    const text = JSON.stringify(events);
    expect(text).not.toContain(`:${secret}`);
    expect(text).not.toContain(inner);
    expect(text).not.toContain(inner.split('.')[2]);
    expect(text).toContain('"note":"(token)"');
  },
);
