import type * as Ably from 'ably';
import { describe, expect, test } from 'vitest';
import { formats, realtime, refusal, rest, startSandbox } from './support/client.js';

describe.each(formats)('the past (%s)', (format) => {
  test('history: limits, directions, times, until the attachment', async () => {
    const { sandbox, clock } = await startSandbox();
    const api = rest(sandbox, { key: sandbox.apiKey }, format).channels.get('chat');
    const times: number[] = [];
    for (const name of ['1', '2', '3']) {
      times.push(clock.now());
      await api.publish(name, null);
      clock.advance(1000);
    }
    const names = (page: Ably.PaginatedResult<Ably.InboundMessage>) => page.items.map(({ name }) => name);
    const channel = realtime(sandbox, { key: sandbox.apiKey }, format).channels.get('chat');
    await channel.attach();
    await api.publish([{ name: '4' }, { name: '5' }]);
    expect(names(await channel.history())).toEqual(['5', '4', '3', '2', '1']);
    expect(names(await channel.history({ untilAttach: true }))).toEqual(['3', '2', '1']);
    expect(names(await api.history({ start: times[1]!, end: times[2]! }))).toEqual(['3', '2']);
    expect(names(await api.history({ start: 0, end: times[0]!, direction: 'forwards' }))).toEqual(['1']);
    for (const direction of ['backwards', 'forwards'] as const) {
      const walked: (string | undefined)[] = [];
      let page: Ably.PaginatedResult<Ably.InboundMessage> | null = await api.history({ limit: 2, direction });
      while (page !== null) {
        walked.push(...names(page));
        page = await page.next();
      }
      const all = ['1', '2', '3', '4', '5'];
      expect(walked).toEqual(direction === 'forwards' ? all : all.toReversed());
    }
    const second = await (await api.history({ limit: 2 })).next();
    expect(names(await second!.first())).toEqual(['5', '4']);
    expect(names(await second!.current())).toEqual(['3', '2']);
    expect(names(await (await api.history()).current())).toEqual(['5', '4', '3', '2', '1']);
    for (const bad of [{ limit: 1001 }, { limit: 0 }, { start: 'x' }, { direction: 'up' }]) {
      expect(await refusal(api.history(bad as never))).toMatchObject({ code: 40003, statusCode: 400 });
    }
    expect(await refusal(api.history({ start: 2, end: 1 }))).toMatchObject({ code: 40000 });
  });

  test('batches: each channel by itself', async () => {
    const { sandbox } = await startSandbox({
      keys: [{ capability: { a: ['publish', 'subscribe'], b: ['subscribe'] } }, {}],
    });
    const limited = rest(sandbox, { key: sandbox.apiKey }, format);
    const spec = { channels: ['a', 'b'], messages: [{ data: '1' }, { data: '2' }] };
    const [result] = await limited.batchPublish([spec]);
    expect(result).toMatchObject({ successCount: 1, failureCount: 1 });
    expect(result!.results).toMatchObject([
      { channel: 'a', messageId: expect.stringContaining(':0') },
      { channel: 'b', error: { code: 40160, statusCode: 401 } },
    ]);
    expect(await limited.batchPublish(spec)).toMatchObject({ successCount: 1 });
    const full = rest(sandbox, { key: sandbox.keys[1]!.key }, format);
    expect((await full.channels.get('a').history()).items).toHaveLength(4);
    expect((await full.channels.get('b').history()).items).toEqual([]);

    const body = { channels: ['c', 'd'], messages: { data: 'foo' } };
    expect(await full.request('post', '/messages', 2, {}, body, {})).toMatchObject({
      statusCode: 201,
      items: [{ channel: 'c' }, { channel: 'd' }],
    });
    const partial = await full.request(
      'post',
      '/messages',
      2,
      {},
      { ...body, channels: ['c', '[bad', ''] },
      {},
    );
    expect(partial).toMatchObject({ success: false, statusCode: 400, errorCode: 40020 });
    expect(
      partial.items[0].batchResponse.map((entry: { error?: { code: number } }) => entry.error?.code),
    ).toEqual([undefined, 40010, 40010]);
    expect(await full.request('post', '/messages', 6, {}, {}, {})).toMatchObject({
      statusCode: 400,
      errorCode: 40001,
    });
  });

  test('batches of presence', async () => {
    const { sandbox } = await startSandbox({
      keys: [{ capability: { a: ['subscribe'], c: ['subscribe'] } }, {}],
    });
    const member = realtime(sandbox, { key: sandbox.keys[1]!.key, clientId: 'bob' }, format);
    await member.channels.get('a').presence.enter('here');
    // The type says an array; the client gives what the server gives, one result.
    const api = rest(sandbox, { key: sandbox.apiKey }, format);
    const result = (await api.batchPresence(['a', 'b', 'c'])) as unknown as Ably.BatchResult<object>;
    expect(result).toMatchObject({ successCount: 2, failureCount: 1 });
    expect(result.results).toMatchObject([
      { channel: 'a', presence: [{ clientId: 'bob', data: 'here' }] },
      { channel: 'b', error: { code: 40160 } },
      { channel: 'c', presence: [] },
    ]);
  });

  test('rewind: by number and by time; not for who comes back to what it knows', async () => {
    const { sandbox, clock } = await startSandbox();
    const api = rest(sandbox, { key: sandbox.apiKey }, format).channels.get('chat');
    for (const name of ['1', '2', '3']) {
      await api.publish(name, null);
      clock.advance(60_000);
    }
    const rewound = async (rewind: string) => {
      const client = realtime(sandbox, { key: sandbox.apiKey }, format);
      const channel = client.channels.get('chat', { params: { rewind } });
      const names: (string | undefined)[] = [];
      await channel.subscribe(({ name }) => void names.push(name));
      await client.connection.ping();
      return names;
    };
    expect(await rewound('2')).toEqual(['2', '3']);
    expect(await rewound('0')).toEqual([]);
    expect(await rewound('2m')).toEqual(['2', '3']);
    expect(await rewound('60s')).toEqual(['3']);
    expect(await rewound('nonsense')).toEqual([]);
  });
  test('updates, appends and deletes: told at once, and in history as they are now', async () => {
    const { sandbox, clock } = await startSandbox();
    const client = realtime(sandbox, { key: sandbox.apiKey }, format);
    const channel = client.channels.get('chat');
    const events: Ably.InboundMessage[] = [];
    await channel.subscribe((message) => void events.push(message));
    const { serials } = await channel.publish('title', 'Hello');
    const serial = serials[0]!;
    clock.advance(1000);
    const operation = { clientId: 'editor', description: 'why', metadata: { k: 'v' } };
    const { versionSerial } = await channel.appendMessage(
      { serial, data: ' World' } as Ably.Message,
      operation,
    );
    await client.connection.ping();
    expect(versionSerial! > serial).toBe(true);
    expect(events.at(-1)).toMatchObject({
      action: 'message.append',
      serial,
      name: 'title',
      data: ' World',
      version: { serial: versionSerial, timestamp: clock.now(), ...operation },
    });
    const api = rest(sandbox, { key: sandbox.apiKey }, format).channels.get('chat');
    expect(await api.getMessage(serial)).toMatchObject({ action: 'message.update', data: 'Hello World' });

    await channel.detach();
    await channel.setOptions({ params: { rewind: '1' } });
    await channel.attach();
    await client.connection.ping();
    expect(events.at(-1)).toMatchObject({ action: 'message.update', data: 'Hello World', serial });

    await api.updateMessage({ serial, data: { changed: true } } as Ably.Message);
    await api.deleteMessage({ serial } as Ably.Message);
    const versions = (await api.getMessageVersions(serial)).items;
    expect(versions.map(({ action, data }) => [action, data])).toEqual([
      ['message.delete', { changed: true }],
      ['message.update', { changed: true }],
      ['message.update', 'Hello World'],
      ['message.create', 'Hello'],
    ]);
    expect((await api.history()).items).toMatchObject([{ action: 'message.delete', name: 'title', serial }]);
    await channel.updateMessage({ serial, name: 'new', data: 'text' } as Ably.Message);
    expect((await api.history()).items).toMatchObject([{ name: 'new', data: 'text' }]);
    expect(await refusal(api.getMessage('nothing'))).toMatchObject({ code: 40400, statusCode: 404 });
    expect(await refusal(api.updateMessage({ serial: 'no', data: '' } as Ably.Message))).toMatchObject({
      code: 40400,
    });
    await channel.publish('bytes', Buffer.from([1]));
    const bytes = (await api.history()).items[0]!;
    expect(
      await refusal(channel.appendMessage({ serial: bytes.serial, data: 'x' } as Ably.Message)),
    ).toMatchObject({
      code: 40013,
    });
  });
});

test('the path …/history is the same as …/messages', async () => {
  const { sandbox } = await startSandbox();
  const api = rest(sandbox, { key: sandbox.apiKey });
  await api.channels.get('chat').publish([{ name: '1' }, { name: '2' }]);
  const read = (path: string) => api.request('get', `/channels/chat/${path}`, 3, { limit: '1' });
  const [page, alias] = await Promise.all([read('messages'), read('history')]);
  expect(alias.items).toEqual(page.items);
  expect((await alias.next())?.items).toMatchObject([{ name: '1' }]);
});
