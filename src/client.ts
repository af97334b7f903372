/**
 * Authenticates an Ably client in browsers, on devices and in workers: fetches a token from your endpoint whenever the
 * client wants one. Imports nothing and holds nothing of the server's side.
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
