// Checked by the compiler (npm run types); nothing here runs.
import { createServer, type IncomingMessage } from 'node:http';
import {
  type AblyJwt,
  AblyJwtError,
  type AblyJwtErrorCode,
  type AblyJwtOptions,
  type AblyKey,
  type AuthListenerResponse,
  type AuthResponse,
  anyClientId,
  type Capability,
  type CapabilityDiff,
  can,
  channelPattern,
  createAblyJwt,
  createAuthEndpoint,
  createAuthHandler,
  createAuthListener,
  decodeAblyJwt,
  deny,
  diffCapabilities,
  intersectCapabilities,
  isAblyJwtError,
  type JsonValue,
  mergeCapabilities,
  type Operation,
  parseAblyKey,
  parseCapability,
  retryLater,
  stringifyCapability,
  type VerifyAblyJwtOptions,
  verifyAblyJwt,
} from 'ably-jwt';
import { expectTypeOf } from 'vitest';

declare const key: AblyKey;
declare const unknownError: unknown;

// Keys
expectTypeOf(parseAblyKey).toEqualTypeOf<(key: string) => AblyKey>();
expectTypeOf(key).toHaveProperty('name').toEqualTypeOf<string>();
expectTypeOf(key).toHaveProperty('appId').toEqualTypeOf<string>();
expectTypeOf(key).toHaveProperty('keyId').toEqualTypeOf<string>();
// @ts-expect-error the secret can't be read
key.secret;
// @ts-expect-error a key can't be changed
key.name = 'x';
// @ts-expect-error what only looks like a key is none
createAblyJwt({ name: 'a.b', appId: 'a', keyId: 'b' }, { capability: 'inherit' });

// Options: what compiles
expectTypeOf(createAblyJwt(key, { capability: 'inherit' })).toEqualTypeOf<Promise<string>>();
createAblyJwt('appId.keyId:secret', { capability: '{"a":["publish"]}' });
createAblyJwt(key, { capability: { 'chat:*': ['subscribe', 'publish'], all: ['*'] } });
createAblyJwt(key, { capability: { a: ['publish'] } as const });
createAblyJwt(key, { capability: Object.freeze({ a: Object.freeze(['publish'] as const) }) });
createAblyJwt(key, { capability: { [channelPattern`chat:${'x'}:${7}`]: ['publish'] } });
createAblyJwt(key, { capability: 'inherit', clientId: anyClientId, ttl: '15m', backdate: '30s' });
createAblyJwt(key, {
  capability: 'inherit',
  channelClaims: { a: 'x', b: { c: [1, null] }, d: undefined },
  roomClaims: { a: true },
  publishRateLimits: { a: 0.5, b: undefined },
  claims: { sub: 'x', nested: { list: ['a', 1] }, gone: undefined },
  issuedAt: new Date(),
  revocable: true,
  revocationKey: 'r',
  allowBrowser: true,
});
// Every optional option takes undefined, also under exactOptionalPropertyTypes, but for those whose loss would go unseen.
type NeverUndefined = 'capability' | 'clientId' | 'revocationKey';
const allUndefined: Record<Exclude<keyof AblyJwtOptions, NeverUndefined>, undefined> = {
  clientType: undefined,
  ttl: undefined,
  revocable: undefined,
  channelClaims: undefined,
  roomClaims: undefined,
  publishRateLimits: undefined,
  claims: undefined,
  allowBrowser: undefined,
  issuedAt: undefined,
  backdate: undefined,
};
createAblyJwt(key, { capability: 'inherit', ...allUndefined });

// Options: what does not compile
// @ts-expect-error capability is required
createAblyJwt(key, {});
// @ts-expect-error capability is required, also beside others
createAblyJwt(key, { clientId: 'alice' });
// @ts-expect-error an identity that went missing
createAblyJwt(key, { capability: 'inherit', clientId: undefined });
// @ts-expect-error a revocation key that went missing
createAblyJwt(key, { capability: 'inherit', revocationKey: undefined });
// @ts-expect-error a client type that Ably doesn't document
createAblyJwt(key, { capability: 'inherit', clientType: 'device' });
createAblyJwt(key, { capability: 'inherit', clientType: 'server' });
// @ts-expect-error capability can't be undefined
createAblyJwt(key, { capability: undefined });
// @ts-expect-error the options are required
createAblyJwt(key);
// @ts-expect-error an operation that Ably does not know
createAblyJwt(key, { capability: { a: ['publsh'] } });
// @ts-expect-error operations are a list
createAblyJwt(key, { capability: { a: 'publish' } });
// @ts-expect-error a bare number has two readings
createAblyJwt(key, { capability: 'inherit', ttl: 3600 });
// @ts-expect-error a duration has a unit
createAblyJwt(key, { capability: 'inherit', ttl: '3600' });
// @ts-expect-error an unknown unit
createAblyJwt(key, { capability: 'inherit', ttl: '1w' });
// @ts-expect-error a misspelt option
createAblyJwt(key, { capability: 'inherit', clientID: 'alice' });
// @ts-expect-error null is not absent
createAblyJwt(key, { capability: 'inherit', clientId: null });
// @ts-expect-error a clientId is a text
createAblyJwt(key, { capability: 'inherit', clientId: 7 });
// @ts-expect-error another symbol is not anyClientId
createAblyJwt(key, { capability: 'inherit', clientId: Symbol('any') });
// @ts-expect-error a Date, not a number
createAblyJwt(key, { capability: 'inherit', issuedAt: Date.now() });
// @ts-expect-error a rate is a number
createAblyJwt(key, { capability: 'inherit', publishRateLimits: { a: '5' } });
// @ts-expect-error functions are no JSON
createAblyJwt(key, { capability: 'inherit', claims: { a: () => 1 } });
// @ts-expect-error BigInt is no JSON
createAblyJwt(key, { capability: 'inherit', channelClaims: { a: 1n } });

// Capabilities
expectTypeOf<Capability>().toEqualTypeOf<{ [resource: string]: readonly (Operation | '*')[] }>();
expectTypeOf<'publish' | 'push-admin' | 'object-publish' | 'message-delete-any'>().toExtend<Operation>();
expectTypeOf<'*'>().not.toExtend<Operation>();
expectTypeOf(can({ a: ['publish'] }, '*', 'a')).toEqualTypeOf<boolean>();
// @ts-expect-error an operation that Ably does not know
can({}, 'admin', 'a');
expectTypeOf(parseCapability).toEqualTypeOf<(json: string) => Capability>();
expectTypeOf(stringifyCapability).toEqualTypeOf<(capability: Capability) => string>();
expectTypeOf(intersectCapabilities).toEqualTypeOf<(a: Capability, b: Capability) => Capability>();
expectTypeOf(mergeCapabilities).toEqualTypeOf<(a: Capability, b: Capability) => Capability>();
expectTypeOf(diffCapabilities).toEqualTypeOf<(from: Capability, to: Capability) => CapabilityDiff>();
expectTypeOf<CapabilityDiff>().toEqualTypeOf<{ added: Capability; removed: Capability }>();
expectTypeOf(channelPattern`a:${'b'}`).toEqualTypeOf<string>();
// @ts-expect-error undefined would be a hole in the pattern
channelPattern`a:${undefined}`;
// @ts-expect-error a template tag, not a function
channelPattern('a:*');

// Tokens
expectTypeOf(verifyAblyJwt('jwt', key)).toEqualTypeOf<Promise<AblyJwt>>();
verifyAblyJwt('jwt', ['appId.keyId:secret', key], { clockTolerance: '5s' });
verifyAblyJwt('jwt', ['a.b:c'] as const, {
  clockTolerance: undefined,
  currentDate: undefined,
  revocable: undefined,
});
expectTypeOf<VerifyAblyJwtOptions>().toExtend<{ clockTolerance?: unknown }>();
// @ts-expect-error a key is required
verifyAblyJwt('jwt');
// @ts-expect-error a bare number has two readings
verifyAblyJwt('jwt', key, { clockTolerance: 60 });
expectTypeOf(decodeAblyJwt).toEqualTypeOf<(jwt: string) => AblyJwt>();
expectTypeOf<AblyJwt>().toEqualTypeOf<{
  keyName: string;
  clientId?: string;
  clientType?: string;
  capability?: Capability;
  issuedAt: Date;
  expiresAt: Date;
  revocationKey?: string;
  channelClaims: Record<string, string>;
  roomClaims: Record<string, string>;
  publishRateLimits: Record<string, number>;
  claims: Record<string, JsonValue>;
  can(operation: Operation | '*', channel: string, keyCapability?: Capability): boolean;
}>();

// Errors
if (isAblyJwtError(unknownError)) {
  expectTypeOf(unknownError).toExtend<AblyJwtError>();
  expectTypeOf(unknownError.code).toEqualTypeOf<AblyJwtErrorCode>();
  expectTypeOf(unknownError.ablyCode).toEqualTypeOf<number | undefined>();
  expectTypeOf(unknownError.hint).toEqualTypeOf<string | undefined>();
}
if (isAblyJwtError(unknownError, 'TTL_TOO_LONG'))
  expectTypeOf(unknownError.code).toEqualTypeOf<'TTL_TOO_LONG'>();
// @ts-expect-error not one of the codes
isAblyJwtError(unknownError, 'TTL_LONG');
new AblyJwtError('TOKEN_EXPIRED', 'message', { hint: undefined, cause: unknownError, statusCode: undefined });
// @ts-expect-error codes are a closed list
new AblyJwtError('OTHER', 'message');

// The endpoint
const endpoint = createAuthEndpoint(key, (request: IncomingMessage) => {
  if (request.headers.cookie === undefined) return null;
  return { capability: { a: ['publish'] }, clientId: 'alice' };
});
expectTypeOf(endpoint).toEqualTypeOf<(request: IncomingMessage) => Promise<AuthResponse>>();
expectTypeOf<AuthResponse>().toEqualTypeOf<{
  status: number;
  headers: Record<string, string>;
  body: string;
}>();
createAuthEndpoint<{ user: string }>(key, async ({ user }) => ({ capability: 'inherit', clientId: user }), {
  unauthenticatedStatus: 401,
  timeout: undefined,
  onError: (error, { user }) => {
    expectTypeOf(error).toEqualTypeOf<unknown>();
    expectTypeOf(user).toEqualTypeOf<string>();
  },
});
createAuthEndpoint(key, () => {
  throw deny('reason');
});
createAuthEndpoint(key, async () => {
  throw retryLater('5s');
});
// @ts-expect-error nothing is not null: a forgotten return must not compile
createAuthEndpoint(key, () => undefined);
// @ts-expect-error nor may it in an async function
createAuthEndpoint(key, async () => {});
// @ts-expect-error capability is required here too
createAuthEndpoint(key, () => ({ clientId: 'alice' }));
// @ts-expect-error deny is thrown, not returned
createAuthEndpoint(key, () => deny('reason'));
// @ts-expect-error 401 or 403
createAuthEndpoint(key, () => null, { unauthenticatedStatus: 404 });
createAuthEndpoint(
  () => key,
  () => null,
  {
    timeout: '8s',
    onIssued: (issued) =>
      expectTypeOf(issued).toEqualTypeOf<{
        keyName: string;
        clientId?: string;
        clientType?: string;
        capability?: Capability;
        expiresAt: Date;
      }>(),
  },
);
// @ts-expect-error a bare number has two readings
createAuthEndpoint(key, () => null, { timeout: 8000 });
// @ts-expect-error here too
retryLater(30);
const handler = createAuthHandler(
  key,
  (request) => (request.headers.get('cookie') === null ? null : { capability: 'inherit' }),
  {
    cors: { origins: ['https://app.example.com'], credentials: undefined },
  },
);
expectTypeOf(handler).toEqualTypeOf<(request: Request) => Promise<Response>>();
// What a shell is called with after the request: what the key function and authorize take
type Env = { ABLY_API_KEY: string };
type Bound = { db: string };
const keyOf = (_request: Request, env: Env) => env.ABLY_API_KEY;
type WithEnv = (request: Request, env: Env) => Promise<Response>;
expectTypeOf(createAuthHandler(keyOf, () => null)).toEqualTypeOf<WithEnv>();
expectTypeOf(
  createAuthHandler(
    (_, env: Env) => env.ABLY_API_KEY,
    (_request) => null,
  ),
).toEqualTypeOf<WithEnv>();
expectTypeOf(
  createAuthHandler(
    () => 'key',
    (_request, _env: Env) => null,
  ),
).toEqualTypeOf<WithEnv>();
expectTypeOf(createAuthHandler('key', (_request, _env: Env) => null)).toEqualTypeOf<WithEnv>();
expectTypeOf(createAuthHandler(keyOf, (_request, _env: Bound) => null)).toEqualTypeOf<
  (request: Request, env: Bound & Env) => Promise<Response>
>();
const noKey = () => undefined;
// @ts-expect-error the key function must return a key
createAuthHandler(noKey, () => null);
expectTypeOf(
  createAuthListener(key, (request: IncomingMessage) => (request.socket ? null : null)),
).toEqualTypeOf<(request: IncomingMessage, response: AuthListenerResponse) => void>();
createServer(createAuthListener(key, ({ headers }) => (headers.cookie === undefined ? null : null)));
// @ts-expect-error origins are required
createAuthHandler(key, () => null, { cors: {} });
