import { expect, test } from 'vitest';
import { formats, nextEvent, reaches, realtime, signer, startSandbox } from './support/client.js';

test.each(formats)(
  'the real client connects, attaches, publishes, renews and expires (%s)',
  async (format) => {
    const { sandbox, clock } = await startSandbox();
    const auth = signer(sandbox, clock, {
      capability: { chat: ['publish', 'subscribe'] },
      clientId: 'alice',
      ttl: '1m',
    });
    const client = realtime(sandbox, auth, format);
    await reaches(client, 'connected');
    expect(client.auth.clientId).toBe('alice');
    const channel = client.channels.get('chat');
    const received: unknown[] = [];
    await channel.subscribe((message) => received.push([message.name, message.data, message.clientId]));
    await channel.publish('greeting', { text: 'hello' });
    await channel.publish('bytes', Buffer.from([1, 2, 255]));
    expect(received).toEqual([
      ['greeting', { text: 'hello' }, 'alice'],
      ['bytes', Buffer.from([1, 2, 255]), 'alice'],
    ]);

    const { id } = client.connection;
    const updated = nextEvent(client, 'update');
    clock.advance(30_000);
    await updated;
    expect(client.connection.id).toBe(id);
    expect(auth.calls).toBe(2);

    const lost = nextEvent(client, 'disconnected');
    sandbox.expireNow();
    expect((await lost).reason).toMatchObject({ code: 40142, statusCode: 401 });
    await nextEvent(client, 'connected');
    expect(client.connection.id).toBe(id);
  },
);
