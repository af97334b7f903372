import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Room } from '@ably/chat';
import type { Space } from '@ably/spaces';
import type * as Ably from 'ably';
import { type AblySandbox, startAblySandbox } from 'ably-jwt/testing';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { catchServers } from '../docs/support/run.js';
import { root } from '../docs/support/snippets.js';
import { output } from '../package/packed.js';
import { makeProject, type Project } from './support/apps.js';
import { connect } from './support/clients.js';

const guide = 'docs/chat.md';

let project: Project;
let sandbox: AblySandbox;
const closing: (() => unknown)[] = [];

/** What the apps import of `ably`, connected to the sandbox. */
const ablyOnSandbox = `
import { createRequire } from 'node:module';
const ably = createRequire(import.meta.url)('ably');
export const { ErrorInfo } = ably;
export class Realtime extends ably.Realtime {
  constructor(options) {
    super({ ...globalThis.sandboxOptions, ...options });
  }
}`;

beforeAll(async () => {
  [project, sandbox] = await Promise.all([makeProject(), startAblySandbox()]);
  vi.stubEnv('ABLY_API_KEY', sandbox.apiKey);
  vi.stubGlobal('sandboxOptions', { ...sandbox.clientOptions, logLevel: 0 });
  const own = {
    'session.ts': await readFile(`${root}test/docs/support/session.ts`, 'utf8'),
    'ably-on-sandbox.mjs': ablyOnSandbox,
  };
  await project.add('chat', guide, ['chat'], {
    ...own,
    'rooms.ts': `
export type Role = 'viewer' | 'member' | 'moderator';
export async function roomsOf(userId: string): Promise<{ room: string; role: Role }[]> {
  if (userId === 'mallory') return [];
  return [{ room: 'lobby', role: userId === 'alice' ? 'moderator' : 'viewer' }];
}`,
  });
  await project.add('spaces', guide, ['spaces'], {
    ...own,
    'boards.ts': `export const boardsOf = async (_userId: string): Promise<string[]> => ['board'];`,
  });
}, 300_000);
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  await Promise.all([project?.remove(), sandbox?.close()]);
});

/** Runs the server of an app and, as a browser does with the cookies of a user, its client. */
async function open<Client>(
  app: 'chat' | 'spaces',
  user: string,
): Promise<Client & { realtime: Ably.Realtime }> {
  const [server] = (await catchServers(() => project.run(`${app}/server.ts`))) as Server[];
  if (!server!.listening) await once(server!, 'listening');
  const { port } = server!.address() as AddressInfo;
  const { fetch } = globalThis;
  vi.stubGlobal('fetch', (input: string, init: RequestInit) => {
    const request = new Request(input.replace('localhost:3000', `127.0.0.1:${port}`), init);
    request.headers.set('cookie', `session=${user}`);
    return fetch(request);
  });
  const client = (await project.run(`${app}/client.ts`, {
    alias: { ably: join(project.folder, app, 'ably-on-sandbox.mjs') },
    packages: 'bundle',
    mainFields: ['module', 'main'],
  })) as Client & { realtime: Ably.Realtime };
  closing.push(() => {
    client.realtime.close();
    vi.stubGlobal('fetch', fetch);
    server!.closeAllConnections();
    server!.close();
  });
  return client;
}

test('the apps of the guide compile against the packages they use', async () => {
  expect(await project.typeErrors('Bundler')).toBe('');
});

test('the tests of this folder compile', async () => {
  const tsc = `${root}node_modules/typescript/bin/tsc`;
  expect(await output(process.execPath, [tsc, '-p', 'test/products'], root)).toBe('');
});

interface ChatApp {
  openRoom(name: string, show: (message: unknown) => void): Promise<Room>;
}

test('the Chat app opens the rooms of its user only, and shows the role that the server signed', async () => {
  const { realtime, openRoom } = await open<ChatApp>('chat', 'alice');
  const shown = vi.fn();
  const room = await openRoom('lobby', shown);
  await room.presence.enter();
  expect(await room.presence.get()).toMatchObject([{ clientId: 'alice', userClaim: 'moderator' }]);
  await expect(openRoom('garden', shown)).rejects.toMatchObject({ code: 40160 });

  const service = connect(sandbox, 'bob', { 'lobby::$chat': ['publish'] });
  closing.push(() => service.close());
  await service.channels.get('lobby::$chat').publish('chat.message', { text: 'Hello' });
  await realtime.connection.ping();
  expect(shown).toHaveBeenCalledWith(expect.objectContaining({ text: 'Hello', clientId: 'bob' }));
});

test('the Chat app of a viewer may not show that it is typing', async () => {
  const { openRoom } = await open<ChatApp>('chat', 'carol');
  const room = await openRoom('lobby', () => {});
  await expect(room.typing.keystroke()).rejects.toMatchObject({ code: 40160 });
});

test('a user without a room is told so', async () => {
  const { realtime } = await open<ChatApp>('chat', 'mallory');
  const { reason } = await realtime.connection.once('failed');
  expect(reason?.cause?.message).toBe('You are not in a room yet.');
});

test('the Spaces app enters the space of its user', async () => {
  const { openBoard } = await open<{ openBoard(board: string, name: string): Promise<Space> }>(
    'spaces',
    'alice',
  );
  const space = await openBoard('board', 'Alice');
  expect(await space.members.getSelf()).toMatchObject({ clientId: 'alice', profileData: { name: 'Alice' } });
});
