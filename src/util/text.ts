import { maskCredentials } from './credentials.js';

/** Words for error messages. What is put in the wrong place may be a key or a token, so neither is ever shown. */

// What a secret looks like by itself: long, of capitals, small letters and digits. Most ids are shorter or, like UUIDs, of
// one case.
const bareSecret = /(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{20,}|[\w-]{40,}/g;

/** Whether a text has the form of a whole API key. */
export function isWholeKey(text: string): boolean {
  return /^[\w-]+\.[\w-]+:[\w-]+$/.test(text);
}

/** A text from outside, without what may be a secret in it. */
export function masked(text: string): string {
  return maskCredentials(text).replace(bareSecret, '***');
}

/** What a value is, for "found …" in a message. Long strings are described, not shown. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  switch (typeof value) {
    case 'string':
      if (value === '') return 'an empty string';
      // Arguments in the wrong order must not put a key into a log.
      if (isWholeKey(value)) return 'what looks like an API key';
      return value.length <= 40 ? JSON.stringify(masked(value)) : `a string of ${value.length} characters`;
    case 'number':
      return `the number ${value}`;
    case 'bigint':
      return `the BigInt ${value}n`;
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    case 'object':
      return describeObject(value);
    default:
      return String(value);
  }
}

// Classes that every runtime has. The name of any other class comes from outside, and may say anything.
const builtins = { Date, Map, Set, RegExp, URL, Uint8Array, Error, String, Number, Boolean };

function describeObject(value: object): string {
  try {
    if (isThenable(value)) return 'a Promise';
    const builtin = Object.entries(builtins).find(([, type]) => value instanceof type);
    if (builtin !== undefined) return `an object of class ${builtin[0]}`;
    const prototype: unknown = Object.getPrototypeOf(value);
    const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
    return isPlain ? 'an object' : 'an instance of a class';
  } catch {
    // A proxy may throw.
    return 'an object';
  }
}

/** Whether something is a Promise, or is awaited like one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  try {
    return typeof value === 'object' && typeof (value as { then?: unknown } | null)?.then === 'function';
  } catch {
    // A getter or a proxy may throw.
    return false;
  }
}

/** A text from outside, in which nothing can move a terminal's cursor, begin another line, or hide what is there. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}

/** A name in quotes, cut to a length that a line of text can bear. */
export function quoted(name: string): string {
  // Before it is cut, or the beginning of a secret could be left.
  const shown = masked(name);
  return JSON.stringify(shown.length <= 60 ? shown : `${shown.slice(0, 57)}...`);
}

/** ` Did you mean "x"?` for the nearest candidate, or nothing when none is near. */
export function didYouMean(
  word: string,
  candidates: readonly string[],
  aliasOf: (word: string) => string | undefined = () => undefined,
): string {
  const plain = simplified(word);
  let best = aliasOf(word);
  // Half of a short word may be wrong before it is another word; more than three letters always are.
  let distance = Math.min(3, Math.floor(plain.length / 3)) + 1;
  if (best === undefined && plain.length <= 40) {
    for (const candidate of candidates) {
      const d = editDistance(plain, simplified(candidate));
      if (d < distance) [best, distance] = [candidate, d];
    }
  }
  return best === undefined ? '' : ` Did you mean "${best}"?`;
}

/** A word without what people vary: capitals, dashes, dots. */
export const simplified = (word: string) => word.toLowerCase().replace(/[^a-z0-9*]/g, '');

/**
 * How many letters must be put in, left out, replaced, or swapped with their neighbor to make one word of the other: the
 * distance of Damerau and Levenshtein, in its form that touches no letter twice.
 */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwap ? beforePrevious[j - 2]! + 1 : substitution;
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, substitution, swap));
    }
    [beforePrevious, previous] = [previous, row];
  }
  return previous[b.length]!;
}
