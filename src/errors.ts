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

/** @internal What an endpoint answers that isn't about a token: Ably's codes for HTTP's own statuses. */
export const httpErrors = {
  unauthenticated: [40100, 401],
  forbidden: [40300, 403],
  methodNotAllowed: [40500, 405],
  internal: [50000, 500],
  unavailable: [50003, 503],
} as const satisfies Record<string, readonly [ablyCode: number, statusCode: number]>;

/**
 * A stable, machine-readable code for what went wrong. See {@link AblyJwtError.code}.
 *
 * | code | meaning | Ably's code, status |
 * | --- | --- | --- |
 * | `KEY_MALFORMED` | the value isn't an Ably API key | |
 * | `OPTION_INVALID` | an option is misspelled, missing or of the wrong type | |
 * | `CAPABILITY_INVALID` | Ably would refuse the capability | 40000, 400 |
 * | `TTL_TOO_LONG` | a lifetime above 24 h, or above 1 h for a key with revocable tokens | 40003, 400 |
 * | `TOKEN_TOO_LARGE` | a token above 8 KiB | |
 * | `BROWSER_KEY` | an API key is used in a page | |
 * | `TOKEN_MALFORMED` | the token isn't a JWT, or has no `kid` | 40144, 401 |
 * | `ALG_NOT_ALLOWED` | the token's algorithm isn't HS256 | 40144, 401 |
 * | `APP_UNKNOWN` | `kid` names a key of another app | 40400, 404 |
 * | `KEY_UNKNOWN` | `kid` names another key of the app, or can't be the name of a key | 40144, 401 |
 * | `SIGNATURE_INVALID` | the key didn't sign the token | 40144, 401 |
 * | `CLAIM_MISSING` | `iat` or `exp` is missing | 40144, 400 |
 * | `CLAIM_INVALID` | a claim has the wrong type or value | 40144, 400; 401 for an `iat` in the future and an outer `exp` past the inner one |
 * | `CAPABILITY_NOT_STRING` | the capability claim is an object instead of JSON text | 40144, 400 |
 * | `CLIENT_ID_INVALID` | the clientId claim is empty or not a string | 40012, 400 |
 * | `CLIENT_ID_MISMATCH` | the token has another identity than the client | 40102, 401 |
 * | `TOKEN_EXPIRED` | `exp` has passed | 40142, 401 |
 * | `TOKEN_REVOKED` | the token was revoked | 40141, 401 |
 * | `ENDPOINT_FAILED` | a request to Ably failed, or Ably refused it with a code of its own | 40170, 401, or Ably's |
 *
 * @useDeclaredType
 */
export type AblyJwtErrorCode = keyof typeof codes;

/** What an {@link AblyJwtError} carries beside its code and message. */
export interface AblyJwtErrorDetails {
  /** What to do about it, for the person who reads the error. If omitted, the error has no `hint`. */
  hint?: string | undefined;
  /** The error that caused this one. Never put a secret or a whole token in it. If omitted, the error has no `cause`. */
  cause?: unknown;
  /**
   * An Ably error code in place of the code's own, for a response that came from Ably itself.
   *
   * @defaultValue the number in the table of {@link AblyJwtErrorCode}
   */
  ablyCode?: number | undefined;
  /**
   * An HTTP status in place of the code's own, for a code that Ably answers with more than one status.
   *
   * @defaultValue the status in the table of {@link AblyJwtErrorCode}
   */
  statusCode?: number | undefined;
}

const brand: unique symbol = Symbol.for('ably-jwt.AblyJwtError');

/**
 * The one error class of this package. You may log it: neither its message nor any of its properties holds a key's secret
 * or a whole token. Its stack begins at the line of yours that called this package.
 *
 * @example
 * ```ts run
 * import { createAblyJwt, isAblyJwtError } from 'ably-jwt';
 *
 * try {
 *   await createAblyJwt('appId1.keyId:secret', { capability: { 'chat:*': ['subscribe'] }, ttl: '2d' });
 * } catch (error) {
 *   if (isAblyJwtError(error, 'TTL_TOO_LONG')) console.error(error.message, error.hint);
 * }
 * ```
 */
export class AblyJwtError extends Error {
  /** A stable, machine-readable code. */
  readonly code: AblyJwtErrorCode;
  // Declared only: a field would be an own property, printed as undefined, also where there is none.
  /** Ably's code, such as 40142; absent for mistakes made before anything is sent to Ably. */
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
}
// On the prototype, where built-in errors have it: an own property would be printed with every stack.
Object.defineProperty(AblyJwtError.prototype, 'name', {
  value: 'AblyJwtError',
  configurable: true,
  writable: true,
});
// What isAblyJwtError recognizes in errors of other copies of the package. Not a member of the class, which users would see.
Object.defineProperty(AblyJwtError.prototype, brand, { value: true });

/**
 * Whether `error` is an {@link AblyJwtError}. Unlike `instanceof`, it recognizes errors of another copy of this package too:
 * ESM beside CommonJS, or two versions in one `node_modules`. Never throws.
 *
 * @param error - anything caught
 * @param code - if given, whether the error has this code
 *
 * @example
 * ```ts run
 * import { isAblyJwtError, parseAblyKey } from 'ably-jwt';
 *
 * try {
 *   parseAblyKey('no key');
 * } catch (error) {
 *   isAblyJwtError(error, 'KEY_MALFORMED'); // => true
 * }
 * ```
 */
export function isAblyJwtError<Code extends AblyJwtErrorCode = AblyJwtErrorCode>(
  error: unknown,
  code?: Code,
): error is AblyJwtError & {
  /** The code that was asked for. */
  readonly code: Code;
} {
  try {
    return (
      typeof error === 'object' &&
      error !== null &&
      (error as { [brand]?: unknown })[brand] === true &&
      (code === undefined || (error as AblyJwtError).code === code)
    );
  } catch {
    // A getter or a proxy may throw.
    return false;
  }
}

/**
 * @internal
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

/**
 * @internal
 * Runs the body of a public function that isn't async, so that its errors point at the line that called it.
 *
 * @throws what `body` throws, after {@link pointingAt}
 */
export function pointed<Result>(publicFunction: (...args: never[]) => unknown, body: () => Result): Result {
  try {
    return body();
  } catch (error) {
    throw pointingAt(publicFunction, error);
  }
}

/** @internal Ably's page about an error code. */
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
