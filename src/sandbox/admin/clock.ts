import type { SandboxClock } from '../clock.js';

/** Real time, with an offset that can grow. */
export interface MovableClock extends SandboxClock {
  /** Moves ahead by whole milliseconds, and runs the timers that become due, in order, each at its own time. */
  advance(milliseconds: number): void;
}

interface MovableTimer {
  readonly due: number;
  readonly callback: () => void;
  running: NodeJS.Timeout;
}

/** Creates a clock that follows real time until it is moved ahead. Its timers never keep the process alive. */
export function createMovableClock(): MovableClock {
  let ahead = 0;
  const timers = new Set<MovableTimer>();
  const now = () => Date.now() + ahead;
  const run = (timer: MovableTimer) => {
    timers.delete(timer);
    timer.callback();
  };
  const start = (delay: number, callback: () => void) => setTimeout(callback, delay).unref();
  return {
    now,
    setTimeout(callback, delay) {
      const due = now() + Math.max(0, delay);
      const timer: MovableTimer = { due, callback, running: start(delay, () => run(timer)) };
      timers.add(timer);
      return timer;
    },
    clearTimeout(timer) {
      if (!timers.delete(timer as MovableTimer)) return;
      clearTimeout((timer as MovableTimer).running);
    },
    advance(milliseconds) {
      const end = now() + milliseconds;
      for (let timer = earliest(timers); timer !== undefined && timer.due <= end; timer = earliest(timers)) {
        clearTimeout(timer.running);
        ahead += Math.max(0, timer.due - now());
        run(timer);
      }
      ahead += Math.max(0, end - now());
      for (const timer of timers) {
        clearTimeout(timer.running);
        timer.running = start(timer.due - now(), () => run(timer));
      }
    },
  };
}

function earliest(timers: Iterable<MovableTimer>): MovableTimer | undefined {
  let first: MovableTimer | undefined;
  for (const timer of timers) if (first === undefined || timer.due < first.due) first = timer;
  return first;
}

/** Whether a clock can be moved: this one, or one of `createManualClock`. */
export function isMovable(clock: SandboxClock): clock is MovableClock {
  return typeof (clock as Partial<MovableClock>).advance === 'function';
}
