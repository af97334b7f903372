import { type Answer, isTemporary, oneLine } from './answer.js';
import { refused } from './messages.js';
import { read } from './read.js';

/**
 * Why there is no token. Ably's client makes it the cause of its own error.
 *
 * `message` and `String(error)` are for the person in front of the page: your endpoint's own words if it sent an Ably
 * error, otherwise one sentence that says what was found and what to do.
 */
export interface AuthCallbackError extends Error {
  /** Ably's code if the endpoint's error has one, 40102 for a token of another client, otherwise 40170. */
  code: number;
  /** 403 if the error is final: the client turns `failed` and stops. 401 if it is temporary: the client retries. */
  statusCode: number;
  /** The HTTP status of the answer (302 for a redirect, which browsers hide), or of what a function of yours threw. */
  status: number | undefined;
  /** The URL of your endpoint, without password, `;parameters`, query and fragment. Undefined if the source is a function. */
  url: string | undefined;
  /** The `Content-Type` of the answer. */
  contentType: string | undefined;
  /**
   * What `fetch` or a function of yours threw, or the `error` in the endpoint's answer. What `fetch` threw is reduced to its
   * message if it may repeat a part of the URL that `url` hides, or bytes of the answer.
   */
  // biome-ignore lint/suspicious/noExplicitAny: Ably's client takes only its own ErrorInfo for a cause
  cause?: any;
}

/** Ably's codes: no token, and a token of another client. */
const noToken = 40170;
/** @internal */
export const otherClientId = 40102;
/** @internal The status codes by which Ably's client decides to stop or to retry. */
export const final = 403;
/** @internal */
export const temporary = 401;

export function failure(
  answer: Answer,
  message: string,
  statusCode = final,
  code = noToken,
  cause?: unknown,
): AuthCallbackError {
  const error = Object.assign(Error(message), answer, { code, statusCode, cause });
  // Ably's client shows what toString() returns: the message, without "Error: " before it.
  return Object.defineProperty(error, 'toString', { value: () => message });
}

/**
 * @internal
 * The error for what an endpoint sent as `error`, or what was thrown: in its own words if they are Ably's or `keepMessage`
 * is set, otherwise in ours.
 */
export function failureFrom(answer: Answer, cause: unknown, keepMessage = false): AuthCallbackError {
  answer.status ??=
    read(cause, 'number', 'status') ??
    read(cause, 'number', 'statusCode') ??
    read(cause, 'number', 'data', 'httpStatus');
  const code = read(cause, 'number', 'code') ?? 0;
  const isAbly = code > 1e4 && code < 1e6;
  const message = isAbly || keepMessage ? read(cause, 'string', 'message') : undefined;
  const statusCode = isTemporary(answer.status) ? temporary : final;
  return failure(answer, oneLine(message) || refused(answer), statusCode, isAbly ? code : noToken, cause);
}
