import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { rawJwt } from '../support/tokens.js';
import {
  attempt,
  handmade,
  nextEvent,
  reaches,
  realtime,
  refusal,
  rest,
  signer,
  startSandbox,
} from './support/client.js';
import { worth } from './support/http.js';
import { RawClient } from './support/raw.js';

describe('fail', () => {
  test('requests: by path, after some, some times', async () => {
    const { sandbox } = await startSandbox();
    const api = rest(sandbox, { key: sandbox.apiKey });
    const history = async (name: string) => {
      const outcome = await api.channels
        .get(name)
        .history()
        .then(
          () => 'answered',
          ({ code }: { code: number }) => code,
        );
      return outcome;
    };
    sandbox.fail({ on: 'request', path: '/channels/a/messages', after: 1, times: 2, with: 50003 });
    const end = sandbox.fail({
      on: 'request',
      path: '/channels/x*',
      times: Number.POSITIVE_INFINITY,
      with: 40300,
    });
    const outcomes = [];
    for (const name of ['a', 'b', 'a', 'b', 'a', 'a', 'x', 'xy', 'y', 'x'])
      outcomes.push(await history(name));
    expect(outcomes).toEqual([
      'answered',
      'answered',
      50003,
      'answered',
      50003,
      'answered',
      40300,
      40300,
      'answered',
      40300,
    ]);
    end();
    expect(await history('x')).toBe('answered');
    // No other kind of request is meant.
    sandbox.fail({ on: 'request', with: 40300 });
    expect(await attempt(realtime(sandbox, { key: sandbox.apiKey }))).toEqual({ state: 'connected' });
  });

  test('of several rules the oldest counts, and failNext is one of them', async () => {
    const { sandbox } = await startSandbox();
    const api = rest(sandbox, { key: sandbox.apiKey });
    sandbox.failNext(40_001);
    sandbox.fail({ on: 'request', with: { code: 40_002, message: 'second' } });
    sandbox.failNext(40_003);
    for (const code of [40_001, 40_002, 40_003]) {
      expect(await refusal(api.channels.get('a').history())).toMatchObject({ code });
    }
    await api.channels.get('a').history();
  });

  test('connections and renewals of one client, by what it asks for or its token names', async () => {
    const { sandbox, clock } = await startSandbox();
    const client = (clientId: string) =>
      realtime(sandbox, { ...signer(sandbox, clock, { clientId, capability: { '*': ['*'] } }) });
    sandbox.fail({ on: 'connect', clientId: 'bob', with: 40300 });
    expect(await attempt(client('al'))).toEqual({ state: 'connected' });
    expect(await attempt(client('bob'))).toMatchObject({ state: 'failed', code: 40300 });
    sandbox.fail({ on: 'connect', clientId: 'cy', with: 40300 });
    expect(await attempt(realtime(sandbox, { key: sandbox.apiKey, clientId: 'cy' }))).toMatchObject({
      code: 40300,
    });
    const { token } = await rest(sandbox, { key: sandbox.apiKey }).auth.requestToken({
      clientId: 'di',
      timestamp: clock.now(),
    });
    sandbox.fail({ on: 'connect', clientId: 'di', with: 40300 });
    expect(await attempt(realtime(sandbox, { token }))).toMatchObject({ code: 40300 });

    const [eve, fay] = [client('eve'), client('fay')];
    await Promise.all([eve, fay].map((each) => reaches(each, 'connected')));
    sandbox.fail({ on: 'renew', clientId: 'eve', with: { code: 40102, statusCode: 401 } });
    const updated = nextEvent(fay, 'update');
    const failed = nextEvent(eve, 'failed');
    sandbox.promptReauth();
    await updated;
    expect((await failed).reason?.code).toBe(40102);
  });

  test('a rule for one client: its token, also inside another one, and no token without a clientId', async () => {
    const { sandbox, clock } = await startSandbox();
    const { auth } = rest(sandbox, { key: sandbox.apiKey });
    const { token: opaque } = await auth.requestToken({ clientId: 'bob', timestamp: clock.now() });
    const jwt = handmade(sandbox, clock, { claims: { 'x-ably-clientId': 'bob' } });
    const [appId] = sandbox.apiKey.split('.');
    sandbox.fail({ on: 'request', clientId: 'bob', with: 40300, times: 4 });
    for (const [token, code] of [
      [`${appId}.nobody-has-issued-it`, 40143],
      ['no.token.at-all', 40144],
      [handmade(sandbox, clock), 200],
      [opaque, 40300],
      [rawJwt({ payload: { 'x-ably-token': opaque } }), 40300],
      [jwt, 40300],
      [rawJwt({ payload: { 'x-ably-token': jwt } }), 40300],
      [jwt, 200],
    ] as const) {
      expect(await worth(sandbox, token)).toBe(code);
    }
  });

  test('hang: no answer until the client or the sandbox closes', async () => {
    const { sandbox, clock } = await startSandbox();
    sandbox.fail({ on: 'request', with: 'hang' });
    const api = rest(sandbox, { key: sandbox.apiKey, httpRequestTimeout: 100 });
    expect(await refusal(api.channels.get('a').history())).toMatchObject({ code: 'ETIMEDOUT' });
    sandbox.fail({ on: 'connect', with: 'hang' });
    const silent = new RawClient(sandbox, { key: sandbox.apiKey });
    await expect.poll(() => sandbox.requests).toHaveLength(2);
    const auth = signer(sandbox, clock, { capability: { '*': ['*'] } });
    const client = realtime(sandbox, auth);
    await reaches(client, 'connected');
    sandbox.fail({ on: 'renew', with: 'hang' });
    let settled = false;
    void client.auth.authorize().then(
      () => {
        settled = true;
      },
      () => {},
    );
    // The connection is lost and resumed, and isn't waiting any more.
    const lost = nextEvent(client, 'disconnected');
    await expect.poll(() => auth.calls).toBe(2);
    expect(settled).toBe(false);
    sandbox.drop();
    await lost;
    await reaches(client, 'connected');
    await client.channels.get('a').attach();
    client.close();
    expect(sandbox.requests.filter(({ status }) => status === 0)).toHaveLength(2);
    await sandbox.close();
    expect(await silent.closed).toBe(1006);
  });

  test.each(['hang', { delay: '1m' }] as const)(
    '%j: a client that gives up leaves no socket open',
    async (fault) => {
      const { sandbox, clock } = await startSandbox();
      sandbox.fail({ on: 'connect', with: fault });
      const before = clock.next;
      const socket = connect(sandbox.port, '127.0.0.1');
      socket.write(`GET /?key=${sandbox.apiKey} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n`);
      socket.write('Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MTIzNA==\r\n\r\n');
      if (fault === 'hang') await expect.poll(() => sandbox.requests).toHaveLength(1);
      else await expect.poll(() => clock.next).not.toBe(before);
      // It closes its side alone; the other side closes in answer.
      socket.resume().end();
      await once(socket, 'close');
    },
  );

  test('delay: the answer is good, and comes late by the clock', async () => {
    const { sandbox, clock } = await startSandbox();
    const api = rest(sandbox, { key: sandbox.apiKey });
    const late = { on: 'request', with: { delay: '3s' } } as const;
    sandbox.fail(late);
    const answered = api.channels.get('a').history();
    await expect.poll(() => clock.next).toBe(clock.now() + 3_000);
    expect(sandbox.requests).toEqual([]);
    clock.advance(3_000);
    expect((await answered).items).toEqual([]);
    sandbox.fail({ ...late, on: 'connect' });
    const client = realtime(sandbox, { key: sandbox.apiKey });
    const connected = attempt(client);
    await expect.poll(() => clock.next).toBe(clock.now() + 3_000);
    clock.advance(3_000);
    expect(await connected).toEqual({ state: 'connected' });
  });

  test.each([
    [{ with: 40142 }, /"on" must be 'connect', 'request' or 'renew'/],
    [{ on: 'auth', with: 40142 }, /"on" must be/],
    [{ on: 'connect' }, /"with" must be an error, a status/],
    [{ on: 'connect', with: 'crash' }, /"with" must be one of Ably's codes/],
    [{ on: 'connect', with: { delay: 3 } }, /"with.delay"/],
    [{ on: 'connect', path: '/x', with: 503 }, /"path" must be/],
    [{ on: 'request', path: 'x', with: 503 }, /"path" must be/],
    [{ on: 'request', clientId: 7, with: 503 }, /"clientId" must be a string/],
    [{ on: 'request', times: 0, with: 503 }, /"times" must be/],
    [{ on: 'request', after: -1, with: 503 }, /"after" must be/],
    [{ on: 'request', time: 2, with: 503 }, /"time".*Did you mean "times"/],
  ])('refuses the rule %j', async (rule, says) => {
    const { sandbox } = await startSandbox();
    expect(() => sandbox.fail(rule as never)).toThrow(says);
  });
});

describe('a rule for the client bob', () => {
  /** Who a request asks to be, in its query or a header, and who its token is for; its Authorization header. */
  interface Names {
    readonly query?: string;
    readonly header?: string;
    readonly token?: string | undefined;
    readonly authorization?: string;
  }
  const ask = async ({ query, header, authorization, ...names }: Names) => {
    const { sandbox, clock } = await startSandbox();
    sandbox.fail({ on: 'request', clientId: 'bob', with: 503 });
    const claims = names.token === undefined ? {} : { 'x-ably-clientId': names.token };
    const asked = new URLSearchParams({
      ...(query === undefined ? {} : { clientId: query }),
      ...('token' in names ? { access_token: handmade(sandbox, clock, { claims }) } : {}),
    });
    const headers = {
      ...(header === undefined ? {} : { 'X-Ably-ClientId': Buffer.from(header).toString('base64') }),
      ...(authorization === undefined ? {} : { Authorization: authorization }),
    };
    return (await fetch(`${sandbox.url}/time?${asked}`, { headers })).status;
  };

  test.each<[asks: string, names: Names]>([
    ['asks to be bob', { query: 'bob' }],
    ['asks to be bob in a header', { header: 'bob' }],
    ['has bob’s token', { token: 'bob' }],
    ['has al’s token and asks to be bob', { query: 'bob', token: 'al' }],
  ])('meets a request that %s', async (_, names) => {
    expect(await ask(names)).toBe(503);
  });

  test.each<[asks: string, names: Names, status: number]>([
    ['asks to be al', { query: 'al' }, 200],
    ['has bob’s token and asks to be al', { query: 'al', token: 'bob' }, 200],
    ['has bob’s token and asks to be al in a header', { header: 'al', token: 'bob' }, 200],
    ['has al’s token', { token: 'al' }, 200],
    ['has an anonymous token', { token: undefined }, 200],
    ['has no credentials', {}, 200],
    ['has an Authorization header that can’t be read', { authorization: 'bob' }, 400],
  ])('does not meet a request that %s', async (_, names, status) => {
    expect(await ask(names)).toBe(status);
  });
});
