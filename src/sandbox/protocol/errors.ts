import { ablyErrorHref, isAblyJwtError } from '../../errors.js';
import { maskCredentials } from './mask.js';
import type { ErrorInfo } from './protocol.js';

/**
 * The errors of the server: Ably's code, the HTTP status and the usual text. Those of tokens and client ids are in the
 * package's own table, in errors.ts.
 */
const errors = {
  BAD_REQUEST: [40000, 400, 'bad request'],
  BODY_INVALID: [40001, 400, 'invalid request body'],
  PARAMETER_INVALID: [40003, 400, 'invalid parameter value'],
  CREDENTIAL_UNREADABLE: [40005, 400, 'Invalid accessToken in request'],
  CONNECTION_KEY_UNKNOWN: [
    40006,
    400,
    'invalid connection id: the connectionKey of the message names no live connection',
  ],
  MESSAGE_TOO_LARGE: [40009, 413, 'message too large'],
  CHANNEL_NAME_INVALID: [40010, 400, 'invalid channel name'],
  DATA_INVALID: [40013, 400, 'invalid message data or encoding'],
  BATCH_FAILED: [40020, 400, 'Batched response includes errors'],
  FORCED: [40099, 400, 'forced nack'],
  CREDENTIALS_REFUSED: [40101, 401, 'Not authorized: the credentials were not accepted'],
  TIMESTAMP_NOT_CURRENT: [40104, 401, 'Timestamp not current'],
  NONCE_REPLAYED: [40105, 401, 'Nonce value replayed'],
  KEY_REVOKED: [40131, 401, 'Key/token status changed (revoke)'],
  OTHER_KEY: [40133, 401, 'Can only revoke tokens using the same key that issued them'],
  TOKEN_UNRECOGNIZED: [40143, 401, 'token unrecognized'],
  NOT_PERMITTED: [40160, 401, 'operation not permitted with provided capability'],
  BASIC_REQUIRED: [40162, 401, 'this request needs Basic authentication with an API key'],
  NOT_REVOCABLE: [
    40164,
    401,
    'the tokens of this key are not revocable: the key was created without revocableTokens',
  ],
  MODE_MISSING: [40165, 401, 'the client did not request the mode that this needs when attaching'],
  OWN_NEEDS_IDENTITY: [40166, 401, "an anonymous client can't modify its own messages"],
  SERVER_NOT_GRANTED: [
    40167,
    401,
    "the client declares itself a server, which its token doesn't allow: sign it with clientType 'server'",
  ],
  NEEDS_IDENTITY: [40161, 401, 'only identified clients may use this channel'],
  STALE_TOKEN_LOOP: [40300, 403, 'forbidden'],
  APP_DISABLED: [40300, 403, 'the app is disabled'],
  TOKEN_CONNECTIONS: [40151, 401, 'the token has as many connections as it may have'],
  NOT_FOUND: [40400, 404, 'not found'],
  RATE_LIMITED: [42911, 429, 'rate limit exceeded: the publish rate of the token for this channel'],
  INTERNAL: [50000, 500, 'internal error'],
  UNSUPPORTED: [50001, 501, 'the sandbox does not do this'],
  CONNECTION_SUPERSEDED: [80016, 410, 'the connection was resumed by another transport'],
  CONNECTION_CLOSED: [80017, 400, 'connection closed'],
  CONNECTION_KEY_INVALID: [
    80018,
    400,
    'unable to recover connection: its connection key is not valid here, or has expired',
  ],
  CHANNEL_NOT_ATTACHED: [90001, 400, 'the channel is not attached'],
  NOT_MUTABLE: [93002, 400, 'the namespace of this channel does not have updates and deletes enabled'],
  PRESENCE_NEEDS_IDENTITY: [91000, 400, 'unable to enter the presence set without a clientId'],
} as const satisfies Record<string, readonly [code: number, statusCode: number, message: string]>;

/** What LiveObjects are answered with. */
export const noObjects = "the sandbox has no LiveObjects: Ably's own ably-server has them";

/** A name for each error of the server. */
export type ProtocolErrorName = keyof typeof errors;

/** An error response of the sandbox: an HTTP error, an ERROR frame or a NACK. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  /** The error as the client receives it. */
  readonly info: ErrorInfo;

  constructor(info: ErrorInfo) {
    super(info.message);
    this.info = info;
  }
}

/** An error of the table, with its usual text or a more specific one. */
export function protocolError(name: ProtocolErrorName, message?: string, statusCode?: number): ProtocolError {
  const [code, status, text] = errors[name];
  return new ProtocolError(errorInfo(code, statusCode ?? status, safeText(message ?? text)));
}

/** The longest text of an error. A longer one repeats what the client sent. */
const maxText = 1_000;

/** A text for the client, without credentials that were put in the wrong place. */
function safeText(text: string): string {
  const masked = maskCredentials(text);
  return masked.length > maxText ? `${masked.slice(0, maxText)}…` : masked;
}

/** An error in Ably's form. A plain object, since msgpack encoders leave out what `Error` instances inherit. */
export function errorInfo(code: number, statusCode: number, message: string): ErrorInfo {
  return { code, statusCode, message, href: ablyErrorHref(code) };
}

/** The HTTP status of an error's code, with which most codes begin. */
export function statusOfCode(code: number): number {
  const status = Math.floor(code / 100);
  return isErrorStatus(status) ? status : 400;
}

/** Whether a value is the HTTP status of an error. */
export function isErrorStatus(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 400 && (value as number) < 600;
}

/** Anything that was thrown, in Ably's form. */
export function toErrorInfo(error: unknown): ErrorInfo {
  if (error instanceof ProtocolError) return error.info;
  if (isAblyJwtError(error) && error.ablyCode !== undefined) {
    const message = error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
    return errorInfo(error.ablyCode, error.statusCode ?? statusOfCode(error.ablyCode), safeText(message));
  }
  return protocolError(
    'INTERNAL',
    `internal error of the sandbox: ${error instanceof Error ? error.message : String(error)}`,
  ).info;
}

/** Whether a client answers this code by getting a new token (Ably spec RSA4b). */
export function isTokenError(code: number): boolean {
  return code >= 40140 && code < 40150;
}
