/**
 * Authenticates Ably clients with JWTs, from any backend: sign tokens, serve them from an endpoint, check them, tell
 * what they grant, embed and revoke them.
 *
 * @module index
 */

export * from './backend.js';
export * from './client.js';
