import type { Random } from './random.js';

/** The public functions that a target may try: the package, or a second copy of it on another engine. */
export type Package = typeof import('ably-jwt');

/** Something that is tried with random input. */
export interface Target {
  readonly name: string;
  /** Prepares a run. */
  start(tried: Package): Running | Promise<Running>;
}

/** A prepared run. */
export interface Running {
  /**
   * Tries one input.
   *
   * @returns what happened, as a word to count: a run in which everything is refused tells nothing
   * @throws when the outcome is wrong
   */
  tryInput(random: Random): string | Promise<string>;
  close?(): Promise<void>;
}

/** Throws unless a condition holds, and shows the input. */
export function check(condition: boolean, problem: string, ...input: readonly unknown[]): asserts condition {
  if (condition) return;
  const shown = input.map((value) => (typeof value === 'string' ? JSON.stringify(value) : show(value)));
  throw new Error([problem, ...shown].join('\n  '));
}

function show(value: unknown): string {
  try {
    return value instanceof Error ? (value.stack ?? value.message) : JSON.stringify(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
