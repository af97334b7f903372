import type { Room, RoomOptions } from '@ably/chat';
import type * as Ably from 'ably';
import { type Capability, createAblyJwt, decodeAblyJwt, type Operation } from 'ably-jwt';
import { type AblySandbox, startAblySandbox } from 'ably-jwt/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installed } from '../package/packed.js';
import { connect, settle } from './support/clients.js';
import { codeIn, rowsOf } from './support/guide.js';

const guide = 'docs/chat.md';
const channel = 'lobby::$chat';
const realtime = rowsOf(guide, '### Over the connection').map(({ call, cells }) => ({
  call,
  operation: codeIn(cells[2]!)[0] as Operation,
  without: cells[3]!.trim(),
}));
const everything: Operation[] = [
  ...new Set(realtime.map(({ operation }) => operation)),
  'annotation-publish',
];

let chat: typeof import('@ably/chat');
let sandbox: AblySandbox;
beforeAll(async () => {
  await installed('test/products');
  [chat, sandbox] = await Promise.all([import('@ably/chat'), startAblySandbox()]);
}, 120_000);
afterAll(() => sandbox?.close());

/** A client in the room that notes what it sees of others. */
async function enterRoom(clientId: string, capability: Capability) {
  const client = connect(sandbox, clientId, capability);
  const options: RoomOptions = { messages: { rawMessageReactions: true } };
  const room = await new chat.ChatClient(client, { logLevel: chat.LogLevel.Silent }).rooms.get(
    'lobby',
    options,
  );
  const seen = new Set<string>();
  const note = (call: string, from: string | undefined) => {
    if (from !== clientId) seen.add(call);
  };
  room.messages.subscribe(({ message }) => note('room.messages.subscribe', message.clientId));
  room.messages.reactions.subscribe(() => seen.add('room.messages.reactions.subscribe'));
  room.messages.reactions.subscribeRaw(() => seen.add('room.messages.reactions.subscribeRaw'));
  room.presence.subscribe(({ member }) => note('room.presence.subscribe', member.clientId));
  room.typing.subscribe(({ change }) => note('room.typing.subscribe', change.clientId));
  room.reactions.subscribe(({ reaction }) => note('room.reactions.subscribe', reaction.clientId));
  await room.attach();
  return { client, room, seen };
}

/** What Ably's Chat API does for a user who sends a message, and for one who reacts to it. */
async function sendAndReact(client: Ably.Realtime) {
  const pubSub = client.channels.get(channel);
  const { serials } = await pubSub.publish('chat.message', { text: 'Hello' });
  await pubSub.annotations.publish(serials[0]!, { type: 'reaction:distinct.v1', name: 'like' });
}

/** Alice has some operations, Bob has them all. Which calls work for her, and with which codes do the others reject? */
async function tryAll(operations: readonly Operation[]) {
  const alice = await enterRoom('alice', { [channel]: operations });
  const bob = await enterRoom('bob', { [channel]: everything });
  const works = new Set<string>();
  const codes = new Map<string, number>();
  const calls: [call: string, run: (room: Room) => Promise<unknown>, seenBy: string][] = [
    ['room.presence.enter', (room) => room.presence.enter(), 'room.presence.subscribe'],
    ['room.typing.keystroke', (room) => room.typing.keystroke(), 'room.typing.subscribe'],
    ['room.reactions.send', (room) => room.reactions.send({ name: 'wave' }), 'room.reactions.subscribe'],
  ];
  for (const [call, run, seenBy] of calls) {
    await run(alice.room).catch((error: Ably.ErrorInfo) => codes.set(call, error.code));
    await settle(alice.client, bob.client);
    if (bob.seen.has(seenBy)) works.add(call);
    await run(bob.room);
  }
  await sendAndReact(bob.client);
  await settle(bob.client, alice.client);
  const present = await alice.room.presence.get();
  if (present.some(({ clientId }) => clientId === 'bob')) works.add('room.presence.get');
  alice.client.close();
  bob.client.close();
  return { works: [...works, ...alice.seen].sort(), codes };
}

describe('Chat', () => {
  test('with all operations everything works that goes over the connection', async () => {
    const { works, codes } = await tryAll(everything);
    expect(works).toEqual(realtime.map(({ call }) => call).sort());
    expect([...codes]).toEqual([]);
  });

  test.each([...new Set(realtime.map(({ operation }) => operation))])(
    'without %s exactly what needs it stops working, as the guide says',
    async (missing) => {
      const { works, codes } = await tryAll(everything.filter((operation) => operation !== missing));
      const [needing, others] = [true, false].map((needs) =>
        realtime.filter(({ operation }) => (operation === missing) === needs),
      );
      expect(works).toEqual(others!.map(({ call }) => call).sort());
      expect(Object.fromEntries(codes)).toEqual(
        Object.fromEntries(
          needing!.filter(({ without }) => without.includes('40160')).map(({ call }) => [call, 40160]),
        ),
      );
    },
  );

  test("a room in which the token grants nothing can't be attached: 40160", async () => {
    await expect(enterRoom('alice', { 'garden::$chat': everything })).rejects.toMatchObject({ code: 40160 });
  });

  const serial = '01726585978590-001@abcdefghij:001';
  const overHttp: Record<string, (room: Room) => Promise<unknown>> = {
    'room.messages.send': (room) => room.messages.send({ text: 'Hello' }),
    'room.messages.update': (room) => room.messages.update(serial, { text: 'Hello!' }),
    'room.messages.delete': (room) => room.messages.delete(serial),
    'room.messages.history': (room) => room.messages.history({ limit: 1 }),
    'room.messages.reactions.send': (room) => room.messages.reactions.send(serial, { name: 'like' }),
    'room.messages.reactions.delete': (room) => room.messages.reactions.delete(serial, { name: 'like' }),
    'room.occupancy.get': (room) => room.occupancy.get(),
  };

  test('what goes over the Chat API fails on the sandbox, with an error that says so', async () => {
    expect(rowsOf(guide, "### Over Ably's Chat API").map(({ call }) => call)).toEqual(Object.keys(overHttp));
    const { client, room } = await enterRoom('alice', { [channel]: ['*'] });
    for (const run of Object.values(overHttp)) {
      await expect(run(room)).rejects.toMatchObject({
        code: 50001,
        message: expect.stringContaining('the sandbox has no Chat API'),
      });
    }
    client.close();
  });

  test.each(rowsOf(guide, "### Over Ably's Chat API"))(
    'a token may grant what $call needs',
    async ({ cells }) => {
      const operations = codeIn(cells[2]!) as Operation[];
      const token = await createAblyJwt(sandbox.apiKey, {
        clientId: 'alice',
        capability: { [channel]: operations },
      });
      for (const operation of operations) expect(decodeAblyJwt(token).can(operation, channel)).toBe(true);
    },
  );
});
