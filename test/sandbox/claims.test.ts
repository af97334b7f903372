import type * as Ably from 'ably';
import { describe, expect, test } from 'vitest';
import { formats, reaches, realtime, refusal, signer, startSandbox } from './support/client.js';

describe.each(formats)('what a token says of its holder’s messages (%s)', (format) => {
  const claims = {
    '*': 'anywhere',
    'chat:*': { in: 'chat' },
    'chat:lobby': 'lobby',
    '*:room': 'any room',
  };
  test.each([
    ['chat:lobby', 'lobby'],
    ['chat:room', '{"in":"chat"}'],
    ['other:room', 'any room'],
    ['other', 'anywhere'],
    ['lobby::$chat', 'the room'],
  ])('on %s: %s, whatever the client writes there', async (name, expected) => {
    const { sandbox, clock } = await startSandbox();
    const auth = signer(sandbox, clock, {
      capability: { '*': ['*'] },
      clientId: 'bob',
      channelClaims: claims,
      roomClaims: { lobby: 'the room' },
    });
    const observer = realtime(sandbox, { key: sandbox.apiKey }, format);
    const reader = observer.channels.get(name);
    const seen: unknown[] = [];
    await reader.subscribe(({ extras }) => void seen.push(extras));
    const entered = new Promise(
      (resolve) => void reader.presence.subscribe('enter', ({ extras }) => resolve(extras)),
    );
    const channel = realtime(sandbox, auth, format).channels.get(name);
    await channel.publish({ name: 'x', extras: { userClaim: 'admin', headers: { a: '1' } } });
    await channel.publish('y', 'z');
    await channel.presence.enter();
    await observer.connection.ping();
    expect(seen).toEqual([{ headers: { a: '1' }, userClaim: expected }, { userClaim: expected }]);
    expect(await entered).toEqual({ userClaim: expected });
  });

  test('without a claim there is none, whatever the client writes there', async () => {
    const { sandbox, clock } = await startSandbox();
    const auth = signer(sandbox, clock, { capability: 'inherit', channelClaims: { other: 'x' } });
    const channel = realtime(sandbox, auth, format).channels.get('chat');
    await channel.publish({ name: 'x', extras: { userClaim: 'admin' } });
    const [message] = (await channel.history()).items;
    expect(message?.extras).toEqual({});
  });

  test('a publish rate: 42911 above it, and the connection stays', async () => {
    const { sandbox, clock } = await startSandbox();
    const auth = signer(sandbox, clock, {
      capability: 'inherit',
      publishRateLimits: { '*': 100, 'slow:*': 2, 'slow:snail': 0.1 },
    });
    const client = realtime(sandbox, auth, format);
    await reaches(client, 'connected');
    const slow = client.channels.get('slow:one');
    const publish = (channel: Ably.RealtimeChannel) => channel.publish('x', 'y');
    await publish(slow);
    await publish(slow);
    expect(await refusal(publish(slow))).toMatchObject({ code: 42911, statusCode: 429 });
    // Each channel has a measure of its own.
    await publish(client.channels.get('slow:two'));
    clock.advance(500);
    await publish(slow);
    expect(await refusal(publish(slow))).toMatchObject({ code: 42911 });
    const snail = client.channels.get('slow:snail');
    await publish(snail);
    clock.advance(9_999);
    expect(await refusal(publish(snail))).toMatchObject({ code: 42911 });
    clock.advance(1);
    await publish(snail);
    for (let n = 0; n < 100; n++) await publish(client.channels.get('fast'));
    expect(client.connection.state).toBe('connected');
  });
});
