/**
 * Authenticates Ably clients with JWTs, from any backend: sign tokens, serve them from an endpoint, check them, tell
 * what they grant, embed and revoke them.
 *
 * @module index
 */
export {
  type AuthCallback,
  type AuthCallbackBody,
  type AuthCallbackError,
  type AuthCallbackOptions,
  type AuthCallbackSource,
  createAuthCallback,
  type PerCall,
  type TokenDetails,
  type TokenParams,
} from './auth-callback.js';
export { type AuthCorsOptions, type AuthHandlerOptions, createAuthHandler } from './auth-handler.js';
export { type Capability, can, type Operation, parseCapability, stringifyCapability } from './capability.js';
export {
  type CapabilityDiff,
  diffCapabilities,
  intersectCapabilities,
  mergeCapabilities,
} from './capability-algebra.js';
export { channelPattern } from './channel-pattern.js';
export type { Duration } from './duration.js';
export {
  type EmbedAblyTokenOptions,
  type EmbeddingEncrypter,
  type EmbeddingSigner,
  embedAblyToken,
} from './embed.js';
export {
  type AuthEndpointOptions,
  type Authorize,
  type AuthResponse,
  createAuthEndpoint,
} from './endpoint.js';
export { AblyJwtError, type AblyJwtErrorCode, type AblyJwtErrorDetails, isAblyJwtError } from './errors.js';
export { explainAblyJwt, type Finding } from './explain.js';
export type { JsonValue } from './internal/json.js';
export { type AblyJwtOptions, anyClientId } from './jwt-options.js';
export { AblyKey, parseAblyKey } from './key.js';
export type { AblyJwt } from './read-claims.js';
export { type AuthRefusal, deny, retryLater } from './refusal.js';
export type { RevocationResult, Revocations, RevocationTarget } from './revocations.js';
export { type RevokeAblyTokensOptions, type RevokeAblyTokensTransport, revokeAblyTokens } from './revoke.js';
export type { RiskCode } from './risks.js';
export { createAblyJwt } from './sign.js';
export { type AblyKeys, decodeAblyJwt, type VerifyAblyJwtOptions, verifyAblyJwt } from './verify.js';
