import { optionError } from '../errors.js';
import { type QueuedTimer, TimerQueue } from './timer-queue.js';

/**
 * The clock of an Ably sandbox. It decides when a token has expired, when clients are asked to renew and how long a lost
 * connection can be resumed. Heartbeats also follow real time, because clients measure them on their own clock.
 */
export interface SandboxClock {
  /** The current time, in milliseconds since 1970. */
  now(): number;
  /** Calls back once, `delay` milliseconds from now. Pass the returned value to {@link SandboxClock.clearTimeout}. */
  setTimeout(callback: () => void, delay: number): unknown;
  /** Cancels a timer. */
  clearTimeout(timer: unknown): void;
}

/** @internal Real time. Its timers never keep the process alive. */
export const systemClock: SandboxClock = {
  now: () => Date.now(),
  setTimeout: (callback, delay) => setTimeout(callback, delay).unref(),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/** A clock that stands still until you advance it. Create it with {@link createManualClock}. */
export interface ManualClock extends SandboxClock {
  /**
   * Advances by `milliseconds` (a whole number, 0 or more) and runs the timers that become due, in order, each at its
   * own time. It returns when all of them have run. What clients then do, such as fetching a token, takes longer: wait
   * for their events.
   */
  advance(milliseconds: number): void;
  /** When the next timer is due, in milliseconds since 1970; `undefined` if there is none. */
  readonly next: number | undefined;
}

/**
 * Creates a clock for tests, so that a token's hour passes in a millisecond.
 *
 * Sign the test's tokens by the same clock (`issuedAt: new Date(clock.now())`). Otherwise the sandbox finds them expired
 * or not yet issued.
 *
 * @param start - the initial time, as a Date or in milliseconds since 1970; default: now
 * @throws `AblyJwtError` with `OPTION_INVALID` if `start`, or a later argument of `advance`, is not such a value
 *
 * @example
 * ```ts
 * import { createManualClock, startAblySandbox } from 'ably-jwt/testing';
 *
 * const clock = createManualClock();
 * const sandbox = await startAblySandbox({ clock });
 * clock.advance(3_600_000); // an hour later
 * await sandbox.close();
 * ```
 */
export function createManualClock(start: Date | number = Date.now()): ManualClock {
  let now = Math.floor(Number(start));
  if (!Number.isFinite(now)) throw optionError('start', start, 'a valid Date, or milliseconds since 1970');
  const timers = new TimerQueue();
  return {
    now: () => now,
    setTimeout: (callback, delay) => timers.add(now + Math.max(0, delay), callback),
    clearTimeout: (timer) => timers.remove(timer as QueuedTimer | undefined),
    advance(milliseconds) {
      if (!Number.isInteger(milliseconds) || milliseconds < 0) {
        throw optionError('milliseconds', milliseconds, 'a whole number, 0 or more');
      }
      const end = now + milliseconds;
      for (let timer = timers.takeDue(end); timer !== undefined; timer = timers.takeDue(end)) {
        now = Math.max(now, timer.due);
        timer.callback();
      }
      now = end;
    },
    get next() {
      return timers.first?.due;
    },
  };
}

/** @internal Timers with names; one that is set again is replaced. */
export class Timers<Name extends string> {
  readonly #clock: SandboxClock;
  readonly #running = new Map<Name, unknown>();

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  set(name: Name, delay: number, callback: () => void): void {
    this.clear(name);
    const timer = this.#clock.setTimeout(() => {
      this.#running.delete(name);
      callback();
    }, delay);
    this.#running.set(name, timer);
  }

  /** Clears the named ones, or all. */
  clear(...names: Name[]): void {
    for (const name of names.length > 0 ? names : [...this.#running.keys()]) {
      this.#clock.clearTimeout(this.#running.get(name));
      this.#running.delete(name);
    }
  }
}

/** @internal Timers without names. */
export class TimerSet {
  readonly #clock: SandboxClock;
  readonly #running = new Set<unknown>();

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  add(delay: number, callback: () => void): void {
    const timer = this.#clock.setTimeout(() => {
      this.#running.delete(timer);
      callback();
    }, delay);
    this.#running.add(timer);
  }

  /** Clears all. */
  clear(): void {
    for (const timer of this.#running) this.#clock.clearTimeout(timer);
    this.#running.clear();
  }
}
