/** @internal A timer in a {@link TimerQueue}. */
export interface QueuedTimer {
  /** When it is due, in milliseconds since 1970. */
  readonly due: number;
  readonly callback: () => void;
  /** Where it stands in the order in which timers were added. */
  readonly order: number;
  /** Where it stands in the heap; -1 when it has left. */
  at: number;
}

/**
 * @internal
 * Timers, the earliest first; those of one time in the order in which they were added. A binary heap in which every timer
 * knows its place: a sandbox has several timers for each of thousands of clients, and clears most of them before they are
 * due.
 */
export class TimerQueue {
  readonly #heap: QueuedTimer[] = [];
  #added = 0;

  /** The timer that is due next. */
  get first(): QueuedTimer | undefined {
    return this.#heap[0];
  }

  add(due: number, callback: () => void): QueuedTimer {
    const timer: QueuedTimer = { due, callback, order: this.#added++, at: this.#heap.length };
    this.#heap.push(timer);
    this.#rise(timer);
    return timer;
  }

  /** Removes a timer, if it is still there. */
  remove(timer: QueuedTimer | undefined): void {
    if (timer === undefined || this.#heap[timer.at] !== timer) return;
    const { at } = timer;
    const last = this.#heap.pop()!;
    timer.at = -1;
    if (last === timer) return;
    this.#place(last, at);
    this.#rise(last);
    this.#sink(last);
  }

  /** Removes and returns the timer that is due next, unless that is later than `time`. */
  takeDue(time: number): QueuedTimer | undefined {
    const timer = this.first;
    if (timer === undefined || timer.due > time) return undefined;
    this.remove(timer);
    return timer;
  }

  #place(timer: QueuedTimer, at: number): void {
    this.#heap[at] = timer;
    timer.at = at;
  }

  /** Moves a timer towards the front, as long as it comes before its parent. */
  #rise(timer: QueuedTimer): void {
    let { at } = timer;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = this.#heap[parent]!;
      if (isBefore(above, timer)) break;
      this.#place(above, at);
      at = parent;
    }
    this.#place(timer, at);
  }

  /** Moves a timer towards the back, as long as one of its children comes before it. */
  #sink(timer: QueuedTimer): void {
    let { at } = timer;
    for (;;) {
      const [left, right] = [this.#heap[2 * at + 1], this.#heap[2 * at + 2]];
      const child = right !== undefined && isBefore(right, left!) ? right : left;
      if (child === undefined || isBefore(timer, child)) break;
      const next = child.at;
      this.#place(child, at);
      at = next;
    }
    this.#place(timer, at);
  }
}

const isBefore = (a: QueuedTimer, b: QueuedTimer) => a.due < b.due || (a.due === b.due && a.order < b.order);
