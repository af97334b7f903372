import { setTimeout as realTimeout } from 'node:timers/promises';
import { createManualClock, type ManualClock } from 'ably-jwt/testing';
import { Wire } from './wire.js';

/** How many turns of the event loop without an event mean that nothing is under way. Reading a Blob takes some. */
const quietTurns = 30;
/**
 * Timers are due at whole seconds, late as on a busy machine. Between two seconds everything happens at one time, so that
 * nothing depends on how fast the machine is.
 */
const tick = 1000;
/** For how long bytes may be under way in real time, in milliseconds. */
const patience = 10_000;

/** The timers of a process, as Node's global functions return them. */
class VirtualTimeout {
  static clock: ManualClock;
  static readonly pending = new Set<VirtualTimeout>();
  readonly #callback: () => void;
  readonly #delay: number;
  readonly #repeats: boolean;
  #timer: unknown;
  #isRef = true;

  constructor(callback: () => void, delay: unknown, repeats: boolean) {
    this.#callback = callback;
    // As Node does: whole milliseconds, at least one.
    this.#delay = Math.max(1, Math.trunc(Number(delay)) || 1);
    this.#repeats = repeats;
    this.refresh();
  }

  refresh(): this {
    const { clock, pending } = VirtualTimeout;
    clock.clearTimeout(this.#timer);
    pending.add(this);
    this.#timer = clock.setTimeout(() => {
      if (this.#repeats) this.refresh();
      else pending.delete(this);
      try {
        this.#callback();
      } catch (error) {
        // Where an exception of a timer's goes: to the process.
        setImmediate(() => {
          throw error;
        });
      }
    }, this.#delay);
    return this;
  }

  close(): this {
    VirtualTimeout.clock.clearTimeout(this.#timer);
    VirtualTimeout.pending.delete(this);
    return this;
  }

  ref(): this {
    this.#isRef = true;
    return this;
  }

  unref(): this {
    this.#isRef = false;
    return this;
  }

  hasRef(): boolean {
    return this.#isRef;
  }
}

/**
 * Time for a whole process: clients, servers and what is between them. `setTimeout`, `setInterval` and `Date` follow a
 * manual clock, and the sandbox takes that very clock. Sockets are real. The clock advances to the next timer when
 * nothing is under way: when the event loop has turned several times without an event, and no byte is between two sockets.
 */
export class VirtualTime {
  readonly clock: ManualClock;
  /** By how many milliseconds the clocks on the wall, `Date`, are ahead of the time that timers follow. */
  wallOffset = 0;
  readonly #wire = new Wire();
  readonly #real = { Date, setTimeout, clearTimeout, setInterval, clearInterval, random: Math.random };

  /**
   * Takes over the process. Load the Ably client after that: it keeps `Date.now` from when it is loaded.
   */
  constructor(start: number) {
    this.clock = ticking(createManualClock(start));
    VirtualTimeout.clock = this.clock;
    const now = () => this.clock.now() + this.wallOffset;
    const real = this.#real;
    class VirtualDate extends Date {
      constructor(...args: [] | ConstructorParameters<typeof Date>) {
        if (args.length === 0) super(now());
        else super(...args);
      }

      static override now = now;
    }
    const start_ =
      (repeats: boolean) =>
      (callback: (...args: unknown[]) => void, delay?: number, ...args: unknown[]) =>
        new VirtualTimeout(() => callback(...args), delay, repeats);
    const stop = (timer: unknown) => {
      if (timer instanceof VirtualTimeout) timer.close();
      else real.clearTimeout(timer as NodeJS.Timeout); // one from before
    };
    // Clients take it for the time between their attempts, and for ids. It doesn't depend on who asks first but in its last
    // digits.
    let asked = 0;
    Math.random = () => 0.5 + ++asked * 1e-13;
    Object.assign(globalThis, {
      Date: VirtualDate,
      setTimeout: start_(false),
      setInterval: start_(true),
      clearTimeout: stop,
      clearInterval: stop,
    });
  }

  /** Gives the process its own time back. */
  restore(): void {
    this.#wire.close();
    const { random, ...globals } = this.#real;
    Math.random = random;
    Object.assign(globalThis, globals);
  }

  /** How many timers would keep the process from ending. */
  get pending(): number {
    return [...VirtualTimeout.pending].filter((timer) => timer.hasRef()).length;
  }

  /** Lets everything happen until a time, in milliseconds since 1970. */
  async runUntil(end: number): Promise<void> {
    const { clock } = this;
    for (;;) {
      await this.settle();
      const { next } = clock;
      if (next === undefined || next > end) break;
      clock.advance(next - clock.now());
    }
    clock.advance(end - clock.now());
  }

  /** Waits until nothing is under way but what waits for a timer. */
  async settle(): Promise<void> {
    const end = performance.now() + patience;
    for (;;) {
      let { events } = performance.nodeTiming.uvMetricsInfo;
      for (let quiet = 0; quiet < quietTurns; quiet += 1) {
        await turn();
        const now = performance.nodeTiming.uvMetricsInfo.events;
        if (now !== events) quiet = 0;
        events = now;
      }
      if (this.#wire.isQuiet) return;
      if (performance.now() > end) throw new Error('Bytes were under way between two sockets for too long.');
      // A busy system may take a while to hand them over.
      await realTimeout(1);
    }
  }
}

/** A clock whose timers are due at whole ticks. */
function ticking(clock: ManualClock): ManualClock {
  return {
    now: clock.now,
    setTimeout: (callback, delay) =>
      clock.setTimeout(callback, Math.ceil((clock.now() + delay) / tick) * tick - clock.now()),
    clearTimeout: clock.clearTimeout,
    advance: clock.advance,
    get next() {
      return clock.next;
    },
  };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
