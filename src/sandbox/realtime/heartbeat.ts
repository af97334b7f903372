import { getOrMake } from '../../util/maps.js';
import { type SandboxClock, systemClock, Timers } from '../clock.js';

/** The shortest interval that a client may ask for, in milliseconds. */
const minInterval = 5_000;

/** The interval of a client's heartbeats in milliseconds, by its parameter `heartbeatInterval`. */
export function heartbeatInterval(asked: string | null, usual: number): number {
  const milliseconds = Number(asked ?? Number.NaN);
  return Number.isFinite(milliseconds) ? Math.min(usual, Math.max(minInterval, milliseconds)) : usual;
}

interface Group {
  readonly beats: Set<() => void>;
  readonly timers: readonly Timers<'beat'>[];
  due?: NodeJS.Immediate | undefined;
}

/**
 * Calls back at intervals, by real time as well as by the sandbox's clock: clients watch for signs of life on their own
 * clock, and a test that advances its clock may count on them too. Those of one interval beat together.
 */
export class Heartbeats {
  readonly #clocks: readonly SandboxClock[];
  readonly #groups = new Map<number, Group>();

  constructor(clock: SandboxClock) {
    this.#clocks = [...new Set([systemClock, clock])];
  }

  /** Starts one; the returned function stops it. */
  start(interval: number, beat: () => void): () => void {
    const group = getOrMake(this.#groups, interval, () => this.#createGroup(interval));
    group.beats.add(beat);
    return () => {
      group.beats.delete(beat);
      if (group.beats.size > 0 || this.#groups.get(interval) !== group) return;
      this.#groups.delete(interval);
      for (const timers of group.timers) timers.clear();
      clearImmediate(group.due);
    };
  }

  #createGroup(interval: number): Group {
    const timers = this.#clocks.map((clock) => new Timers<'beat'>(clock));
    const group: Group = { beats: new Set(), timers };
    for (const each of timers) repeat(each, interval, group);
    return group;
  }
}

function repeat(timers: Timers<'beat'>, interval: number, group: Group): void {
  timers.set('beat', interval, () => {
    // One for all that is due together: when a test's clock advances by an hour, clients don't want 240.
    group.due ??= setImmediate(() => {
      group.due = undefined;
      for (const beat of group.beats) beat();
    });
    repeat(timers, interval, group);
  });
}
