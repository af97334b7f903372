import type * as Ably from 'ably';
import { type AblyJwtOptions, createAblyJwt, createAuthHandler, deny } from 'ably-jwt';
import { createAuthCallback } from 'ably-jwt/client';
import type { AblySandbox, ManualClock } from 'ably-jwt/testing';
import { describe, expect, test } from 'vitest';
import { nextEvent, reaches, realtime, startSandbox } from '../sandbox/support/client.js';
import { type Answer, endpoint } from './support/asking.js';
import { refusals } from './support/refusals.js';

/** An answer with a token that the sandbox takes. */
async function token(
  sandbox: AblySandbox,
  clock: ManualClock,
  options: Partial<AblyJwtOptions> = {},
): Promise<Answer> {
  const issuedAt = new Date(clock.now());
  const body = await createAblyJwt(sandbox.apiKey, {
    capability: { '*': ['*'] },
    ttl: '1m',
    issuedAt,
    ...options,
  });
  return { body };
}

/** What the client knows of its token. Public in Ably's documentation, not in its types. */
const tokenDetails = (client: Ably.Realtime) =>
  (client.auth as unknown as { tokenDetails: Ably.TokenDetails }).tokenDetails;

/** What a person reads who looks for the cause. */
const reasonOf = (client: Ably.Realtime) => client.connection.errorReason;

describe("Ably's client stops after", () => {
  test.each(refusals)('%s', async (_, answer, says) => {
    const { sandbox } = await startSandbox();
    const { url, requests } = await endpoint(answer);
    const client = realtime(sandbox, { authCallback: createAuthCallback(url) });
    await reaches(client, 'failed');
    expect(reasonOf(client)).toMatchObject({ code: 80019, statusCode: 403, cause: { statusCode: 403 } });
    expect(reasonOf(client)?.cause?.message).toBe(says.replace('URL', url));
    expect(requests).toHaveLength(1);
    expect(sandbox.requests).toHaveLength(0);
  });

  test('a 401 at a renewal', async () => {
    const { sandbox, clock } = await startSandbox();
    const { url } = await endpoint(await token(sandbox, clock), { status: 401 });
    const client = realtime(sandbox, { authCallback: createAuthCallback(url) });
    await reaches(client, 'connected');
    sandbox.promptReauth();
    await reaches(client, 'failed');
    expect(reasonOf(client)).toMatchObject({ code: 80019, statusCode: 403 });
  });

  test('a token of somebody else at a renewal, with what to do', async () => {
    const { sandbox, clock } = await startSandbox();
    const { url } = await endpoint(
      await token(sandbox, clock, { clientId: 'alice' }),
      await token(sandbox, clock, { clientId: 'bob' }),
    );
    const client = realtime(sandbox, { authCallback: createAuthCallback(url) });
    await reaches(client, 'connected');
    sandbox.promptReauth();
    await reaches(client, 'failed');
    expect(reasonOf(client)).toMatchObject({ code: 40102, statusCode: 403 });
    expect(reasonOf(client)?.message).toBe(
      'This client is connected as "alice", but the endpoint sent a token for "bob". Close it and create a new client.',
    );
  });
});

describe("Ably's client asks again after", () => {
  test.each([
    ['503', { status: 503 }],
    ['429', { status: 429, headers: { 'retry-after': '0' } }],
    ['a connection that breaks off', (response: import('node:http').ServerResponse) => response.destroy()],
  ])('%s', async (_, answer) => {
    const { sandbox, clock } = await startSandbox();
    const { url, requests } = await endpoint(answer, await token(sandbox, clock));
    const authCallback = createAuthCallback(url, { retries: 0 });
    const client = realtime(sandbox, { authCallback });
    const { reason } = await nextEvent(client, 'disconnected');
    expect(reason).toMatchObject({ code: 80019, statusCode: 401, cause: { code: 40170, statusCode: 401 } });
    expect(reason?.cause?.message).toMatch(/ (answered \d+|failed)\. The client retries\.$/);
    await reaches(client, 'connected');
    expect(requests).toHaveLength(2);
  });

  test('a function that rejects, which it hears of at once', async () => {
    const { sandbox } = await startSandbox();
    const authCallback = createAuthCallback(() => Promise.reject(new Error('no session store')), {
      retries: 0,
    });
    const client = realtime(sandbox, { authCallback });
    const { reason } = await nextEvent(client, 'disconnected');
    expect(reason?.cause?.message).toBe('no session store');
  });
});

test('a client connects with the token, knows it, and renews it on the same connection', async () => {
  const { sandbox, clock } = await startSandbox();
  const first = await token(sandbox, clock, { clientId: 'zoë' });
  clock.advance(1000);
  const second = await token(sandbox, clock, { clientId: 'zoë' });
  const { url, requests } = await endpoint(first, second);
  const client = realtime(sandbox, { authCallback: createAuthCallback(url) });
  await reaches(client, 'connected');
  const { id } = client.connection;
  expect(client.auth.clientId).toBe('zoë');
  const { expires } = tokenDetails(client);
  expect(tokenDetails(client)).toMatchObject({
    clientId: 'zoë',
    expires: Math.floor(clock.now() / 1000 + 59) * 1000,
  });

  const updated = nextEvent(client, 'update');
  sandbox.promptReauth();
  await updated;
  expect(client.connection.id).toBe(id);
  expect(tokenDetails(client)).toMatchObject({ clientId: 'zoë', expires: expires + 1000 });
  expect(requests).toHaveLength(2);
});

test('a client that has failed connects after a login', async () => {
  const { sandbox, clock } = await startSandbox();
  const { url } = await endpoint({ status: 401 }, await token(sandbox, clock));
  const client = realtime(sandbox, { authCallback: createAuthCallback(url) });
  await reaches(client, 'failed');
  client.connect();
  await reaches(client, 'connected');
});

test('a REST client gets its token in the same way', async () => {
  const { sandbox, clock } = await startSandbox();
  const { url } = await endpoint({ status: 403 }, await token(sandbox, clock));
  const { Rest } = await import('ably');
  const rest = new Rest({ ...sandbox.clientOptions, authCallback: createAuthCallback(url), logLevel: 0 });
  await expect(rest.channels.get('a').history()).rejects.toMatchObject({ code: 40170, statusCode: 403 });
  expect((await rest.channels.get('a').history()).items).toEqual([]);
});

test('a callback serves the next user, with a client of its own', async () => {
  const { sandbox, clock } = await startSandbox();
  const { url } = await endpoint(
    await token(sandbox, clock, { clientId: 'alice' }),
    await token(sandbox, clock, { clientId: 'bob' }),
  );
  const authCallback = createAuthCallback(url);
  const alice = realtime(sandbox, { authCallback });
  await reaches(alice, 'connected');
  alice.close();
  const bob = realtime(sandbox, { authCallback });
  await reaches(bob, 'connected');
  expect([alice.auth.clientId, bob.auth.clientId]).toEqual(['alice', 'bob']);
});

test("what was passed to deny is all that the client's error says", async () => {
  const { sandbox } = await startSandbox();
  const handle = createAuthHandler(sandbox.apiKey, () => {
    throw deny('Your account is suspended.');
  });
  const { url } = await endpoint(async (response) => {
    const answer = await handle(new Request('http://127.0.0.1/auth'));
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  });
  const client = realtime(sandbox, { authCallback: createAuthCallback(url) });
  await reaches(client, 'failed');
  expect(reasonOf(client)?.cause?.message).toBe('Your account is suspended.');
});

test('a client exchanges the TokenRequest of an endpoint for a token', async () => {
  const { sandbox } = await startSandbox({ clock: undefined });
  const { Rest } = await import('ably');
  const server = new Rest({ ...sandbox.clientOptions, key: sandbox.apiKey });
  const { url } = await endpoint(async (response) => {
    const tokenRequest = await server.auth.createTokenRequest({ clientId: 'alice' });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(tokenRequest));
  });
  const client = realtime(sandbox, { authCallback: createAuthCallback(url) });
  await reaches(client, 'connected');
  expect(client.auth.clientId).toBe('alice');
});
