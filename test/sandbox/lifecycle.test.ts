import type * as Ably from 'ably';
import { type AblyJwtOptions, createAblyJwt } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { attempt, formats, nextEvent, reaches, realtime, signer, startSandbox } from './support/client.js';

const options = (ttl: AblyJwtOptions['ttl']): AblyJwtOptions => ({
  capability: { '*': ['*'] },
  clientId: 'bob',
  ttl,
});

/** A clock that stands on a whole second, so that a token's life is what its ttl says. */
async function onTheSecond() {
  const start = await startSandbox();
  start.clock.advance(1000 - (start.clock.now() % 1000));
  return start;
}

describe.each(formats)('the life of a token on a connection (%s)', (format) => {
  test('the client is asked for a new one 30 s before the end, and not sooner', async () => {
    const { sandbox, clock } = await onTheSecond();
    const auth = signer(sandbox, clock, options('1h'));
    const client = realtime(sandbox, auth, format);
    await reaches(client, 'connected');
    const { id } = client.connection;
    client.connection.on('disconnected', () => expect.unreachable('the connection must stay'));

    clock.advance(3_600_000 - 30_001);
    await client.connection.ping();
    expect(auth.calls).toBe(1);

    const updated = nextEvent(client, 'update');
    clock.advance(1);
    await updated;
    expect(auth.calls).toBe(2);
    expect(client.connection.id).toBe(id);
    expect(sandbox.connections[0]?.tokenExpiresAt?.getTime()).toBe(clock.now() + 3_600_000);

    // The first token's end passes without notice.
    clock.advance(30_000);
    await client.connection.ping();
    expect(client.connection.state).toBe('connected');
  });

  test('one that has 30 s or less when its client connects is renewed at once', async () => {
    const { sandbox, clock } = await onTheSecond();
    const auth = signer(sandbox, clock, (call) => options(call === 1 ? '30s' : '1h'));
    const client = realtime(sandbox, auth, format);
    await nextEvent(client, 'update');
    expect(auth.calls).toBe(2);
  });

  test('tokens that all live for less than the margin are renewed at half of their lives, not in a circle', async () => {
    const { sandbox, clock } = await onTheSecond();
    const auth = signer(sandbox, clock, options('20s'));
    const client = realtime(sandbox, auth, format);
    await nextEvent(client, 'update');
    clock.advance(9_999);
    await client.connection.ping();
    expect(auth.calls).toBe(2);
    const updated = nextEvent(client, 'update');
    clock.advance(1);
    await updated;
    expect(auth.calls).toBe(3);
  });

  test('one with 5.5 s or less is not: it expires, and the client comes back by itself', async () => {
    const { sandbox, clock } = await onTheSecond();
    const auth = signer(sandbox, clock, (call) => options(call === 1 ? '5s' : '1h'));
    const client = realtime(sandbox, auth, format);
    await reaches(client, 'connected');
    const { id } = client.connection;
    clock.advance(4_999);
    await client.connection.ping();
    expect(auth.calls).toBe(1);
    const lost = nextEvent(client, 'disconnected');
    clock.advance(1);
    expect((await lost).reason).toMatchObject({
      code: 40142,
      statusCode: 401,
      message: 'Key/token status changed (expire)',
    });
    await nextEvent(client, 'connected');
    expect(auth.calls).toBe(2);
    expect(client.connection.id).toBe(id);
  });

  test('a client that has only the token fails when it is asked for another', async () => {
    const { sandbox, clock } = await onTheSecond();
    const token = await createAblyJwt(sandbox.apiKey, { ...options('1m'), issuedAt: new Date(clock.now()) });
    const client = realtime(sandbox, { token }, format);
    await reaches(client, 'connected');
    const failed = nextEvent(client, 'failed');
    clock.advance(30_000);
    expect((await failed).reason).toMatchObject({ code: 40171, statusCode: 403 });
  });

  test('a client that has only a token near its end is disconnected, and fails', async () => {
    const { sandbox, clock } = await onTheSecond();
    const token = await createAblyJwt(sandbox.apiKey, { ...options('5s'), issuedAt: new Date(clock.now()) });
    const client = realtime(sandbox, { token }, format);
    await reaches(client, 'connected');
    const lost = nextEvent(client, 'disconnected');
    const failed = nextEvent(client, 'failed');
    clock.advance(5_000);
    expect((await lost).reason?.code).toBe(40142);
    expect((await failed).reason).toMatchObject({ code: 40171, statusCode: 403 });
  });

  test('a key does not expire', async () => {
    const { sandbox, clock } = await startSandbox();
    const client = realtime(sandbox, { key: sandbox.apiKey }, format);
    expect(await attempt(client)).toEqual({ state: 'connected' });
    clock.advance(86_400_000);
    await client.connection.ping();
    expect(client.connection.state).toBe('connected');
    expect(sandbox.connections[0]).not.toHaveProperty('tokenExpiresAt');
    expect(sandbox.expireNow()).toBe(0);
    expect(sandbox.promptReauth()).toBe(0);
  });
});

test('twenty minutes of renewals with three clients lose no message', async () => {
  const { sandbox, clock } = await onTheSecond();
  const auths = [1, 2, 3].map((n) => signer(sandbox, clock, { ...options('1m'), clientId: `client-${n}` }));
  const clients = auths.map((auth, n) => realtime(sandbox, auth, formats[n % 2]));
  const channels = clients.map((client) => client.channels.get('room'));
  const received: string[][] = [[], [], []];
  await Promise.all(
    channels.map((channel, n) => channel.subscribe((message) => void received[n]!.push(message.data))),
  );
  const ids = clients.map(({ connection }) => connection.id);
  for (const client of clients) {
    client.connection.on('disconnected', () => expect.unreachable('the connections must stay'));
  }

  const sent: string[] = [];
  // A token of one minute is renewed when it is 30 s old: forty times in twenty minutes.
  for (let half = 0; half < 40; half++) {
    const updates = clients.map((client) => nextEvent(client, 'update'));
    clock.advance(30_000);
    // Published when all are prompted and none has renewed.
    const publishes = channels.map((channel: Ably.RealtimeChannel, n) => {
      const text = `${half}-${n}`;
      sent.push(text);
      return channel.publish('tick', text);
    });
    await Promise.all([...updates, ...publishes]);
  }
  // Each has heard of everything, once its own ping has come back after the last publish.
  await Promise.all(clients.map((client) => client.connection.ping()));

  for (const list of received) expect([...list].sort()).toEqual([...sent].sort());
  expect(auths.map(({ calls }) => calls)).toEqual([41, 41, 41]);
  expect(clients.map(({ connection }) => connection.id)).toEqual(ids);
  expect(sandbox.requests.filter(({ status }) => status === 101)).toHaveLength(3);
});
