import { assertKnownOptions, httpErrors } from '../errors.js';
import { namesOf } from '../util/options.js';
import { type AuthCorsOptions, corsMethods, corsPolicy } from './cors.js';
import {
  type AuthCore,
  type AuthEndpointOptions,
  type AuthKey,
  type Authorize,
  createCore,
  endpointOptionNames,
} from './endpoint.js';
import { type AuthResponse, errorResponse, guardHeaders } from './response.js';

/** Options of the shells that answer a request by themselves. */
export interface AuthServerOptions<Req> extends AuthEndpointOptions<Req> {
  /**
   * For pages of other origins. They can then read `Retry-After` and `X-Ably-ErrorCode` of the response.
   *
   * @defaultValue none: only pages of the endpoint's own origin can call it
   */
  cors?: AuthCorsOptions | undefined;
}

const optionNames = namesOf<AuthServerOptions<unknown>>({ ...endpointOptionNames, cors: true });

/** What a shell reads of its kind of request. */
interface RequestReader<Req> {
  method(request: Req): string;
  header(request: Req, name: string): string | null;
}

/**
 * @internal
 * The endpoint with what HTTP asks of a server, for any kind of request: it takes GET, POST and HEAD, answers 405 to the
 * rest, and adds the headers of CORS.
 */
export function createHttpCore<Req>(
  caller: string,
  key: AuthKey<Req, never>,
  authorize: Authorize<Req, never>,
  options: AuthServerOptions<Req>,
  { method, header }: RequestReader<Req>,
): AuthCore<Req> {
  assertKnownOptions(options, optionNames, caller);
  const core = createCore(caller, key, authorize, options);
  const cors = options.cors && corsPolicy(options.cors, caller);
  const methods = cors === undefined ? corsMethods : `${corsMethods}, OPTIONS`;

  async function answer(request: Req, ...context: unknown[]): Promise<AuthResponse> {
    const asked = method(request);
    const origin = header(request, 'origin');
    if (asked === 'OPTIONS' && cors !== undefined) {
      const allowed = cors.preflight(origin, header(request, 'access-control-request-headers'));
      return {
        status: 204,
        headers: { ...guardHeaders, ...allowed },
        body: '',
      };
    }
    const response = /^(GET|POST|HEAD)$/.test(asked)
      ? await core.answer(request, ...context)
      : errorResponse(httpErrors.methodNotAllowed, `The auth endpoint takes ${methods}.`, { Allow: methods });
    if (cors === undefined) return response;
    const allowed = cors.headers(origin);
    const headers = { ...response.headers, ...allowed, Vary: `${response.headers.Vary}, ${allowed.Vary}` };
    return { ...response, headers };
  }

  return { answer, fail: core.fail };
}
