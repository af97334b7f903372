import { createHmac } from 'node:crypto';
import type * as Ably from 'ably';
import type { Capability } from 'ably-jwt';
import type { AblySandbox } from 'ably-jwt/testing';
import { describe, expect, test } from 'vitest';
import { attempt, formats, hands, realtime, refusal, rest, startSandbox } from './support/client.js';
import { post } from './support/http.js';

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

/** Asks the first of the sandbox's keys for a token. */
const ask = (sandbox: AblySandbox, body: unknown, key?: string) =>
  post(sandbox, `/keys/${sandbox.keys[0]!.name}/requestToken`, body, key);

test('without a signature: with the key itself, and only with it', async () => {
  const { sandbox } = await startSandbox({ keys: [{}, {}] });
  const { name, key } = sandbox.keys[0]!;
  expect(await ask(sandbox, { ttl: '1000', clientId: '*' }, key)).toMatchObject({
    status: 201,
    body: { clientId: '*', keyName: name },
  });
  expect((await ask(sandbox, { capability: { a: ['*'] } }, key)).status).toBe(201);
  const error = {
    code: 40101,
    message: 'Not authorized: the "mac" of the token request is not the one that the key gives',
  };
  for (const [body, credentials] of [
    [{}, undefined],
    [{}, sandbox.keys[1]!.key],
    // A signature counts, needed or not.
    [{ mac: 'wrong' }, key],
    [{ mac: null }, key],
    // What no text can be made of.
    [{ mac: 'wrong', clientId: { toString: 1 } }, undefined],
  ] as const) {
    expect(await ask(sandbox, body, credentials)).toMatchObject({ status: 401, body: { error } });
  }
});

describe('what a token request may hold', () => {
  const day = 86_400_000;
  const noCapability = 'the key has none of the capabilities that the token request asks for';
  const ttl = 'invalid "ttl": it must be a positive whole number of milliseconds';
  const clientId = 'invalid "clientId": it must be a string that is not empty';
  const object = 'invalid request body: a token request is an object';
  const refused: [body: unknown, code: number, message: string][] = [
    ['a text', 40001, object],
    [7, 40001, object],
    [null, 40001, object],
    [[], 40001, object],
    [{ keyName: 'a.b' }, 40101, 'Not authorized: "keyName" in the body and in the path differ'],
    [{ ttl: 0 }, 40003, ttl],
    [{ ttl: 1.5 }, 40003, ttl],
    [{ ttl: true }, 40003, ttl],
    [{ ttl: [5] }, 40003, ttl],
    [{ ttl: 'soon' }, 40003, ttl],
    [{ ttl: day + 1 }, 40003, 'invalid "ttl": 86400001 milliseconds, of which the key allows 86400000'],
    [{ clientId: '' }, 40012, clientId],
    [{ clientId: 7 }, 40012, clientId],
    [{ capability: '{"other":["*"]}' }, 40160, noCapability],
    [{ capability: { chat: ['listen'] } }, 40000, 'invalid capability: there is no operation "listen"'],
  ];
  test.each(refused)('%j is refused with %i', async (body, code, message) => {
    const { sandbox } = await startSandbox({ keys: [{ capability: { chat: ['*'] } }] });
    const answer = await ask(sandbox, body, sandbox.apiKey);
    expect(answer.body).toEqual({
      error: { code, statusCode: answer.status, message, href: `https://help.ably.io/error/${code}` },
    });
  });

  test.each([{ ttl: null }, { ttl: '' }, { clientId: null }, { capability: null }, { capability: '' }])(
    '%j is the default',
    async (body) => {
      const { sandbox, clock } = await startSandbox({ keys: [{ capability: '{"chat":["*"]}' }] });
      expect(await ask(sandbox, body, sandbox.apiKey)).toEqual({
        status: 201,
        body: {
          token: expect.any(String),
          keyName: sandbox.keys[0]!.name,
          issued: clock.now(),
          expires: clock.now() + 3_600_000,
          capability: '{"chat":["*"]}',
        },
      });
    },
  );

  test.each([
    [false, day],
    [true, 3_600_000],
  ])('with revocableTokens %s a "ttl" of %i ms at most', async (revocableTokens, ttl) => {
    const { sandbox, clock } = await startSandbox({ keys: [{ revocableTokens }] });
    const { body } = await ask(sandbox, { ttl }, sandbox.apiKey);
    expect(body.expires).toBe(clock.now() + ttl);
    expect((await ask(sandbox, { ttl: ttl + 1 }, sandbox.apiKey)).body.error.message).toBe(
      `invalid "ttl": ${ttl + 1} milliseconds, of which the key allows ${ttl}`,
    );
  });
});

describe('a signed request', () => {
  const signed = ({ keys: [first] }: AblySandbox, fields: Record<string, unknown>) => {
    const request: Record<string, unknown> = { keyName: first!.name, nonce: '1234567890123456', ...fields };
    const order = ['keyName', 'ttl', 'capability', 'clientId', 'timestamp', 'nonce'];
    const text = order.map((name) => `${request[name] ?? ''}\n`).join('');
    const secret = first!.key.slice(first!.key.indexOf(':') + 1);
    return { ...request, mac: createHmac('sha256', secret).update(text).digest('base64') };
  };

  test.each([-120_000, 120_000])('may be of %i ms from now', async (ahead) => {
    const { sandbox, clock } = await startSandbox();
    const { status } = await ask(sandbox, signed(sandbox, { timestamp: clock.now() + ahead }));
    expect(status).toBe(201);
  });

  const notCurrent: [what: string, timestamp: (now: number) => unknown][] = [
    ['120001 ms ago', (now) => now - 120_001],
    ['120001 ms ahead', (now) => now + 120_001],
    ['no time', () => undefined],
    ['a time that is no number', () => 'now'],
  ];
  test.each(notCurrent)('of %s is refused', async (_, at) => {
    const { sandbox, clock } = await startSandbox();
    const timestamp = at(clock.now());
    expect(await ask(sandbox, signed(sandbox, { timestamp }))).toMatchObject({
      status: 401,
      body: {
        error: {
          code: 40104,
          message: `Timestamp not current: ${JSON.stringify(timestamp)}, the server's time is ${clock.now()}`,
        },
      },
    });
  });

  test.each(['123456789012345', 1_234_567_890_123_456, undefined])(
    'with the nonce %j is refused',
    async (nonce) => {
      const { sandbox, clock } = await startSandbox();
      const message = 'Nonce value not accepted: "nonce" must be a string of 16 characters at least';
      expect(await ask(sandbox, signed(sandbox, { timestamp: clock.now(), nonce }))).toMatchObject({
        status: 401,
        body: { error: { code: 40105, message } },
      });
    },
  );

  test('works once, for as long as its time is current', async () => {
    const { sandbox, clock } = await startSandbox();
    // By a clock that is as fast as it may be.
    const request = signed(sandbox, { timestamp: clock.now() + 120_000 });
    expect((await ask(sandbox, request)).status).toBe(201);
    for (const [later, code] of [
      [0, 40105],
      [240_000, 40105],
      [1, 40104],
    ] as const) {
      clock.advance(later);
      expect((await ask(sandbox, request)).body.error.code).toBe(code);
    }
  });
});

test('an Ably Token given by a callback is judged each time', async () => {
  const { sandbox, clock } = await startSandbox();
  const { auth } = rest(sandbox, { key: sandbox.apiKey });
  const { token } = await auth.requestToken({ timestamp: clock.now(), ttl: 1 });
  clock.advance(1);
  const client = realtime(sandbox, { authCallback: hands(token), disconnectedRetryTimeout: 60_000 });
  expect(await attempt(client)).toMatchObject({ state: 'disconnected', code: 40142 });
});
