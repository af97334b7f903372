/**
 * Random choices that a seed repeats. Every input has a generator of its own, made of the run's seed and the input's
 * number, so that a single one can be repeated without those before it.
 */
export class Random {
  #state: number;

  constructor(seed: number, input = 0) {
    // Two rounds of a finalizer, so that neighbours have nothing in common.
    this.#state = mix(mix(seed) ^ Math.imul(input + 1, 0x9e3779b1));
  }

  /** A whole number from 0, below `limit`. */
  int(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  /** True in `share` of the cases. */
  chance(share: number): boolean {
    return this.#next() < share;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(list.length)]!;
  }

  /** Some values of one kind. */
  list<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.int(most + 1) }, make);
  }

  /** A text of up to `most` pieces of an alphabet. */
  text(alphabet: string | readonly string[], most: number): string {
    const pieces = typeof alphabet === 'string' ? [...alphabet] : alphabet;
    return this.list(most, () => this.pick(pieces)).join('');
  }

  /** One of several ways to go on. */
  choose<T>(...ways: readonly (() => T)[]): T {
    return this.pick(ways)();
  }

  /** A text with something wrong in it: a piece cut out, doubled, moved, replaced or put in. */
  mutate(text: string, pieces: readonly string[] = oddPieces): string {
    const at = this.int(text.length + 1);
    const length = this.chance(0.7) ? 1 : this.int(text.length - at + 1);
    const [before, part, after] = [text.slice(0, at), text.slice(at, at + length), text.slice(at + length)];
    return this.choose(
      () => before + after,
      () => before + part + part + after,
      () => before + this.pick(pieces) + after,
      () => before + this.pick(pieces) + part + after,
      () => part + before + after,
      () => before + part.toUpperCase() + after,
      () => before + String.fromCharCode((part.charCodeAt(0) || 64) ^ (1 << this.int(7))) + after.slice(0),
    );
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    return mix(this.#state) / 2 ** 32;
  }
}

/** Spreads the bits of a number: the finalizer of MurmurHash3, as an unsigned number. */
function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** What parsers stumble over. */
export const oddPieces: readonly string[] = [
  ...[
    '',
    ' ',
    '\n',
    '\r\n',
    '\t',
    '\0',
    '\u2028',
    '\ufeff',
    '\u00a0',
    '\ud800',
    '\udc00',
    '😀',
    'é',
    'ſ',
    'K',
  ],
  ...[
    '.',
    ':',
    '*',
    '=',
    '+',
    '/',
    '-',
    '_',
    '%',
    '%3a',
    '?',
    '&',
    '#',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '\\',
    ',',
    '$',
  ],
  ...[
    '0',
    '-1',
    '1e999',
    'NaN',
    'null',
    'true',
    'undefined',
    '__proto__',
    'constructor',
    'toString',
    'toJSON',
  ],
  ...['a', 'A', 'x'.repeat(50), '::', '..', '::$chat', '[*]', '[meta]', '[object Object]', 'Bearer ', 'eyJ'],
];
