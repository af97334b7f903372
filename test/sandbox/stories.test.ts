import type * as Ably from 'ably';
import { type AblyJwtOptions, createAuthCallback, createAuthHandler, deny } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import {
  formats,
  nextEvent,
  reaches,
  realtime,
  refusal,
  startSandbox,
  type TestFormat,
} from './support/client.js';

type Session = AblyJwtOptions | null | (() => never);

/**
 * A product: an auth endpoint made with this library, whose answer the test sets, and a client that logs in through
 * it. What the endpoint answers to `session` is what the user's session is worth at the time.
 */
async function product(session: Session, format: TestFormat) {
  const { sandbox, clock } = await startSandbox();
  const state = { session };
  const authorize = () => {
    const now = typeof state.session === 'function' ? state.session() : state.session;
    return now === null ? null : { issuedAt: new Date(clock.now()), ...now };
  };
  const endpoint = createAuthHandler(sandbox.apiKey, authorize, { onError: () => {} });
  const login = () =>
    realtime(
      sandbox,
      {
        authCallback: createAuthCallback('https://product.example/auth', {
          fetch: (input, init) => endpoint(new Request(input, init)),
        }),
      },
      format,
    );
  return { sandbox, clock, state, login };
}

const causeOf = ({ reason }: Ably.ConnectionStateChange) => reason?.cause as Ably.ErrorInfo | undefined;

const alice: AblyJwtOptions = { capability: { 'chat:*': ['publish', 'subscribe'] }, clientId: 'alice' };

describe.each(formats)('what becomes of a client (%s)', (format) => {
  test('a failed login: failed, and the endpoint’s own words', async () => {
    const { sandbox, login } = await product(() => {
      throw deny('wrong password');
    }, format);
    const failed = await nextEvent(login(), 'failed');
    expect(failed.reason).toMatchObject({ code: 80019, statusCode: 403 });
    expect(causeOf(failed)).toMatchObject({ code: 40300, statusCode: 403 });
    expect(causeOf(failed)?.message).toContain('wrong password');
    // It never came to the server.
    expect(sandbox.requests).toEqual([]);
  });

  test('a revoked user whose session is over: disconnected with 40141, then failed', async () => {
    const { sandbox, clock, state, login } = await product(alice, format);
    const client = login();
    await reaches(client, 'connected');
    clock.advance(1000);
    state.session = null;
    const lost = nextEvent(client, 'disconnected');
    const failed = nextEvent(client, 'failed');
    sandbox.revoke({ clientId: 'alice' });
    expect((await lost).reason).toMatchObject({ code: 40141, statusCode: 401, message: 'token revoked' });
    expect((await failed).reason).toMatchObject({ code: 80019, statusCode: 403 });
    expect(sandbox.connections).toEqual([]);
  });

  test('a revoked user who may log in again is back on the same connection', async () => {
    const { sandbox, clock, login } = await product(alice, format);
    const client = login();
    await reaches(client, 'connected');
    const { id } = client.connection;
    clock.advance(1000);
    const lost = nextEvent(client, 'disconnected');
    sandbox.revoke({ clientId: 'alice' });
    await lost;
    await reaches(client, 'connected');
    expect(client.connection.id).toBe(id);
  });

  test('rights that shrink at renewal: the channel fails with 40160, the client stays connected', async () => {
    const { sandbox, clock, state, login } = await product(alice, format);
    const client = login();
    await reaches(client, 'connected');
    const [kept, lost] = [client.channels.get('chat:kept'), client.channels.get('chat:lost')];
    await Promise.all([kept.attach(), lost.attach()]);
    state.session = { ...alice, capability: { 'chat:kept': ['subscribe'] } };
    const failed = lost.once('failed');
    clock.advance(3_600_000 - 30_000);
    expect((await failed).reason).toMatchObject({
      code: 40160,
      statusCode: 401,
      message: 'operation not permitted with provided capability: attach to chat:lost',
    });
    expect(client.connection.state).toBe('connected');
    expect(kept.state).toBe('attached');
    expect(await refusal(kept.publish('x', 'y'))).toMatchObject({
      code: 40160,
      statusCode: 401,
      message: 'Unauthorized to publish to channel',
    });
    expect(sandbox.connections[0]?.capability).toEqual({ 'chat:kept': ['subscribe'] });
  });

  test('an identity that changes at renewal: failed with 40102, before the token gets to the server', async () => {
    const { clock, state, login } = await product(alice, format);
    const client = login();
    await reaches(client, 'connected');
    state.session = { ...alice, clientId: 'mallory' };
    const failed = nextEvent(client, 'failed');
    clock.advance(3_600_000 - 30_000);
    const { reason } = await failed;
    expect(reason).toMatchObject({ code: 40102, statusCode: 403 });
    expect(reason?.message).toMatch(/alice.*mallory|mallory.*alice/);
  });

  test('a session that ends at renewal: the client fails there, 30 s before its token would', async () => {
    const { clock, state, login } = await product(alice, format);
    const client = login();
    await reaches(client, 'connected');
    state.session = null;
    const failed = nextEvent(client, 'failed');
    clock.advance(3_600_000 - 30_000);
    expect((await failed).reason).toMatchObject({ code: 80019, statusCode: 403 });
  });

  test('an endpoint that is down at renewal: nothing happens until the token expires', async () => {
    const { clock, state, login } = await product(alice, format);
    const client = login();
    await reaches(client, 'connected');
    state.session = () => {
      throw new Error('the database is away');
    };
    clock.advance(3_600_000 - 30_000);
    await client.connection.ping();
    expect(client.connection.state).toBe('connected');
    const lost = nextEvent(client, 'disconnected');
    clock.advance(30_000);
    expect((await lost).reason?.code).toBe(40142);
    // Back as soon as the endpoint is.
    state.session = alice;
    client.connect();
    await reaches(client, 'connected');
  });
});
