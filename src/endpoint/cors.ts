import { assertKnownOptions, booleanOption, optionError } from '../errors.js';
import { namesOf } from '../util/options.js';
import { isOrigin } from '../util/origin.js';

/** Which pages of other origins may call the endpoint. */
export interface AuthCorsOptions {
  /** The origins, such as `'https://app.example.com'`; or `['*']` for every page, which excludes `credentials`. */
  origins: readonly string[];
  /**
   * Whether the browser may send cookies.
   *
   * @defaultValue `false`
   */
  credentials?: boolean | undefined;
}

const corsNames = namesOf<AuthCorsOptions>({ origins: true, credentials: true });

/** @internal The methods that a page of another origin may use. */
export const corsMethods = 'GET, POST, HEAD';

/** The CORS headers for a request of an origin, and those for a preflight that asks for some headers. */
interface CorsPolicy {
  headers(origin: string | null): Record<string, string>;
  preflight(origin: string | null, askedHeaders: string | null): Record<string, string>;
}

/** @internal Makes a policy of the options, which are checked and copied. */
export function corsPolicy(cors: AuthCorsOptions, caller: string): CorsPolicy {
  assertKnownOptions(cors, corsNames, `${caller} "cors"`);
  const credentials = booleanOption('cors.credentials', cors.credentials);
  if (!Array.isArray(cors.origins)) throw optionError('cors.origins', cors.origins, 'a list of origins');
  for (const origin of cors.origins) assertOrigin(origin, credentials);
  const origins = new Set<string>(cors.origins);
  const isAllowed = (origin: string | null) => origin !== null && (origins.has(origin) || origins.has('*'));

  const headers: CorsPolicy['headers'] = (origin) => {
    if (!isAllowed(origin)) return { Vary: 'Origin' };
    return {
      Vary: 'Origin',
      'Access-Control-Allow-Origin': origins.has('*') ? '*' : (origin as string),
      ...(credentials ? { 'Access-Control-Allow-Credentials': 'true' } : {}),
      'Access-Control-Expose-Headers': 'Retry-After, X-Ably-ErrorCode',
    };
  };
  return {
    headers,
    preflight: (origin, askedHeaders) =>
      isAllowed(origin)
        ? {
            ...headers(origin),
            Vary: 'Origin, Access-Control-Request-Headers',
            'Access-Control-Allow-Methods': corsMethods,
            'Access-Control-Allow-Headers': headerNames(askedHeaders),
            'Access-Control-Max-Age': '7200',
          }
        : headers(origin),
  };
}

/** The list of header names that a preflight asks for; nothing if it is no such list. */
function headerNames(asked: string | null): string {
  return asked !== null && /^[\w!#$%&'*+.^`|~, -]*$/.test(asked) ? asked : '';
}

function assertOrigin(origin: unknown, credentials: boolean): void {
  if (origin === '*') {
    if (credentials)
      throw optionError(
        'cors.origins',
        origin,
        'a list of named origins when cookies are allowed: browsers refuse "*" with them',
      );
    return;
  }
  if (typeof origin === 'string' && isOrigin(origin)) return;
  throw optionError(
    'cors.origins',
    origin,
    "origins such as 'https://app.example.com', without a path or a slash at the end",
  );
}
