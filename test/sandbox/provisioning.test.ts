import type * as Ably from 'ably';
import type { AblySandbox } from 'ably-jwt/testing';
import { describe, expect, test } from 'vitest';
import { attempt, formats, nextEvent, realtime, refusal, rest, startSandbox } from './support/client.js';
import { worth } from './support/http.js';

/** What Ably's suites send, shortened. */
const setup = {
  limits: { presence: { maxMembers: 250 } },
  keys: [
    {},
    { capability: '{ "cansubscribe:*":["subscribe"], "canpublish:*":["publish"] }' },
    { capability: { '*': ['subscribe'] } },
    { revocableTokens: true },
    { capability: '{"[*]*":["*"]}' },
  ],
  namespaces: [
    { id: 'persisted', persisted: true },
    { id: 'mutable', mutableMessages: true },
    { id: 'members', identified: true },
  ],
  channels: [
    {
      name: 'persisted:presence_fixtures',
      presence: [
        { clientId: 'client_bool', data: 'true' },
        { clientId: 'client_decoded', data: '{"example":{"json":"Object"}}', encoding: 'json' },
        { clientId: 'client_bytes', data: 'AQL/', encoding: 'base64' },
      ],
    },
  ],
};

interface TestApp {
  appId: string;
  accountId: string;
  endpoint: string;
  port: number;
  tls: boolean;
  keys: { keyName: string; keySecret: string; keyStr: string; capability: string }[];
  namespaces: unknown[];
}

async function createApp(sandbox: AblySandbox, body: unknown = setup): Promise<TestApp> {
  const response = await fetch(`${sandbox.url}/apps`, {
    method: 'POST',
    headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(201);
  return (await response.json()) as TestApp;
}

test('without the option there is no such thing', async () => {
  const { sandbox } = await startSandbox();
  const response = await fetch(`${sandbox.url}/apps`, { method: 'POST', body: '{}' });
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({
    error: { message: expect.stringContaining('"provisioning"') },
  });
});

describe.each(formats)('an app of one’s own (%s)', (format) => {
  test('has the keys that were asked for', async () => {
    const { sandbox } = await startSandbox({ provisioning: true });
    const app = await createApp(sandbox);
    expect(app).toMatchObject({ endpoint: 'localhost', port: sandbox.port, tls: false });
    expect(app.namespaces).toEqual(setup.namespaces);
    expect(app.keys.map(({ capability }) => JSON.parse(capability))).toEqual([
      { '*': ['*'] },
      { 'canpublish:*': ['publish'], 'cansubscribe:*': ['subscribe'] },
      { '*': ['subscribe'] },
      { '*': ['*'] },
      { '[*]*': ['*'] },
    ]);
    for (const { keyName, keySecret, keyStr } of app.keys) {
      expect(keyStr).toBe(`${keyName}:${keySecret}`);
      expect(keyName.startsWith(`${app.appId}.`)).toBe(true);
      expect(await attempt(realtime(sandbox, { key: keyStr }, format))).toEqual({ state: 'connected' });
    }
    // The connections of other apps are not the sandbox's own.
    expect(sandbox.connections).toEqual([]);
    const limited = rest(sandbox, { key: app.keys[2]!.keyStr }, format);
    expect(await refusal(limited.stats())).toMatchObject({ code: 40160 });
  });

  test('has members on its channels', async () => {
    const { sandbox } = await startSandbox({ provisioning: true });
    const [{ keyStr }] = (await createApp(sandbox)).keys as [TestApp['keys'][number]];
    const { presence } = rest(sandbox, { key: keyStr }, format).channels.get('persisted:presence_fixtures');
    const byName = (page: Ably.PaginatedResult<Ably.PresenceMessage>) =>
      Object.fromEntries(page.items.map(({ clientId, data, action }) => [clientId, [action, data]]));
    expect(byName(await presence.get())).toEqual({
      client_bool: ['present', 'true'],
      client_decoded: ['present', { example: { json: 'Object' } }],
      client_bytes: ['present', Buffer.from([1, 2, 255])],
    });
    expect(byName(await presence.history()).client_bool).toEqual(['enter', 'true']);
    const { connectionId } = (await presence.get()).items[0]!;
    expect((await presence.get({ connectionId })).items).toHaveLength(3);
  });

  test('has rules for its namespaces', async () => {
    const { sandbox } = await startSandbox({ provisioning: true });
    const [{ keyStr }] = (await createApp(sandbox)).keys as [TestApp['keys'][number]];
    const client = rest(sandbox, { key: keyStr }, format);
    const change = async (name: string) => {
      const channel = client.channels.get(name);
      const { serials } = await channel.publish('x', 'y');
      return channel.updateMessage({ serial: serials[0], data: 'z' } as Ably.Message);
    };
    await change('mutable:a');
    expect(await refusal(change('other:a'))).toMatchObject({ code: 93002, statusCode: 400 });
    const members = client.channels.get('members:a');
    expect(await refusal(members.publish('x', 'y'))).toMatchObject({ code: 40161, statusCode: 401 });
    await members.publish({ name: 'x', clientId: 'bob' });
  });

  test('is apart from others', async () => {
    const { sandbox } = await startSandbox({ provisioning: true });
    const apps = await Promise.all([createApp(sandbox), createApp(sandbox)]);
    const [one, two] = apps.map(({ keys }) =>
      rest(sandbox, { key: keys[0]!.keyStr }, format).channels.get('a'),
    );
    await one!.publish('x', 'y');
    expect((await one!.history()).items).toHaveLength(1);
    expect((await two!.history()).items).toEqual([]);
  });

  test('can be deleted: its clients are told, its keys and tokens are worth nothing', async () => {
    const { sandbox, clock } = await startSandbox({ provisioning: true });
    const { appId, keys } = await createApp(sandbox);
    const [{ keyStr }] = keys as [TestApp['keys'][number]];
    const other = await createApp(sandbox);
    const otherToken = await rest(sandbox, { key: other.keys[0]!.keyStr }, format).auth.requestToken({
      timestamp: clock.now(),
    });
    const client = realtime(sandbox, { key: keyStr }, format);
    expect(await attempt(client)).toEqual({ state: 'connected' });
    const { token } = await rest(sandbox, { key: keyStr }, format).auth.requestToken({
      timestamp: clock.now(),
    });
    const remove = async (id: string, key: string) => {
      const { status } = await fetch(`${sandbox.url}/apps/${id}`, {
        method: 'DELETE',
        headers: { Authorization: `Basic ${Buffer.from(key).toString('base64')}` },
      });
      return status;
    };
    expect(await remove(appId, other.keys[0]!.keyStr)).toBe(404);
    const failed = nextEvent(client, 'failed');
    expect(await remove(appId, keyStr)).toBe(204);
    expect((await failed).reason).toMatchObject({ code: 40400, statusCode: 404 });
    expect(await remove(appId, keyStr)).toBe(404);
    expect(await worth(sandbox, token)).toBe(40143);
    expect(await worth(sandbox, otherToken.token)).toBe(200);
  });
});

test('a setup that makes no sense is refused', async () => {
  const { sandbox } = await startSandbox({ provisioning: true });
  for (const [body, code] of [
    [{ keys: {} }, 40001],
    [{ channels: [7] }, 40001],
    [{ keys: [{ capability: '{"a":[]}' }] }, 40000],
    [{ keys: [{ capability: { a: ['*', 'publish'] } }] }, 40000],
  ]) {
    const response = await fetch(`${sandbox.url}/apps`, { method: 'POST', body: JSON.stringify(body) });
    expect([response.status, Number(response.headers.get('x-ably-errorcode'))]).toEqual([400, code]);
  }
  // Nothing at all is one key that may do everything.
  expect((await createApp(sandbox, {})).keys).toHaveLength(1);
});

test('for suites of the test cloud, figures may be put in by the key; they are not kept', async () => {
  const { sandbox, clock } = await startSandbox({ provisioning: true });
  const owner = rest(sandbox, { key: sandbox.apiKey });
  expect(await owner.request('post', '/stats', 6, {}, [{ intervalId: '2026-01-01' }], {})).toMatchObject({
    statusCode: 201,
  });
  expect((await owner.stats()).items).toEqual([]);
  const { token } = await owner.auth.requestToken({ timestamp: clock.now() });
  const bearer = rest(sandbox, { token });
  expect(await bearer.request('post', '/stats', 6, {}, [], {})).toMatchObject({ errorCode: 40162 });
});
