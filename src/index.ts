/**
 * JWT auth for Ably on any backend: sign tokens, serve them from an auth endpoint, verify and explain them, work with
 * capabilities, embed and revoke tokens.
 *
 * @module index
 */

export * from './backend.js';
export * from './client.js';
