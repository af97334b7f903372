import { describe, expect, test } from 'vitest';
import { formats, nextEvent, reaches, realtime, rest, startSandbox } from './support/client.js';

describe.each(formats)('coming back (%s)', (format) => {
  test('the same connection, a new key, and every message that was missed', async () => {
    const { sandbox } = await startSandbox();
    const client = realtime(sandbox, { key: sandbox.apiKey }, format);
    const channel = client.channels.get('chat');
    const names: (string | undefined)[] = [];
    await channel.subscribe(({ name }) => void names.push(name));
    const { id, key } = client.connection;
    const api = rest(sandbox, { key: sandbox.apiKey }, format).channels.get('chat');
    await api.publish('1', null);
    const attached = nextEvent(client, 'connected').then(() => channel.whenState('attached'));
    sandbox.drop();
    // It is not there yet: what it takes to come back needs a turn of the event loop at least.
    await api.publish('2', null);
    await api.publish('3', null);
    await attached;
    await client.connection.ping();
    expect(names).toEqual(['1', '2', '3']);
    expect(client.connection.id).toBe(id);
    expect(client.connection.key).not.toBe(key);
  });

  test('what was sent and not answered is sent again, and done once', async () => {
    const { sandbox } = await startSandbox();
    const client = realtime(sandbox, { key: sandbox.apiKey }, format);
    const channel = client.channels.get('chat');
    await channel.attach();
    const published = channel.publish('x', 'y');
    // The frame is on its way; the answer will find no connection.
    sandbox.drop();
    expect((await published).serials).toHaveLength(1);
    await channel.publish('z', null);
    expect((await channel.history()).items.map(({ name }) => name)).toEqual(['z', 'x']);
  });

  test('after two minutes it is another connection', async () => {
    const { sandbox, clock } = await startSandbox();
    const client = realtime(sandbox, { key: sandbox.apiKey, disconnectedRetryTimeout: 100 }, format);
    await reaches(client, 'connected');
    const { id } = client.connection;
    sandbox.failNext('close');
    const away = nextEvent(client, 'disconnected').then(() => nextEvent(client, 'disconnected'));
    sandbox.drop();
    await away;
    clock.advance(120_000);
    const { reason } = await nextEvent(client, 'connected');
    expect(reason).toMatchObject({ code: 80018, statusCode: 400 });
    expect(client.connection.id).not.toBe(id);
  });

  test('another client may recover the connection, and the first one is told', async () => {
    const { sandbox } = await startSandbox();
    const first = realtime(sandbox, { key: sandbox.apiKey }, format);
    await first.channels.get('chat').attach();
    const recover = first.connection.createRecoveryKey()!;
    const { id, key } = first.connection;
    const lost = nextEvent(first, 'disconnected');
    const second = realtime(sandbox, { key: sandbox.apiKey, recover }, format);
    await reaches(second, 'connected');
    expect(second.connection.id).toBe(id);
    expect(second.connection.key).not.toBe(key);
    expect((await lost).reason).toMatchObject({ code: 80016, statusCode: 410 });
    const attached = second.channels.get('chat').once('attached');
    await second.channels.get('chat').attach();
    expect((await attached).resumed).toBe(true);
    // The first one's key is worth nothing now, so that the two don't take the connection from each other.
    await reaches(first, 'connected');
    expect(first.connection.id).not.toBe(id);
    expect(second.connection.state).toBe('connected');
  });

  test('not for another client id, and not for a key that is made up', async () => {
    const { sandbox } = await startSandbox();
    const first = realtime(sandbox, { key: sandbox.apiKey, clientId: 'bob' }, format);
    await reaches(first, 'connected');
    const recover = first.connection.createRecoveryKey()!;
    const thief = realtime(sandbox, { key: sandbox.apiKey, clientId: 'al', recover }, format);
    expect((await nextEvent(thief, 'failed')).reason).toMatchObject({ code: 40102, statusCode: 401 });
    expect(first.connection.state).toBe('connected');
    const fake = JSON.stringify({ connectionKey: '_____!fake-key____', msgSerial: 3, channelSerials: {} });
    const other = realtime(sandbox, { key: sandbox.apiKey, recover: fake }, format);
    expect((await nextEvent(other, 'connected')).reason).toMatchObject({ code: 80018 });
  });
});
