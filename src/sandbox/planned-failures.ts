import { errorInfo, Refusal } from './failures.js';

/**
 * How a request is to fail: with an error in Ably's form, with a bare HTTP status as a proxy would send it, or by the
 * connection being closed without an answer.
 */
export type SandboxFailure =
  | {
      /** Ably's code, such as 40142. */
      readonly code: number;
      /** The HTTP status that belongs to it. */
      readonly statusCode: number;
      /** The error's text; default: one that says that it was planned. */
      readonly message?: string | undefined;
    }
  | {
      /** An HTTP status without an error of Ably's, such as 503. */
      readonly httpStatus: number;
    }
  | 'close';

/** The failures that tests have asked for, first come first served. */
export class FailureQueue {
  readonly #planned: SandboxFailure[] = [];

  add(failure: SandboxFailure): void {
    this.#planned.push(failure);
  }

  /** The failure for the request at hand, if there is one. */
  take(): SandboxFailure | undefined {
    return this.#planned.shift();
  }
}

/** The error that a planned failure stands for, where there is an answer that can hold one. */
export function plannedRefusal(failure: Exclude<SandboxFailure, 'close'>): Refusal {
  if ('httpStatus' in failure) {
    const { httpStatus } = failure;
    return new Refusal(errorInfo(httpStatus * 100, httpStatus, `failNext: HTTP status ${httpStatus}`));
  }
  const { code, statusCode, message } = failure;
  return new Refusal(errorInfo(code, statusCode, message ?? `failNext: error ${code}`));
}
