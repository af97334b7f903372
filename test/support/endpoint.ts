import { type AblyJwtOptions, type AuthEndpointOptions, type Authorize, createAuthEndpoint } from 'ably-jwt';
import { vi } from 'vitest';
import { key } from './tokens.js';

export const granted: AblyJwtOptions = {
  capability: { 'chat:*': ['subscribe'] },
  clientId: 'alice',
  ttl: '5m',
};
export const request = { path: '/auth' };

/** What every response has: no cache keeps it, no page of another origin loads it as a script. */
export const everyHeader = {
  'Cache-Control': 'private, no-cache, no-store, must-revalidate',
  Vary: 'Cookie, Authorization',
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** An endpoint around any `authorize`, also a wrong one, and what its `onError` was told. */
export function endpoint(authorize: unknown, options: AuthEndpointOptions<unknown> = {}) {
  const onError = vi.fn<NonNullable<typeof options.onError>>();
  const auth = createAuthEndpoint(key, authorize as Authorize<unknown>, { onError, ...options });
  return { auth, onError };
}

/** An answer in Ably's form, complete: clients stop at a 403 only when they can read all of its error. */
export function ablyError(code: number, statusCode: number, message: string, headers: object = {}) {
  return {
    status: statusCode,
    headers: {
      'Content-Type': 'application/json',
      'x-ably-errorcode': `${code}`,
      ...everyHeader,
      ...headers,
    },
    body: JSON.stringify({
      error: { code, statusCode, message, href: `https://help.ably.io/error/${code}` },
    }),
  };
}

/** An object whose `then` is read by a getter. */
export const withThen = (get: () => unknown) => Object.defineProperty({}, 'then', { get });

/** Throws a value, also where only an expression may stand. */
export function raise(thrown: unknown): never {
  throw thrown;
}
