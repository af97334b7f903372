import type { Reported } from '../findings.js';

/**
 * Everything that `check` can find: how bad it is, and what to do about it. The message of a finding says what was seen.
 * What the token itself is wrong about comes from `explainAblyJwt`, with codes of its own.
 */
export const rules = {
  // No answer that could be looked at.
  UNREACHABLE: ['error', 'Check the URL, and that the server is running.'],
  TIMEOUT: ['error', "Answer sooner: Ably's clients give up after 10 s, createAuthCallback after 8 s."],
  ANSWER_TOO_LARGE: ['error', 'Answer the token and nothing else.'],
  URL_NOT_FOUND: [
    'error',
    'Check the path of the URL, and the method: --method POST if the endpoint takes only that.',
  ],
  NO_TLS: ['warning', 'Serve it over https: anybody on the way can read the session and the token.'],

  // The answer to a stranger, who has no session.
  REDIRECT: ['error', 'Answer 403 with an Ably error instead: no client of Ably can log in on a page.'],
  HTML_PAGE: [
    'error',
    'Answer 403 with an Ably error instead of a login page, and the token alone to a logged-in user.',
  ],
  SERVER_ERROR: [
    'error',
    "The log of the server says why. Clients ask again after a 5xx, so it doesn't stop by itself.",
  ],
  STATUS_RETRIED: [
    'warning',
    'Answer 403: after anything else a client with authUrl asks again for ever. createAuthCallback stops after a 401 too.',
  ],
  STATUS_OK: [
    'error',
    'Answer 403 to somebody without a session. With a 200 the client takes the answer for a token.',
  ],
  ERROR_INCOMPLETE: [
    'error',
    'Answer {"error":{"code":40300,"statusCode":403,"message":"…"}}, all three members. Without one, Ably\'s Node client asks again for ever.',
  ],
  ERROR_CHARSET: [
    'warning',
    'Send "Content-Type: application/json" and nothing behind it, or Ably\'s Node client loses your text.',
  ],
  ERROR_FORM: [
    'warning',
    'Answer {"error":{"code":40300,"statusCode":403,"message":"…"}} as application/json, so that the client learns the reason.',
  ],
  ANONYMOUS_TOKEN: [
    'warning',
    'Answer 403 to somebody without a session, unless visitors may connect and this token suits them.',
  ],

  // The answer to a user.
  SESSION_REFUSED: [
    'error',
    'Check that the file holds a session that is still valid, in the way your endpoint expects it.',
  ],
  SESSION_IGNORED: [
    'error',
    'Identify the user by the session, and answer 403 if there is none: anybody can get this token.',
  ],
  CONTENT_TYPE: [
    'error',
    'Send "Content-Type: application/jwt". Ably\'s clients take no other type than that, text/plain and application/json.',
  ],
  TOKEN_AS_JSON: [
    'error',
    'Send "Content-Type: application/jwt": Ably\'s clients parse what is called JSON, and a bare token is none.',
  ],
  JSON_AS_TEXT: [
    'error',
    "Answer the token alone as application/jwt: Ably's clients take the whole text for the token.",
  ],
  TOKEN_QUOTED: ['error', 'Answer the token without JSON.stringify: the quotes become a part of it.'],
  TOKEN_JSON_STRING: [
    'warning',
    'Answer the bare token as application/jwt: not every SDK of Ably takes a JSON string.',
  ],
  TOKEN_WRAPPED: ['error', 'Answer the token alone as application/jwt. authUrl takes no object around it.'],
  TOKEN_MISSING: ['error', 'Answer the token alone as application/jwt.'],
  TOKEN_REQUEST: [
    'warning',
    'It works, with another round trip to Ably. A JWT saves it, and can be checked here: see createAblyJwt.',
  ],
  KEY_EXPOSED: [
    'error',
    'Never send the key: who has it has all its rights. Revoke this key, and answer the token alone.',
  ],
  CACHEABLE: [
    'error',
    'Send "Cache-Control: private, no-cache, no-store, must-revalidate": a cache gives the token of one user to the next.',
  ],
  NO_NOSNIFF: [
    'error',
    'Send "X-Content-Type-Options: nosniff": a page of another site can load a token as a script and read its claims.',
  ],

  // Pages of other origins.
  CORS_MISSING: ['error', 'Answer "Access-Control-Allow-Origin" with that origin.'],
  CORS_WILDCARD: ['error', 'Name the origin instead of "*": browsers refuse "*" together with cookies.'],
  CORS_CREDENTIALS: [
    'error',
    'Send "Access-Control-Allow-Credentials: true", or the page can\'t read an answer to its cookie.',
  ],
  CORS_PREFLIGHT: [
    'error',
    'Answer OPTIONS with 204, "Access-Control-Allow-Methods" and "Access-Control-Allow-Headers".',
  ],
  CORS_ANY_ORIGIN: [
    'error',
    'Allow the origins you know: every site that a user visits can fetch their token.',
  ],

  // What the token says, and who decides it.
  CLIENT_ID_MISSING: ['warning', "Put the user's id into the token. Is a session read that isn't awaited?"],
  CLIENT_ID_CHANGES: [
    'error',
    'Take the id from the session: a renewed token with another clientId ends the connection (40102).',
  ],
  CLIENT_ID_SHARED: ['error', 'Take the id from the session. Ably takes both users for the same one.'],
  CLIENT_ID_FROM_REQUEST: [
    'error',
    'Take the id from the session and ignore the parameter: anybody can be anybody.',
  ],
  CAPABILITY_FROM_REQUEST: [
    'error',
    'Decide on the server and ignore the parameter: anybody can grant themselves everything.',
  ],
  TTL_FROM_REQUEST: [
    'error',
    'Decide on the server and ignore the parameter: the client decides when it is checked again.',
  ],
  TOKEN_SHARED: [
    'error',
    'Turn off the cache in front of the endpoint or inside it. It gives one user the identity of another.',
  ],
  TOKEN_REUSED: [
    'error',
    'Sign a token for every request: a client that renews a token gets the one that is about to expire.',
  ],
  LIFETIME_LONG: [
    'warning',
    'Sign for an hour or less: clients renew by themselves, and until then nothing you change about a user counts.',
  ],
  CLOCK_OFF: [
    'warning',
    'Set the clock of the server, and keep no token for later: Ably judges it by its own clock.',
  ],
  CAPABILITY_WIDE: ['warning', 'Grant the operations and channels that this user needs.'],
} as const satisfies Record<string, readonly [severity: Reported['severity'], hint: string]>;

/** A code of a finding of `check`. Codes stay as they are, for scripts to rely on. */
export type RuleCode = keyof typeof rules;

/** A finding: what was seen, with the remedy of the table. */
export function finding(code: RuleCode, message: string): Reported {
  const [severity, hint] = rules[code];
  return { code, severity, message, hint };
}
