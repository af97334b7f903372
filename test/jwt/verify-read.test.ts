import {
  type AblyJwt,
  type AblyJwtOptions,
  anyClientId,
  type Capability,
  createAblyJwt,
  decodeAblyJwt,
  verifyAblyJwt,
} from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { iat, issuedAt, key, keyName, rawJwt } from '../support/tokens.js';

const options = {
  capability: { 'chat:*': ['subscribe', 'publish'], alerts: ['subscribe'] },
  clientId: 'alice',
  ttl: '15m',
  revocationKey: 'device-1',
  channelClaims: { 'chat:*': 'vip', '*': { role: 'guest' } },
  roomClaims: { lobby: 'host' },
  publishRateLimits: { 'chat:*': 0.5 },
  claims: { sub: 'u1', roles: ['a', { b: null }], ['__proto__']: 1 },
  issuedAt,
} as const satisfies AblyJwtOptions;

const ways: [name: string, read: (jwt: string) => Promise<AblyJwt>][] = [
  ['verifyAblyJwt', (jwt) => verifyAblyJwt(jwt, key, { currentDate: issuedAt })],
  ['decodeAblyJwt', async (jwt) => decodeAblyJwt(jwt)],
];

describe.each(ways)('%s', (_, read) => {
  test('gives back what was signed', async () => {
    const { can, ...token } = await read(await createAblyJwt(key, options));
    expect(token).toEqual({
      keyName,
      clientId: 'alice',
      capability: { alerts: ['subscribe'], 'chat:*': ['publish', 'subscribe'] },
      issuedAt,
      expiresAt: new Date(issuedAt.getTime() + 900_000),
      revocationKey: 'device-1',
      channelClaims: { 'chat:*': 'vip', '*': '{"role":"guest"}' },
      roomClaims: { lobby: 'host' },
      publishRateLimits: { 'chat:*': 0.5 },
      claims: { sub: 'u1', roles: ['a', { b: null }], ['__proto__']: 1 },
    });
    expect(Object.keys(token.claims)).toEqual(['sub', 'roles', '__proto__']);
    expect(typeof can).toBe('function');
  });

  test('leaves out what is absent, and gives empty maps for the rest', async () => {
    const { can, ...token } = await read(await createAblyJwt(key, { capability: 'inherit', issuedAt }));
    expect(Object.entries(token)).toEqual([
      ['keyName', keyName],
      ['issuedAt', issuedAt],
      ['expiresAt', new Date(issuedAt.getTime() + 3_600_000)],
      ['channelClaims', {}],
      ['roomClaims', {}],
      ['publishRateLimits', {}],
      ['claims', {}],
    ]);
    expect(typeof can).toBe('function');
  });

  test('gives * for any clientId', async () => {
    const jwt = await createAblyJwt(key, { capability: 'inherit', clientId: anyClientId, issuedAt });
    expect((await read(jwt)).clientId).toBe('*');
  });

  test('keeps milliseconds of tokens from elsewhere', async () => {
    const jwt = rawJwt({ payload: { iat: iat - 0.5, exp: iat + 60.25 } });
    expect(await read(jwt)).toMatchObject({
      issuedAt: new Date((iat - 0.5) * 1000),
      expiresAt: new Date((iat + 60.25) * 1000),
    });
  });

  test('tells other claims of Ably from those it has names for', async () => {
    const payload = {
      iat,
      exp: iat + 60,
      'x-ably-clientType': 'server',
      'x-ably-appId': 'appId1',
      'ably.channel': 'x',
      'ably.limits.other': 1,
      nbf: 0,
    };
    const { claims, channelClaims, clientType } = await read(rawJwt({ payload }));
    expect(clientType).toBe('server');
    expect(claims).toEqual({
      'x-ably-appId': 'appId1',
      'ably.channel': 'x',
      'ably.limits.other': 1,
      nbf: 0,
    });
    expect(channelClaims).toEqual({});
  });

  test('canonicalises the capability, and keeps operations of the future', async () => {
    const payload = {
      iat,
      exp: iat + 60,
      'x-ably-capability': ' {"b":["teleport","publish"],"a":["*"],"":["history"]}',
    };
    const token = await read(rawJwt({ payload }));
    expect(JSON.stringify(token.capability)).toBe('{"":["history"],"a":["*"],"b":["publish","teleport"]}');
    expect(token.can('teleport' as 'publish', 'b')).toBe(true);
  });

  test('reads an empty capability, which grants nothing', async () => {
    const token = await read(rawJwt({ payload: { iat, exp: iat + 60, 'x-ably-capability': '{}' } }));
    expect(token.capability).toEqual({});
    expect(token.can('publish', 'a')).toBe(false);
  });

  test('can says what is granted on a channel', async () => {
    const { can } = await read(await createAblyJwt(key, options));
    expect(can('publish', 'chat:1')).toBe(true);
    expect(can('publish', 'alerts')).toBe(false);
    expect(can('subscribe', 'alerts')).toBe(true);
    expect(can('history', 'chat:1')).toBe(false);
    expect(can('*', 'chat:1')).toBe(false);
  });

  test('can is true for an inherited capability: within the rights of the key', async () => {
    const token = await read(await createAblyJwt(key, { capability: 'inherit', issuedAt }));
    expect(token.capability).toBeUndefined();
    expect(token.can('push-admin', '[meta]log')).toBe(true);
    expect(token.can('*', 'anything')).toBe(true);
  });

  test("can answers within the rights of the key, if it's told what they are", async () => {
    const keyCapability = { 'chat:*': ['subscribe', 'publish'] } as const;
    const inherited = await read(await createAblyJwt(key, { capability: 'inherit', issuedAt }));
    expect(inherited.can('publish', 'chat:1', keyCapability)).toBe(true);
    expect(inherited.can('publish', 'alerts', keyCapability)).toBe(false);
    expect(inherited.can('history', 'chat:1', keyCapability)).toBe(false);
    const narrowed = await read(await createAblyJwt(key, options));
    expect(narrowed.can('publish', 'chat:1', keyCapability)).toBe(true);
    expect(narrowed.can('subscribe', 'alerts')).toBe(true);
    expect(narrowed.can('subscribe', 'alerts', keyCapability)).toBe(false);
    expect(narrowed.can('publish', 'chat:1', { 'chat:1': ['subscribe'] })).toBe(false);
    expect(narrowed.can('history', 'chat:1', { '*': ['*'] })).toBe(false);
  });

  test.each([null, 'x', 7, { a: 'publish' }, []])(
    'can never throws, and grants nothing by %j',
    async (wrong) => {
      for (const capability of ['inherit', { '*': ['*'] }] as const) {
        const token = await read(await createAblyJwt(key, { capability, issuedAt }));
        expect(token.can('publish', 'a', wrong as unknown as Capability)).toBe(false);
      }
    },
  );
});
