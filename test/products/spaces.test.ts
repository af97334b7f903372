import type * as Ably from 'ably';
import type { Operation } from 'ably-jwt';
import { type AblySandbox, startAblySandbox } from 'ably-jwt/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installed } from '../package/packed.js';
import { connect, settle } from './support/clients.js';
import { codeIn, rowsOf } from './support/guide.js';

const spaceChannel = 'board::$space';
const cursorsChannel = 'board::$cursors';
const rows = rowsOf('docs/chat.md', '## Spaces').map(({ call, cells }) => ({
  call,
  needs: [
    ...codeIn(cells[2]!).map((operation) => `${operation} on ${spaceChannel}`),
    ...codeIn(cells[3]!).map((operation) => `${operation} on ${cursorsChannel}`),
  ],
}));
/** Every right that a row needs: `presence on board::$space` and so on. */
const everything = [...new Set(rows.flatMap(({ needs }) => needs))];

let Spaces: typeof import('@ably/spaces').default;
let sandbox: AblySandbox;
beforeAll(async () => {
  await installed('test/products');
  const [module, started] = await Promise.all([import('@ably/spaces'), startAblySandbox()]);
  Spaces = module.default;
  sandbox = started;
}, 120_000);
afterAll(() => sandbox?.close());

type Member = Awaited<ReturnType<typeof openSpace>>;

/** A client in the space that notes what it sees of others. */
async function openSpace(clientId: string, rights: readonly string[]) {
  const capability: Record<string, Operation[]> = {};
  for (const right of rights) {
    const [operation, channel] = right.split(' on ') as [Operation, string];
    capability[channel] = [...(capability[channel] ?? []), operation];
  }
  const client = connect(sandbox, clientId, capability);
  // The SDK leaves these promises alone, and a rejection that nobody takes care of ends Node.js.
  const codes = new Set<number>();
  for (const name of [spaceChannel, cursorsChannel]) noteRejections(client.channels.get(name), codes);
  // Cursors are sent at once, not in batches, so that none is still waiting when the others look.
  const space = await new Spaces(client).get('board', { cursors: { outboundBatchInterval: 0 } });
  const seen = new Set<string>();
  const note = (call: string, from: string) => {
    if (from !== clientId) seen.add(call);
  };
  space.members.subscribe('enter', (member) => note('space.members.subscribe', member.clientId));
  space.locations.subscribe('update', ({ member }) => note('space.locations.subscribe', member.clientId));
  space.locks.subscribe('update', ({ member }) => note('space.locks.subscribe', member.clientId));
  space.cursors.subscribe('update', (cursor) => note('space.cursors.subscribe', cursor.clientId));
  return { client, space, seen, codes };
}

function noteRejections(channel: Ably.RealtimeChannel, codes: Set<number>): void {
  const noting =
    <Args extends unknown[]>(send: (...args: Args) => Promise<unknown>) =>
    (...args: Args) => {
      const sent = send(...args);
      sent.catch((error: Ably.ErrorInfo) => codes.add(error.code));
      return sent;
    };
  const { presence } = channel;
  Object.assign(presence, {
    enter: noting(presence.enter.bind(presence)),
    update: noting(presence.update.bind(presence)),
  });
  Object.assign(channel, {
    publish: noting(channel.publish.bind(channel) as unknown as (...args: unknown[]) => Promise<unknown>),
  });
}

/** What a member does, as far as it may. */
async function act({ space, client }: Member): Promise<void> {
  await space.locations.set({ slide: client.auth.clientId }).catch(() => {});
  await space.locks.acquire(`shape of ${client.auth.clientId}`).catch(() => {});
  await space.cursors.set({ position: { x: 1, y: 2 } }).catch(() => {});
}

/** Bob has all rights, Alice has some. Which calls work for her, and with which codes does the SDK's own sending fail? */
async function tryAll(rights: readonly string[]) {
  const bob = await openSpace('bob', everything);
  await bob.space.enter();
  await moveCursorBeside('carol', bob);

  const alice = await openSpace('alice', rights);
  let entered = false;
  void alice.space.enter().then(() => {
    entered = true;
  });
  await settle(alice.client, bob.client);
  const positions = Object.values(await alice.space.cursors.getAll().catch(() => ({})));
  await bob.space.leave();
  await bob.space.enter();
  await act(alice);
  await act(bob);
  await settle(alice.client, bob.client);

  const works = new Set(alice.seen);
  if (entered) works.add('space.enter');
  if (bob.seen.has('space.locations.subscribe')) works.add('space.locations.set');
  if (bob.seen.has('space.locks.subscribe')) works.add('space.locks.acquire');
  if (bob.seen.has('space.cursors.subscribe')) works.add('space.cursors.set');
  if (positions.some((cursor) => cursor?.clientId === 'bob')) works.add('space.cursors.getAll');
  alice.client.close();
  bob.client.close();
  return { works: [...works].sort(), codes: [...alice.codes] };
}

/** Moves a member's cursor while another member, who leaves again, is there to see it. */
async function moveCursorBeside(clientId: string, member: Member): Promise<void> {
  const other = await openSpace(clientId, everything);
  await settle(other.client, member.client);
  await member.space.cursors.set({ position: { x: 0, y: 0 } });
  await settle(member.client, other.client);
  expect(other.seen).toContain('space.cursors.subscribe');
  other.client.close();
  await other.client.connection.whenState('closed');
  await settle(member.client);
  member.seen.clear();
}

describe('Spaces', () => {
  test('with all rights everything works', async () => {
    expect(await tryAll(everything)).toEqual({ works: rows.map(({ call }) => call).sort(), codes: [] });
  });

  test.each(everything)(
    'without %s exactly what needs it stops working, as the guide says',
    async (missing) => {
      const { works, codes } = await tryAll(everything.filter((right) => right !== missing));
      const others = rows.filter(({ needs }) => !needs.includes(missing));
      expect(works).toEqual(others.map(({ call }) => call).sort());
      expect(codes).toEqual(/^(presence|publish) /.test(missing) ? [40160] : []);
    },
  );
});
