import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import * as Ably from 'ably';
import { createAuthCallback } from 'ably-jwt/client';
import { type AblySandbox, startAblySandbox } from 'ably-jwt/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { catchServers } from '../docs/support/run.js';
import { root } from '../docs/support/snippets.js';
import { makeProject, type Project } from './support/apps.js';

const guide = 'docs/rate-limits.md';
/** How many requests a minute the guide allows. */
const userLimit = 30;
const addressLimit = 300;

let project: Project;
let sandbox: AblySandbox;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  [project, sandbox] = await Promise.all([makeProject(), startAblySandbox()]);
  vi.stubEnv('ABLY_API_KEY', sandbox.apiKey);
  const own = { 'session.ts': await readFile(`${root}test/docs/support/session.ts`, 'utf8') };
  await project.add('memory', guide, ['memory'], own);
  await project.add('redis', guide, ['memory', 'redis'], {
    ...own,
    // What the guide imports of ioredis, with a store in this process that all clients of an address share.
    'ioredis-mock.mjs': `export { default as Redis } from 'ioredis-mock';`,
  });
}, 300_000);
afterEach(async () => {
  vi.useRealTimers();
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await Promise.all([project?.remove(), sandbox?.close()]);
});

/** Runs the server of an app, and returns its auth endpoint's address. */
async function serve(app: 'memory' | 'redis', alias: Record<string, string> = {}): Promise<string> {
  const [server] = (await catchServers(() => project.run(`${app}/server.ts`, { alias }))) as Server[];
  if (!server!.listening) await once(server!, 'listening');
  closing.push(() => {
    server!.closeAllConnections();
    server!.close();
  });
  return `http://127.0.0.1:${(server!.address() as AddressInfo).port}/auth`;
}

/** Sends as many requests as it takes, and returns the status of each and what the last one said of waiting. */
async function ask(url: string, times: number, headers: Record<string, string>) {
  const statuses: number[] = [];
  let retryAfter: string | null = null;
  for (let n = 0; n < times; n++) {
    const response = await fetch(url, { headers });
    await response.arrayBuffer();
    statuses.push(response.status);
    retryAfter = response.headers.get('retry-after');
  }
  return { statuses: new Set(statuses), retryAfter };
}

/** A client that reports each of its requests, and retries every tenth of a second. */
function connect(url: string, user: string) {
  const fetched = vi.fn<typeof fetch>((input, init) => fetch(input, init));
  const client = new Ably.Realtime({
    ...sandbox.clientOptions,
    disconnectedRetryTimeout: 100,
    logLevel: 0,
    authCallback: createAuthCallback(url, { headers: { cookie: `session=${user}` }, fetch: fetched }),
  });
  closing.push(() => client.close());
  return { client, fetched };
}

test('the apps of the guide compile against the packages they use', async () => {
  expect(await project.typeErrors('NodeNext')).toBe('');
});

describe('counting in memory', () => {
  test('a user over the limit waits without a request and then connects; another user connects at once', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const url = await serve('memory');
    expect(await ask(url, userLimit, { cookie: 'session=alice' })).toEqual({
      statuses: new Set([200]),
      retryAfter: null,
    });

    const alice = connect(url, 'alice');
    for (let n = 0; n < 3; n++) {
      const { reason } = await alice.client.connection.once('disconnected');
      expect(reason?.cause).toMatchObject({ statusCode: 401 });
    }
    expect(alice.fetched).toHaveBeenCalledTimes(1);

    const bob = connect(url, 'bob');
    await bob.client.connection.whenState('connected');

    const connected = alice.client.connection.whenState('connected');
    vi.setSystemTime(Date.now() + 61_000);
    await connected;
    expect(alice.fetched).toHaveBeenCalledTimes(2);
  });

  test('an address over the limit waits, whatever address it claims; another one does not', async () => {
    const url = await serve('memory');
    const from = (address: string, claimed = '') => ({ 'x-forwarded-for': `${claimed}${address}` });
    const { statuses } = await ask(url, addressLimit, from('203.0.113.7'));
    expect(statuses).toEqual(new Set([403]));

    const over = await ask(url, 1, from('203.0.113.7', '198.51.100.1, '));
    expect(over.statuses).toEqual(new Set([503]));
    expect(Number(over.retryAfter)).toBeGreaterThan(0);
    expect(Number(over.retryAfter)).toBeLessThanOrEqual(60);
    const elsewhere = await ask(url, 1, { ...from('203.0.113.8'), cookie: 'session=alice' });
    expect(elsewhere.statuses).toEqual(new Set([200]));
  });

  test('a client whose connection drops connects again without a request', async () => {
    const { client, fetched } = connect(await serve('memory'), 'alice');
    await client.connection.whenState('connected');
    const dropped = client.connection.once('disconnected');
    sandbox.drop();
    await dropped;
    await client.connection.whenState('connected');
    expect(fetched).toHaveBeenCalledTimes(1);
  });
});

describe('counting in Redis', () => {
  test('two servers share the count', async () => {
    const alias = { ioredis: join(project.folder, 'redis/ioredis-mock.mjs') };
    vi.stubEnv('REDIS_URL', 'redis://127.0.0.1:6379');
    const [one, two] = [await serve('redis', alias), await serve('redis', alias)];
    const alice = { cookie: 'session=alice' };
    expect(await ask(one, userLimit / 2, alice)).toMatchObject({ statuses: new Set([200]) });
    expect(await ask(two, userLimit / 2, alice)).toMatchObject({ statuses: new Set([200]) });
    expect(await ask(one, 1, alice)).toMatchObject({ statuses: new Set([503]) });
    expect(await ask(two, 1, alice)).toMatchObject({ statuses: new Set([503]) });
    expect(await ask(two, 1, { cookie: 'session=bob' })).toMatchObject({ statuses: new Set([200]) });
  });

  test('while Redis refuses connections, users connect and the limit holds in the process', async () => {
    const port = await freePort();
    vi.stubEnv('REDIS_URL', `redis://127.0.0.1:${port}`);
    // Not given back before the end: the client of Redis keeps trying.
    const errors = vi.spyOn(console, 'error').mockImplementation(() => {});
    const url = await serve('redis');
    const alice = { cookie: 'session=alice' };
    expect(await ask(url, userLimit, alice)).toMatchObject({ statuses: new Set([200]) });
    expect(await ask(url, 1, alice)).toMatchObject({ statuses: new Set([503]) });
    expect(errors.mock.calls.flat()).toContainEqual(expect.objectContaining({ code: 'ECONNREFUSED' }));
  });

  test('a Redis that stops answering delays a token by no more than the time limit of a command', async () => {
    let counted = false;
    const redis = createTcpServer((socket) => {
      // Answers what a client sends when it connects, and nothing that counts.
      socket.on('data', (data) => {
        if (/eval/i.test(String(data))) counted = true;
        else socket.write('+OK\r\n'.repeat(String(data).match(/^\*/gm)!.length));
      });
      closing.push(() => socket.destroy());
    });
    redis.listen(0, '127.0.0.1');
    await once(redis, 'listening');
    closing.push(() => redis.close());
    vi.stubEnv('REDIS_URL', `redis://127.0.0.1:${(redis.address() as AddressInfo).port}`);
    const url = await serve('redis');
    while (!counted)
      expect(await ask(url, 1, { cookie: 'session=alice' })).toMatchObject({ statuses: new Set([200]) });
  });
});

/** A port on which nothing listens. */
async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
