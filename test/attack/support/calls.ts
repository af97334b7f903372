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
import {
  type AblySandboxKeyOptions,
  type AblySandboxOptions,
  createManualClock,
  startAblySandbox,
} from 'ably-jwt/testing';
import { rawJwt } from '../../support/tokens.js';

export const secret = 'Bz3-hT6_wD8kQs5NvC2yLrG9';
const key = `canary.aKey06:${secret}`;
/** Of the key, so that what is wrong beside it is what counts. */
export const jwt = await createAblyJwt(key, { capability: 'inherit' });

// biome-ignore lint/suspicious/noExplicitAny: all of it is of a wrong type.
type Wrong = any;
/** A place for a value, and the call that puts it there. */
export type Call = readonly [where: string, call: (wrong: Wrong) => unknown];

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

/** A token of the key that says something wrong. */
export const claimNames = [
  'iat',
  'exp',
  'nbf',
  'x-ably-capability',
  'x-ably-clientId',
  'x-ably-clientType',
  'x-ably-revocation-key',
];
export const headerNames = ['alg', 'typ', 'kid', 'crit', 'cty', 'x-ably-token'];
const seconds = Math.floor(Date.now() / 1000);
const signed = (header: object, payload: object) =>
  rawJwt({
    header: { alg: 'HS256', typ: 'JWT', kid: 'canary.aKey06', ...header },
    payload: { iat: seconds, exp: seconds + 60, ...payload },
    secret,
  });
const inJson = (wrong: Wrong) => (typeof wrong === 'bigint' ? secret : wrong);
const withClaim = (name: string, wrong: Wrong) => signed({}, { [name]: inJson(wrong), [secret]: secret });
const withHeader = (name: string, wrong: Wrong) => signed({ [name]: inJson(wrong) }, {});

/** The places of each export of the package; none for what takes nothing to check. */
export const calls: Record<string, (() => Call[]) | undefined> = {
  parseAblyKey: () => [['key', parseAblyKey]],
  createAblyJwt: () => [
    ['key', (wrong) => createAblyJwt(wrong, { capability })],
    ['options', (wrong) => createAblyJwt(key, wrong)],
    ['capability of a resource', (wrong) => createAblyJwt(key, { capability: { a: wrong } })],
    ['operation', (wrong) => createAblyJwt(key, { capability: { a: [wrong] } })],
    ['resource', (wrong) => createAblyJwt(key, { capability: { [String(wrong)]: ['x' as 'publish'] } })],
    ['beside "*"', () => createAblyJwt(key, { capability: { [secret]: ['*', 'publish'] } })],
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
    ...claimNames.map(
      (name): Call => [`claim ${name}`, (wrong) => verifyAblyJwt(withClaim(name, wrong), key)],
    ),
    ...headerNames.map(
      (name): Call => [`header ${name}`, (wrong) => verifyAblyJwt(withHeader(name, wrong), key)],
    ),
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
    ...claimNames.map(
      (name): Call => [`claim ${name}`, (wrong) => explainAblyJwt(withClaim(name, wrong), key)],
    ),
    ...headerNames.map(
      (name): Call => [`header ${name}`, (wrong) => explainAblyJwt(withHeader(name, wrong), key)],
    ),
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
    ['beside "*"', (wrong) => stringifyCapability({ [String(wrong)]: ['*', 'publish'] })],
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
    ['request', (wrong) => answered(create(key, nothing)(wrong, wrong))],
    [
      'key function',
      (wrong) =>
        answered(
          create(
            () => wrong,
            () => ({ capability }),
          )(request(), {}),
        ),
    ],
    ['decision', (wrong) => answered(create(key, () => wrong, { onIssued: nothing })(request(), {}))],
  ];
}

const request = () => new Request('https://app.example/auth');

/** What an endpoint answers, and does not give a token with; a listener has no answer, but logs. */
async function answered(answer: Promise<Wrong>): Promise<void> {
  const given = await answer;
  const body = given instanceof Response ? await given.text() : (given?.body ?? '');
  if (given?.status !== 200) throw JSON.stringify([given?.status, given?.statusText, body]);
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
