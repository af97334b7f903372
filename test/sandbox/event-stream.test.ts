import { createAblyJwt } from 'ably-jwt';
import type { AblySandbox, ManualClock, SandboxEvent } from 'ably-jwt/testing';
import { expect, onTestFinished, test } from 'vitest';
import { rest, startSandbox } from './support/client.js';

/** Opens a stream of server-sent events, as curl or a browser does. */
async function open(sandbox: AblySandbox, query: Record<string, string>) {
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const response = await fetch(`${sandbox.url}/event-stream?${new URLSearchParams({ v: '2', ...query })}`, {
    signal: abort.signal,
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    response,
    abort,
    /** The next event, undefined at the end of the stream. */
    async next() {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end >= 0) {
          const fields = Object.fromEntries(
            text
              .slice(0, end)
              .split('\n')
              .map((line) => line.split(/: (.*)/s, 2) as [string, string]),
          );
          text = text.slice(end + 2);
          return { ...fields, data: JSON.parse(fields.data!) } as {
            event: string;
            id?: string;
            data: unknown;
          };
        }
        const { done, value } = await reader.read();
        if (done) return undefined;
        text += value;
      }
    },
  };
}

const sign = (sandbox: AblySandbox, clock: ManualClock, capability: object) =>
  createAblyJwt(sandbox.apiKey, {
    clientId: 'bob',
    capability: capability as never,
    issuedAt: new Date(clock.now()),
  });

test('a stream brings the messages of its channels, and those before with rewind', async () => {
  const { sandbox, clock } = await startSandbox();
  const api = rest(sandbox, { key: sandbox.apiKey });
  await api.channels.get('a').publish('before', 'x');
  const accessToken = await sign(sandbox, clock, { a: ['subscribe'], b: ['subscribe'] });
  const stream = await open(sandbox, { channels: 'a,b', rewind: '1', accessToken });
  expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
  expect(await stream.next()).toMatchObject({
    event: 'message',
    data: { channel: 'a', name: 'before', data: 'x' },
  });
  await api.channels.get('b').publish('after', { json: true });
  expect(await stream.next()).toMatchObject({
    id: expect.stringMatching(/^\d+-/),
    event: 'message',
    data: { channel: 'b', name: 'after', data: '{"json":true}', encoding: 'json' },
  });
});

test('channels are separated by a comma, or as the client says', async () => {
  const { sandbox } = await startSandbox();
  const stream = await open(sandbox, { channel: 'a,b|c', separator: '|', key: sandbox.apiKey });
  await rest(sandbox, { key: sandbox.apiKey }).channels.get('a,b').publish('x', '');
  await rest(sandbox, { key: sandbox.apiKey }).channels.get('c').publish('y', '');
  expect(await stream.next()).toMatchObject({ data: { channel: 'a,b', name: 'x' } });
  expect(await stream.next()).toMatchObject({ data: { channel: 'c', name: 'y' } });
});

test('rights, identity and credentials are enforced', async () => {
  const { sandbox, clock } = await startSandbox();
  sandbox.setChannelRules('team', { identified: true });
  const accessToken = await sign(sandbox, clock, { a: ['publish'], b: ['subscribe'] });
  const rows: [Record<string, string>, number, number][] = [
    [{ channels: 'b,a', accessToken }, 401, 40160],
    [{ channels: 'b' }, 401, 40101],
    [{ channels: 'b', accessToken: 'a.b.c' }, 401, 40144],
    [{ channels: 'team', key: sandbox.apiKey }, 401, 40161],
    [{ channels: '', key: sandbox.apiKey }, 400, 40000],
    [{ channels: ':', key: sandbox.apiKey }, 400, 40010],
  ];
  for (const [query, status, code] of rows) {
    const { response } = await open(sandbox, query);
    expect([response.status, Number(response.headers.get('x-ably-errorcode'))]).toEqual([status, code]);
  }
});

test('a stream ends with the reason: expiry, revocation, a revoked key', async () => {
  const events: SandboxEvent[] = [];
  const { sandbox, clock } = await startSandbox({ onEvent: (event) => void events.push(event) });
  const query = { channels: 'a', accessToken: await sign(sandbox, clock, { a: ['subscribe'] }) };
  const [expiring, revoked] = [await open(sandbox, query), await open(sandbox, query)];
  const basic = await open(sandbox, { channels: 'a', key: sandbox.apiKey });
  sandbox.revoke({ clientId: 'al' });
  clock.advance(3_600_000);
  expect(await expiring.next()).toMatchObject({ event: 'error', data: { code: 40142, statusCode: 401 } });
  expect(await expiring.next()).toBeUndefined();
  expect(await revoked.next()).toMatchObject({ data: { code: 40142 } });
  const fresh = await open(sandbox, {
    ...query,
    accessToken: await sign(sandbox, clock, { a: ['subscribe'] }),
  });
  sandbox.revoke({ clientId: 'bob' });
  expect(await fresh.next()).toMatchObject({ event: 'error', data: { code: 40141 } });
  sandbox.revokeKey(sandbox.keys[0]!.name);
  expect(await basic.next()).toMatchObject({ event: 'error', data: { code: 40131 } });
  // Who watches is told.
  const ends = () => events.filter(({ type }) => type === 'expired' || type === 'revoked');
  await expect.poll(() => ends().length).toBe(4);
  const bob = { via: 'rest', clientId: 'bob', token: { fingerprint: expect.any(String) } };
  expect(ends()).toMatchObject([
    { type: 'expired', ...bob, error: { code: 40142 } },
    { type: 'expired', ...bob, error: { code: 40142 } },
    { type: 'revoked', ...bob, error: { code: 40141 } },
    { type: 'revoked', via: 'rest', keyName: sandbox.keys[0]!.name, error: { code: 40131 } },
  ]);
});

test('a client that goes, and a sandbox that closes, leave nothing behind', async () => {
  const { sandbox, clock } = await startSandbox();
  const query = { channels: 'a', accessToken: await sign(sandbox, clock, { a: ['subscribe'] }) };
  const [first, second] = [await open(sandbox, query), await open(sandbox, query)];
  first.abort.abort();
  const active = async () => {
    const { items } = await rest(sandbox, { key: sandbox.apiKey }).request('get', '/channels/a', 3);
    return items[0].status.occupancy.metrics.connections as number;
  };
  await expect.poll(active).toBe(1);
  await sandbox.close();
  expect(await second.next().catch(() => undefined)).toBeUndefined();
  expect(clock.next).toBeUndefined();
});
