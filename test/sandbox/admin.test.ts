import { createAblyJwt } from 'ably-jwt';
import { startAblySandbox } from 'ably-jwt/testing';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { admin, used } from './support/admin.js';
import {
  attempt,
  handmade,
  hands,
  nextEvent,
  reaches,
  realtime,
  signer,
  startSandbox,
} from './support/client.js';
import { openapi } from './support/openapi.js';

const bobsRights = { chat: ['subscribe' as const], 'room:*': ['publish' as const] };

/** A sandbox with its admin interface, and a client that is connected. */
async function watched() {
  const started = await startSandbox({ admin: true });
  const { sandbox, clock } = started;
  const auth = signer(sandbox, clock, (call) => ({
    clientId: 'bob',
    capability: bobsRights,
    claims: { jti: String(call) },
  }));
  const bob = realtime(sandbox, auth);
  await reaches(bob, 'connected');
  return { ...started, auth, bob };
}

/** The events of a stream, as they come. */
async function* eventsOf(url: string, headers: Record<string, string> = {}) {
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const response = await fetch(`${url}/admin/events`, { headers, signal: abort.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk, { stream: true });
    const frames = text.split('\n\n');
    text = frames.pop()!;
    for (const frame of frames) {
      const [, id, data] = /^id: (\d+)\ndata: (.+)$/.exec(frame) ?? [];
      if (id !== undefined) yield { id: Number(id), event: JSON.parse(data!) };
    }
  }
}

/** The next event of a type. */
async function next(events: ReturnType<typeof eventsOf>, type: string) {
  for (;;) {
    const { value, done } = await events.next();
    if (done) throw new Error(`The stream ended without ${type}.`);
    if (value.event.type === type) return value;
  }
}

afterAll(() => {
  // The description has no operation that no test has tried with success.
  const tried = new Set([...used].map((operation) => operation.split(' ').slice(0, 2).join(' ')));
  const described = Object.entries(openapi.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.filter((operation) => !tried.has(operation))).toEqual(['GET /admin/events']);
});

describe('watching', () => {
  test('connections, with when they renew and what they are attached to', async () => {
    const { sandbox, clock, bob } = await watched();
    await bob.channels.get('chat').attach();
    const { body } = await admin(sandbox, 'GET', '/admin/connections');
    const issued = Math.floor(clock.now() / 1000) * 1000;
    expect(body).toEqual({
      now: new Date(clock.now()).toJSON(),
      connections: [
        {
          connectionId: bob.connection.id,
          clientId: 'bob',
          keyName: sandbox.keys[0]!.name,
          capability: bobsRights,
          tokenIssuedAt: new Date(issued).toJSON(),
          tokenExpiresAt: new Date(issued + 3_600_000).toJSON(),
          renewsAt: new Date(issued + 3_570_000).toJSON(),
          channels: ['chat'],
          format: 'json',
          tokenFingerprint: expect.stringMatching(/^[\w-]{22}$/),
          agent: expect.stringMatching(/^ably-js\//),
        },
      ],
    });
  });

  test('tokens, accepted and refused, with claims and findings and never their text', async () => {
    const { sandbox, clock, bob } = await watched();
    const forged = handmade(sandbox, clock, { claims: { 'x-ably-clientId': 'eve' }, secret: 'guessed' });
    const eve = realtime(sandbox, { authCallback: hands(forged) });
    await attempt(eve);
    const { body } = await admin(sandbox, 'GET', '/admin/tokens');
    const [first, second] = body.tokens;
    expect(body.tokens).toHaveLength(2);
    expect(first).toMatchObject({ verdict: 'accepted', findings: [], clientId: 'bob' });
    expect(first.claims['x-ably-clientId']).toBe('bob');
    expect(second).toMatchObject({
      verdict: 'refused',
      error: { code: 40144 },
      findings: [{ code: 'SIGNATURE_INVALID' }, { code: 'CAPABILITY_INHERITED' }],
      claims: { 'x-ably-clientId': 'eve' },
    });
    expect(second).not.toHaveProperty('clientId');
    const { body: connections } = await admin(sandbox, 'GET', '/admin/connections');
    expect(connections.connections[0].tokenFingerprint).toBe(first.fingerprint);
    expect(bob.connection.state).toBe('connected');
    const text = JSON.stringify([body, (await admin(sandbox, 'GET', '/admin/requests')).body]);
    for (const part of forged.split('.').slice(1)) expect(text).not.toContain(part);
    expect(text).not.toContain(sandbox.apiKey.split(':')[1]);
  });

  test('requests and keys, without credentials', async () => {
    const { sandbox } = await startSandbox({
      admin: true,
      keys: [{ capability: { chat: ['subscribe'] }, revocableTokens: true }],
    });
    const refused = await fetch(`${sandbox.url}/channels/chat/messages?key=${sandbox.apiKey}`);
    expect(refused.status).toBe(401);
    const { body } = await admin(sandbox, 'GET', '/admin/requests');
    expect(body.requests).toMatchObject([{ method: 'GET', path: '/channels/chat/messages', status: 401 }]);
    const keys = await admin(sandbox, 'GET', '/admin/keys');
    const { name, capability } = sandbox.keys[0]!;
    expect(keys.body.keys).toEqual([
      { name, capability, revocableTokens: true, revoked: false, appDisabled: false },
    ]);
    expect(JSON.stringify([body, keys.body])).not.toContain(sandbox.apiKey.split(':')[1]);
  });

  test('events: those of before, then each as it happens, and after a break what was missed', async () => {
    const { sandbox, bob } = await watched();
    const events = eventsOf(sandbox.url);
    const connected = await next(events, 'connected');
    expect(connected).toMatchObject({ id: 1, event: { clientId: 'bob', findings: [] } });
    sandbox.promptReauth();
    expect(await next(events, 'renewed')).toMatchObject({ id: 2, event: { clientId: 'bob' } });
    const again = eventsOf(sandbox.url, { 'Last-Event-ID': '1' });
    expect((await again.next()).value).toMatchObject({ id: 2, event: { type: 'renewed' } });
    // The id is of a sandbox that ran before on the same port: then from the start.
    const other = eventsOf(sandbox.url, { 'Last-Event-ID': '77' });
    expect((await other.next()).value).toMatchObject({ id: 1 });
    bob.close();
    expect(await next(again, 'disconnected')).toMatchObject({
      event: { connectionId: connected.event.connectionId },
    });
  });
});

describe('controls', () => {
  test('prompt, expire, drop and close act on the connections they select', async () => {
    const { sandbox, bob, auth } = await watched();
    const none = await admin(sandbox, 'POST', '/admin/prompt', { clientId: 'carol' });
    expect(none.body).toEqual({ connections: 0 });
    const renewed = nextEvent(bob, 'update');
    expect((await admin(sandbox, 'POST', '/admin/prompt', { clientId: 'bob' })).body).toEqual({
      connections: 1,
    });
    await renewed;
    expect(auth.calls).toBe(2);
    const expired = nextEvent(bob, 'disconnected');
    expect((await admin(sandbox, 'POST', '/admin/expire', {})).body).toEqual({ connections: 1 });
    expect((await expired).reason?.code).toBe(40142);
    await reaches(bob, 'connected');
    const dropped = nextEvent(bob, 'disconnected');
    const { id } = bob.connection;
    await admin(sandbox, 'POST', '/admin/drop', { keyName: sandbox.keys[0]!.name });
    await dropped;
    await reaches(bob, 'connected');
    expect(bob.connection.id).toBe(id);
    const closed = nextEvent(bob, 'disconnected');
    expect((await admin(sandbox, 'POST', '/admin/close', { connectionId: id })).status).toBe(204);
    await closed;
    await reaches(bob, 'connected');
    expect(bob.connection.id).not.toBe(id);
  });

  test('revoke', async () => {
    const { sandbox, bob, clock } = await watched();
    const lost = nextEvent(bob, 'disconnected');
    const { body } = await admin(sandbox, 'POST', '/admin/revoke', { targets: [{ clientId: 'bob' }] });
    const now = new Date(clock.now()).toJSON();
    expect(body.revocations).toEqual([{ target: { clientId: 'bob' }, issuedBefore: now, appliesAt: now }]);
    expect((await lost).reason?.code).toBe(40141);
  });

  test('fail, fail/end and fail-next', async () => {
    const { sandbox } = await startSandbox({ admin: true });
    const answer = async () => (await fetch(`${sandbox.url}/time`)).status;
    const rule = { on: 'request', path: '/time', times: 'Infinity', with: 503 };
    const { body } = await admin(sandbox, 'POST', '/admin/fail', rule);
    expect([await answer(), await answer()]).toEqual([503, 503]);
    await admin(sandbox, 'POST', '/admin/fail/end', body);
    expect(await answer()).toBe(200);
    await admin(sandbox, 'POST', '/admin/fail-next', { failure: { code: 42_911 } });
    expect([await answer(), await answer()]).toEqual([429, 200]);
    await admin(sandbox, 'POST', '/admin/fail-next', {});
    expect(await answer()).toBe(500);
    const again = await admin(sandbox, 'POST', '/admin/fail/end', body);
    expect([again.status, again.body.error.code]).toEqual([400, 40_003]);
  });

  test('revoke-key, disable-app, enable-app', async () => {
    const { sandbox, bob } = await watched();
    const stopped = nextEvent(bob, 'failed');
    await admin(sandbox, 'POST', '/admin/disable-app', {});
    expect((await stopped).reason?.code).toBe(40_300);
    expect((await admin(sandbox, 'GET', '/admin/keys')).body.keys[0].appDisabled).toBe(true);
    await admin(sandbox, 'POST', '/admin/enable-app', {});
    bob.connect();
    await reaches(bob, 'connected');
    const revoked = nextEvent(bob, 'failed');
    await admin(sandbox, 'POST', '/admin/revoke-key', { keyName: sandbox.keys[0]!.name });
    expect((await revoked).reason?.code).toBe(40_131);
    expect((await admin(sandbox, 'GET', '/admin/keys')).body.keys[0].revoked).toBe(true);
  });

  test('limit-connections and channel-rules', async () => {
    const { sandbox, clock } = await startSandbox({ admin: true });
    const capability = { '*': ['*' as const] };
    const issuedAt = new Date(clock.now());
    const token = await createAblyJwt(sandbox.apiKey, { capability, issuedAt });
    await admin(sandbox, 'POST', '/admin/limit-connections', { limit: 1 });
    const first = realtime(sandbox, { token });
    await reaches(first, 'connected');
    expect(await attempt(realtime(sandbox, { token }))).toMatchObject({ code: 40_151 });
    await admin(sandbox, 'POST', '/admin/limit-connections', { limit: 'Infinity' });
    await reaches(realtime(sandbox, { token }), 'connected');
    await admin(sandbox, 'POST', '/admin/channel-rules', { namespace: 'staff', identified: true });
    await expect(first.channels.get('staff:1').attach()).rejects.toMatchObject({ code: 40_161 });
  });

  test('clock: a manual clock is advanced', async () => {
    const { sandbox, clock, bob } = await watched();
    const renewed = nextEvent(bob, 'update');
    const before = clock.now();
    const { body } = await admin(sandbox, 'POST', '/admin/clock', { advance: '3570s' });
    expect(body).toEqual({ now: new Date(before + 3_570_000).toJSON(), movable: true });
    await renewed;
  });

  test('clock: without a clock of your own, real time is moved ahead', async () => {
    const sandbox = await startAblySandbox({ admin: true });
    onTestFinished(() => sandbox.close());
    const real = (await admin(sandbox, 'GET', '/admin/clock')).body;
    expect(Math.abs(Date.parse(real.now) - Date.now())).toBeLessThan(5_000);
    let ahead = 0;
    const bob = realtime(sandbox, {
      authCallback: hands(() =>
        createAblyJwt(sandbox.apiKey, {
          clientId: 'bob',
          capability: bobsRights,
          issuedAt: new Date(Date.now() + ahead),
        }),
      ),
    });
    await reaches(bob, 'connected');
    const renewed = nextEvent(bob, 'update');
    ahead = 3_575_000;
    const { body } = await admin(sandbox, 'POST', '/admin/clock', { advance: '3575s' });
    expect(Date.parse(body.now) - Date.now()).toBeGreaterThan(3_570_000);
    await renewed;
    const [time] = (await (await fetch(`${sandbox.url}/time`)).json()) as [number];
    expect(time - Date.now()).toBeGreaterThan(3_570_000);
  });

  test('clock: one with now() alone stays where it is', async () => {
    const { sandbox } = await startSandbox({ admin: true, clock: { now: () => 1_700_000_000_000 } });
    expect((await admin(sandbox, 'GET', '/admin/clock')).body.movable).toBe(false);
    const { status, body } = await admin(sandbox, 'POST', '/admin/clock', { advance: '1h' });
    expect([status, body.error.code]).toEqual([400, 40_000]);
    expect(body.error.message).toContain('createManualClock()');
  });

  test('explain: the verdict of now, with the findings', async () => {
    const { sandbox, clock } = await startSandbox({ admin: true });
    const good = handmade(sandbox, clock, { claims: { 'x-ably-clientId': 'bob' } });
    const explain = async (token: string) => (await admin(sandbox, 'POST', '/admin/explain', { token })).body;
    expect(await explain(good)).toMatchObject({
      verdict: 'accepted',
      clientId: 'bob',
      keyName: sandbox.keys[0]!.name,
      capability: { '*': ['*'] },
      token: { claims: { 'x-ably-clientId': 'bob' } },
    });
    const late = handmade(sandbox, clock, { claims: { exp: Math.floor(clock.now() / 1000) - 1 } });
    expect(await explain(late)).toMatchObject({
      verdict: 'refused',
      error: { code: 40_142 },
      findings: expect.arrayContaining([
        expect.objectContaining({ code: 'TOKEN_EXPIRED', severity: 'error' }),
      ]),
    });
    expect(await explain('<!doctype html>')).toMatchObject({ verdict: 'refused', token: {} });
    sandbox.revoke({ clientId: 'bob' });
    expect(await explain(good)).toMatchObject({ verdict: 'refused', error: { code: 40_141 } });
    expect(JSON.stringify(await explain(good))).not.toContain(good.split('.')[2]);
    // Explaining is no use of a token.
    expect((await admin(sandbox, 'GET', '/admin/tokens')).body.tokens).toEqual([]);
  });

  test('can', async () => {
    const { sandbox } = await startSandbox({ admin: true });
    const ask = async (capability: unknown, operation: string, channel: string) =>
      (await admin(sandbox, 'POST', '/admin/can', { capability, operation, channel })).body;
    expect(await ask(bobsRights, 'publish', 'room:1')).toEqual({ allowed: true });
    expect(await ask(JSON.stringify(bobsRights), 'publish', 'chat')).toEqual({ allowed: false });
    expect((await ask(bobsRights, 'subscrib', 'chat')).error.message).toContain('Did you mean "subscribe"?');
  });

  test('stop', async () => {
    const { sandbox, bob } = await watched();
    const lost = nextEvent(bob, 'disconnected');
    expect(await admin(sandbox, 'POST', '/admin/stop', {})).toEqual({ status: 202, body: {} });
    await lost;
    await sandbox.close();
    await expect(fetch(`${sandbox.url}/admin/clock`)).rejects.toThrow();
    bob.close();
  });
});
