import type { AblySandbox, ManualClock } from 'ably-jwt/testing';
import { describe, expect, test } from 'vitest';
import {
  attempt,
  formats,
  handmade,
  hands,
  nextEvent,
  realtime,
  refusal,
  rest,
  startSandbox,
} from './support/client.js';

interface Row {
  readonly fault: string;
  readonly token: (sandbox: AblySandbox, clock: ManualClock) => string;
  readonly code: number;
  readonly statusCode: number;
  /** Clients fetch another token for 4014x and try again; everything else is the end. */
  readonly state: 'disconnected' | 'failed';
  readonly says: RegExp;
}

const seconds = (clock: ManualClock) => Math.floor(clock.now() / 1000);

const rows: Row[] = [
  {
    fault: 'not three parts',
    token: () => 'a.b.c.d',
    code: 40144,
    statusCode: 401,
    state: 'disconnected',
    says: /has 4 parts/,
  },
  {
    fault: 'undecodable',
    token: () => '!!.!!.!!',
    code: 40144,
    statusCode: 401,
    state: 'disconnected',
    says: /not base64url/,
  },
  {
    fault: 'another algorithm',
    token: (sandbox, clock) => handmade(sandbox, clock, { header: { alg: 'HS512' } }),
    code: 40144,
    statusCode: 401,
    state: 'disconnected',
    says: /"alg" must be "HS256"/,
  },
  {
    fault: 'no algorithm',
    token: (sandbox, clock) => handmade(sandbox, clock, { header: { alg: 'none' } }),
    code: 40144,
    statusCode: 401,
    state: 'disconnected',
    says: /"alg" must be "HS256"/,
  },
  {
    fault: 'no kid',
    token: (sandbox, clock) => handmade(sandbox, clock, { header: { kid: undefined } }),
    code: 40144,
    statusCode: 401,
    state: 'disconnected',
    says: /no "kid"/,
  },
  {
    fault: 'an unknown app',
    token: (sandbox, clock) => handmade(sandbox, clock, { header: { kid: 'invalid.invalid' } }),
    code: 40400,
    statusCode: 404,
    state: 'failed',
    says: /invalid\.invalid.* app /,
  },
  {
    fault: 'an unknown key of a known app',
    token: (sandbox, clock) =>
      handmade(sandbox, clock, { header: { kid: `${sandbox.keys[0]!.name.split('.')[0]}.nokey` } }),
    code: 40144,
    statusCode: 401,
    state: 'disconnected',
    says: /nokey/,
  },
  {
    fault: 'a wrong signature',
    token: (sandbox, clock) => handmade(sandbox, clock, { secret: 'wrong' }),
    code: 40144,
    statusCode: 401,
    state: 'disconnected',
    says: /signature/i,
  },
  {
    fault: 'no iat',
    token: (sandbox, clock) => handmade(sandbox, clock, { claims: { iat: undefined } }),
    code: 40144,
    statusCode: 400,
    state: 'disconnected',
    says: /"iat" is missing/,
  },
  {
    fault: 'no exp',
    token: (sandbox, clock) => handmade(sandbox, clock, { claims: { exp: undefined } }),
    code: 40144,
    statusCode: 400,
    state: 'disconnected',
    says: /"exp" is missing/,
  },
  {
    fault: 'iat 61 s ahead',
    token: (sandbox, clock) => handmade(sandbox, clock, { claims: { iat: seconds(clock) + 61 } }),
    code: 40144,
    statusCode: 401,
    state: 'disconnected',
    says: /"iat" lies/,
  },
  {
    fault: 'expired',
    token: (sandbox, clock) => handmade(sandbox, clock, { claims: { exp: seconds(clock) } }),
    code: 40142,
    statusCode: 401,
    state: 'disconnected',
    says: /expired/,
  },
  {
    fault: 'more than 24 h',
    token: (sandbox, clock) => handmade(sandbox, clock, { claims: { exp: seconds(clock) + 86_401 } }),
    code: 40003,
    statusCode: 400,
    state: 'failed',
    says: /24/,
  },
  {
    fault: 'capability as an object',
    token: (sandbox, clock) =>
      handmade(sandbox, clock, { claims: { 'x-ably-capability': { chat: ['subscribe'] } } }),
    code: 40144,
    statusCode: 400,
    state: 'disconnected',
    says: /JSON\.stringify/,
  },
  {
    fault: 'capability that is not JSON',
    token: (sandbox, clock) => handmade(sandbox, clock, { claims: { 'x-ably-capability': '{chat}' } }),
    code: 40000,
    statusCode: 400,
    state: 'failed',
    says: /x-ably-capability/,
  },
  {
    fault: 'an operation that Ably does not know',
    token: (sandbox, clock) =>
      handmade(sandbox, clock, { claims: { 'x-ably-capability': '{"chat":["subscribe","listen"]}' } }),
    code: 40000,
    statusCode: 400,
    state: 'failed',
    says: /no operation "listen"/,
  },
  {
    fault: 'clientId of a wrong type',
    token: (sandbox, clock) => handmade(sandbox, clock, { claims: { 'x-ably-clientId': 7 } }),
    code: 40012,
    statusCode: 400,
    state: 'failed',
    says: /must be a string/,
  },
  {
    fault: 'empty clientId',
    token: (sandbox, clock) => handmade(sandbox, clock, { claims: { 'x-ably-clientId': '' } }),
    code: 40012,
    statusCode: 400,
    state: 'failed',
    says: /not empty/,
  },
  {
    fault: 'an Ably Token that nobody issued',
    token: (sandbox) => `${sandbox.keys[0]!.name.split('.')[0]}.${'x'.repeat(40)}`,
    code: 40143,
    statusCode: 401,
    state: 'disconnected',
    says: /unrecognized/,
  },
];

describe.each(formats)('a JWT with a fault (%s)', (format) => {
  test.each(rows)('$fault: $code', async ({ token, code, statusCode, state, says }) => {
    const { sandbox, clock } = await startSandbox();
    const bad = token(sandbox, clock);
    const client = realtime(sandbox, { authCallback: hands(bad), disconnectedRetryTimeout: 60_000 }, format);
    const outcome = await attempt(client);
    expect(outcome).toMatchObject({ state, code, statusCode });
    expect(outcome.message).toMatch(says);
    expect(sandbox.connections).toEqual([]);
    expect(sandbox.requests[0]).toMatchObject({ status: 101, credentials: 'token', error: { code } });

    const told = await refusal(rest(sandbox, { token: bad }, format).channels.get('chat').history());
    // With a token and no means to get another, the client says so itself.
    if (state === 'failed') expect(told).toMatchObject({ code, statusCode });
    else expect(told).toMatchObject({ code: 40171, statusCode: 403 });
    expect(sandbox.requests.at(-1)).toMatchObject({ status: statusCode, error: { code, statusCode } });
  });

  test('a key with revocable tokens takes one hour and no more', async () => {
    const { sandbox, clock } = await startSandbox({ keys: [{ revocableTokens: true }] });
    const exp = seconds(clock) + 3601;
    const tooLong = handmade(sandbox, clock, { claims: { exp } });
    expect(await attempt(realtime(sandbox, { token: tooLong }, format))).toMatchObject({
      state: 'failed',
      code: 40003,
      statusCode: 400,
    });
    const right = handmade(sandbox, clock, { claims: { exp: exp - 1 } });
    expect(await attempt(realtime(sandbox, { token: right }, format))).toEqual({ state: 'connected' });
  });

  test('operations that Ably accepts and does not document', async () => {
    const { sandbox, clock } = await startSandbox();
    const claims = { 'x-ably-capability': '{"chat":["channel-metadata:publishers","message-subscribe"]}' };
    const token = handmade(sandbox, clock, { claims });
    expect(await attempt(realtime(sandbox, { token }, format))).toEqual({ state: 'connected' });
  });

  test('iat up to 60 s ahead, nbf and unknown claims do no harm', async () => {
    const { sandbox, clock } = await startSandbox();
    const token = handmade(sandbox, clock, { claims: { iat: seconds(clock) + 60, nbf: 1e12, aud: 'x' } });
    expect(await attempt(realtime(sandbox, { token }, format))).toEqual({ state: 'connected' });
  });
});

test('a callback that keeps giving bad tokens is asked twice, then after the retry time', async () => {
  const { sandbox, clock } = await startSandbox();
  let calls = 0;
  const client = realtime(sandbox, {
    authCallback: hands(() => {
      calls++;
      return handmade(sandbox, clock, { secret: 'wrong' });
    }),
    disconnectedRetryTimeout: 60_000,
  });
  await nextEvent(client, 'disconnected');
  const { reason, retryIn } = await nextEvent(client, 'disconnected');
  expect(reason?.code).toBe(40144);
  expect(retryIn).toBeGreaterThan(40_000);
  expect(calls).toBe(2);
  expect(sandbox.requests.map(({ error }) => error?.code)).toEqual([40144, 40144]);
});

test('Basic credentials: unknown app, unknown key, wrong secret', async () => {
  const { sandbox } = await startSandbox();
  const [app] = sandbox.keys[0]!.name.split('.');
  const rows = [
    { key: 'this.is:wrong', realtimeCode: 40101, restCode: 40101 },
    { key: `${app}.nokey:secret`, realtimeCode: 40101, restCode: 40400 },
    { key: `${sandbox.keys[0]!.name}:wrong`, realtimeCode: 40101, restCode: 40101 },
  ];
  for (const { key, realtimeCode, restCode } of rows) {
    const outcome = await attempt(realtime(sandbox, { key }));
    expect(outcome).toMatchObject({ state: 'failed', code: realtimeCode, statusCode: 401 });
    const told = await refusal(rest(sandbox, { key }).channels.get('chat').history());
    expect(told).toMatchObject({ code: restCode, statusCode: 401 });
    expect(JSON.stringify(sandbox.requests)).not.toContain(
      key.split(':')[1] === 'wrong' ? ':wrong' : 'secret',
    );
  }
});

test('several keys: each token within its own key', async () => {
  const { sandbox, clock } = await startSandbox({
    keys: [{ capability: { a: ['subscribe'] } }, { capability: '{"b":["*"]}' }],
  });
  expect(sandbox.keys.map(({ capability }) => capability)).toEqual([{ a: ['subscribe'] }, { b: ['*'] }]);
  const second = handmade(sandbox, clock, {
    header: { kid: sandbox.keys[1]!.name },
    claims: { 'x-ably-capability': '{"*":["subscribe"]}' },
    secret: sandbox.keys[1]!.key.split(':')[1]!,
  });
  const client = realtime(sandbox, { token: second });
  expect(await attempt(client)).toEqual({ state: 'connected' });
  expect(sandbox.connections[0]).toMatchObject({
    keyName: sandbox.keys[1]!.name,
    capability: { b: ['subscribe'] },
  });
  await client.channels.get('b').attach();
  expect(await refusal(client.channels.get('a').attach())).toMatchObject({ code: 40160, statusCode: 401 });
});

test('a token whose key shares nothing with it connects, and may do nothing', async () => {
  const { sandbox, clock } = await startSandbox({ keys: [{ capability: { a: ['*'] } }] });
  const token = handmade(sandbox, clock, { claims: { 'x-ably-capability': '{"b":["*"]}' } });
  const client = realtime(sandbox, { token });
  expect(await attempt(client)).toEqual({ state: 'connected' });
  expect(sandbox.connections[0]?.capability).toEqual({});
  for (const name of ['a', 'b']) {
    expect(await refusal(client.channels.get(name).attach())).toMatchObject({ code: 40160 });
  }
});

test('the log of requests has the same short name for the same token, however it came', async () => {
  const { sandbox, clock } = await startSandbox();
  const [token, other] = [handmade(sandbox, clock), handmade(sandbox, clock, { claims: { jti: '2' } })];
  await fetch(`${sandbox.url}/time?access_token=${token}`);
  for (const sent of [token, other])
    await fetch(`${sandbox.url}/time`, { headers: { Authorization: `Bearer ${sent}` } });
  const [first, same, another] = sandbox.requests.map(({ tokenFingerprint }) => tokenFingerprint);
  expect(first).toMatch(/^[\w-]{22}$/);
  expect(same).toBe(first);
  expect(another).not.toBe(first);
});
