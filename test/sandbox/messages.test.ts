import type * as Ably from 'ably';
import { createAblyJwt } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { formats, realtime, refusal, rest, startSandbox } from './support/client.js';

const pairs = formats.flatMap((from) => formats.map((to) => [from, to] as const));

describe.each(pairs)('from %s to %s', (from, to) => {
  test('every sort of data arrives as it was sent', async () => {
    const { sandbox } = await startSandbox();
    const client = realtime(sandbox, { key: sandbox.apiKey }, to);
    const receiver = client.channels.get('chat');
    const received: Ably.InboundMessage[] = [];
    await receiver.subscribe((message) => void received.push(message));
    const senders = [
      realtime(sandbox, { key: sandbox.apiKey }, from).channels.get('chat'),
      rest(sandbox, { key: sandbox.apiKey }, from).channels.get('chat'),
    ];
    const datas = [
      'text',
      '',
      'ünïcode',
      { a: [1, null] },
      [1, 2],
      Buffer.from([0, 255, 10]),
      null,
      undefined,
    ];
    for (const sender of senders) for (const data of datas) await sender.publish('x', data);
    await client.connection.ping();
    const expected = datas.map((data) => data ?? undefined);
    expect(received.map(({ data }) => data)).toEqual([...expected, ...expected]);
    const past = await rest(sandbox, { key: sandbox.apiKey }, to)
      .channels.get('chat')
      .history({ direction: 'forwards' });
    expect(past.items.map(({ data }) => data ?? undefined)).toEqual([...expected, ...expected]);
  });

  test('encodings that the server doesn’t know pass through', async () => {
    const { sandbox } = await startSandbox();
    const client = realtime(sandbox, { key: sandbox.apiKey }, to);
    const receiver = client.channels.get('chat');
    const received: unknown[] = [];
    await receiver.subscribe(({ data, encoding }) => void received.push([data, encoding]));
    const sender = rest(sandbox, { key: sandbox.apiKey }, from).channels.get('chat');
    await sender.publish({ encoding: 'json', data: '{"foo":"bar"}' });
    await sender.publish({ encoding: 'utf-8/base64', data: 'dGVzdERhdGE=' });
    await sender.publish({ encoding: 'json/utf-8', data: '{"foo":"bar"}' });
    await sender.publish({ encoding: 'choahofhpxf', data: 'testData' });
    await client.connection.ping();
    expect(received).toEqual([
      [{ foo: 'bar' }, null],
      ['testData', null],
      ['{"foo":"bar"}', 'json/utf-8'],
      ['testData', 'choahofhpxf'],
    ]);
  });
});

describe.each(formats)('messages (%s)', (format) => {
  test('several at once, with extras; each has its own serial', async () => {
    const { sandbox } = await startSandbox();
    const client = realtime(sandbox, { key: sandbox.apiKey }, format);
    const channel = client.channels.get('chat');
    const received: Ably.InboundMessage[] = [];
    await channel.subscribe((message) => void received.push(message));
    const { serials } = await channel.publish([
      { name: 'a', data: '1', extras: { headers: { k: 'v' } } },
      { name: 'b', data: '2' },
    ]);
    await client.connection.ping();
    expect(received).toMatchObject([
      { name: 'a', serial: serials[0], extras: { headers: { k: 'v' } }, connectionId: client.connection.id },
      { name: 'b', serial: serials[1] },
    ]);
    expect([...serials].sort()).toEqual(serials);
    expect(new Set(serials).size).toBe(2);
  });

  test('echoMessages false: others get them, the sender does not', async () => {
    const { sandbox } = await startSandbox();
    const clients = [{ echoMessages: false }, {}].map((options) =>
      realtime(sandbox, { key: sandbox.apiKey, ...options }, format),
    );
    const [quiet, other] = clients.map((client) => client.channels.get('chat')) as [
      Ably.RealtimeChannel,
      Ably.RealtimeChannel,
    ];
    const heard: string[] = [];
    await quiet.subscribe(({ data }) => void heard.push(`quiet ${data}`));
    await other.subscribe(({ data }) => void heard.push(`other ${data}`));
    await quiet.publish('x', '1');
    await other.publish('x', '2');
    await Promise.all(clients.map((client) => client.connection.ping()));
    expect(heard.toSorted()).toEqual(['other 1', 'other 2', 'quiet 2']);
  });

  test('too large: 40009', async () => {
    const { sandbox } = await startSandbox();
    const key = sandbox.apiKey;
    const api = rest(sandbox, { key, maxMessageSize: 1_000_000 }, format).channels.get('chat');
    await api.publish('x', 'y'.repeat(65_535));
    expect(await refusal(api.publish('x', 'y'.repeat(65_536)))).toMatchObject({
      code: 40009,
      statusCode: 413,
    });
    expect(await refusal(api.publish('x', 'y'.repeat(600_000)))).toMatchObject({
      code: 40009,
      statusCode: 413,
    });
  });

  test('a repeated id is accepted, and published once', async () => {
    const { sandbox } = await startSandbox();
    const api = rest(sandbox, { key: sandbox.apiKey }, format).channels.get('chat');
    const results = [];
    for (let n = 0; n < 3; n++) results.push(await api.publish({ name: 'x', id: 'mine:0' }));
    expect(new Set(results.map(({ serials }) => serials[0])).size).toBe(1);
    expect((await api.history()).items).toMatchObject([{ id: 'mine:0' }]);
  });

  test('on behalf of a connection', async () => {
    const { sandbox, clock } = await startSandbox();
    const client = realtime(sandbox, { key: sandbox.apiKey, clientId: 'bob', echoMessages: false }, format);
    const channel = client.channels.get('chat');
    await channel.subscribe(() => expect.unreachable('its own message'));
    const api = rest(sandbox, { key: sandbox.apiKey }, format).channels.get('chat');
    const connectionKey = client.connection.key!;
    await api.publish({ name: 'x', connectionKey } as Ably.Message);
    await client.connection.ping();
    const [message] = (await api.history()).items;
    expect(message).toMatchObject({ clientId: 'bob', connectionId: client.connection.id });
    expect(message).not.toHaveProperty('connectionKey');
    expect(await refusal(api.publish({ connectionKey: 'nobody!key' } as Ably.Message))).toMatchObject({
      code: 40006,
    });
    const al = await createAblyJwt(sandbox.apiKey, {
      capability: 'inherit',
      clientId: 'al',
      issuedAt: new Date(clock.now()),
    });
    const asAl = rest(sandbox, { token: al }, format).channels.get('chat');
    expect(await refusal(asAl.publish({ connectionKey } as Ably.Message))).toMatchObject({ code: 40102 });
  });
});
