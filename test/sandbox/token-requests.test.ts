import type * as Ably from 'ably';
import type { Capability } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { attempt, formats, hands, realtime, refusal, rest, startSandbox } from './support/client.js';

describe.each(formats)('requestToken (%s)', (format) => {
  test('gives an Ably Token that connects, with its client id, and expires', async () => {
    const { sandbox, clock } = await startSandbox();
    const { auth } = rest(sandbox, { key: sandbox.apiKey }, format);
    const details = await auth.requestToken({ clientId: 'bob', ttl: 123_000, timestamp: clock.now() });
    expect(details).toMatchObject({
      keyName: sandbox.keys[0]!.name,
      clientId: 'bob',
      issued: clock.now(),
      expires: clock.now() + 123_000,
      capability: '{"*":["*"]}',
    });
    expect(details.token).toMatch(/^\w+\.\w+$/);
    const client = realtime(sandbox, { token: details.token }, format);
    expect(await attempt(client)).toEqual({ state: 'connected' });
    expect(client.auth.clientId).toBe('bob');
    const failed = client.connection.once('failed');
    clock.advance(93_000);
    await failed;
    clock.advance(30_000);
    await refusal(rest(sandbox, { token: details.token }, format).channels.get('x').history());
    expect(sandbox.requests.at(-1)).toMatchObject({ status: 401, error: { code: 40142 } });
  });

  test('by default: one hour, no client id, what the key may do', async () => {
    const { sandbox, clock } = await startSandbox({ keys: [{ capability: '{"b":["*"],"a":["*"]}' }] });
    const { auth } = rest(sandbox, { key: sandbox.apiKey }, format);
    const details = await auth.requestToken({ timestamp: clock.now() });
    expect(details.expires - details.issued).toBe(3_600_000);
    expect(details.clientId).toBeUndefined();
    expect(JSON.parse(details.capability)).toEqual(sandbox.keys[0]!.capability);
  });

  test('a TokenRequest goes through authCallback', async () => {
    const { sandbox, clock } = await startSandbox();
    const { auth } = rest(sandbox, { key: sandbox.apiKey });
    const client = realtime(
      sandbox,
      {
        authCallback: (_, callback) => {
          auth.createTokenRequest({ clientId: 'bob', timestamp: clock.now() }).then(
            (request) => callback(null, request),
            (error: Ably.ErrorInfo) => callback(error, null),
          );
        },
      },
      format,
    );
    expect(await attempt(client)).toEqual({ state: 'connected' });
    expect(sandbox.connections[0]).toMatchObject({ clientId: 'bob', keyName: sandbox.keys[0]!.name });
  });

  const refused: {
    readonly fault: string;
    readonly params: (now: number) => Ably.TokenParams;
    readonly code: number;
    readonly statusCode: number;
  }[] = [
    {
      fault: 'a wrong mac',
      params: () => ({ mac: '12345' }) as Ably.TokenParams,
      code: 40101,
      statusCode: 401,
    },
    {
      fault: 'a timestamp of half an hour ago',
      params: (now) => ({ timestamp: now - 1_800_000 }),
      code: 40104,
      statusCode: 401,
    },
    {
      fault: 'a timestamp 2 min ahead',
      params: (now) => ({ timestamp: now + 120_001 }),
      code: 40104,
      statusCode: 401,
    },
    { fault: 'a short nonce', params: () => ({ nonce: '123456789012345' }), code: 40105, statusCode: 401 },
    { fault: 'a negative ttl', params: () => ({ ttl: -1 }), code: 40003, statusCode: 400 },
    { fault: 'a ttl above 24 h', params: () => ({ ttl: 86_400_001 }), code: 40003, statusCode: 400 },
    {
      fault: 'a ttl that is no number',
      params: () => ({ ttl: 'soon' as never }),
      code: 40003,
      statusCode: 400,
    },
    {
      fault: 'an unknown operation',
      params: () => ({ capability: { a: ['publish_'] } as never }),
      code: 40000,
      statusCode: 400,
    },
    {
      fault: 'a mixed *',
      params: () => ({ capability: { a: ['*', 'publish'] } as never }),
      code: 40000,
      statusCode: 400,
    },
    { fault: 'an empty list', params: () => ({ capability: { a: [] } }), code: 40000, statusCode: 400 },
  ];
  test.each(refused)('refuses $fault: $code', async ({ params, code, statusCode }) => {
    const { sandbox, clock } = await startSandbox();
    const { auth } = rest(sandbox, { key: sandbox.apiKey }, format);
    const told = await refusal(auth.requestToken({ timestamp: clock.now(), ...params(clock.now()) }));
    expect(told).toMatchObject({ code, statusCode });
  });

  test('refuses a nonce that was used, and one hour with a revocable key only', async () => {
    const { sandbox, clock } = await startSandbox({ keys: [{ revocableTokens: true }] });
    const { auth } = rest(sandbox, { key: sandbox.apiKey }, format);
    const params = { timestamp: clock.now(), nonce: '1234567890123456' };
    await auth.requestToken(params);
    expect(await refusal(auth.requestToken(params))).toMatchObject({ code: 40105, statusCode: 401 });
    expect(await refusal(auth.requestToken({ timestamp: clock.now(), ttl: 3_600_001 }))).toMatchObject({
      code: 40003,
    });
    clock.advance(240_001);
    await auth.requestToken({ ...params, timestamp: clock.now() });
  });

  test('refuses keys that it does not have', async () => {
    const { sandbox, clock } = await startSandbox();
    for (const key of ['this.is:wrong', `${sandbox.keys[0]!.name.split('.')[0]}.nokey:wrong`]) {
      const { auth } = rest(sandbox, { key }, format);
      expect(await refusal(auth.requestToken({ timestamp: clock.now() }))).toMatchObject({
        code: 40400,
        statusCode: 404,
      });
    }
    const { auth } = rest(sandbox, { key: `${sandbox.keys[0]!.name}:wrong` }, format);
    expect(await refusal(auth.requestToken({ timestamp: clock.now() }))).toMatchObject({
      code: 40101,
      statusCode: 401,
    });
  });

  const key2: Capability = {
    channel0: ['publish'],
    channel1: ['publish'],
    channel2: ['publish', 'subscribe'],
    channel3: ['subscribe'],
    channel4: ['presence', 'publish', 'subscribe'],
    channel5: ['presence'],
    channel6: ['*'],
  };
  const key1: Capability = { 'canpublish:*': ['publish'], 'cansubscribe:*': ['subscribe'] };
  const key3: Capability = { '*': ['subscribe'] };
  const narrowed: {
    readonly of: Capability;
    readonly asks: Capability;
    readonly gets: Capability | 40160;
  }[] = [
    { of: key2, asks: { channel2: ['presence', 'subscribe'] }, gets: { channel2: ['subscribe'] } },
    {
      of: key2,
      asks: { channel2: ['presence', 'subscribe'], channelx: ['presence', 'subscribe'] },
      gets: { channel2: ['subscribe'] },
    },
    { of: key2, asks: { channel2: ['*'] }, gets: { channel2: ['publish', 'subscribe'] } },
    { of: key2, asks: { channel6: ['publish', 'subscribe'] }, gets: { channel6: ['publish', 'subscribe'] } },
    { of: key2, asks: key2, gets: key2 },
    { of: key3, asks: { cansubscribe: ['subscribe'] }, gets: { cansubscribe: ['subscribe'] } },
    { of: key1, asks: { 'canpublish:check': ['publish'] }, gets: { 'canpublish:check': ['publish'] } },
    { of: key3, asks: { 'cansubscribe:*': ['subscribe'] }, gets: { 'cansubscribe:*': ['subscribe'] } },
    { of: key1, asks: { 'canpublish:test': ['subscribe'] }, gets: 40160 },
    { of: key2, asks: { channelx: ['publish'] }, gets: 40160 },
  ];
  test.each(narrowed)('of $of, asked for $asks: $gets', async ({ of, asks, gets }) => {
    const { sandbox, clock } = await startSandbox({ keys: [{ capability: of }] });
    const { auth } = rest(sandbox, { key: sandbox.apiKey }, format);
    // A copy: the client sorts the caller's lists in place.
    const request = auth.requestToken({ timestamp: clock.now(), capability: structuredClone(asks) as never });
    if (gets === 40160) expect(await refusal(request)).toMatchObject({ code: 40160, statusCode: 401 });
    else expect(JSON.parse((await request).capability)).toEqual(gets);
  });
});

test('without a signature: with the key itself, and only with it', async () => {
  const { sandbox } = await startSandbox({ keys: [{}, {}] });
  const post = (headers: Record<string, string>, body: object) =>
    fetch(`${sandbox.url}/keys/${sandbox.keys[0]!.name}/requestToken`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const basic = (key: string) => ({ Authorization: `Basic ${Buffer.from(key).toString('base64')}` });
  const trusted = await post(basic(sandbox.apiKey), { ttl: '1000', clientId: '*' });
  expect(trusted.status).toBe(201);
  expect(await trusted.json()).toMatchObject({ clientId: '*', keyName: sandbox.keys[0]!.name });
  expect((await post({}, {})).status).toBe(401);
  expect((await post(basic(sandbox.keys[1]!.key), {})).status).toBe(401);
  const mismatch = await post(basic(sandbox.apiKey), { keyName: sandbox.keys[1]!.name });
  expect(mismatch.headers.get('x-ably-errorcode')).toBe('40101');
  expect((await post(basic(sandbox.apiKey), { clientId: '' })).headers.get('x-ably-errorcode')).toBe('40012');
  expect((await post(basic(sandbox.apiKey), { capability: { a: ['*'] } })).status).toBe(201);
  const notJson = await post(basic(sandbox.apiKey), { capability: '{a}' });
  expect(notJson.headers.get('x-ably-errorcode')).toBe('40000');
});

test('an Ably Token given by a callback is judged each time', async () => {
  const { sandbox, clock } = await startSandbox();
  const { auth } = rest(sandbox, { key: sandbox.apiKey });
  const { token } = await auth.requestToken({ timestamp: clock.now(), ttl: 1 });
  clock.advance(1);
  const client = realtime(sandbox, { authCallback: hands(token), disconnectedRetryTimeout: 60_000 });
  expect(await attempt(client)).toMatchObject({ state: 'disconnected', code: 40142 });
});
