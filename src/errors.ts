import { type OptionChecks, optionChecks } from './util/options.js';

/**
 * Every code, with the Ably error code and HTTP status it stands for. The endpoint, the verifier, the
 * explainer and the sandbox all read this table. Beside it stand only what the sandbox answers about matters other than
 * tokens (`sandbox/protocol/errors.ts`), and two numbers in the client, which imports nothing.
 *
 * Codes without numbers are mistakes made before anything is sent to Ably.
 */
const codes = {
  KEY_MALFORMED: undefined,
  OPTION_INVALID: undefined,
  CAPABILITY_INVALID: [40000, 400],
  TTL_TOO_LONG: [40003, 400],
  TOKEN_TOO_LARGE: undefined,
  BROWSER_KEY: undefined,
  TOKEN_MALFORMED: [40144, 401],
  ALG_NOT_ALLOWED: [40144, 401],
  APP_UNKNOWN: [40400, 404],
  KEY_UNKNOWN: [40144, 401],
  SIGNATURE_INVALID: [40144, 401],
  CLAIM_MISSING: [40144, 400],
  CLAIM_INVALID: [40144, 400],
  CAPABILITY_NOT_STRING: [40144, 400],
  CLIENT_ID_INVALID: [40012, 400],
  CLIENT_ID_MISMATCH: [40102, 401],
  TOKEN_EXPIRED: [40142, 401],
  TOKEN_REVOKED: [40141, 401],
  ENDPOINT_FAILED: [40170, 401],
} as const satisfies Record<string, readonly [ablyCode: number, statusCode: number] | undefined>;

/** What an endpoint answers that isn't about a token: Ably's codes for HTTP's own statuses. */
export const httpErrors = {
  unauthenticated: [40100, 401],
  forbidden: [40300, 403],
  methodNotAllowed: [40500, 405],
  internal: [50000, 500],
  unavailable: [50003, 503],
} as const satisfies Record<string, readonly [ablyCode: number, statusCode: number]>;

/**
 * What went wrong, as a word that a program can compare. See {@link AblyJwtError.code}.
 *
 * | code | what it says | Ably's code, status |
 * | --- | --- | --- |
 * | `KEY_MALFORMED` | what was passed as the API key is none | |
 * | `OPTION_INVALID` | an option is unknown, missing, or of another form | |
 * | `CAPABILITY_INVALID` | a capability that Ably refuses | 40000, 400 |
 * | `TTL_TOO_LONG` | a lifetime above 24 h, or above 1 h for a key with revocable tokens | 40003, 400 |
 * | `TOKEN_TOO_LARGE` | a token above 8 KiB | |
 * | `BROWSER_KEY` | an API key is used in a page | |
 * | `TOKEN_MALFORMED` | the token is not a JWT, or has no `kid` | 40144, 401 |
 * | `ALG_NOT_ALLOWED` | the token's algorithm is not HS256 | 40144, 401 |
 * | `APP_UNKNOWN` | `kid` names a key of another app | 40400, 404 |
 * | `KEY_UNKNOWN` | `kid` names another key of the app | 40144, 401 |
 * | `SIGNATURE_INVALID` | the signature is not that of the key | 40144, 401 |
 * | `CLAIM_MISSING` | `iat` or `exp` is missing | 40144, 400 |
 * | `CLAIM_INVALID` | a claim has a wrong type or value | 40144, 400; 401 for an `iat` in the future and an outer `exp` past the inner one |
 * | `CAPABILITY_NOT_STRING` | the capability claim is an object where Ably wants JSON text | 40144, 400 |
 * | `CLIENT_ID_INVALID` | the clientId claim is empty or not a string | 40012, 400 |
 * | `CLIENT_ID_MISMATCH` | the token is of another identity than the client | 40102, 401 |
 * | `TOKEN_EXPIRED` | `exp` has passed | 40142, 401 |
 * | `TOKEN_REVOKED` | the token was revoked | 40141, 401 |
 * | `ENDPOINT_FAILED` | a request to Ably failed, or was refused with a code of Ably's own | 40170, 401, or Ably's |
 *
 * @useDeclaredType
 */
export type AblyJwtErrorCode = keyof typeof codes;

/** Details that an {@link AblyJwtError} carries beside its code and message. */
export interface AblyJwtErrorDetails {
  /** What to do about it, for the person who reads the error. */
  hint?: string | undefined;
  /** The error that caused this one. Never put a secret or a whole token in it. */
  cause?: unknown;
  /** Overrides the Ably error code of the table, for an answer that came from Ably itself. */
  ablyCode?: number | undefined;
  /** Overrides the HTTP status of the table, for a code that Ably answers with more than one status. */
  statusCode?: number | undefined;
}

const brand: unique symbol = Symbol.for('ably-jwt.AblyJwtError');

/**
 * The one error class of this package. Neither its message nor any of its properties ever holds a key's secret
 * or a whole token, so it may be logged.
 *
 * @example
 * ```ts run
 * import { createAblyJwt, isAblyJwtError } from 'ably-jwt';
 *
 * try {
 *   await createAblyJwt('appId.keyId:secret', { capability: { 'chat:*': ['subscribe'] }, ttl: '2d' });
 * } catch (error) {
 *   if (isAblyJwtError(error, 'TTL_TOO_LONG')) console.error(error.message, error.hint);
 * }
 * ```
 */
export class AblyJwtError extends Error {
  /** What went wrong. */
  readonly code: AblyJwtErrorCode;
  // Declared only: a field would be an own property, printed as undefined, also where there is none.
  /** Ably's number for it, such as 40142; absent for mistakes made before anything is sent to Ably. */
  declare readonly ablyCode?: number;
  /** The HTTP status that belongs to `ablyCode`. */
  declare readonly statusCode?: number;
  /** Ably's page about `ablyCode`. */
  declare readonly href?: string;
  /** What to do about it. */
  declare readonly hint?: string;

  /**
   * @param code - what went wrong
   * @param message - the option or token part in quotes, the shape found, and what is expected
   * @param details - hint, cause, and other numbers than the table's
   */
  constructor(code: AblyJwtErrorCode, message: string, details: AblyJwtErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    const [ablyCode, statusCode] = codes[code] ?? [];
    this.code = code;
    const numbers = { ablyCode: details.ablyCode ?? ablyCode, statusCode: details.statusCode ?? statusCode };
    if (numbers.ablyCode !== undefined) {
      this.ablyCode = numbers.ablyCode;
      this.href = ablyErrorHref(numbers.ablyCode);
    }
    if (numbers.statusCode !== undefined) this.statusCode = numbers.statusCode;
    if (details.hint !== undefined) this.hint = details.hint;
  }

  /** @internal Recognised by {@link isAblyJwtError} across copies of the package. */
  get [brand](): true {
    return true;
  }
}
// On the prototype, where built-in errors have it: an own property would be printed with every stack.
Object.defineProperty(AblyJwtError.prototype, 'name', {
  value: 'AblyJwtError',
  configurable: true,
  writable: true,
});

/**
 * Whether `error` is an {@link AblyJwtError}, also one thrown by another copy of this package (ESM beside
 * CommonJS, or two versions in one `node_modules`), where `instanceof` would say no.
 *
 * @param error - anything caught
 * @param code - only this code counts, if given
 */
export function isAblyJwtError<Code extends AblyJwtErrorCode = AblyJwtErrorCode>(
  error: unknown,
  code?: Code,
): error is AblyJwtError & {
  /** The code that was asked for. */
  readonly code: Code;
} {
  return (
    typeof error === 'object' &&
    error !== null &&
    (error as { [brand]?: unknown })[brand] === true &&
    (code === undefined || (error as AblyJwtError).code === code)
  );
}

/**
 * Lets an error of this package point at the line that called one of its public functions, where the runtime can: that is
 * the line Node prints for an uncaught error. Whatever else was thrown stays as it is.
 *
 * @param publicFunction - the function that the user called; it and what it called leave the stack
 * @param error - what was thrown in it, to be thrown again
 */
export function pointingAt(publicFunction: (...args: never[]) => unknown, error: unknown): unknown {
  if (error instanceof AblyJwtError) Error.captureStackTrace?.(error, publicFunction);
  return error;
}

/** Ably's page about an error code. */
export function ablyErrorHref(ablyCode: number): string {
  return `https://help.ably.io/error/${ablyCode}`;
}

/** The checks of option objects: each throws, or makes, an `OPTION_INVALID` error. */
export const {
  assertKnownOptions,
  booleanOption,
  clockMs,
  memberError,
  dateMs,
  optionError,
}: OptionChecks<AblyJwtError> = /* @__PURE__ */ optionChecks(
  (message, hint) => new AblyJwtError('OPTION_INVALID', message, { hint }),
);
