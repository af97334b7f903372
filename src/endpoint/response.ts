import { ablyErrorHref } from '../errors.js';

/** The response. Forward all three unchanged. */
export interface AuthResponse {
  /** The HTTP status: 200 with a token; 403, 401, 500 or 503 with an Ably error. */
  status: number;
  /** The headers, among them those that keep the token out of caches and out of other pages. */
  headers: Record<string, string>;
  /** The token, or the JSON text of an Ably error. */
  body: string;
}

/** @internal Headers of every response, also to a preflight. */
export const guardHeaders = {
  // A JWT is three names with dots between them: valid JavaScript. A page of another origin could load the endpoint as a
  // script, with the user's cookies, and read the names from a proxy. Browsers run only scripts of the right type, and hand
  // over nothing of a response that is for its own origin only. Requests with CORS are not concerned.
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

/** @internal Headers of every response that may hold a token or say why there is no token. */
export const commonHeaders = {
  // One user's token must never be answered to another, so neither a cache nor a proxy may keep it.
  'Cache-Control': 'private, no-cache, no-store, must-revalidate',
  Vary: 'Cookie, Authorization',
  ...guardHeaders,
} as const;

/** @internal A response in the form in which Ably's clients read errors. Their Node build needs this very Content-Type. */
export function errorResponse(
  [code, statusCode]: readonly [ablyCode: number, statusCode: number],
  message: string,
  headers: Record<string, string> = {},
): AuthResponse {
  return {
    status: statusCode,
    headers: {
      'Content-Type': 'application/json',
      'x-ably-errorcode': String(code),
      ...commonHeaders,
      ...headers,
    },
    body: JSON.stringify({ error: { code, statusCode, message, href: ablyErrorHref(code) } }),
  };
}
