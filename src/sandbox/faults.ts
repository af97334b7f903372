import { assertKnownOptions, optionError } from '../errors.js';
import { type Duration, durationSeconds } from '../jwt/duration.js';
import { namesOf } from '../util/options.js';
import type { TimerSet } from './clock.js';
import { errorInfo, isErrorStatus, ProtocolError, protocolError, statusOfCode } from './protocol/errors.js';

/**
 * How a request fails: with an error in Ably's form, with a bare HTTP status as a proxy sends it, or by a connection that
 * is closed without an answer. A number alone is one of Ably's codes, such as `40142`, or an HTTP status, such as `503`.
 */
export type SandboxFailure =
  | number
  | {
      /** Ably's code, such as 40142. */
      readonly code: number;
      /**
       * The HTTP status that belongs to it.
       *
       * @defaultValue the first three digits of the code if they are a status, else 400
       */
      readonly statusCode?: number | undefined;
      /**
       * The error's text.
       *
       * @defaultValue one that says that a test asked for it
       */
      readonly message?: string | undefined;
    }
  | {
      /** An HTTP status without an error of Ably's, such as 503. */
      readonly httpStatus: number;
    }
  | 'close';

/** Which requests fail, and how. */
export interface SandboxFaultRule {
  /**
   * What fails: `'connect'`, an attempt to connect or to resume; `'request'`, a REST request; `'renew'`, the new token of
   * a connected client.
   */
  on: 'connect' | 'request' | 'renew';
  /**
   * The path of a REST request, as it is sent: `/channels/chat/messages`. With `*` at its end, how the path begins.
   *
   * @defaultValue every path
   */
  path?: string | undefined;
  /**
   * The client, by the `clientId` that it asks for or that its token names.
   *
   * @defaultValue every client
   */
  clientId?: string | undefined;
  /**
   * How many that fit succeed first: a whole number, 0 or more.
   *
   * @defaultValue `0`
   */
  after?: number | undefined;
  /**
   * How many fail then: a whole number above 0, or `Infinity`.
   *
   * @defaultValue `1`
   */
  times?: number | undefined;
  /**
   * How they fail: as {@link SandboxFailure} says; `'hang'`, no answer until the client or the sandbox closes;
   * `{ delay: '3s' }`, a good answer that comes late, by the sandbox's clock.
   */
  with:
    | SandboxFailure
    | 'hang'
    | {
        /** How late, as a duration. */
        readonly delay: Duration;
      };
}

const ruleNames = namesOf<SandboxFaultRule>({
  on: true,
  path: true,
  clientId: true,
  after: true,
  times: true,
  with: true,
});

/** @internal A failure, complete and checked. */
export type PlannedFailure =
  | { readonly code: number; readonly statusCode: number; readonly message?: string | undefined }
  | { readonly httpStatus: number }
  | 'close';

/** @internal A fault, complete and checked. */
export type PlannedFault = PlannedFailure | 'hang' | { readonly delayMs: number };

/** @internal A request that may fail. */
export interface FaultOccasion {
  readonly on: SandboxFaultRule['on'];
  readonly path?: string;
  /** The client that makes it. Called only if a rule asks. */
  readonly clientId: () => string | undefined;
}

interface PlannedRule {
  readonly fits: (occasion: FaultOccasion) => boolean;
  after: number;
  times: number;
  readonly fault: PlannedFault;
}

/** @internal Checks and completes what `failNext()` was given. */
export function readFailure(failure: unknown, option = 'failure'): PlannedFailure {
  if (failure === undefined) return protocolError('INTERNAL').info;
  if (failure === 'close') return failure;
  if (isErrorStatus(failure)) return { httpStatus: failure };
  const given = typeof failure === 'number' ? { code: failure } : failure;
  const { code, statusCode, httpStatus, message } = (given ?? {}) as Record<string, unknown>;
  if (code === undefined && isErrorStatus(httpStatus)) return { httpStatus };
  if (typeof code === 'number' && Number.isInteger(code) && code >= 10_000 && code < 1_000_000) {
    const status = statusCode ?? statusOfCode(code);
    if (isErrorStatus(status) && (message === undefined || typeof message === 'string'))
      return { code, statusCode: status, message };
  }
  throw optionError(
    option,
    failure,
    "one of Ably's codes, an HTTP status, { code, statusCode }, { httpStatus } or 'close'",
    'A status is that of an HTTP error, 400 to 599; a code has five or six digits.',
  );
}

/** @internal Checks what `fail()` was given. */
export function readRule(rule: SandboxFaultRule): PlannedRule {
  assertKnownOptions(rule, ruleNames, 'fail');
  const { on, path, clientId, after = 0, times = 1 } = rule;
  if (on !== 'connect' && on !== 'request' && on !== 'renew')
    throw optionError('on', on, "'connect', 'request' or 'renew'");
  if (path !== undefined && (typeof path !== 'string' || !path.startsWith('/') || on !== 'request'))
    throw optionError('path', path, "a path that begins with /, for on: 'request'");
  if (clientId !== undefined && typeof clientId !== 'string')
    throw optionError('clientId', clientId, 'a string');
  if (!Number.isInteger(after) || after < 0) throw optionError('after', after, 'a whole number, 0 or more');
  if (times !== Number.POSITIVE_INFINITY && (!Number.isInteger(times) || times < 1))
    throw optionError('times', times, 'a whole number above 0, or Infinity');
  const pathFits = (given = '') =>
    path === undefined || (path.endsWith('*') ? given.startsWith(path.slice(0, -1)) : given === path);
  return {
    fits: (occasion) =>
      occasion.on === on &&
      pathFits(occasion.path) &&
      (clientId === undefined || occasion.clientId() === clientId),
    after,
    times,
    fault: readFault(rule.with),
  };
}

function readFault(fault: unknown): PlannedFault {
  if (fault === 'hang') return fault;
  if (fault === undefined)
    throw optionError('with', fault, "an error, a status, 'close', 'hang' or { delay: '3s' }");
  const delay = (fault as { delay?: unknown } | null)?.delay;
  return delay === undefined
    ? readFailure(fault, 'with')
    : { delayMs: 1000 * durationSeconds('with.delay', delay) };
}

/** @internal The faults that tests have asked for. Of several rules that fit, the oldest counts. */
export class Faults {
  readonly #timers: TimerSet;
  readonly #rules = new Set<PlannedRule>();

  constructor(timers: TimerSet) {
    this.#timers = timers;
  }

  /** Adds a rule; the returned function removes it. */
  add(rule: PlannedRule): () => void {
    this.#rules.add(rule);
    return () => void this.#rules.delete(rule);
  }

  /** Makes whatever comes next fail. */
  addNext(fault: PlannedFault): void {
    this.add({ fits: () => true, after: 0, times: 1, fault });
  }

  /** Takes the fault for a request, if a rule fits. For a delay it returns a promise that resolves to no fault. */
  take(occasion: FaultOccasion): PlannedFailure | 'hang' | undefined | Promise<undefined> {
    for (const rule of this.#rules) {
      if (!rule.fits(occasion)) continue;
      if (rule.after > 0) {
        rule.after--;
        continue;
      }
      if (--rule.times === 0) this.#rules.delete(rule);
      const { fault } = rule;
      if (typeof fault === 'string' || !('delayMs' in fault)) return fault;
      return new Promise((resolve) => this.#timers.add(fault.delayMs, () => resolve(undefined)));
    }
    return undefined;
  }
}

/** @internal The error of a planned failure, where there is an answer that can hold one. */
export function plannedError(failure: Exclude<PlannedFailure, 'close'>): ProtocolError {
  if ('httpStatus' in failure) {
    const { httpStatus } = failure;
    return new ProtocolError(errorInfo(httpStatus * 100, httpStatus, `failNext: HTTP status ${httpStatus}`));
  }
  const { code, statusCode, message } = failure;
  return new ProtocolError(errorInfo(code, statusCode, message ?? `failNext: error ${code}`));
}
