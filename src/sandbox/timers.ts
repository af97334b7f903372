import type { SandboxClock } from './clock.js';

/** Timers with names; one that is set again is replaced. */
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

/** Timers without names. */
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
