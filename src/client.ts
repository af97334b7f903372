/**
 * JWT auth for Ably in browsers, on devices and in workers: fetches a token from your endpoint whenever the Ably client
 * needs one. Contains no server code and no dependencies.
 *
 * @module client
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
} from './client/auth-callback.js';
