import { createAblyJwt } from 'ably-jwt';
import { expect, test } from 'vitest';
import {
  attempt,
  nextEvent,
  reaches,
  realtime,
  refusal,
  rest,
  signer,
  startSandbox,
} from './support/client.js';

test('a revoked key: its clients stop with 40131, and it and its tokens are refused', async () => {
  const { sandbox, clock } = await startSandbox({ keys: [{}, {}] });
  const [first, second] = sandbox.keys.map(({ key }) => key) as [string, string];
  const auth = signer(sandbox, clock, { clientId: 'bob', capability: { '*': ['*'] } });
  const clients = [realtime(sandbox, auth), realtime(sandbox, { key: first })];
  const other = realtime(sandbox, { key: second });
  await Promise.all([...clients, other].map((client) => reaches(client, 'connected')));
  const failed = clients.map((client) => nextEvent(client, 'failed'));
  sandbox.revokeKey(sandbox.keys[0]!.name);
  for (const { reason } of await Promise.all(failed))
    expect(reason).toMatchObject({ code: 40131, statusCode: 401 });
  const token = await createAblyJwt(first, { capability: 'inherit', issuedAt: new Date(clock.now()) });
  for (const credentials of [{ token }, { key: first }]) {
    expect(await attempt(realtime(sandbox, credentials))).toMatchObject({ state: 'failed', code: 40131 });
    expect(await refusal(rest(sandbox, credentials).channels.get('a').history())).toMatchObject({
      code: 40131,
    });
  }
  expect(other.connection.state).toBe('connected');
  expect(() => sandbox.revokeKey('no.key')).toThrow(/"keyName" must be the name of one of the keys/);
});

test('a disabled app refuses everybody with 40300, until it is enabled', async () => {
  const { sandbox } = await startSandbox();
  const client = realtime(sandbox, { key: sandbox.apiKey });
  await reaches(client, 'connected');
  const failed = nextEvent(client, 'failed');
  sandbox.disableApp();
  expect((await failed).reason).toMatchObject({ code: 40300, statusCode: 403 });
  const api = rest(sandbox, { key: sandbox.apiKey });
  expect(await refusal(api.channels.get('a').history())).toMatchObject({ code: 40300 });
  expect(await attempt(realtime(sandbox, { key: sandbox.apiKey }))).toMatchObject({ code: 40300 });
  sandbox.enableApp();
  await api.channels.get('a').history();
});

test('a token with too many connections: 40151', async () => {
  const { sandbox, clock } = await startSandbox();
  const sign = (clientId: string) =>
    createAblyJwt(sandbox.apiKey, { clientId, capability: 'inherit', issuedAt: new Date(clock.now()) });
  const [bob, al] = await Promise.all([sign('bob'), sign('al')]);
  sandbox.limitConnections(2);
  const first = realtime(sandbox, { token: bob });
  expect(await attempt(first)).toEqual({ state: 'connected' });
  expect(await attempt(realtime(sandbox, { token: bob }))).toEqual({ state: 'connected' });
  expect(await attempt(realtime(sandbox, { token: bob }))).toMatchObject({ state: 'failed', code: 40151 });
  expect(await attempt(realtime(sandbox, { token: al }))).toEqual({ state: 'connected' });
  // Who resumes has no further connection.
  const back = nextEvent(first, 'connected');
  sandbox.drop({ clientId: 'bob' });
  await back;
  sandbox.limitConnections(Number.POSITIVE_INFINITY);
  expect(await attempt(realtime(sandbox, { token: bob }))).toEqual({ state: 'connected' });
  for (const limit of [0, 1.5, '2', null])
    expect(() => sandbox.limitConnections(limit as never)).toThrow(/"limit" must be a whole number/);
});

test('channel rules: identified, persisted, mutableMessages', async () => {
  const { sandbox, clock } = await startSandbox();
  sandbox.setChannelRules('team', { identified: true, persisted: false });
  const token = await createAblyJwt(sandbox.apiKey, {
    capability: 'inherit',
    issuedAt: new Date(clock.now()),
  });
  const anonymous = realtime(sandbox, { token });
  const identified = realtime(sandbox, { key: sandbox.apiKey, clientId: 'bob' });
  for (const name of ['team', 'team:1']) {
    const channel = anonymous.channels.get(name);
    expect(await refusal(channel.attach())).toMatchObject({ code: 40161, statusCode: 401 });
    expect(await refusal(rest(sandbox, { token }).channels.get(name).publish('x', ''))).toMatchObject({
      code: 40161,
    });
    await identified.channels.get(name).publish('x', '');
  }
  await anonymous.channels.get('teams').publish('x', '');
  const count = async (name: string) => (await identified.channels.get(name).history()).items.length;
  expect(await count('team:1')).toBe(1);
  clock.advance(120_000);
  expect(await count('team:1')).toBe(0);
  expect(await count('teams')).toBe(1);

  sandbox.setChannelRules('log', { mutableMessages: false });
  const log = identified.channels.get('log');
  await log.attach();
  const { serials } = await log.publish('x', '');
  expect(await refusal(log.updateMessage({ serial: serials[0]!, data: 'y' }))).toMatchObject({ code: 93002 });

  expect(() => sandbox.setChannelRules('a:b', {})).toThrow(/"namespace" must be/);
  expect(() => sandbox.setChannelRules('a', { identfied: true } as never)).toThrow(
    /Did you mean "identified"/,
  );
  expect(() => sandbox.setChannelRules('a', { persisted: 1 } as never)).toThrow(
    /"persisted" must be true or false/,
  );
});
