import type * as Ably from 'ably';
import { type AblyJwtOptions, createAblyJwt, revokeAblyTokens } from 'ably-jwt';
import { type AblySandbox, createManualClock, type ManualClock } from 'ably-jwt/testing';
import { describe, expect, test } from 'vitest';
import {
  attempt,
  formats,
  nextEvent,
  reaches,
  realtime,
  refusal,
  rest,
  signer,
  startSandbox,
} from './support/client.js';
import { post, worth } from './support/http.js';

const revocable = { keys: [{ revocableTokens: true }, {}] };

const sign = (sandbox: AblySandbox, clock: ManualClock, options: Partial<AblyJwtOptions>) =>
  createAblyJwt(sandbox.apiKey, { capability: { chat: ['*'] }, issuedAt: new Date(clock.now()), ...options });

describe.each(formats)('revokeTokens by REST (%s)', (format) => {
  const targets: { readonly type: string; readonly value: string; readonly hits: boolean }[] = [
    { type: 'clientId', value: 'bob', hits: true },
    { type: 'clientId', value: 'al', hits: false },
    { type: 'revocationKey', value: 'team-1', hits: true },
    { type: 'revocationKey', value: 'team-2', hits: false },
    { type: 'channel', value: 'foo:*', hits: true },
    { type: 'channel', value: 'foo:bar', hits: false },
    { type: 'channel', value: '*:*', hits: false },
  ];
  test.each(targets)('$type:$value', async ({ type, value, hits }) => {
    const { sandbox, clock } = await startSandbox(revocable);
    const token = await sign(sandbox, clock, {
      clientId: 'bob',
      revocationKey: 'team-1',
      capability: { 'foo:*': ['*'] },
    });
    const client = realtime(sandbox, { token }, format);
    await reaches(client, 'connected');
    const lost = nextEvent(client, 'disconnected');
    clock.advance(1000);
    const result = await rest(sandbox, { key: sandbox.apiKey }, format).auth.revokeTokens([{ type, value }]);
    expect(result).toMatchObject({ successCount: 1, failureCount: 0 });
    expect(result.results[0]).toEqual({
      target: `${type}:${value}`,
      issuedBefore: clock.now(),
      appliesAt: clock.now(),
    });
    const again = rest(sandbox, { token }, format).channels.get('foo:bar').history();
    if (hits) {
      expect((await lost).reason).toMatchObject({ code: 40141, statusCode: 401 });
      await refusal(again);
      expect(sandbox.requests.at(-1)).toMatchObject({ status: 401, error: { code: 40141 } });
      await reaches(client, 'failed');
      expect(client.connection.errorReason?.code).toBe(40171);
    } else {
      await again;
      await client.connection.ping();
      expect(client.connection.state).toBe('connected');
    }
  });

  test('a target of no known kind fails alone', async () => {
    const { sandbox } = await startSandbox(revocable);
    const { auth } = rest(sandbox, { key: sandbox.apiKey }, format);
    const result = await auth.revokeTokens([
      { type: 'clientId', value: 'a' },
      { type: 'invalidType', value: 'abc' },
    ]);
    expect(result).toMatchObject({ successCount: 1, failureCount: 1 });
    expect(result.results[1]).toMatchObject({
      target: 'invalidType:abc',
      error: { statusCode: 400, code: 40000 },
    });
  });

  test('issuedBefore and the margin are told', async () => {
    const { sandbox, clock } = await startSandbox(revocable);
    const { auth } = rest(sandbox, { key: sandbox.apiKey }, format);
    const issuedBefore = clock.now() - 1_200_000;
    const { results } = await auth.revokeTokens([{ type: 'clientId', value: 'a' }], {
      issuedBefore,
      allowReauthMargin: true,
    });
    expect(results[0]).toMatchObject({ issuedBefore });
    expect((results[0] as Ably.TokenRevocationSuccessResult).appliesAt).toBeGreaterThan(clock.now() + 30_000);
    const target = [{ type: 'clientId', value: 'a' }];
    for (const bad of [clock.now() + 1, clock.now() - 3_600_001]) {
      expect(await refusal(auth.revokeTokens(target, { issuedBefore: bad }))).toMatchObject({ code: 40003 });
    }
  });

  test('needs the key itself, of the tokens, with revocable tokens', async () => {
    const { sandbox, clock } = await startSandbox(revocable);
    const target = [{ type: 'clientId', value: 'a' }];
    const other = rest(sandbox, { key: sandbox.keys[1]!.key }, format);
    expect(await refusal(other.auth.revokeTokens(target))).toMatchObject({ code: 40164, statusCode: 401 });
    const path = `/keys/${sandbox.keys[0]!.name}/revokeTokens`;
    const body = { targets: ['clientId:a'] };
    expect(await other.request('post', path, 6, {}, body, {})).toMatchObject({
      statusCode: 401,
      errorCode: 40133,
    });
    const bearer = rest(sandbox, { token: await sign(sandbox, clock, {}) }, format);
    expect(await bearer.request('post', path, 6, {}, body, {})).toMatchObject({
      statusCode: 401,
      errorCode: 40162,
    });
    const owner = rest(sandbox, { key: sandbox.apiKey }, format);
    for (const targets of [[], Array(101).fill('clientId:a'), 'clientId:a']) {
      expect(await owner.request('post', path, 6, {}, { targets }, {})).toMatchObject({ errorCode: 40001 });
    }
  });

  test('answers clients of protocol versions before 3 with a flat list', async () => {
    const { sandbox } = await startSandbox(revocable);
    const owner = rest(sandbox, { key: sandbox.apiKey }, format);
    const path = `/keys/${sandbox.keys[0]!.name}/revokeTokens`;
    const good = await owner.request('post', path, 2, {}, { targets: ['clientId:a'] }, {});
    expect(good).toMatchObject({ statusCode: 201, items: [{ target: 'clientId:a' }] });
    const mixed = await owner.request('post', path, 2, {}, { targets: ['clientId:a', 'b'] }, {});
    expect(mixed).toMatchObject({ statusCode: 400, errorCode: 40020 });
  });
});

test('revokeAblyTokens of this package speaks to the sandbox', async () => {
  const { sandbox, clock } = await startSandbox(revocable);
  const auth = signer(sandbox, clock, { capability: { chat: ['*'] }, clientId: 'bob' });
  const client = realtime(sandbox, auth);
  await reaches(client, 'connected');
  const lost = nextEvent(client, 'disconnected');
  clock.advance(1000);
  await revokeAblyTokens(sandbox.apiKey, { targets: [{ clientId: 'bob' }] }, { endpoint: sandbox.url });
  expect((await lost).reason?.code).toBe(40141);
  await reaches(client, 'connected');
  expect(auth.calls).toBe(2);
});

test('a client that can get a new token comes back, and keeps its connection', async () => {
  const { sandbox, clock } = await startSandbox();
  const auth = signer(sandbox, clock, { capability: { chat: ['*'] }, clientId: 'bob' });
  const client = realtime(sandbox, auth);
  await reaches(client, 'connected');
  const { id } = client.connection;
  clock.advance(1000);
  const lost = nextEvent(client, 'disconnected');
  expect(sandbox.revoke({ clientId: 'bob' })).toEqual([
    { target: { clientId: 'bob' }, issuedBefore: new Date(clock.now()), appliesAt: new Date(clock.now()) },
  ]);
  expect((await lost).reason).toMatchObject({ code: 40141, statusCode: 401, message: 'token revoked' });
  await reaches(client, 'connected');
  expect(client.connection.id).toBe(id);
  expect(auth.calls).toBe(2);
});

test('within one second: a token seen before the revocation is revoked, one seen after is not', async () => {
  const { sandbox, clock } = await startSandbox();
  // Different tokens of the same second and the same client.
  const [before, after] = await Promise.all(
    ['before', 'after'].map((jti) => sign(sandbox, clock, { clientId: 'bob', claims: { jti } })),
  );
  const history = (token: string) => rest(sandbox, { token }).channels.get('chat').history();
  await history(before!);
  sandbox.revoke({ clientId: 'bob' });
  await refusal(history(before!));
  expect(sandbox.requests.at(-1)?.error).toMatchObject({ code: 40141, message: 'token revoked' });
  await history(after!);
});

test('with the margin: the client is asked to renew, and only who does not is disconnected', async () => {
  const { sandbox, clock } = await startSandbox();
  const good = signer(sandbox, clock, { capability: { chat: ['*'] }, revocationKey: 'team' });
  const bad = {
    authCallback: (_: Ably.TokenParams, callback: (error: string | null, token: string | null) => void) => {
      if (bad.calls++ === 0)
        sign(sandbox, clock, { revocationKey: 'team' }).then((token) => callback(null, token));
      else callback('not now', null);
    },
    calls: 0,
  };
  const [renews, fails] = [realtime(sandbox, good), realtime(sandbox, bad as never)];
  await Promise.all([reaches(renews, 'connected'), reaches(fails, 'connected')]);
  clock.advance(1000);
  const updated = nextEvent(renews, 'update');
  const [revocation] = sandbox.revoke([{ revocationKey: 'team' }], { allowReauthMargin: true });
  await updated;
  renews.connection.on('disconnected', () => expect.unreachable('it has a new token'));
  const lost = nextEvent(fails, 'disconnected');
  clock.advance(revocation!.appliesAt.getTime() - clock.now() - 1);
  await fails.connection.ping();
  expect(bad.calls).toBe(2);
  clock.advance(1);
  expect((await lost).reason?.code).toBe(40141);
  await renews.connection.ping();
  expect(sandbox.connections).toMatchObject([{ connectionId: renews.connection.id }]);
});

test('revoke says what a target must look like', async () => {
  const { sandbox } = await startSandbox();
  for (const target of [
    { clientID: 'bob' },
    {},
    { clientId: '' },
    { clientId: 'a', channel: 'b' },
    'clientId:a',
  ]) {
    expect(() => sandbox.revoke(target as never)).toThrow(/"targets/);
  }
  expect(() => sandbox.revoke({ clientId: 'a' }, { allowReauthMargins: true } as never)).toThrow(
    /allowReauthMargin/,
  );
});

test('a token revoked while its client is away does not connect again', async () => {
  const { sandbox, clock } = await startSandbox();
  const token = await sign(sandbox, clock, { clientId: 'bob' });
  clock.advance(1000);
  sandbox.revoke({ clientId: 'bob' });
  const client = realtime(sandbox, { authCallback: (_, callback) => callback(null, token) });
  expect(await attempt(client)).toMatchObject({ state: 'disconnected', code: 40141 });
});

/** Revokes by REST, with the first of the sandbox's keys. */
const revokeByRest = (sandbox: AblySandbox, body: object) =>
  post(sandbox, `/keys/${sandbox.keys[0]!.name}/revokeTokens`, body, sandbox.apiKey);

test.each(['clientId', 'clientId:', ':bob', 'clientid:bob', 'clientIds:bob', 7, null, {}, ['clientId:bob']])(
  'by REST %j is no target',
  async (target) => {
    const { sandbox } = await startSandbox(revocable);
    expect(await revokeByRest(sandbox, { targets: [target] })).toEqual({
      status: 201,
      body: {
        successCount: 0,
        failureCount: 1,
        results: [
          {
            target,
            error: {
              code: 40000,
              statusCode: 400,
              message: 'bad request: a target is "clientId:…", "revocationKey:…" or "channel:…"',
              href: 'https://help.ably.io/error/40000',
            },
          },
        ],
      },
    });
  },
);

test('the value of a target may have colons and new lines', async () => {
  const { sandbox, clock } = await startSandbox(revocable);
  const clientId = 'org:7\nbob';
  const token = await sign(sandbox, clock, { clientId });
  expect(await worth(sandbox, token)).toBe(200);
  await revokeByRest(sandbox, { targets: [`clientId:${clientId}`] });
  expect(await worth(sandbox, token)).toBe(40141);
});

test('by REST the tokens of one key are revoked, by the sandbox those of all', async () => {
  const { sandbox, clock } = await startSandbox(revocable);
  const [first, second] = await Promise.all(
    sandbox.keys.map(({ key }) =>
      createAblyJwt(key, { capability: 'inherit', clientId: 'bob', issuedAt: new Date(clock.now()) }),
    ),
  );
  clock.advance(1000);
  await revokeByRest(sandbox, { targets: ['clientId:bob'] });
  expect([await worth(sandbox, first!), await worth(sandbox, second!)]).toEqual([40141, 200]);
  sandbox.revoke({ clientId: 'bob' });
  expect(await worth(sandbox, second!)).toBe(40141);
});

test.each([{ clientId: '*' }, { clientId: 'bob' }, { revocationKey: 'team' }, { channel: '*' }])(
  'revoking %j leaves a client alone that holds the key itself',
  async (target) => {
    const { sandbox, clock } = await startSandbox();
    const client = realtime(sandbox, { key: sandbox.apiKey, clientId: 'bob' });
    await reaches(client, 'connected');
    clock.advance(1000);
    sandbox.revoke(target);
    await client.connection.ping();
    expect(client.connection.state).toBe('connected');
    await rest(sandbox, { key: sandbox.apiKey }).channels.get('chat').history();
  },
);

test('with the margin a token is accepted until then, and not a moment longer', async () => {
  const { sandbox, clock } = await startSandbox();
  const token = await sign(sandbox, clock, { clientId: 'bob' });
  clock.advance(1000);
  const [revocation] = sandbox.revoke({ clientId: 'bob' }, { allowReauthMargin: true });
  expect(revocation!.appliesAt.getTime()).toBe(clock.now() + 30_001);
  clock.advance(30_000);
  expect(await worth(sandbox, token)).toBe(200);
  clock.advance(1);
  expect(await worth(sandbox, token)).toBe(40141);
});

describe('"issuedBefore" is compared', () => {
  const second = 1_800_000_000_000;
  const seenAt: [when: string, issued: number, seen: number, expected: number][] = [
    ['with the second of issue, if it is an earlier one', second - 1, second + 502, 40141],
    ['with the second of issue, if it is a later one', second + 1000, second + 1000, 200],
    ['within the second with when the token was seen: earlier', second, second + 500, 40141],
    ['within the second with when the token was seen: at that moment', second, second + 501, 40141],
    ['within the second with when the token was seen: later', second, second + 502, 200],
  ];
  test.each(seenAt)('%s', async (_, issued, seen, expected) => {
    const clock = createManualClock(issued);
    const { sandbox } = await startSandbox({ ...revocable, clock });
    const token = await sign(sandbox, clock, { clientId: 'bob' });
    clock.advance(seen - issued);
    expect(await worth(sandbox, token)).toBe(200);
    if (clock.now() < second + 600) clock.advance(second + 600 - clock.now());
    await revokeByRest(sandbox, { targets: ['clientId:bob'], issuedBefore: second + 501 });
    expect(await worth(sandbox, token)).toBe(expected);
  });
});
