import type { Reported } from '../findings.js';

/**
 * Every finding of `check`: its severity and what to do about it. The message of a finding says what was seen. Findings
 * about the token itself come from `explainAblyJwt` and have its codes.
 */
export const rules = {
  // There is no answer to examine.
  UNREACHABLE: ['error', 'Check the URL, and that the server is running.'],
  TIMEOUT: ['error', "Respond faster: Ably's clients give up after 10 s, createAuthCallback after 8 s."],
  ANSWER_TOO_LARGE: ['error', 'Send the token and nothing else.'],
  URL_NOT_FOUND: ['error', 'Check the path. If the endpoint accepts only POST, add --method POST.'],
  NO_TLS: [
    'warning',
    'Serve the endpoint over https, or others on the network can read the session and the token.',
  ],

  // The answer to a request without a session.
  REDIRECT: ['error', "Respond with 403 and an Ably error. Ably's clients can't log in on a page."],
  HTML_PAGE: [
    'error',
    "Respond with 403 and an Ably error instead of a page: Ably's clients can't show one.",
  ],
  SERVER_ERROR: ['error', "Look for the cause in your server's log. Clients keep retrying after a 5xx."],
  STATUS_RETRIED: [
    'warning',
    'Respond with 403. After other statuses, a client with authUrl keeps retrying forever.',
  ],
  STATUS_OK: ['error', 'Respond with 403 to a request without a session. Clients read a 200 as a token.'],
  ERROR_INCOMPLETE: [
    'error',
    'Send {"error":{"code":40300,"statusCode":403,"message":"…"}}. If a member is missing or differs from the status, Ably\'s Node client keeps retrying forever.',
  ],
  ERROR_CHARSET: [
    'warning',
    'Send "Content-Type: application/json" without parameters, or Ably\'s Node client loses your message.',
  ],
  ERROR_FORM: [
    'warning',
    'Send {"error":{"code":40300,"statusCode":403,"message":"…"}} as application/json, so that the client learns the reason.',
  ],
  ANONYMOUS_TOKEN: ['warning', 'Respond with 403, unless you want visitors to connect with this token.'],

  // The answer to a user.
  SESSION_REFUSED: [
    'error',
    'Check that the file holds a valid session, in the form that your endpoint expects.',
  ],
  SESSION_IGNORED: [
    'error',
    'Identify the user by the session, and respond with 403 without one. Now anyone can get this token.',
  ],
  CONTENT_TYPE: [
    'error',
    'Send "Content-Type: application/jwt". Ably\'s clients also accept text/plain and application/json, and nothing else.',
  ],
  TOKEN_AS_JSON: [
    'error',
    'Send "Content-Type: application/jwt". Ably\'s clients parse JSON, and a bare token isn\'t valid JSON.',
  ],
  JSON_AS_TEXT: [
    'error',
    "Send only the token, as application/jwt. Ably's clients use the whole text as the token.",
  ],
  TOKEN_QUOTED: ['error', 'Send the token without JSON encoding: the quotes become part of it.'],
  TOKEN_JSON_STRING: [
    'warning',
    "Send the bare token as application/jwt: some of Ably's SDKs don't accept a JSON string.",
  ],
  TOKEN_WRAPPED: [
    'error',
    "Send only the token, as application/jwt. A client with authUrl doesn't look inside objects.",
  ],
  TOKEN_MISSING: ['error', 'Send only the token, as application/jwt.'],
  TOKEN_REQUEST: [
    'warning',
    'Send an Ably JWT instead: it saves each client a request to Ably, and this command can examine it.',
  ],
  KEY_EXPOSED: [
    'error',
    'Send only the token, and revoke this key: anyone who received it has all its rights.',
  ],
  CACHEABLE: [
    'error',
    'Send "Cache-Control: private, no-cache, no-store, must-revalidate", or a cache may give one user\'s token to another.',
  ],
  NO_NOSNIFF: [
    'error',
    'Send "X-Content-Type-Options: nosniff", or another site can load the token as a script and read its claims.',
  ],

  // Pages of other origins.
  CORS_MISSING: ['error', 'Send "Access-Control-Allow-Origin" with that origin.'],
  CORS_WILDCARD: ['error', 'Send the origin instead of "*": browsers refuse "*" for requests with cookies.'],
  CORS_CREDENTIALS: ['error', 'Send "Access-Control-Allow-Credentials: true".'],
  CORS_PREFLIGHT: [
    'error',
    'Answer OPTIONS with 204, "Access-Control-Allow-Origin", "Access-Control-Allow-Methods" and "Access-Control-Allow-Headers".',
  ],
  CORS_ANY_ORIGIN: [
    'error',
    'Allow only the origins you know. Now every site that a user visits can fetch their token.',
  ],

  // What the token says, and who decides it.
  CLIENT_ID_MISSING: [
    'warning',
    "Put the user's id into the token. A session lookup that isn't awaited is a common cause.",
  ],
  CLIENT_ID_CHANGES: [
    'error',
    'Take the id from the session. A renewed token with another clientId ends the connection.',
  ],
  CLIENT_ID_SHARED: ['error', "Take the id from the session. Ably can't tell these users apart."],
  CLIENT_ID_FROM_REQUEST: [
    'error',
    'Take the id from the session and ignore the parameter. Now anyone can be anyone.',
  ],
  CAPABILITY_FROM_REQUEST: [
    'error',
    'Decide the capability on the server and ignore the parameter. Now clients can grant themselves everything.',
  ],
  TTL_FROM_REQUEST: [
    'error',
    'Decide the lifetime on the server and ignore the parameter. Now clients decide when you check them again.',
  ],
  TOKEN_SHARED: [
    'error',
    'Turn off the cache in front of the endpoint or inside it: one user gets the identity of another.',
  ],
  TOKEN_REUSED: [
    'error',
    'Sign a new token for every request. Now a client that renews gets the token that is about to expire.',
  ],
  LIFETIME_LONG: [
    'warning',
    'Use an hour or less. Clients renew by themselves, and a change of rights counts from the next renewal.',
  ],
  CLOCK_OFF: ['warning', "Set the server's clock, and don't keep tokens: Ably judges them by its own clock."],
  CAPABILITY_WIDE: ['warning', 'Grant only the operations and channels that this user needs.'],
} as const satisfies Record<string, readonly [severity: Reported['severity'], hint: string]>;

/** A code of a finding of `check`. Codes stay as they are, for scripts to rely on. */
export type RuleCode = keyof typeof rules;

/** A finding: what was seen, with the remedy of the table. */
export function finding(code: RuleCode, message: string): Reported {
  const [severity, hint] = rules[code];
  return { code, severity, message, hint };
}
