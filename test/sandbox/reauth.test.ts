import { type AblyJwtOptions, createAblyJwt } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import {
  attempt,
  formats,
  handmade,
  hands,
  nextEvent,
  reaches,
  realtime,
  refusal,
  signer,
  startSandbox,
} from './support/client.js';

const all: AblyJwtOptions = { capability: { '*': ['*'] }, clientId: 'bob' };

describe.each(formats)('a new token on a live connection (%s)', (format) => {
  test('of the same client: an update on the same connection, under the new rights', async () => {
    const { sandbox, clock } = await startSandbox();
    const auth = signer(sandbox, clock, (call) => ({
      capability: call === 1 ? { a: ['subscribe'] } : { b: ['subscribe'] },
      clientId: 'bob',
    }));
    const client = realtime(sandbox, auth, format);
    await reaches(client, 'connected');
    const [{ id, key }] = [client.connection];
    const [updated] = await Promise.all([nextEvent(client, 'update'), client.auth.authorize()]);
    expect(updated).toMatchObject({ previous: 'connected', current: 'connected' });
    expect(client.connection.id).toBe(id);
    expect(client.connection.key).toBe(key);
    expect(sandbox.connections).toMatchObject([{ connectionId: id, capability: { b: ['subscribe'] } }]);
  });

  const anonymous: AblyJwtOptions = { capability: all.capability };
  const ends: [what: string, first: AblyJwtOptions, next: AblyJwtOptions, says: string][] = [
    ['of another client', all, { ...all, clientId: 'al' }, 'for "bob", the new token for "al"'],
    ['of no client', all, anonymous, 'for "bob", the new token anonymous'],
    ['that gives an anonymous client a name', anonymous, all, 'anonymous, the new token for "bob"'],
  ];
  test.each(ends)('%s: failed, 40102', async (_, first, next, says) => {
    const { sandbox, clock } = await startSandbox();
    const client = realtime(
      sandbox,
      signer(sandbox, clock, (call) => (call === 1 ? first : next)),
      format,
    );
    await reaches(client, 'connected');
    const failed = nextEvent(client, 'failed');
    expect(await refusal(client.auth.authorize())).toMatchObject({ code: 40102, statusCode: 401 });
    expect((await failed).reason).toMatchObject({
      code: 40102,
      statusCode: 401,
      message:
        `Invalid clientId for credentials: the connection is ${says}. ` +
        'To change the identity, close the client and make a new one.',
    });
    expect(client.connection.state).toBe('failed');
  });

  test.each([
    ['another key', 1],
    ['another app', undefined],
  ])('of %s: failed', async (_, index) => {
    const { sandbox, clock } = await startSandbox({ keys: [{}, {}] });
    const other =
      index === undefined ? (await startSandbox({ clock })).sandbox.apiKey : sandbox.keys[index]!.key;
    const issuedAt = new Date(clock.now());
    let calls = 0;
    const authCallback = hands(() =>
      createAblyJwt(calls++ === 0 ? sandbox.apiKey : other, { ...all, issuedAt }),
    );
    const client = realtime(sandbox, { authCallback }, format);
    await reaches(client, 'connected');
    // Another app is none that this server knows, which is what it says.
    const code = index === undefined ? 40400 : 40102;
    expect(await refusal(client.auth.authorize())).toMatchObject({ code });
    expect(client.connection.state).toBe('failed');
  });

  test('that has expired: the client renews once more and comes back on the same connection', async () => {
    const { sandbox, clock } = await startSandbox();
    const auth = signer(sandbox, clock, (call) => ({
      ...all,
      issuedAt: new Date(clock.now() - (call === 2 ? 7_200_000 : 0)),
    }));
    const client = realtime(sandbox, auth, format);
    await reaches(client, 'connected');
    const { id } = client.connection;
    const lost = nextEvent(client, 'disconnected');
    await client.auth.authorize();
    expect((await lost).reason?.code).toBe(40142);
    expect(client.connection).toMatchObject({ state: 'connected', id });
    expect(auth.calls).toBe(3);
  });

  test('that is no token: failed, 40144 would only make the client ask again', async () => {
    const { sandbox, clock } = await startSandbox();
    const good = handmade(sandbox, clock);
    let calls = 0;
    const client = realtime(sandbox, { authCallback: hands(() => (calls++ === 0 ? good : ' ')) }, format);
    await reaches(client, 'connected');
    expect(await refusal(client.auth.authorize())).toMatchObject({ code: 40101, statusCode: 401 });
    expect(client.connection.state).toBe('failed');
  });

  test('of an authCallback that fails: the connection stays', async () => {
    const { sandbox, clock } = await startSandbox();
    const good = handmade(sandbox, clock);
    let calls = 0;
    const authCallback = hands(() => {
      if (calls++ === 0) return good;
      throw new Error('the session is over');
    });
    const client = realtime(sandbox, { authCallback }, format);
    await reaches(client, 'connected');
    expect((await refusal(client.auth.authorize())).message).toContain('the session is over');
    expect(client.connection.state).toBe('connected');
    expect(sandbox.connections).toHaveLength(1);
  });
});

describe.each(formats)('rights that change with a new token (%s)', (format) => {
  async function connect(first: AblyJwtOptions['capability'], then: AblyJwtOptions['capability']) {
    const { sandbox, clock } = await startSandbox();
    const auth = signer(sandbox, clock, (call) => ({
      capability: call === 1 ? first : then,
      clientId: 'bob',
    }));
    const client = realtime(sandbox, auth, format);
    expect(await attempt(client)).toEqual({ state: 'connected' });
    client.connection.on('disconnected', () => expect.unreachable('the connection must stay'));
    return { sandbox, client };
  }

  test('none of the modes is left: the channel fails with 40160, the connection stays', async () => {
    const { sandbox, client } = await connect({ chat: ['*'], other: ['*'] }, { other: ['*'] });
    const [chat, other] = [client.channels.get('chat'), client.channels.get('other')];
    await Promise.all([chat.attach(), other.attach()]);
    await chat.presence.enter();
    const failed = chat.once('failed');
    await client.auth.authorize();
    expect((await failed).reason).toMatchObject({ code: 40160, statusCode: 401 });
    expect(other.state).toBe('attached');
    expect(await refusal(chat.attach())).toMatchObject({ code: 40160 });
    expect(client.connection.state).toBe('connected');
    expect(sandbox.connections[0]?.channels).toEqual(['other']);
  });

  test('publish is taken: the channel stays attached, publishing is refused', async () => {
    const { client } = await connect({ chat: ['publish', 'subscribe'] }, { chat: ['subscribe'] });
    const chat = client.channels.get('chat');
    await chat.attach();
    await chat.publish('x', 'y');
    chat.on(() => expect.unreachable('the channel must stay as it is'));
    await client.auth.authorize();
    expect(await refusal(chat.publish('x', 'y'))).toMatchObject({ code: 40160, statusCode: 401 });
    expect(chat.state).toBe('attached');
  });

  test('publish is added: it works without attaching again', async () => {
    const { client } = await connect({ chat: ['subscribe'] }, { chat: ['publish', 'subscribe'] });
    const chat = client.channels.get('chat');
    await chat.attach();
    expect(await refusal(chat.publish('x', 'y'))).toMatchObject({ code: 40160 });
    await client.auth.authorize();
    await chat.publish('x', 'y');
  });

  test('a channel is added: it can be attached', async () => {
    const { client } = await connect({ chat: ['*'] }, { chat: ['*'], other: ['*'] });
    const other = client.channels.get('other');
    expect(await refusal(other.attach())).toMatchObject({ code: 40160 });
    await client.auth.authorize();
    await other.attach();
  });
});
