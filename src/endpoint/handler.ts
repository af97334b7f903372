import { AblyJwtError, pointed } from '../errors.js';
import type { AuthContext, AuthKey, Authorize } from './endpoint.js';
import { type AuthServerOptions, createHttpCore } from './http.js';
import type { AuthResponse } from './response.js';

/** Options of {@link createAuthHandler}. */
export interface AuthHandlerOptions extends AuthServerOptions<Request> {}

/**
 * The auth endpoint for the Fetch API: Hono, Next.js route handlers, Workers, Bun, Deno. Takes GET, POST and HEAD, and
 * responds 405 to other methods; to OPTIONS only if `cors` is given. Like {@link createAuthEndpoint}, on which it is built,
 * it throws for wrong arguments when you create it, and then resolves each call with a response.
 *
 * @param key - the Ably API key, or a function that returns it for each request; see {@link AuthKey}
 * @param authorize - decides who is asking and what they may do; see {@link Authorize}
 * @param options - those of {@link createAuthEndpoint}, and `cors`
 * @returns a function that takes the request, and whatever else `authorize` and the key function need
 * @typeParam Context - what `authorize` takes after the request, such as the `env` of Workers
 * @typeParam KeyContext - what the key function takes after the request
 * @throws {@link AblyJwtError} `KEY_MALFORMED` at once if the key isn't an Ably API key
 * @throws {@link AblyJwtError} `OPTION_INVALID` at once if `authorize` or an option is misspelled, missing or of the wrong
 *   type
 *
 * @example
 * ```ts run
 * import { createAuthHandler } from 'ably-jwt';
 *
 * const GET = createAuthHandler('appId.keyId:secret', async (request) => {
 *   const user = request.headers.get('authorization') === 'Bearer letmein' ? { id: 'alice' } : null;
 *   return user && { clientId: user.id, capability: { 'chat:*': ['subscribe', 'publish'] } };
 * });
 * ```
 */
export function createAuthHandler<Context extends unknown[] = [], KeyContext extends unknown[] = []>(
  key: AuthKey<Request, KeyContext>,
  authorize: Authorize<Request, Context>,
  options: AuthHandlerOptions = {},
): (request: Request, ...context: AuthContext<Context, KeyContext>) => Promise<Response> {
  const core = pointed(createAuthHandler, () =>
    createHttpCore('createAuthHandler', key, authorize, options, {
      method: (request) => request.method,
      header: (request, name) => request.headers.get(name),
    }),
  );

  return async (request, ...context) => {
    try {
      assertFetchRequest(request);
      return toResponse(await core.answer(request, ...context), request.method);
    } catch (error) {
      return toResponse(core.fail(error, request));
    }
  };
}

/** @throws if it lacks what is read of a Request. Frameworks bring classes of their own. */
function assertFetchRequest(request: unknown): void {
  let cause: unknown;
  try {
    const { method, headers } = request as Request;
    if (typeof method === 'string' && typeof headers.get === 'function') return;
  } catch (error) {
    // Next.js throws while it builds a page whose request may not be read.
    cause = error;
  }
  throw new AblyJwtError(
    'OPTION_INVALID',
    'createAuthHandler was called without a Request of the Fetch API.',
    {
      hint: 'For Express, NestJS and node:http use createAuthListener. For Fastify and others use createAuthEndpoint, which works with any request.',
      ...(cause !== undefined && { cause }),
    },
  );
}

function toResponse({ status, headers, body }: AuthResponse, method?: string): Response {
  return new Response(method === 'HEAD' || body === '' ? null : body, { status, headers });
}
