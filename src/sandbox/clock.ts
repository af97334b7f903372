import { optionError } from '../errors.js';

/**
 * The time by which an Ably sandbox judges tokens and runs its timers: the renewal prompt, expiry, how long a lost
 * connection can be resumed. Heartbeats go by real time as well, since the client watches for them on its own.
 */
export interface SandboxClock {
  /** The present, in milliseconds since 1970. */
  now(): number;
  /** Calls back once, `delay` milliseconds from now; what it returns is for {@link SandboxClock.clearTimeout}. */
  setTimeout(callback: () => void, delay: number): unknown;
  /** Forgets a timer. */
  clearTimeout(timer: unknown): void;
}

/** Real time. Its timers never keep the process alive. */
export const systemClock: SandboxClock = {
  now: () => Date.now(),
  setTimeout: (callback, delay) => setTimeout(callback, delay).unref(),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/** A clock that stands still until it is told to move. Made by {@link createManualClock}. */
export interface ManualClock extends SandboxClock {
  /**
   * Moves on by `milliseconds` (a whole number, 0 or more) and fires what falls due, in order, each at its own time.
   * It returns when all of it was fired. What clients do about it, such as fetching a token, comes later: wait for
   * their events.
   */
  advance(milliseconds: number): void;
  /** When the next timer falls due, in milliseconds since 1970; undefined when there is none. */
  readonly next: number | undefined;
}

interface ManualTimer {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * A clock for tests, so that a token's hour passes in a millisecond.
 *
 * Sign the test's tokens by the same clock (`issuedAt: new Date(clock.now())`), or they are expired or not yet issued
 * in the sandbox's eyes.
 *
 * @param start - where it stands at first, as a Date or in milliseconds since 1970; default: the present
 * @throws `AblyJwtError` with `OPTION_INVALID` when `start`, or later what it is to advance by, is no such value
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
  let order = 0;
  const timers = new Set<ManualTimer>();
  const earliest = () => {
    let first: ManualTimer | undefined;
    for (const timer of timers) {
      if (
        first === undefined ||
        timer.due < first.due ||
        (timer.due === first.due && timer.order < first.order)
      )
        first = timer;
    }
    return first;
  };
  return {
    now: () => now,
    setTimeout(callback, delay) {
      const timer: ManualTimer = { due: now + Math.max(0, delay), order: order++, callback };
      timers.add(timer);
      return timer;
    },
    clearTimeout: (timer) => void timers.delete(timer as ManualTimer),
    advance(milliseconds) {
      if (!Number.isInteger(milliseconds) || milliseconds < 0) {
        throw optionError('milliseconds', milliseconds, 'a whole number, 0 or more');
      }
      const end = now + milliseconds;
      for (let timer = earliest(); timer !== undefined && timer.due <= end; timer = earliest()) {
        timers.delete(timer);
        now = Math.max(now, timer.due);
        timer.callback();
      }
      now = end;
    },
    get next() {
      return earliest()?.due;
    },
  };
}
