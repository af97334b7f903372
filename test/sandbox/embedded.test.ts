import { createAblyJwt, embedAblyToken } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { base64url, rawJwt } from '../support/tokens.js';
import {
  attempt,
  formats,
  hands,
  nextEvent,
  reaches,
  realtime,
  rest,
  startSandbox,
} from './support/client.js';

const secret = 'the secret of the product’s own tokens';

describe.each(formats)('a token inside another one (%s)', (format) => {
  const places = ['header', 'claim'] as const;

  test.each(places)('an Ably JWT in the %s of a signed token', async (place) => {
    const { sandbox, clock } = await startSandbox();
    const inner = await createAblyJwt(sandbox.apiKey, {
      capability: { a: ['subscribe'] },
      clientId: 'bob',
      issuedAt: new Date(clock.now()),
    });
    const outer = await embedAblyToken(inner, { secret, claims: { sub: 'user-1' }, in: place });
    const client = realtime(sandbox, { token: outer }, format);
    expect(await attempt(client)).toEqual({ state: 'connected' });
    expect(sandbox.connections).toMatchObject([{ clientId: 'bob', capability: { a: ['subscribe'] } }]);
    await rest(sandbox, { token: outer }, format).channels.get('a').presence.get();
  });

  test.each(places)('an Ably Token in the %s of a signed token', async (place) => {
    const { sandbox, clock } = await startSandbox();
    const { token: inner } = await rest(sandbox, { key: sandbox.apiKey }).auth.requestToken({
      timestamp: clock.now(),
      clientId: 'bob',
    });
    const outer = await embedAblyToken(inner, { secret, claims: {}, in: place });
    const client = realtime(sandbox, { token: outer }, format);
    expect(await attempt(client)).toEqual({ state: 'connected' });
    expect(sandbox.connections).toMatchObject([{ clientId: 'bob' }]);
  });

  test('an Ably Token in the clear header of an encrypted token', async () => {
    const { sandbox, clock } = await startSandbox();
    const { token: inner } = await rest(sandbox, { key: sandbox.apiKey }).auth.requestToken({
      timestamp: clock.now(),
    });
    const encrypt = { key: crypto.getRandomValues(new Uint8Array(32)), alg: 'dir', enc: 'A256GCM' };
    const outer = await embedAblyToken(inner, { encrypt, claims: { sub: 'user-1' } });
    expect(outer.split('.')).toHaveLength(5);
    expect(await attempt(realtime(sandbox, { token: outer }, format))).toEqual({ state: 'connected' });
  });

  test('the outer signature does not count, the inner one does', async () => {
    const { sandbox, clock } = await startSandbox();
    const inner = await createAblyJwt(sandbox.apiKey, {
      capability: 'inherit',
      issuedAt: new Date(clock.now()),
    });
    const outer = (token: string) =>
      `${base64url('{"alg":"none"}')}.${base64url(JSON.stringify({ 'x-ably-token': token }))}.`;
    expect(await attempt(realtime(sandbox, { token: outer(inner) }, format))).toEqual({ state: 'connected' });
    const forged = outer(`${inner.slice(0, -4)}AAAA`);
    const client = realtime(sandbox, { authCallback: hands(forged) }, format);
    expect(await attempt(client)).toMatchObject({ state: 'disconnected', code: 40144 });
  });

  test('an outer token that outlives the inner one is refused', async () => {
    const { sandbox, clock } = await startSandbox();
    const now = Math.floor(clock.now() / 1000);
    const { token: native } = await rest(sandbox, { key: sandbox.apiKey }).auth.requestToken({
      timestamp: clock.now(),
      ttl: 60_000,
    });
    const jwt = await createAblyJwt(sandbox.apiKey, {
      capability: 'inherit',
      ttl: '1m',
      issuedAt: new Date(now * 1000),
    });
    for (const inner of [native, jwt]) {
      const outer = (exp: number) => rawJwt({ payload: { exp, 'x-ably-token': inner } });
      const long = realtime(sandbox, { authCallback: hands(outer(now + 62)) }, format);
      expect(await attempt(long)).toMatchObject({
        state: 'disconnected',
        code: 40144,
        statusCode: 401,
        message: expect.stringMatching(/outer token's "exp"/),
      });
      expect(await attempt(realtime(sandbox, { token: outer(now + 60) }, format))).toEqual({
        state: 'connected',
      });
    }
  });

  test('the inner token’s expiry ends the connection', async () => {
    const { sandbox, clock } = await startSandbox();
    const inner = await createAblyJwt(sandbox.apiKey, {
      capability: 'inherit',
      ttl: '5s',
      issuedAt: new Date(clock.now()),
    });
    const client = realtime(sandbox, { token: await embedAblyToken(inner, { secret, claims: {} }) }, format);
    await reaches(client, 'connected');
    const lost = nextEvent(client, 'disconnected');
    clock.advance(5000);
    expect((await lost).reason?.code).toBe(40142);
  });
});
