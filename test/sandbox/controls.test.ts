import type * as Ably from 'ably';
import { createAblyJwt } from 'ably-jwt';
import { type AblySandbox, createManualClock, startAblySandbox } from 'ably-jwt/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
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
import { RawClient } from './support/raw.js';

/** Bob and Al, each with a token, and somebody with the key. */
async function crowd() {
  const { sandbox, clock } = await startSandbox({ keys: [{}, {}] });
  const auths = ['bob', 'al'].map((clientId) =>
    signer(sandbox, clock, { capability: { '*': ['*'] }, clientId }),
  );
  const [bob, al] = auths.map((auth) => realtime(sandbox, auth)) as [
    ReturnType<typeof realtime>,
    ReturnType<typeof realtime>,
  ];
  const owner = realtime(sandbox, { key: sandbox.keys[1]!.key }, 'msgpack');
  await Promise.all([bob, al, owner].map((client) => reaches(client, 'connected')));
  return { sandbox, clock, auths, bob, al, owner };
}

describe('connections', () => {
  test('show who is there, with what', async () => {
    const { sandbox, clock, bob, owner } = await crowd();
    await bob.channels.get('chat').attach();
    const byId = (id: string | undefined) =>
      sandbox.connections.find(({ connectionId }) => connectionId === id);
    const issued = new Date(Math.floor(clock.now() / 1000) * 1000);
    expect(sandbox.connections).toHaveLength(3);
    expect(byId(bob.connection.id)).toEqual({
      connectionId: bob.connection.id,
      clientId: 'bob',
      keyName: sandbox.keys[0]!.name,
      capability: { '*': ['*'] },
      tokenIssuedAt: issued,
      tokenExpiresAt: new Date(issued.getTime() + 3_600_000),
      channels: ['chat'],
      format: 'json',
      close: expect.any(Function),
    });
    expect(byId(owner.connection.id)).toEqual({
      connectionId: owner.connection.id,
      clientId: '*',
      keyName: sandbox.keys[1]!.name,
      capability: { '*': ['*'] },
      channels: [],
      format: 'msgpack',
      close: expect.any(Function),
    });
  });

  test('close() of one: the client comes back with another connection', async () => {
    const { sandbox, bob } = await crowd();
    const { id } = bob.connection;
    const lost = nextEvent(bob, 'disconnected');
    sandbox.connections.find(({ clientId }) => clientId === 'bob')!.close();
    expect((await lost).reason?.code).toBe(80017);
    expect((await nextEvent(bob, 'connected')).reason?.code).toBe(80018);
    expect(bob.connection.id).not.toBe(id);
  });
});

describe('selectors', () => {
  test('drop, expireNow and promptReauth reach whom they name, and say how many', async () => {
    const { sandbox, auths, bob, al, owner } = await crowd();
    expect(sandbox.drop({ clientId: 'nobody' })).toBe(0);
    const dropped = nextEvent(bob, 'disconnected');
    const back = nextEvent(bob, 'connected');
    const { id } = bob.connection;
    expect(sandbox.drop({ clientId: 'bob' })).toBe(1);
    expect((await dropped).reason?.code).toBe(80003);
    await back;
    expect(bob.connection.id).toBe(id);

    const expired = nextEvent(al, 'disconnected');
    expect(sandbox.expireNow({ connectionId: al.connection.id })).toBe(1);
    expect((await expired).reason).toMatchObject({ code: 40142, message: 'Token expired' });
    await reaches(al, 'connected');

    const updates = [bob, al].map((client) => nextEvent(client, 'update'));
    expect(sandbox.promptReauth({ keyName: sandbox.keys[0]!.name })).toBe(2);
    await Promise.all(updates);
    expect(auths.map(({ calls }) => calls)).toEqual([2, 3]);
    expect(owner.connection.state).toBe('connected');
    expect(sandbox.promptReauth({ clientId: 'bob', keyName: sandbox.keys[1]!.name })).toBe(0);
  });

  test('a misspelt selector is not taken for everybody', async () => {
    const { sandbox } = await startSandbox();
    for (const control of ['drop', 'expireNow', 'promptReauth'] as const) {
      expect(() => sandbox[control]({ clientID: 'bob' } as never)).toThrow(
        /"clientID".*Did you mean "clientId"/,
      );
    }
  });
});

describe('failNext', () => {
  const history = (sandbox: AblySandbox) =>
    rest(sandbox, { key: sandbox.apiKey }).channels.get('a').history();

  test('a REST request: an error in Ably’s form, a bare status, no answer; then all is well', async () => {
    const { sandbox } = await startSandbox();
    sandbox.failNext({ code: 50003, statusCode: 503, message: 'busy' });
    sandbox.failNext({ httpStatus: 502 });
    sandbox.failNext('close');
    expect(await refusal(history(sandbox))).toMatchObject({ code: 50003, statusCode: 503, message: 'busy' });
    expect(await refusal(history(sandbox))).toMatchObject({ statusCode: 502 });
    expect(await refusal(history(sandbox))).toMatchObject({ code: expect.not.stringMatching(/^4/) });
    await history(sandbox);
    expect(sandbox.requests.map(({ status, error }) => [status, error?.code])).toEqual([
      [503, 50003],
      [502, undefined],
      [0, undefined],
      [200, undefined],
    ]);
  });

  test('a connection attempt: an ERROR frame, a refused upgrade, a dead socket', async () => {
    const { sandbox } = await startSandbox();
    const connect = () =>
      attempt(realtime(sandbox, { key: sandbox.apiKey, disconnectedRetryTimeout: 60_000 }));
    sandbox.failNext({ code: 40300, statusCode: 403 });
    expect(await connect()).toMatchObject({ state: 'failed', code: 40300, message: 'failNext: error 40300' });
    sandbox.failNext({ httpStatus: 503 });
    expect(await connect()).toMatchObject({ state: 'disconnected', code: 80003 });
    sandbox.failNext('close');
    expect(await connect()).toMatchObject({ state: 'disconnected', code: 80003 });
    expect(await connect()).toEqual({ state: 'connected' });
    expect(sandbox.requests.map(({ status, error }) => [status, error?.code])).toEqual([
      [101, 40300],
      [503, undefined],
      [0, undefined],
      [101, undefined],
    ]);
  });

  test('the new token of a connected client', async () => {
    const { sandbox, bob, al } = await crowd();
    sandbox.failNext({ code: 40102, statusCode: 401, message: 'another one' });
    const failed = nextEvent(bob, 'failed');
    sandbox.promptReauth({ clientId: 'bob' });
    expect((await failed).reason).toMatchObject({ code: 40102, message: 'another one' });
    sandbox.failNext({ httpStatus: 503 });
    expect(await refusal(al.auth.authorize())).toMatchObject({ code: 50300, statusCode: 503 });
    expect(al.connection.state).toBe('failed');
  });

  test('the new token of a connected client: no answer, and the client comes back', async () => {
    const { sandbox, bob } = await crowd();
    sandbox.failNext('close');
    const lost = nextEvent(bob, 'disconnected');
    sandbox.promptReauth({ clientId: 'bob' });
    expect((await lost).reason?.code).toBe(80003);
    await reaches(bob, 'connected');
  });

  test('says what a failure must look like', async () => {
    const { sandbox } = await startSandbox();
    for (const failure of [{}, null, 'crash', { code: 1 }, { httpStatus: '500' }]) {
      expect(() => sandbox.failNext(failure as never)).toThrow(/"failure" must be \{ code, statusCode \}/);
    }
  });
});

describe('requests', () => {
  test('say who asked for what, and never how they proved it', async () => {
    const { sandbox, clock } = await startSandbox();
    const sign = () =>
      createAblyJwt(sandbox.apiKey, {
        capability: 'inherit',
        clientId: 'bob',
        issuedAt: new Date(clock.now()),
      });
    const token = await sign();
    const api = rest(sandbox, { token });
    await api.channels.get('a b').history({ limit: 5 });
    await rest(sandbox, { key: sandbox.apiKey }).time();
    await attempt(realtime(sandbox, { token }));
    clock.advance(1000);
    await rest(sandbox, { token: await sign() })
      .channels.get('a b')
      .history();
    const [history, time, socket, later] = sandbox.requests;
    expect(history).toMatchObject({
      at: new Date(clock.now() - 1000),
      method: 'GET',
      path: '/channels/a%20b/messages',
      query: { limit: '5' },
      status: 200,
      credentials: 'token',
      keyName: sandbox.keys[0]!.name,
      clientId: 'bob',
    });
    expect(time).toEqual({
      at: expect.any(Date),
      method: 'GET',
      path: '/time',
      query: {},
      status: 200,
      credentials: 'none',
    });
    expect(socket).toMatchObject({ path: '/', status: 101, tokenFingerprint: history!.tokenFingerprint });
    expect(later!.tokenFingerprint).not.toBe(history!.tokenFingerprint);
    const text = JSON.stringify(sandbox.requests);
    for (const secret of [token, token.split('.')[2]!, sandbox.apiKey, sandbox.apiKey.split(':')[1]!]) {
      expect(text).not.toContain(secret);
    }
  });
});

describe('start and close', () => {
  test('listens on loopback, and says where', async () => {
    const { sandbox } = await startSandbox();
    expect(sandbox.url).toBe(`http://localhost:${sandbox.port}`);
    const options: Ably.ClientOptions = sandbox.clientOptions;
    expect(options).toEqual({
      endpoint: 'localhost',
      port: sandbox.port,
      tls: false,
      transports: ['web_socket'],
      disableConnectivityCheck: true,
    });
    expect((await fetch(`http://127.0.0.1:${sandbox.port}/time`)).status).toBe(200);
    expect(sandbox.apiKey).toBe(sandbox.keys[0]!.key);
    expect(sandbox.keys[0]!.key.split(':')[0]).toBe(sandbox.keys[0]!.name);
  });

  test('on a port of one’s own, once', async () => {
    const first = await startAblySandbox();
    const { port } = first;
    await expect(startAblySandbox({ port })).rejects.toThrow(/"port" is \d+, where another program listens/);
    await first.close();
    const second = await startAblySandbox({ port });
    expect(second.port).toBe(port);
    // Other keys: nothing of the first one is left.
    expect(second.apiKey).not.toBe(first.apiKey);
    await second.close();
  });

  test('close ends every socket, and may be called again', async () => {
    const sandbox = await startAblySandbox();
    const client = new RawClient(sandbox, { key: sandbox.apiKey });
    await client.next();
    const agent = fetch(`${sandbox.url}/time`);
    await (await agent).text();
    await Promise.all([sandbox.close(), sandbox.close()]);
    expect(await client.closed).toBe(1006);
    await expect(fetch(`${sandbox.url}/time`)).rejects.toThrow();
    expect(sandbox.connections).toEqual([]);
    await sandbox.close();
  });

  test('await using ends it', async () => {
    let url: string;
    {
      await using sandbox = await startAblySandbox();
      url = sandbox.url;
      expect((await fetch(`${url}/time`)).status).toBe(200);
    }
    await expect(fetch(`${url}/time`)).rejects.toThrow();
  });

  test('leaves no timer on the clock', async () => {
    const clock = createManualClock();
    const sandbox = await startAblySandbox({ clock });
    const client = new RawClient(sandbox, { key: sandbox.apiKey });
    await client.next();
    sandbox.revoke({ clientId: 'x' }, { allowReauthMargin: true });
    expect(clock.next).toBeDefined();
    await sandbox.close();
    expect(clock.next).toBeUndefined();
  });

  const wrong: [options: object, says: RegExp][] = [
    [{ key: [] }, /"key".*Did you mean "keys"/],
    [{ keys: [] }, /"keys" must be an array of at least one key/],
    [{ keys: [{ capabilities: {} }] }, /"capabilities".*Did you mean "capability"/],
    [{ keys: [{ capability: { a: [] } }] }, /"a" has no operations/],
    [{ keys: [{ capability: '{a}' }] }, /"capability"/],
    [{ keys: [{ revocableTokens: 'yes' }] }, /"revocableTokens" must be true or false/],
    [{ port: 70_000 }, /"port" must be a port number/],
    [{ port: '80' }, /"port" must be a port number/],
    [{ clock: Date }, /"clock" must be an object with now/],
    [{ provisioning: 1 }, /"provisioning" must be true or false/],
    [{ keys: null }, /"keys" is null/],
  ];
  test.each(wrong)('refuses %j', async (options, says) => {
    await expect(startAblySandbox(options as never)).rejects.toThrow(says);
  });

  test('undefined is as good as nothing', async () => {
    const sandbox = await startAblySandbox({ keys: undefined, port: undefined, clock: undefined });
    onTestFinished(() => sandbox.close());
    expect(sandbox.keys).toHaveLength(1);
  });
});

describe('the manual clock', () => {
  test('fires what falls due in order, each at its own time', () => {
    const clock = createManualClock(new Date(1000));
    const fired: [string, number][] = [];
    const note = (name: string) => () => void fired.push([name, clock.now()]);
    clock.setTimeout(note('b'), 20);
    clock.setTimeout(() => {
      note('a')();
      clock.setTimeout(note('c'), 10);
    }, 10);
    const cancelled = clock.setTimeout(note('never'), 15);
    clock.setTimeout(note('late'), 31);
    clock.clearTimeout(cancelled);
    expect(clock.next).toBe(1010);
    clock.advance(30);
    expect(fired).toEqual([
      ['a', 1010],
      ['b', 1020],
      ['c', 1020],
    ]);
    expect(clock.now()).toBe(1030);
    expect(clock.next).toBe(1031);
  });

  test.each([-1, 0.5, Number.NaN, '5'])('does not advance by %j', (milliseconds) => {
    expect(() => createManualClock().advance(milliseconds as number)).toThrow(
      /"milliseconds" must be a whole number/,
    );
  });

  test('starts at a time', () => {
    expect(() => createManualClock(new Date(Number.NaN))).toThrow(/"start" must be a valid Date/);
    expect(createManualClock(5).now()).toBe(5);
  });
});
