import * as backend from 'ably-jwt';
import {
  type AblyJwtOptions,
  type AuthCallbackError,
  type AuthCallbackOptions,
  type AuthCorsOptions,
  type AuthServerOptions,
  can,
  channelPattern,
  createAblyJwt,
  createAuthCallback,
  createAuthEndpoint,
  createAuthHandler,
  createAuthListener,
  decodeAblyJwt,
  deny,
  diffCapabilities,
  type EmbedAblyTokenOptions,
  embedAblyToken,
  explainAblyJwt,
  intersectCapabilities,
  isAblyJwtError,
  mergeCapabilities,
  parseAblyKey,
  parseCapability,
  type RevokeAblyTokensOptions,
  type RevokeAblyTokensTransport,
  retryLater,
  revokeAblyTokens,
  stringifyCapability,
  type VerifyAblyJwtOptions,
  verifyAblyJwt,
} from 'ably-jwt';
import * as testing from 'ably-jwt/testing';
import {
  type AblySandboxKeyOptions,
  type AblySandboxOptions,
  createManualClock,
  startAblySandbox,
} from 'ably-jwt/testing';
import { beforeAll, expect, test } from 'vitest';
import { Canaries } from './support/canaries.js';
import { wrongValues } from './support/wrong.js';

// Every argument and every option of every public function is given what holds a secret and doesn't belong there. What is
// thrown, logged or answered must not repeat it.
const secret = 'Bz3-hT6_wD8kQs5NvC2yLrG9';
const key = `canary.aKey06:${secret}`;
const wrongs = wrongValues(secret);

let jwt: string;
beforeAll(async () => {
  jwt = await createAblyJwt(key, { capability: 'inherit' });
});

// biome-ignore lint/suspicious/noExplicitAny: all of it is of a wrong type.
type Wrong = any;
type Call = readonly [where: string, call: (wrong: Wrong) => unknown];

/** A call for each option: `good` with that option wrong. A new option doesn't compile until it is here. */
const each = <Options>(
  where: string,
  options: Record<keyof Options & string, true>,
  call: (options: Wrong) => unknown,
  good: object = {},
): Call[] =>
  Object.keys(options).map(
    (name) => [`${where} ${name}`, (wrong) => call({ ...good, [name]: wrong })] as const,
  );

const capability = { a: ['subscribe'] } as const;
const outer = 'Outer-secret-of-32-bytes-at-least-Zk4';
const bytes = new TextEncoder().encode(outer);
const noFetch = (() => Promise.reject(new TypeError('down'))) as typeof fetch;
const nothing = () => null;

const calls: Record<string, (() => Call[]) | undefined> = {
  parseAblyKey: () => [['key', parseAblyKey]],
  createAblyJwt: () => [
    ['key', (wrong) => createAblyJwt(wrong, { capability })],
    ['options', (wrong) => createAblyJwt(key, wrong)],
    ['capability of a resource', (wrong) => createAblyJwt(key, { capability: { a: wrong } })],
    ['operation', (wrong) => createAblyJwt(key, { capability: { a: [wrong] } })],
    ['resource', (wrong) => createAblyJwt(key, { capability: { [String(wrong)]: ['x' as 'publish'] } })],
    ['claim', (wrong) => createAblyJwt(key, { capability, claims: { 'x-ably-a': wrong } })],
    ['deep claim', (wrong) => createAblyJwt(key, { capability, claims: { a: [{ b: wrong }] } })],
    ...each<AblyJwtOptions>(
      'option',
      {
        capability: true,
        clientId: true,
        clientType: true,
        ttl: true,
        revocable: true,
        revocationKey: true,
        channelClaims: true,
        roomClaims: true,
        publishRateLimits: true,
        issuedAt: true,
        backdate: true,
        claims: true,
        allowBrowser: true,
      },
      (options) => createAblyJwt(key, options),
      { capability },
    ),
    [
      'channelClaims of a pattern',
      (wrong) => createAblyJwt(key, { capability, channelClaims: { a: wrong } }),
    ],
    ['backdate and ttl', (wrong) => createAblyJwt(key, { capability, ttl: '1m', backdate: wrong })],
  ],
  verifyAblyJwt: () => [
    ['jwt', (wrong) => verifyAblyJwt(wrong, key)],
    ['forged jwt', (wrong) => verifyAblyJwt(`${jwt}${String(wrong)}`, key)],
    ['keys', (wrong) => verifyAblyJwt(jwt, wrong)],
    ['one of the keys', (wrong) => verifyAblyJwt(jwt, [key, wrong])],
    ['options', (wrong) => verifyAblyJwt(jwt, key, wrong)],
    ...each<VerifyAblyJwtOptions>(
      'option',
      { currentDate: true, clockTolerance: true, revocable: true },
      (options) => verifyAblyJwt(jwt, key, options),
    ),
  ],
  explainAblyJwt: () => [
    ['jwt', (wrong) => explainAblyJwt(wrong, key)],
    ['forged jwt', (wrong) => explainAblyJwt(`${jwt}${String(wrong)}`, key)],
    ['keys', (wrong) => explainAblyJwt(jwt, wrong)],
    ['options', (wrong) => explainAblyJwt(jwt, key, wrong)],
    ...each<VerifyAblyJwtOptions>(
      'option',
      { currentDate: true, clockTolerance: true, revocable: true },
      (options) => explainAblyJwt(jwt, key, options),
    ),
  ],
  decodeAblyJwt: () => [['jwt', decodeAblyJwt]],
  can: () => [
    ['capability', (wrong) => can(wrong, 'publish', 'a')],
    ['operation', (wrong) => can(capability, wrong, 'a')],
    ['channel', (wrong) => can(capability, 'publish', wrong)],
  ],
  parseCapability: () => [['json', parseCapability]],
  stringifyCapability: () => [
    ['capability', stringifyCapability],
    ['operations', (wrong) => stringifyCapability({ a: wrong })],
    ['operation', (wrong) => stringifyCapability({ a: ['publish', wrong] })],
  ],
  intersectCapabilities: () => [
    ['first', (wrong) => intersectCapabilities(wrong, capability)],
    ['second', (wrong) => intersectCapabilities(capability, wrong)],
  ],
  mergeCapabilities: () => [['second', (wrong) => mergeCapabilities(capability, wrong)]],
  diffCapabilities: () => [['first', (wrong) => diffCapabilities(wrong, capability)]],
  channelPattern: () => [
    ['without a template', channelPattern as Wrong],
    ['value', (wrong) => channelPattern`chat:${wrong}:*`],
  ],
  embedAblyToken: () => [
    ['token', (wrong) => embedAblyToken(wrong, { secret: outer, claims: {} })],
    ['options', (wrong) => embedAblyToken(jwt, wrong)],
    ...each<EmbedAblyTokenOptions>(
      'option',
      { secret: true, sign: true, encrypt: true, claims: true, expiresAt: true, in: true },
      (options) => embedAblyToken(jwt, options),
      { secret: outer },
    ),
    ['secret alone', (wrong) => embedAblyToken(jwt, { secret: wrong })],
    ['its own secret', () => embedAblyToken(jwt, { secret })],
    ['sign alone', (wrong) => embedAblyToken(jwt, { sign: wrong })],
    ['key of sign', (wrong) => embedAblyToken(jwt, { sign: { key: wrong, alg: 'HS256' } })],
    ['alg of sign', (wrong) => embedAblyToken(jwt, { sign: { key: bytes, alg: wrong } })],
    ['key id of sign', (wrong) => embedAblyToken(jwt, { sign: { key: bytes, alg: 'HS512', kid: wrong } })],
    ['encrypt alone', (wrong) => embedAblyToken(jwt, { encrypt: wrong })],
    [
      'key of encrypt',
      (wrong) => embedAblyToken(jwt, { encrypt: { key: wrong, alg: 'dir', enc: 'A256GCM' } }),
    ],
    ['enc of encrypt', (wrong) => embedAblyToken(jwt, { encrypt: { key: bytes, alg: 'dir', enc: wrong } })],
    ['claim', (wrong) => embedAblyToken(jwt, { secret: outer, claims: { iat: wrong } })],
    ['deep claim', (wrong) => embedAblyToken(jwt, { secret: outer, claims: { a: { b: wrong } } })],
    [
      'header',
      (wrong) =>
        embedAblyToken(`${btoa(JSON.stringify({ kid: wrong?.toString?.() }))}.e30.x`, { secret: outer }),
    ],
  ],
  revokeAblyTokens: () => [
    ['key', (wrong) => revokeAblyTokens(wrong, { targets: [{ clientId: 'a' }] }, { fetch: noFetch })],
    ['options', (wrong) => revokeAblyTokens(key, wrong, { fetch: noFetch })],
    ['transport', (wrong) => revokeAblyTokens(key, { targets: [{ clientId: 'a' }] }, wrong)],
    ['target', (wrong) => revokeAblyTokens(key, { targets: [wrong] }, { fetch: noFetch })],
    ['clientId', (wrong) => revokeAblyTokens(key, { targets: [{ clientId: wrong }] }, { fetch: noFetch })],
    ...each<RevokeAblyTokensOptions>(
      'option',
      { targets: true, issuedBefore: true, allowReauthMargin: true },
      (options) => revokeAblyTokens(key, options, { fetch: noFetch }),
      { targets: [{ clientId: 'a' }] },
    ),
    ...each<RevokeAblyTokensTransport>(
      'transport',
      { endpoint: true, fetch: true },
      (transport) => revokeAblyTokens(key, { targets: [{ clientId: 'a' }] }, transport),
      { fetch: noFetch },
    ),
    [
      'what fetch throws',
      (wrong) =>
        revokeAblyTokens(key, { targets: [{ clientId: 'a' }] }, { fetch: () => Promise.reject(wrong) }),
    ],
    [
      'what fetch returns',
      (wrong) => revokeAblyTokens(key, { targets: [{ clientId: 'a' }] }, { fetch: async () => wrong }),
    ],
  ],
  createAuthEndpoint: () => endpointCalls(createAuthEndpoint),
  createAuthHandler: () => endpointCalls(createAuthHandler),
  createAuthListener: () => endpointCalls(createAuthListener),
  deny: () => [['reason', deny]],
  retryLater: () => [['delay', retryLater]],
  // Its errors are for the page: they name the URL, an unknown option and a wrong timeout as the page's code wrote them.
  createAuthCallback: () => [
    ...each<Omit<AuthCallbackOptions, 'timeout'>>(
      'option',
      {
        method: true,
        headers: true,
        body: true,
        credentials: true,
        signal: true,
        fetch: true,
        retries: true,
        onUnauthorized: true,
        onError: true,
      },
      (options) => called(createAuthCallback('https://app.example/auth', options)),
      { fetch: noFetch, retries: 0, timeout: 50 },
    ),
    [
      'what a source returns',
      (wrong) => called(createAuthCallback((() => wrong) as Wrong, { retries: 0, timeout: 50 })),
    ],
    ['params', (wrong) => called(createAuthCallback('/auth', { fetch: noFetch, retries: 0 }), wrong)],
  ],
  isAblyJwtError: () => [['error', (wrong) => isAblyJwtError(wrong, wrong)]],
  // Holds what its caller puts into it.
  AblyJwtError: undefined,
  // Made by parseAblyKey.
  AblyKey: () => [['constructor', (wrong) => new (backend.AblyKey as Wrong)(wrong, wrong, wrong)]],
  anyClientId: undefined,
  createManualClock: () => [
    ['start', createManualClock],
    ['advance', (wrong) => createManualClock().advance(wrong)],
  ],
  startAblySandbox: () => [
    ['options', (wrong) => started(wrong)],
    ['one of the keys', (wrong) => started({ keys: [wrong] })],
    ['the same key twice', () => started({ keys: [{ key }, { key }] })],
    ...each<AblySandboxOptions>(
      'option',
      { keys: true, port: true, clock: true, provisioning: true, admin: true, origins: true, onEvent: true },
      started,
    ),
    ...each<AblySandboxKeyOptions>(
      'keys',
      { key: true, capability: true, revocableTokens: true },
      (options) => started({ keys: [options] }),
    ),
  ],
};

function endpointCalls(create: Wrong): Call[] {
  const cors = { origins: ['https://app.example'] };
  return [
    ['key', (wrong) => create(wrong, nothing)],
    ['authorize', (wrong) => create(key, wrong)],
    ['options', (wrong) => create(key, nothing, wrong)],
    ...each<AuthServerOptions<unknown>>(
      'option',
      { unauthenticatedStatus: true, timeout: true, onError: true, onIssued: true, cors: true },
      (options) => create(key, nothing, options),
    ),
    ...each<AuthCorsOptions>(
      'cors',
      { origins: true, credentials: true },
      (options) => create(key, nothing, { cors: options }),
      cors,
    ),
    ['origin', (wrong) => create(key, nothing, { cors: { origins: [wrong] } })],
  ];
}

/** What Ably's client gets of an auth callback: its error, whose cause is the runtime's own. */
const called = (callback: ReturnType<typeof createAuthCallback>, params: Wrong = {}) =>
  new Promise((_, reject) => {
    callback(params, (error) => {
      const { message, code, statusCode, url, contentType } = (error ?? {}) as AuthCallbackError;
      reject(
        error === null
          ? undefined
          : JSON.stringify([message, String(error), code, statusCode, url, contentType]),
      );
    });
  });

async function started(options: Wrong): Promise<void> {
  const sandbox = await startAblySandbox(options);
  await sandbox.close();
}

/** Calls with each wrong value; keeps what is thrown. Returns how often something was. */
async function attack(canaries: Canaries, list: readonly Call[]): Promise<Record<string, number>> {
  const thrown: Record<string, number> = {};
  for (const [where, call] of list) {
    thrown[where] = 0;
    const attempts = wrongs.map(async (wrong) => {
      try {
        const result = await call(wrong);
        // What is found wrong with a token; any other result is what was asked for, and belongs to the caller.
        if (Array.isArray(result)) canaries.see(where, result);
      } catch (error) {
        canaries.see(where, error);
        thrown[where]! += 1;
      }
    });
    await Promise.all(attempts);
  }
  return thrown;
}

test('the table has every public function', () => {
  const names = [...Object.keys(backend), ...Object.keys(testing)];
  expect(Object.keys(calls).sort()).toEqual(names.sort());
});

/** What answers whatever it is given. */
const neverThrow: Record<string, readonly string[]> = {
  can: ['capability', 'operation', 'channel'],
  explainAblyJwt: ['jwt', 'forged jwt', 'keys'],
  isAblyJwtError: ['error'],
};
const tested = Object.entries(calls).filter(([, list]) => list !== undefined);
test.each(tested)('%s repeats no secret that was put in a wrong place', async (name, list) => {
  const canaries = new Canaries(secret, jwt.slice(jwt.lastIndexOf('.') + 1));
  const thrown = await attack(canaries, list!());
  canaries.expectUnseen();
  // Each place has something that it refuses.
  const lenient = Object.keys(thrown).filter((where) => thrown[where] === 0);
  expect(lenient).toEqual(neverThrow[name] ?? []);
});
