import { createAblyJwt } from 'ably-jwt';
import type { AblySandbox, ManualClock } from 'ably-jwt/testing';
import { expect, test } from 'vitest';
import {
  attempt,
  formats,
  handmade,
  hands,
  nextEvent,
  reaches,
  realtime,
  rest,
  startSandbox,
} from './support/client.js';
import { RawClient } from './support/raw.js';

const agents = { 'ably-pubsub-server': '1.0.0' };
const sign = (sandbox: AblySandbox, clock: ManualClock, server: boolean) =>
  createAblyJwt(sandbox.apiKey, {
    capability: { '*': ['*'] },
    issuedAt: new Date(clock.now()),
    ...(server ? { clientType: 'server' } : {}),
  });

test.each(formats)('a declared server needs the claim in its token, over WebSocket (%s)', async (format) => {
  const { sandbox, clock } = await startSandbox();
  const connect = (options: object) => attempt(realtime(sandbox, { agents, ...options } as never, format));
  expect(await connect({ token: await sign(sandbox, clock, true) })).toEqual({ state: 'connected' });
  const refused = { state: 'failed', code: 40167, statusCode: 401 };
  expect(await connect({ token: await sign(sandbox, clock, false) })).toMatchObject(refused);
  const { token } = await rest(sandbox, { key: sandbox.apiKey }).auth.requestToken({
    timestamp: clock.now(),
  });
  expect(await connect({ token })).toMatchObject(refused);
  const claims = { 'x-ably-clientType': 'device' };
  expect(await connect({ token: handmade(sandbox, clock, { claims }) })).toMatchObject(refused);
  // With the key itself the declaration is enough.
  expect(await connect({ key: sandbox.apiKey })).toEqual({ state: 'connected' });
  // The claim alone declares nothing.
  expect(await connect({ agents: {}, token: await sign(sandbox, clock, true) })).toEqual({
    state: 'connected',
  });
});

test('by the parameter clientType, and for REST', async () => {
  const { sandbox, clock } = await startSandbox();
  const [server, device] = [await sign(sandbox, clock, true), await sign(sandbox, clock, false)];
  const query = { access_token: device, clientType: 'server' };
  expect(await new RawClient(sandbox, query).next()).toMatchObject({ action: 9, error: { code: 40167 } });
  const ask = async (token: string, agent: string, path = '') => {
    const response = await fetch(`${sandbox.url}/channels/a/messages${path}`, {
      headers: { Authorization: `Bearer ${token}`, 'Ably-Agent': agent },
    });
    return response.status === 200 ? 200 : Number(response.headers.get('x-ably-errorcode'));
  };
  expect(await ask(server, 'ably-pubsub-server/1.0.0 nodejs/20')).toBe(200);
  expect(await ask(device, 'ably-pubsub-server/1.0.0 nodejs/20')).toBe(40167);
  expect(await ask(device, 'ably-js/2.28.0')).toBe(200);
  expect(await ask(device, 'ably-js/2.28.0', '?clientType=server')).toBe(40167);
  // However much the SDK says before.
  expect(await ask(device, `${'x'.repeat(500)}/1 ably-pubsub-server/1.0.0`)).toBe(40167);
});

test('a renewal without the claim ends a declared server', async () => {
  const { sandbox, clock } = await startSandbox();
  let server = true;
  const client = realtime(sandbox, {
    agents,
    authCallback: hands(() => sign(sandbox, clock, server)),
  } as never);
  await reaches(client, 'connected');
  const failed = nextEvent(client, 'failed');
  server = false;
  sandbox.promptReauth();
  expect((await failed).reason?.code).toBe(40167);
});
