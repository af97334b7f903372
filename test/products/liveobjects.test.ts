import type * as Ably from 'ably';
import { LiveObjects } from 'ably/liveobjects';
import type { Operation } from 'ably-jwt';
import { type AblySandbox, startAblySandbox } from 'ably-jwt/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from './support/clients.js';
import { codeIn, tableBelow } from './support/guide.js';

const [reading, changing] = tableBelow('docs/chat.md', '## LiveObjects').map((cells) => ({
  operation: codeIn(cells[1]!)[0] as Operation,
  mode: codeIn(cells[2]!)[0] as Ably.ChannelMode,
  code: Number(/\d+/.exec(cells[3]!)![0]),
}));
const noObjects = { code: 50001, message: expect.stringContaining("Ably's own ably-server") };

let sandbox: AblySandbox;
beforeAll(async () => {
  sandbox = await startAblySandbox();
});
afterAll(() => sandbox?.close());

/** Reads an object of a channel and changes it, and returns what was thrown. */
async function readAndChange(operations: readonly Operation[], modes: Ably.ChannelMode[]) {
  const client = connect(sandbox, 'alice', { 'poll:7': operations }, { plugins: { LiveObjects } });
  const channel = client.channels.get('poll:7', { modes });
  const poll = await channel.object.get<{ votes: number }>().catch((error) => error);
  await channel.attach();
  const outcome = async (run: () => unknown) => {
    try {
      await run();
      return undefined;
    } catch (error) {
      return error;
    }
  };
  if (poll instanceof Error) throw poll;
  const read = await outcome(() => poll.subscribe(() => {}));
  const change = await outcome(() => poll.set('votes', 1));
  client.close();
  return { read, change };
}

describe('LiveObjects on the sandbox', () => {
  const both = [reading!.operation, changing!.operation];
  const modes = [reading!.mode, changing!.mode];

  test('with both operations reading works, and a change fails because the sandbox has no objects', async () => {
    expect(await readAndChange(both, modes)).toEqual({
      read: undefined,
      change: expect.objectContaining(noObjects),
    });
  });

  test('without the operation for reading, exactly reading is refused', async () => {
    expect(await readAndChange([changing!.operation], modes)).toEqual({
      read: expect.objectContaining({ code: reading!.code }),
      change: expect.objectContaining(noObjects),
    });
  });

  test('without the operation for changing, exactly the change is refused', async () => {
    expect(await readAndChange([reading!.operation], modes)).toEqual({
      read: undefined,
      change: expect.objectContaining({ code: changing!.code }),
    });
  });

  test('the operations are not enough: a client that asks for no mode is refused', async () => {
    const client = connect(sandbox, 'alice', { 'poll:7': both }, { plugins: { LiveObjects } });
    await expect(client.channels.get('poll:7').object.get()).rejects.toMatchObject({ code: reading!.code });
    client.close();
  });
});
