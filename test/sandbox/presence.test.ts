import type * as Ably from 'ably';
import { createAblyJwt } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import {
  formats,
  nextEvent,
  reaches,
  realtime,
  refusal,
  rest,
  startSandbox,
  type TestFormat,
} from './support/client.js';

/** An observer with the key, and clients that are somebody. */
async function room(format: TestFormat, ...clientIds: string[]) {
  const { sandbox, clock } = await startSandbox();
  const observer = realtime(sandbox, { key: sandbox.apiKey }, format);
  const channel = observer.channels.get('room');
  await channel.attach();
  const clients = clientIds.map((clientId) => realtime(sandbox, { key: sandbox.apiKey, clientId }, format));
  const present = clients.map((client) => client.channels.get('room').presence);
  const api = rest(sandbox, { key: sandbox.apiKey }, format).channels.get('room');
  return { sandbox, clock, observer, channel, clients, present, api };
}

const nextPresence = (channel: Ably.RealtimeChannel, action: Ably.PresenceAction) =>
  new Promise<Ably.PresenceMessage>((resolve) => {
    const listener = (message: Ably.PresenceMessage) => {
      channel.presence.unsubscribe(action, listener);
      resolve(message);
    };
    void channel.presence.subscribe(action, listener);
  });

describe.each(formats)('presence (%s)', (format) => {
  test('enter, update and leave are told to those who listen, and kept for who asks', async () => {
    const { channel, present, api, clients } = await room(format, 'bob');
    const [bob] = present;
    const entered = nextPresence(channel, 'enter');
    await bob!.enter({ mood: 'good' });
    expect(await entered).toMatchObject({ clientId: 'bob', data: { mood: 'good' } });
    // The client's own set has changed by the time that its promise settles.
    expect((await bob!.get()).map(({ clientId }) => clientId)).toEqual(['bob']);
    const updated = nextPresence(channel, 'update');
    await bob!.update(Buffer.from([1, 2]));
    expect((await updated).data).toEqual(Buffer.from([1, 2]));
    expect((await api.presence.get()).items).toMatchObject([
      { clientId: 'bob', action: 'present', connectionId: clients[0]!.connection.id },
    ]);
    const left = nextPresence(channel, 'leave');
    await bob!.leave();
    // Who leaves without a word leaves with the last data.
    expect(await left).toMatchObject({ clientId: 'bob', data: Buffer.from([1, 2]) });
    expect(await channel.presence.get()).toEqual([]);
    expect((await api.presence.get()).items).toEqual([]);
    const past = (await api.presence.history()).items;
    expect(past.map(({ action }) => action)).toEqual(['leave', 'update', 'enter']);
    const forwards = await api.presence.history({ direction: 'forwards', limit: 1 });
    expect(forwards.items.map(({ action }) => action)).toEqual(['enter']);
    expect((await forwards.next())?.items.map(({ action }) => action)).toEqual(['update']);
  });

  test('who comes later is told who is there', async () => {
    const { present, clients, sandbox, api } = await room(format, 'bob', 'al');
    await Promise.all(present.map((presence) => presence.enter()));
    const late = realtime(sandbox, { key: sandbox.apiKey }, format).channels.get('room');
    const members = await late.presence.get();
    expect(members.map(({ clientId, action }) => [clientId, action]).sort()).toEqual([
      ['al', 'present'],
      ['bob', 'present'],
    ]);
    const connectionId = clients[0]!.connection.id!;
    expect((await api.presence.get({ clientId: 'bob' })).items).toHaveLength(1);
    expect((await api.presence.get({ connectionId })).items).toMatchObject([{ clientId: 'bob' }]);
    expect((await api.presence.get({ limit: 1 })).items).toHaveLength(1);
    expect((await api.status()).status.occupancy.metrics).toMatchObject({
      connections: 4,
      presenceMembers: 2,
    });
  });

  test('more members than fit one frame', async () => {
    const { sandbox, channel } = await room(format);
    const ids = Array.from({ length: 250 }, (_, n) => `member-${String(n).padStart(3, '0')}`);
    await Promise.all(ids.map((id) => channel.presence.enterClient(id)));
    const late = realtime(sandbox, { key: sandbox.apiKey }, format).channels.get('room');
    expect((await late.presence.get()).map(({ clientId }) => clientId).sort()).toEqual(ids);
  });

  test('only who asked for it is told', async () => {
    const { sandbox, present } = await room(format, 'bob');
    const client = realtime(sandbox, { key: sandbox.apiKey }, format);
    const deaf = client.channels.get('room', { modes: ['PRESENCE'] });
    await deaf.attach();
    const heard: unknown[] = [];
    deaf.presence.subscribe((message) => void heard.push(message)).catch(() => {});
    await present[0]!.enter();
    await deaf.presence.enterClient('me');
    await client.connection.ping();
    // Its own coming is all that it learns of.
    expect(heard).toMatchObject([{ clientId: 'me' }]);
  });

  test('detaching and closing end the presence at once', async () => {
    const { channel, present, clients } = await room(format, 'bob', 'al');
    await Promise.all(present.map((presence) => presence.enter()));
    let left = nextPresence(channel, 'leave');
    await clients[0]!.channels.get('room').detach();
    expect(await left).toMatchObject({ clientId: 'bob' });
    left = nextPresence(channel, 'leave');
    clients[1]!.close();
    expect(await left).toMatchObject({ clientId: 'al' });
  });

  test('who is cut off stays present for 15 s, and who comes back in time did not leave', async () => {
    const { sandbox, clock, channel, present, clients } = await room(format, 'bob');
    const away = { key: sandbox.apiKey, clientId: 'al', disconnectedRetryTimeout: 60_000 };
    const al = realtime(sandbox, away, format);
    await Promise.all([present[0]!.enter(), al.channels.get('room').presence.enter()]);
    const bobIsBack = nextEvent(clients[0]!, 'connected');
    expect(sandbox.drop({ clientId: 'bob' })).toBe(1);
    await bobIsBack;
    // The first attempt to come back is at once; it fails, and the next one would be in a minute.
    sandbox.failNext('close');
    const alIsAway = nextEvent(al, 'disconnected').then(() => nextEvent(al, 'disconnected'));
    expect(sandbox.drop({ clientId: 'al' })).toBe(1);
    await alIsAway;
    const leavers: string[] = [];
    await channel.presence.subscribe('leave', ({ clientId }) => void leavers.push(clientId));
    clock.advance(14_999);
    expect(await channel.presence.get()).toHaveLength(2);
    const left = nextPresence(channel, 'leave');
    clock.advance(1);
    await left;
    expect(leavers).toEqual(['al']);
  });

  test('a token without a client id can’t enter for another', async () => {
    const { sandbox, clock } = await startSandbox();
    const token = await createAblyJwt(sandbox.apiKey, {
      capability: { '*': ['*'] },
      issuedAt: new Date(clock.now()),
    });
    const client = realtime(sandbox, { token }, format);
    await reaches(client, 'connected');
    expect(await refusal(client.channels.get('room').presence.enterClient('bob'))).toMatchObject({
      code: 40012,
    });
  });
});
