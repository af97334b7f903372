/**
 * JWT auth for Ably in browsers, on devices and in workers: fetches a token from your endpoint whenever the Ably client
 * needs one. Contains no server code and no dependencies.
 *
 * @module client
 */
export { type AuthCallback, createAuthCallback } from './client/auth-callback.js';
export type { AuthCallbackError } from './client/error.js';
export type {
  AuthCallbackBody,
  AuthCallbackOptions,
  AuthCallbackSource,
  PerCall,
} from './client/options.js';
export type { TokenDetails, TokenParams, TokenRequest } from './client/token.js';
