// Everything that belongs on a server. A file of its own, so that a bundler leaves it out whole when only the client of
// `ably-jwt` is imported.

export {
  type CapabilityDiff,
  diffCapabilities,
  intersectCapabilities,
  mergeCapabilities,
} from './capability/algebra.js';
export {
  type Capability,
  can,
  parseCapability,
  stringifyCapability,
} from './capability/capability.js';
export { channelPattern } from './capability/channel-pattern.js';
export type { Operation } from './capability/operation.js';
export type { AuthCorsOptions } from './endpoint/cors.js';
export { type AuthDenial, deny, retryLater } from './endpoint/deny.js';
export {
  type AuthContext,
  type AuthEndpointOptions,
  type AuthKey,
  type Authorize,
  createAuthEndpoint,
  type IssuedToken,
} from './endpoint/endpoint.js';
export { type AuthHandlerOptions, createAuthHandler } from './endpoint/handler.js';
export type { AuthServerOptions } from './endpoint/http.js';
export {
  type AuthListenerOptions,
  type AuthListenerRequest,
  type AuthListenerResponse,
  createAuthListener,
} from './endpoint/listener.js';
export type { AuthResponse } from './endpoint/response.js';
export { AblyJwtError, type AblyJwtErrorCode, type AblyJwtErrorDetails, isAblyJwtError } from './errors.js';
export type { AblyJwt } from './jwt/claims.js';
export type { Duration } from './jwt/duration.js';
export {
  type EmbedAblyTokenOptions,
  type EmbeddingEncrypter,
  type EmbeddingSigner,
  embedAblyToken,
} from './jwt/embed.js';
export { explainAblyJwt, type Finding } from './jwt/explain.js';
export { AblyKey, parseAblyKey } from './jwt/key.js';
export type { VerifyAblyJwtOptions } from './jwt/lifetime.js';
export { type AblyJwtOptions, anyClientId } from './jwt/options.js';
export { createAblyJwt } from './jwt/sign.js';
export { type AblyKeys, decodeAblyJwt, verifyAblyJwt } from './jwt/verify.js';
export type { WarningCode } from './jwt/warnings.js';
export type { RevocationResult, Revocations, RevocationTarget } from './revoke/results.js';
export {
  type RevokeAblyTokensOptions,
  type RevokeAblyTokensTransport,
  revokeAblyTokens,
} from './revoke/revoke.js';
export type { JsonValue } from './util/json.js';
