import { optionError } from '../errors.js';
import { errorInfo, isErrorStatus, ProtocolError, protocolError, statusOf } from './protocol/errors.js';

/**
 * How a request is to fail: with an error in Ably's form, with a bare HTTP status as a proxy would send it, or by the
 * connection being closed without an answer. A number alone is one of Ably's codes, such as `40142`, or an HTTP status,
 * such as `503`.
 */
export type SandboxFailure =
  | number
  | {
      /** Ably's code, such as 40142. */
      readonly code: number;
      /** The HTTP status that belongs to it; default: the first three digits of the code, where they are one, else 400. */
      readonly statusCode?: number | undefined;
      /** The error's text; default: one that says that it was planned. */
      readonly message?: string | undefined;
    }
  | {
      /** An HTTP status without an error of Ably's, such as 503. */
      readonly httpStatus: number;
    }
  | 'close';

/** @internal A failure, complete and checked. */
export type PlannedFailure =
  | { readonly code: number; readonly statusCode: number; readonly message?: string | undefined }
  | { readonly httpStatus: number }
  | 'close';

/** @internal Checks and completes what `failNext()` was given. */
export function readFailure(failure: unknown): PlannedFailure {
  if (failure === undefined) return protocolError('INTERNAL').info;
  if (failure === 'close') return failure;
  if (isErrorStatus(failure)) return { httpStatus: failure };
  const given = typeof failure === 'number' ? { code: failure } : failure;
  const { code, statusCode, httpStatus, message } = (given ?? {}) as Record<string, unknown>;
  if (code === undefined && isErrorStatus(httpStatus)) return { httpStatus };
  if (typeof code === 'number' && Number.isInteger(code) && code >= 10_000 && code < 1_000_000) {
    const status = statusCode ?? statusOf(code);
    if (isErrorStatus(status) && (message === undefined || typeof message === 'string'))
      return { code, statusCode: status, message };
  }
  throw optionError(
    'failure',
    failure,
    "one of Ably's codes, an HTTP status, { code, statusCode }, { httpStatus } or 'close'",
    'A status is that of an HTTP error, 400 to 599; a code has five or six digits.',
  );
}

/** @internal The failures that tests have asked for, first come first served. */
export class FailureQueue {
  readonly #planned: PlannedFailure[] = [];

  add(failure: PlannedFailure): void {
    this.#planned.push(failure);
  }

  /** The failure for the request at hand, if there is one. */
  take(): PlannedFailure | undefined {
    return this.#planned.shift();
  }
}

/** @internal The error that a planned failure stands for, where there is an answer that can hold one. */
export function plannedError(failure: Exclude<PlannedFailure, 'close'>): ProtocolError {
  if ('httpStatus' in failure) {
    const { httpStatus } = failure;
    return new ProtocolError(errorInfo(httpStatus * 100, httpStatus, `failNext: HTTP status ${httpStatus}`));
  }
  const { code, statusCode, message } = failure;
  return new ProtocolError(errorInfo(code, statusCode, message ?? `failNext: error ${code}`));
}
