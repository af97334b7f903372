import { createAblyJwt } from 'ably-jwt';
import type { AblySandbox } from 'ably-jwt/testing';
import { describe, expect, test } from 'vitest';
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
    expect((await expired).reason).toMatchObject({
      code: 40142,
      message: 'Key/token status changed (expire)',
    });
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

  test('a number is one of Ably’s codes, or an HTTP status; nothing is an error of the server', async () => {
    const { sandbox } = await startSandbox();
    const outcomes: unknown[] = [];
    for (const failure of [undefined, 503, 40_300, 80_003, { code: 40_400 }]) {
      sandbox.failNext(failure);
      const { code, statusCode } = await refusal(history(sandbox));
      outcomes.push([code, statusCode]);
    }
    expect(outcomes).toEqual([
      [50000, 500],
      [expect.anything(), 503],
      [40300, 403],
      [80003, 400],
      [40400, 404],
    ]);
    await history(sandbox);
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
    for (const failure of [
      {},
      null,
      'crash',
      200,
      1e9,
      { code: 1 },
      { code: 40_142, statusCode: 200 },
      { code: 40_142, message: 1 },
      { httpStatus: '500' },
    ]) {
      expect(() => sandbox.failNext(failure as never)).toThrow(/"failure" must be one of Ably's codes, /);
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
