import type * as Ably from 'ably';
import { type Capability, createAblyJwt } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import {
  attempt,
  formats,
  realtime,
  refusal,
  rest,
  startSandbox,
  type TestFormat,
} from './support/client.js';

type Modes = Ably.ChannelMode[];

const granted: { readonly rights: Capability[string]; readonly modes: string[] }[] = [
  { rights: ['subscribe'], modes: ['subscribe', 'presence_subscribe'] },
  { rights: ['publish'], modes: ['publish'] },
  { rights: ['publish', 'subscribe'], modes: ['publish', 'subscribe', 'presence_subscribe'] },
  { rights: ['presence'], modes: ['presence'] },
  {
    rights: ['publish', 'subscribe', 'presence'],
    modes: ['presence', 'publish', 'subscribe', 'presence_subscribe'],
  },
  { rights: ['*'], modes: ['presence', 'publish', 'subscribe', 'presence_subscribe', 'annotation_publish'] },
];

async function connect(rights: Capability[string], format: TestFormat) {
  const { sandbox, clock } = await startSandbox();
  const token = await createAblyJwt(sandbox.apiKey, {
    capability: { chat: rights },
    clientId: 'bob',
    issuedAt: new Date(clock.now()),
  });
  const client = realtime(sandbox, { token }, format);
  expect(await attempt(client)).toEqual({ state: 'connected' });
  return {
    sandbox,
    client,
    api: rest(sandbox, { token }, format),
    key: rest(sandbox, { key: sandbox.apiKey }, format),
  };
}

describe.each(formats)('attaching (%s)', (format) => {
  test.each(granted)('with $rights: $modes', async ({ rights, modes }) => {
    const { client } = await connect(rights, format);
    const channel = client.channels.get('chat');
    await channel.attach();
    expect(channel.modes?.toSorted()).toEqual(modes.toSorted());
  });

  const requested: {
    readonly asks: Modes;
    readonly rights: Capability[string];
    readonly gets: Modes | 40160;
  }[] = [
    { asks: ['PUBLISH', 'SUBSCRIBE'], rights: ['*'], gets: ['PUBLISH', 'SUBSCRIBE'] },
    { asks: ['PUBLISH', 'SUBSCRIBE'], rights: ['subscribe'], gets: ['SUBSCRIBE'] },
    { asks: ['PUBLISH'], rights: ['subscribe'], gets: 40160 },
    { asks: ['PRESENCE'], rights: ['publish', 'subscribe'], gets: 40160 },
    { asks: ['PRESENCE_SUBSCRIBE'], rights: ['subscribe'], gets: ['PRESENCE_SUBSCRIBE'] },
    { asks: ['PRESENCE_SUBSCRIBE'], rights: ['presence'], gets: 40160 },
    {
      asks: ['ANNOTATION_SUBSCRIBE', 'SUBSCRIBE'],
      rights: ['annotation-subscribe'],
      gets: ['ANNOTATION_SUBSCRIBE'],
    },
    { asks: ['ANNOTATION_PUBLISH'], rights: ['annotation-publish'], gets: ['ANNOTATION_PUBLISH'] },
    { asks: ['OBJECT_SUBSCRIBE'], rights: ['object-subscribe'], gets: ['OBJECT_SUBSCRIBE'] },
    { asks: ['OBJECT_SUBSCRIBE'], rights: ['subscribe'], gets: ['OBJECT_SUBSCRIBE'] },
    { asks: ['OBJECT_PUBLISH'], rights: ['object-publish'], gets: ['OBJECT_PUBLISH'] },
    { asks: ['OBJECT_PUBLISH'], rights: ['object-subscribe'], gets: 40160 },
    { asks: ['SUBSCRIBE'], rights: ['history'], gets: 40160 },
  ];
  test.each(requested)('asking for $asks with $rights: $gets', async ({ asks, rights, gets }) => {
    const { client } = await connect(rights, format);
    const channel = client.channels.get('chat', { modes: asks });
    if (gets === 40160) {
      expect(await refusal(channel.attach())).toMatchObject({ code: 40160, statusCode: 401 });
      expect(channel.state).toBe('failed');
    } else {
      await channel.attach();
      expect(channel.modes?.map((mode) => mode.toUpperCase()).toSorted()).toEqual(gets.toSorted());
    }
    expect(client.connection.state).toBe('connected');
  });

  test('parameters: modes outrank flags, known ones are echoed, others are not', async () => {
    const { client } = await connect(['*'], format);
    const channel = client.channels.get('chat', {
      modes: ['PUBLISH', 'PRESENCE_SUBSCRIBE'],
      params: { modes: 'subscribe,presence', rewind: '1', nonexistent: 'foo' },
    });
    await channel.attach();
    expect(channel.modes).toEqual(['presence', 'subscribe']);
    expect(channel.params).toEqual({ modes: 'presence,subscribe', rewind: '1' });
    const plain = client.channels.get('[?rewind=1]chat');
    await plain.attach();
    expect(plain.params).toEqual({ rewind: '1' });
  });

  test('new options on an attached channel are applied in place', async () => {
    const { client } = await connect(['*'], format);
    const channel = client.channels.get('chat');
    await channel.attach();
    await channel.setOptions({ modes: ['SUBSCRIBE'] });
    expect(channel.modes).toEqual(['subscribe']);
    expect(await refusal(channel.publish('x', 'y'))).toMatchObject({ code: 40165 });
  });

  test.each(['', ':hell', '[unclosed', 'two\nlines'])('a channel named %j: 40010', async (name) => {
    const { sandbox } = await startSandbox();
    const [client, other] = [1, 2].map(() => realtime(sandbox, { key: sandbox.apiKey }, format));
    const channel = client!.channels.get(name);
    expect(await refusal(channel.attach())).toMatchObject({ code: 40010, statusCode: 400 });
    expect(channel.state).toBe('failed');
    expect(await refusal(other!.channels.get(name).publish('x', 'y'))).toMatchObject({ code: 40010 });
    expect(client!.connection.state).toBe('connected');
  });

  test('a filtered channel is refused, since it would stay silent', async () => {
    const { client } = await connect(['*'], format);
    const channel = client.channels.getDerived('chat', { filter: 'name == `"greeting"`' });
    expect(await refusal(channel.attach())).toMatchObject({
      code: 50001,
      statusCode: 501,
      message: expect.stringContaining('subscribe to "chat" itself'),
    });
    expect(client.connection.state).toBe('connected');
  });
});

interface Deed {
  readonly deed: string;
  readonly needs: Capability[string][number];
  readonly act: (on: {
    channel: Ably.RealtimeChannel;
    api: Ably.Channel;
    rest: Ably.Rest;
    serial: string;
  }) => Promise<unknown>;
}

const everything: Capability[string] = [
  'subscribe',
  'publish',
  'presence',
  'history',
  'channel-metadata',
  'stats',
  'message-update-any',
  'message-delete-any',
];

const deeds: Deed[] = [
  { deed: 'publish without attaching', needs: 'publish', act: ({ channel }) => channel.publish('x', 'y') },
  { deed: 'publish by REST', needs: 'publish', act: ({ api }) => api.publish('x', 'y') },
  { deed: 'enter', needs: 'presence', act: ({ channel }) => channel.presence.enter() },
  { deed: 'history', needs: 'history', act: ({ channel }) => channel.history() },
  { deed: 'history by REST', needs: 'history', act: ({ api }) => api.history() },
  { deed: 'presence history', needs: 'history', act: ({ api }) => api.presence.history() },
  { deed: 'a message', needs: 'history', act: ({ api, serial }) => api.getMessage(serial) },
  { deed: 'its versions', needs: 'history', act: ({ api, serial }) => api.getMessageVersions(serial) },
  { deed: 'who is present, by REST', needs: 'subscribe', act: ({ api }) => api.presence.get() },
  { deed: 'status', needs: 'channel-metadata', act: ({ api }) => api.status() },
  {
    deed: 'update',
    needs: 'message-update-any',
    act: ({ channel, serial }) => channel.updateMessage({ serial, data: 'z' } as Ably.Message),
  },
  {
    deed: 'update by REST',
    needs: 'message-update-any',
    act: ({ api, serial }) => api.updateMessage({ serial, data: 'z' } as Ably.Message),
  },
  {
    deed: 'append',
    needs: 'message-update-any',
    act: ({ channel, serial }) => channel.appendMessage({ serial, data: 'z' } as Ably.Message),
  },
  {
    deed: 'delete',
    needs: 'message-delete-any',
    act: ({ channel, serial }) => channel.deleteMessage({ serial } as Ably.Message),
  },
  {
    deed: 'delete by REST',
    needs: 'message-delete-any',
    act: ({ api, serial }) => api.deleteMessage({ serial } as Ably.Message),
  },
];

describe.each(formats)('what a right is for (%s)', (format) => {
  test.each(deeds)('$deed needs $needs', async ({ needs, act }) => {
    for (const rights of [everything, everything.filter((right) => right !== needs)]) {
      const { client, api, key } = await connect(rights, format);
      const { serials } = await key.channels.get('chat').publish('x', 'text');
      const outcome = act({
        channel: client.channels.get('chat'),
        api: api.channels.get('chat'),
        rest: api,
        serial: serials[0]!,
      });
      if (rights === everything) await outcome;
      else expect(await refusal(outcome)).toMatchObject({ code: 40160, statusCode: 401 });
    }
  });

  test.each([
    [
      'publish',
      'Unable to publish a message as client did not request the PUBLISH mode when attaching',
      (channel: Ably.RealtimeChannel) => channel.publish('x', 'y'),
    ],
    [
      'enter',
      'Unable to enter, update or leave presence as client did not request the PRESENCE mode when attaching',
      (channel: Ably.RealtimeChannel) => channel.presence.enter(),
    ],
  ] as const)('%s without having asked for the mode: 40165', async (_, message, act) => {
    const { client } = await connect(['*'], format);
    const channel = client.channels.get('chat', { modes: ['SUBSCRIBE'] });
    await channel.attach();
    expect(await refusal(act(channel))).toMatchObject({ code: 40165, statusCode: 401, message });
  });

  test('rights on all channels: statistics and the list of channels', async () => {
    const { sandbox } = await startSandbox({
      provisioning: true,
      keys: [
        {},
        { capability: { '[*]*': ['*'] } },
        { capability: { 'chat:*': ['*'] } },
        { capability: { '*': ['subscribe'] } },
      ],
    });
    await realtime(sandbox, { key: sandbox.apiKey }, format).channels.get('chat').attach();
    for (const [index, { key }] of sandbox.keys.entries()) {
      const api = rest(sandbox, { key }, format);
      const list = await api.request('get', '/channels', 6, {}, null, {});
      if (index < 2) {
        expect((await api.stats()).items).toEqual([]);
        expect(list.items).toMatchObject([{ channelId: 'chat', status: { isActive: true } }]);
        const names = await api.request('get', '/channels', 6, { by: 'id', prefix: 'ch' }, null, {});
        expect(names.items).toEqual(['chat']);
      } else {
        expect(await refusal(api.stats())).toMatchObject({ code: 40160, statusCode: 401 });
        expect(list).toMatchObject({ statusCode: 401, errorCode: 40160 });
      }
    }
  });

  test('one may change one’s own messages with the right for that, and needs an identity for it', async () => {
    const { sandbox, clock } = await startSandbox();
    const sign = (clientId: string | undefined) =>
      createAblyJwt(sandbox.apiKey, {
        capability: { chat: ['publish', 'message-update-own', 'message-delete-own', 'history'] },
        ...(clientId === undefined ? {} : { clientId }),
        issuedAt: new Date(clock.now()),
      });
    const channels = await Promise.all(
      ['bob', 'al', undefined].map(async (clientId) => {
        const channel = rest(sandbox, { token: await sign(clientId) }, format).channels.get('chat');
        return channel;
      }),
    );
    const [bob, al, nobody] = channels as [Ably.Channel, Ably.Channel, Ably.Channel];
    const { serials } = await bob.publish('x', 'text');
    const message = { serial: serials[0], data: 'changed' } as Ably.Message;
    expect(await refusal(al.updateMessage(message))).toMatchObject({ code: 40160, statusCode: 401 });
    expect(await refusal(nobody.updateMessage(message))).toMatchObject({ code: 40166, statusCode: 401 });
    await bob.updateMessage(message);
    expect(await bob.getMessage(serials[0]!)).toMatchObject({
      data: 'changed',
      version: { clientId: 'bob' },
    });
    expect(await refusal(al.deleteMessage(message))).toMatchObject({ code: 40160 });
    await bob.deleteMessage(message);
  });
});

describe.each(formats)('annotations (%s)', (format) => {
  test('need their right, go to who asked for them, and carry the holder’s claim', async () => {
    const { sandbox, clock } = await startSandbox();
    const observer = realtime(sandbox, { key: sandbox.apiKey }, format);
    const watched = observer.channels.get('chat', {
      modes: ['ANNOTATION_SUBSCRIBE', 'SUBSCRIBE', 'PUBLISH'],
    });
    const heard: Ably.Annotation[] = [];
    await watched.annotations.subscribe((annotation) => void heard.push(annotation));
    const { serials } = await watched.publish('x', 'y');
    const serial = serials[0]!;
    const sign = (operations: Capability[string]) =>
      createAblyJwt(sandbox.apiKey, {
        capability: { chat: operations },
        clientId: 'bob',
        channelClaims: { chat: 'moderator' },
        issuedAt: new Date(clock.now()),
      });
    const may = { token: await sign(['annotation-publish', 'subscribe', 'history']) };
    const mayNot = { token: await sign(['subscribe', 'publish']) };
    const reaction = { type: 'reaction:distinct.v1', name: '👍', data: { a: 1 } };
    const channel = realtime(sandbox, may, format).channels.get('chat');
    await channel.annotations.publish(serial, reaction);
    await rest(sandbox, may, format).channels.get('chat').annotations.publish(serial, reaction);
    await channel.annotations.delete(serial, { ...reaction });
    await observer.connection.ping();
    const common = {
      ...reaction,
      clientId: 'bob',
      messageSerial: serial,
      extras: { userClaim: 'moderator' },
    };
    expect(heard).toMatchObject([
      { ...common, action: 'annotation.create' },
      { ...common, action: 'annotation.create' },
      { ...common, action: 'annotation.delete' },
    ]);
    expect((await channel.annotations.get(serial, {})).items).toMatchObject([common, common, common]);

    const denied = realtime(sandbox, mayNot, format).channels.get('chat');
    expect(await refusal(denied.annotations.publish(serial, reaction))).toMatchObject({
      code: 40160,
      statusCode: 401,
    });
    const deniedApi = rest(sandbox, mayNot, format).channels.get('chat');
    expect(await refusal(deniedApi.annotations.publish(serial, reaction))).toMatchObject({ code: 40160 });
    expect(await refusal(deniedApi.annotations.get(serial, {}))).toMatchObject({ code: 40160 });
    expect(await refusal(channel.annotations.publish('nothing', reaction))).toMatchObject({ code: 40400 });
    expect(await refusal(channel.annotations.publish(serial, { name: 'x' } as never))).toMatchObject({
      code: 40001,
    });
    const without = realtime(sandbox, may, format).channels.get('chat', { modes: ['SUBSCRIBE'] });
    await without.attach();
    expect(await refusal(without.annotations.publish(serial, reaction))).toMatchObject({ code: 40165 });
  });
});
