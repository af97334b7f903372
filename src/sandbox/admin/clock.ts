import type { SandboxClock } from '../clock.js';
import { type QueuedTimer, TimerQueue } from '../timer-queue.js';

/** Real time, with an offset that can grow. */
export interface MovableClock extends SandboxClock {
  /** Moves ahead by whole milliseconds, and runs the timers that become due, in order, each at its own time. */
  advance(milliseconds: number): void;
}

/** The longest time that a timer of Node's waits, in milliseconds. */
const longestTimeout = 2 ** 31 - 1;

/** Creates a clock that follows real time until it is moved ahead. Its timers never keep the process alive. */
export function createMovableClock(): MovableClock {
  let ahead = 0;
  const timers = new TimerQueue();
  /** Runs in real time, for the first timer alone: to move the clock then starts one timer anew, not thousands. */
  let running: NodeJS.Timeout | undefined;
  const now = () => Date.now() + ahead;
  const start = () => {
    clearTimeout(running);
    const { first } = timers;
    if (first !== undefined)
      running = setTimeout(run, Math.min(longestTimeout, Math.max(0, first.due - now()))).unref();
  };
  const run = () => {
    try {
      runDue(now());
    } finally {
      start();
    }
  };
  const runDue = (end: number) => {
    for (let timer = timers.takeDue(end); timer !== undefined; timer = timers.takeDue(end)) {
      ahead += Math.max(0, timer.due - now());
      timer.callback();
    }
  };
  return {
    now,
    setTimeout(callback, delay) {
      const timer = timers.add(now() + Math.max(0, delay), callback);
      if (timers.first === timer) start();
      return timer;
    },
    clearTimeout: (timer) => timers.remove(timer as QueuedTimer | undefined),
    advance(milliseconds) {
      const end = now() + milliseconds;
      try {
        runDue(end);
        ahead += Math.max(0, end - now());
      } finally {
        start();
      }
    },
  };
}

/** Whether a clock can be moved: this one, or one of `createManualClock`. */
export function isMovable(clock: SandboxClock): clock is MovableClock {
  return typeof (clock as Partial<MovableClock>).advance === 'function';
}
