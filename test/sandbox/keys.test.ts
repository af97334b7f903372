import * as Ably from 'ably';
import { createAblyJwt, isAblyJwtError } from 'ably-jwt';
import { startAblySandbox } from 'ably-jwt/testing';
import { expect, test } from 'vitest';
import { attempt, reaches, realtime, refusal, rest, startSandbox } from './support/client.js';

const own = 'abcdef.keyId1:a-secret-of-its-own';

test('a key of your own: the very key, for clients and backends', async () => {
  const { sandbox, clock } = await startSandbox({
    keys: [{ key: own, capability: { chat: ['subscribe'] }, revocableTokens: true }],
  });
  expect(sandbox.apiKey).toBe(own);
  expect(sandbox.keys).toEqual([
    { key: own, name: 'abcdef.keyId1', capability: { chat: ['subscribe'] }, revocableTokens: true },
  ]);
  expect(await attempt(realtime(sandbox, { key: own }))).toEqual({ state: 'connected' });
  const token = await createAblyJwt(own, { capability: 'inherit', issuedAt: new Date(clock.now()) });
  expect(await attempt(realtime(sandbox, { token }))).toEqual({ state: 'connected' });
  expect(await attempt(realtime(sandbox, { key: 'abcdef.keyId1:wrong' }))).toMatchObject({ code: 40101 });
});

test('app ids that differ are apps that share no channels, and one sandbox controls all', async () => {
  const { sandbox } = await startSandbox({
    keys: [{ key: own }, { key: 'ghijkl.k:secret-2' }, { key: 'abcdef.k2:secret-3' }, {}],
  });
  expect(sandbox.keys.map(({ name }) => name.split('.')[0])).toEqual([
    'abcdef',
    'ghijkl',
    'abcdef',
    'abcdef',
  ]);
  const [first, other, third] = sandbox.keys
    .slice(0, 3)
    .map(({ key }) => realtime(sandbox, { key, clientId: 'bob' }));
  const heard: string[] = [];
  const channel = third!.channels.get('chat');
  await channel.subscribe(({ name }) => void heard.push(name!));
  await other!.channels.get('chat').publish('foreign', '');
  await first!.channels.get('chat').publish('own', '');
  await channel.publish('last', '');
  expect(heard).toEqual(['own', 'last']);
  await Promise.all([first!, other!].map((client) => reaches(client, 'connected')));
  expect(sandbox.connections).toHaveLength(3);
  expect(sandbox.drop({ keyName: 'ghijkl.k' })).toBe(1);
});

test('a random key is of an app with six characters, as Ably’s', async () => {
  const { sandbox } = await startSandbox({ keys: [{}, {}] });
  for (const { name } of sandbox.keys) expect(name).toMatch(/^[A-Za-z0-9]{6}\.[A-Za-z0-9]{6}$/);
});

test.each([
  [[{ key: 'abcdef.keyId1' }], 'KEY_MALFORMED', /"key" must be an Ably API key, .*the secret/],
  [[{ key: `${own}\n` }], 'KEY_MALFORMED', /white space or a new line at its end/],
  [[{ key: null }], 'OPTION_INVALID', /"key" is null/],
  [[{ key: own }, { key: 'abcdef.keyId1:other' }], 'OPTION_INVALID', /two keys named "abcdef.keyId1"/],
  [[{ keys: own }], 'OPTION_INVALID', /"keys".*Did you mean "key"/],
] as const)('refuses %j', async (keys, code, says) => {
  const error = await startAblySandbox({ keys: keys as never }).catch((thrown: unknown) => thrown);
  expect(isAblyJwtError(error, code)).toBe(true);
  expect((error as Error).message).toMatch(says);
  expect((error as Error).message).not.toContain('a-secret-of-its-own');
});

test('Basic with an unknown app: 40400 if its id could be one, 40101 if not', async () => {
  const { sandbox } = await startSandbox();
  const rows: [string, number][] = [
    ['zzzzzz.key:secret', 40400],
    ['zzzzz.key:secret', 40101],
    ['zzzzzzz.key:secret', 40101],
  ];
  for (const [key, code] of rows) {
    expect(await attempt(realtime(sandbox, { key }))).toMatchObject({ state: 'failed', code });
    const error = await refusal(rest(sandbox, { key }).channels.get('a').history());
    expect(error).toBeInstanceOf(Ably.ErrorInfo);
    expect(error.code).toBe(code);
  }
});

test('Basic with an unknown key of a known app: 40400 over REST, 40101 over realtime', async () => {
  const { sandbox } = await startSandbox();
  const [appId] = sandbox.keys[0]!.name.split('.');
  const key = `${appId}.other:secret`;
  expect(await attempt(realtime(sandbox, { key }))).toMatchObject({
    state: 'failed',
    code: 40101,
    message: 'Not authorized: the server has no key of that name',
  });
  expect((await refusal(rest(sandbox, { key }).channels.get('a').history())).code).toBe(40400);
});
