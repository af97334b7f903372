import { createAblyJwt } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { formats, startSandbox, type TestFormat } from './support/client.js';
import { RawClient } from './support/raw.js';

async function connect(format: TestFormat, query: Record<string, string> = {}) {
  const { sandbox, clock } = await startSandbox();
  const client = new RawClient(sandbox, { key: sandbox.apiKey, format, ...query });
  const connected = await client.next();
  return { sandbox, clock, client, connected };
}

describe.each(formats)('frames (%s)', (format) => {
  test('CONNECTED: everything that clients want to know, no channel, no error', async () => {
    const { connected } = await connect(format);
    expect(connected).toEqual({
      action: 4,
      connectionId: expect.stringMatching(/^\w{10}$/),
      connectionDetails: {
        clientId: '*',
        connectionKey: expect.stringMatching(/^\w{10}!\w{16}$/),
        maxMessageSize: 65_536,
        maxFrameSize: 524_288,
        maxInboundRate: 1000,
        connectionStateTtl: 120_000,
        maxIdleInterval: 15_000,
        serverId: 'sandbox',
      },
    });
  });

  test('an anonymous client gets no clientId at all', async () => {
    const { sandbox, clock } = await startSandbox();
    const token = await createAblyJwt(sandbox.apiKey, {
      capability: 'inherit',
      issuedAt: new Date(clock.now()),
    });
    const { connectionDetails } = await new RawClient(sandbox, { access_token: token, format }).next();
    expect(connectionDetails).not.toHaveProperty('clientId');
  });

  test('a refusal is an ERROR without a channel, after the upgrade, and nothing before it', async () => {
    const { sandbox } = await startSandbox();
    const rows: [Record<string, string>, number, number][] = [
      [{ access_token: 'a.b.c' }, 40144, 1000],
      [{ key: 'a.b:c' }, 40101, 1008],
      [{}, 40101, 1008],
    ];
    for (const [query, code, closeCode] of rows) {
      const client = new RawClient(sandbox, { ...query, format });
      expect(await client.next()).toEqual({
        action: 9,
        error: {
          code,
          statusCode: 401,
          message: expect.any(String),
          href: `https://help.ably.io/error/${code}`,
        },
      });
      expect(await client.closed).toBe(closeCode);
    }
  });

  test('with a token and a key the token counts', async () => {
    const { sandbox } = await startSandbox();
    const client = new RawClient(sandbox, { key: sandbox.apiKey, accessToken: 'a.b.c', format });
    expect(await client.next()).toMatchObject({ action: 9, error: { code: 40144 } });
  });

  test('HEARTBEAT is echoed with its id', async () => {
    const { client } = await connect(format);
    expect(await client.ask({ action: 0, id: '123' })).toEqual({ action: 0, id: '123' });
    expect(await client.ask({ action: 0 })).toEqual({ action: 0 });
  });

  test('signs of life every 15 s: frames for who asks for them, pings for others', async () => {
    const { clock, client } = await connect(format, { heartbeats: 'true' });
    clock.advance(15_000);
    expect(await client.next()).toEqual({ action: 0 });
    const silent = await connect(format, { heartbeats: 'false' });
    // An hour at once is one sign of life.
    silent.clock.advance(3_600_000);
    await silent.client.pinged;
    expect(await silent.client.ask({ action: 0, id: '1' })).toEqual({ action: 0, id: '1' });
  });

  test('heartbeats=bounce: a client that answers PING lives, one that doesn’t is cut off', async () => {
    const query = { heartbeats: 'bounce', heartbeatInterval: '5000' };
    const { sandbox, clock, client, connected } = await connect(format, query);
    for (let beats = 0; beats < 3; beats++) {
      clock.advance(5_000);
      const ping = await client.next();
      expect(ping).toEqual({ action: 22, id: expect.stringMatching(/^\w+$/) });
      client.send({ action: 23, id: ping.id });
      expect(await client.ask({ action: 0, id: '1' })).toEqual({ action: 0, id: '1' });
    }
    clock.advance(3_600_000);
    expect(await client.next()).toMatchObject({ action: 22 });
    // A PONG to no PING, which is ignored.
    client.send({ action: 23, id: 'another' });
    expect(await client.ask({ action: 0, id: '2' })).toEqual({ action: 0, id: '2' });
    clock.advance(5_000);
    expect(await client.closed).toBe(1006);
    // As a network that was lost: it can be resumed.
    const resume = { key: sandbox.apiKey, format, resume: connected.connectionDetails.connectionKey };
    expect((await new RawClient(sandbox, resume).next()).connectionId).toBe(connected.connectionId);
  });

  test.each([
    ['0', 4_999, 1],
    ['60000', 14_999, 1],
    ['soon', 14_999, 1],
  ])('heartbeatInterval=%s stays within 5 and 15 s', async (heartbeatInterval, silent, more) => {
    const { clock, client } = await connect(format, { heartbeats: 'true', heartbeatInterval });
    clock.advance(silent);
    expect(await client.ask({ action: 0, id: '1' })).toEqual({ action: 0, id: '1' });
    clock.advance(more);
    expect(await client.next()).toEqual({ action: 0 });
  });

  test('CLOSE is answered with CLOSED, DISCONNECT with a closed socket', async () => {
    const { sandbox, client } = await connect(format);
    expect(await client.ask({ action: 7 })).toEqual({ action: 8 });
    expect(await client.closed).toBe(1000);
    expect(sandbox.connections).toEqual([]);
    const other = new RawClient(sandbox, { key: sandbox.apiKey, format });
    await other.next();
    other.send({ action: 5 });
    await other.closed;
    expect(sandbox.connections).toEqual([]);
  });

  test('ATTACH: modes in the flags, a serial, and nulls are as good as nothing', async () => {
    const { client } = await connect(format);
    const attached = await client.ask({
      action: 10,
      channel: 'a',
      channelSerial: null,
      params: null,
      flags: null,
    });
    expect(attached).toEqual({
      action: 11,
      channel: 'a',
      channelSerial: expect.any(String),
      flags: 3_080_192,
      params: {},
    });
    // Again while attached: in place, resumed.
    expect(await client.ask({ action: 10, channel: 'a', flags: 1 << 18 })).toMatchObject({
      action: 11,
      flags: (1 << 18) | 4,
    });
    expect(await client.ask({ action: 12, channel: 'a' })).toEqual({ action: 13, channel: 'a' });
    expect(await client.ask({ action: 12, channel: 'never' })).toEqual({ action: 13, channel: 'never' });
  });

  const flags: [operations: string, flags: number][] = [
    ['subscribe', 786_432],
    ['publish', 131_072],
    ['publish subscribe', 917_504],
    ['presence', 65_536],
    ['publish subscribe presence', 983_040],
    ['*', 3_080_192],
  ];
  test.each(flags)('ATTACHED with %s: flags %d', async (operations, expected) => {
    const { sandbox } = await startSandbox({ keys: [{ capability: { a: operations.split(' ') as never } }] });
    const client = new RawClient(sandbox, { key: sandbox.apiKey, format });
    await client.next();
    expect(await client.ask({ action: 10, channel: 'a' })).toMatchObject({ action: 11, flags: expected });
  });

  test('ATTACH that is denied: an ERROR of the channel, the connection lives', async () => {
    const { sandbox } = await startSandbox({ keys: [{ capability: { a: ['*'] } }] });
    const client = new RawClient(sandbox, { key: sandbox.apiKey, format });
    await client.next();
    expect(await client.ask({ action: 10, channel: 'b' })).toMatchObject({
      action: 9,
      channel: 'b',
      error: { code: 40160, statusCode: 401 },
    });
    expect(await client.ask({ action: 0, id: '1' })).toEqual({ action: 0, id: '1' });
  });

  test('MESSAGE: delivered with the connection’s stamp, acknowledged with msgSerial, count and serials', async () => {
    const { client, connected, clock } = await connect(format);
    const { channelSerial } = await client.ask({ action: 10, channel: 'a' });
    client.send({ action: 15, channel: 'a', msgSerial: 0, messages: [{ name: 'x', data: 'y', size: 2 }] });
    const message = await client.next();
    expect(message).toEqual({
      action: 15,
      channel: 'a',
      channelSerial: expect.any(String),
      connectionId: connected.connectionId,
      id: `${connected.connectionId}:0`,
      timestamp: clock.now(),
      messages: [
        {
          name: 'x',
          data: 'y',
          action: 0,
          id: `${connected.connectionId}:0:0`,
          connectionId: connected.connectionId,
          serial: expect.any(String),
          timestamp: clock.now(),
        },
      ],
    });
    expect(message.channelSerial > channelSerial).toBe(true);
    const ack = { action: 1, msgSerial: 0, count: 1, res: [{ serials: [message.messages[0].serial] }] };
    expect(await client.next()).toEqual(ack);
    // The same again, as after a resume: answered again, not delivered again.
    expect(await client.ask({ action: 15, channel: 'a', msgSerial: 0, messages: [{ name: 'x' }] })).toEqual(
      ack,
    );
  });

  test('MESSAGE that is denied: a NACK with msgSerial and count', async () => {
    const { sandbox } = await startSandbox({ keys: [{ capability: { a: ['subscribe'] } }] });
    const client = new RawClient(sandbox, { key: sandbox.apiKey, format });
    await client.next();
    expect(await client.ask({ action: 15, channel: 'a', msgSerial: 3, messages: [{}] })).toEqual({
      action: 2,
      msgSerial: 3,
      count: 1,
      error: {
        code: 40160,
        statusCode: 401,
        message: 'Unauthorized to publish to channel',
        href: 'https://help.ably.io/error/40160',
      },
    });
  });

  test('PRESENCE: the client’s own frame comes before its ACK; SYNC when it is asked for', async () => {
    const { client, connected } = await connect(format, { clientId: 'bob' });
    const enter = { action: 14, channel: 'a', presence: [{ action: 2, data: 'here' }] };
    expect(await client.ask({ ...enter, msgSerial: 0 })).toMatchObject({ action: 2, error: { code: 90001 } });
    await client.ask({ action: 10, channel: 'a' });
    expect(await client.ask({ ...enter, msgSerial: 1 })).toMatchObject({
      action: 14,
      id: `${connected.connectionId}:1`,
      presence: [{ action: 2, clientId: 'bob', data: 'here', id: `${connected.connectionId}:1:0` }],
    });
    expect(await client.next()).toEqual({ action: 1, msgSerial: 1, count: 1, res: [{ serials: [null] }] });
    expect(await client.ask({ action: 16, channel: 'a' })).toMatchObject({
      action: 16,
      channel: 'a',
      channelSerial: expect.stringMatching(/^\w+:$/),
      presence: [{ action: 1, clientId: 'bob', data: 'here' }],
    });
    // Coming back to the channel: HAS_PRESENCE, and SYNC follows.
    expect((await client.ask({ action: 10, channel: 'a' })).flags & 1).toBe(1);
    expect(await client.next()).toMatchObject({ action: 16 });
  });

  test('PRESENCE of nobody: 91000; of an action that is the server’s: 40000', async () => {
    const { client } = await connect(format);
    await client.ask({ action: 10, channel: 'a' });
    const presence = (msgSerial: number, element: object) =>
      client.ask({ action: 14, channel: 'a', msgSerial, presence: [element] });
    expect(await presence(0, { action: 2 })).toMatchObject({
      action: 2,
      error: { code: 91000, statusCode: 400 },
    });
    expect(await presence(1, { action: 1, clientId: 'x' })).toMatchObject({
      action: 2,
      error: { code: 40000 },
    });
    // Who isn't there can leave: that changes nothing, and nobody is told.
    expect(await presence(2, { action: 3, clientId: 'x' })).toMatchObject({ action: 1, msgSerial: 2 });
  });

  test('what a resume brings: ATTACHED with RESUMED and the missed messages, if they are still known', async () => {
    const { sandbox, client, connected } = await connect(format);
    const { channelSerial } = await client.ask({ action: 10, channel: 'a' });
    const publisher = new RawClient(sandbox, { key: sandbox.apiKey, format });
    await publisher.next();
    await publisher.ask({ action: 15, channel: 'a', msgSerial: 0, messages: [{ name: 'missed' }] });
    const query = { key: sandbox.apiKey, format, resume: connected.connectionDetails.connectionKey };
    const back = new RawClient(sandbox, query);
    expect((await back.next()).connectionId).toBe(connected.connectionId);
    expect(await back.ask({ action: 10, channel: 'a', channelSerial })).toMatchObject({
      action: 11,
      channelSerial,
      flags: 3_080_192 | 4 | 2,
    });
    expect(await back.next()).toMatchObject({ action: 15, messages: [{ name: 'missed' }] });
    expect(await back.ask({ action: 10, channel: 'b', channelSerial })).toMatchObject({ flags: 3_080_192 });
    // The key is used up.
    const late = new RawClient(sandbox, query);
    expect(await late.next()).toMatchObject({ action: 4, error: { code: 80018, statusCode: 400 } });
  });

  test('a channel whose ring has lost what was missed: no RESUMED', async () => {
    const { client } = await connect(format);
    const { channelSerial } = await client.ask({ action: 10, channel: 'a' });
    await client.ask({ action: 12, channel: 'a' });
    for (let msgSerial = 0; msgSerial < 1001; msgSerial++) {
      await client.ask({ action: 15, channel: 'a', msgSerial, messages: [{ name: 'x' }] });
    }
    expect((await client.ask({ action: 10, channel: 'a', channelSerial })).flags & 4).toBe(0);
  });

  test('AUTH: frames that come while a token is judged wait for it', async () => {
    const { sandbox, clock } = await startSandbox();
    const sign = (channel: string) =>
      createAblyJwt(sandbox.apiKey, { capability: { [channel]: ['*'] }, issuedAt: new Date(clock.now()) });
    const client = new RawClient(sandbox, { access_token: await sign('a'), format });
    await client.next();
    client.send({ action: 17, auth: { accessToken: await sign('b') } });
    client.send({ action: 10, channel: 'b' });
    client.send({ action: 17, auth: { accessToken: await sign('c') } });
    client.send({ action: 10, channel: 'c' });
    client.send({ action: 10, channel: 'a' });
    const answers = [];
    for (let n = 0; n < 6; n++) answers.push(await client.next());
    expect(answers.map(({ action, channel }) => [action, channel])).toEqual([
      [4, undefined],
      [11, 'b'],
      [4, undefined],
      [9, 'b'],
      [11, 'c'],
      [9, 'a'],
    ]);
  });

  test.each([{}, { auth: {} }, { auth: { accessToken: '' } }, { auth: { accessToken: 7 } }])(
    'AUTH without a token (%j): ERROR 40101',
    async (frame) => {
      const { client } = await connect(format);
      expect(await client.ask({ action: 17, ...frame })).toMatchObject({
        action: 9,
        error: { code: 40101, statusCode: 401 },
      });
      await client.closed;
    },
  );

  test('what the sandbox does not do is refused, not left unanswered; unknown actions are ignored', async () => {
    const { client } = await connect(format);
    client.send({ action: 99, channel: 'a' });
    expect(await client.ask({ action: 19, channel: 'a', msgSerial: 0, state: [] })).toMatchObject({
      action: 2,
      msgSerial: 0,
      error: { code: 50001, statusCode: 501 },
    });
  });
});

test.each(['not JSON', '7', 'null', '{"action":"15"}'])(
  'a frame that is %j ends the connection',
  async (text) => {
    const { sandbox, client } = await connect('json');
    client.sendText(text);
    expect(await client.next()).toMatchObject({ action: 9, error: { code: 40000, statusCode: 400 } });
    expect(await client.closed).toBe(1003);
    expect(sandbox.connections).toEqual([]);
  },
);
