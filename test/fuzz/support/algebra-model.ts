import {
  type Capability,
  can,
  diffCapabilities,
  intersectCapabilities,
  mergeCapabilities,
  type Operation,
  stringifyCapability,
} from 'ably-jwt';
import type { Random } from './random.js';

/** What the capabilities of a run are made of. */
export interface Alphabet {
  /** What a segment may be, beside the wildcard. */
  readonly letters: readonly string[];
  /** What may stand in front: nothing, `[meta]`, `[*]`. */
  readonly qualifiers: readonly string[];
  /** The most segments of a pattern. */
  readonly segments: number;
  /** The lists of operations; every way to grant two operations by default. */
  readonly grants?: readonly Grant[];
}

type Grant = readonly (Operation | '*')[];
const everyGrant: readonly Grant[] = [['publish'], ['subscribe'], ['publish', 'subscribe'], ['*']];
/** What is asked of each capability: the two operations, a third one, and all. */
const asked = ['publish', 'subscribe', 'history', '*'] as const;

/** One resource with its operations, and the channels on which it grants each of {@link asked}, as bits. */
interface Entry {
  readonly resource: string;
  readonly grant: Grant;
  readonly capability: Capability;
  readonly channels: bigint;
  readonly rights: Rights;
}
type Rights = readonly bigint[];

/**
 * The algebra once more, from its definition: a capability is the set of rights that it grants, on every channel that an
 * alphabet can name. The functions of the package are compared with operations on such sets.
 */
export class AlgebraModel {
  readonly entries: readonly Entry[];
  readonly #channels: readonly string[];
  readonly #known = new Map<string, Rights>();
  /** How many comparisons were made. */
  compared = 0;

  constructor({ letters, qualifiers, segments, grants = everyGrant }: Alphabet) {
    // A letter that is in no pattern tells a wildcard from all letters together. One segment more than a pattern has
    // tells an open end from a closed one; a product's suffix takes two.
    const deeper = letters.some((letter) => letter.startsWith('$')) ? 2 : 1;
    const paths = joined([...letters, 'other'], segments + deeper).filter((path) => path !== '');
    const kinds = [...qualifiers.filter((qualifier) => qualifier !== '[*]'), '[else]'];
    this.#channels = kinds.flatMap((kind) => paths.map((path) => kind + path));
    const patterns = joined([...letters, '*'], segments).flatMap((path) =>
      qualifiers.map((qualifier) => qualifier + path),
    );
    this.entries = patterns.flatMap((resource) => {
      const channels = this.#bits((channel) => covers(resource, channel));
      return grants.map((grant) => ({
        resource,
        grant,
        capability: { [resource]: grant },
        channels,
        rights: asked.map((operation) => (allows(grant, operation) ? channels : 0n)),
      }));
    });
  }

  /** Compares `can` with the model, for every capability of one resource. */
  checkRights(): void {
    for (const { capability, rights } of this.entries)
      this.#expectRights(capability, rights, 'can', [capability]);
  }

  /** Compares the three operations on two capabilities, each of some of {@link entries}. */
  checkPair(a: readonly Entry[], b: readonly Entry[]): void {
    const [left, right] = [union(a), union(b)];
    this.#expectRights(
      mergeCapabilities(left, right),
      or([...a, ...b].map(({ rights }) => rights)),
      'mergeCapabilities',
      [left, right],
    );
    const meeting = a.flatMap((x) => b.filter((y) => meets(x.resource, y.resource)).map((y) => and(x, y)));
    this.#expectRights(intersectCapabilities(left, right), or(meeting), 'intersectCapabilities', [
      left,
      right,
    ]);
    const diff = diffCapabilities(left, right);
    this.#expectText(diff.added, subtract(b, a), 'diffCapabilities: added', [left, right]);
    this.#expectText(diff.removed, subtract(a, b), 'diffCapabilities: removed', [left, right]);
  }

  /** Forgets the rights of capabilities that were asked for, which take memory. */
  forget(): void {
    this.#known.clear();
  }

  /** Some entries of different resources. */
  some(random: Random, most: number): readonly Entry[] {
    const chosen = new Map<string, Entry>();
    for (let n = random.int(most + 1); n > 0; n -= 1) {
      const entry = random.pick(this.entries);
      chosen.set(entry.resource, entry);
    }
    return [...chosen.values()];
  }

  #expectRights(capability: Capability, expected: Rights, what: string, given: readonly Capability[]): void {
    this.compared += 1;
    const found = this.#rights(capability);
    for (const [n, operation] of asked.entries()) {
      if (found[n] === expected[n]) continue;
      const difference = (found[n]! ^ expected[n]!).toString(2);
      const channel = this.#channels[difference.length - 1]!;
      throw new Error(
        `${what} of ${JSON.stringify(given)} gives ${JSON.stringify(capability)}: the model differs in ${operation} on ${JSON.stringify(channel)}.`,
      );
    }
  }

  #expectText(found: Capability, expected: Capability, what: string, given: readonly Capability[]): void {
    this.compared += 1;
    if (stringifyCapability(found) === stringifyCapability(expected)) return;
    throw new Error(
      `${what} of ${JSON.stringify(given)} is ${JSON.stringify(found)}; the model says ${JSON.stringify(expected)}.`,
    );
  }

  /** What `can` says of a capability: asked for every channel once, then remembered by its text. */
  #rights(capability: Capability): Rights {
    const text = stringifyCapability(capability);
    let rights = this.#known.get(text);
    if (rights === undefined) {
      rights = asked.map((operation) => this.#bits((channel) => can(capability, operation, channel)));
      this.#known.set(text, rights);
    }
    return rights;
  }

  #bits(holds: (channel: string) => boolean): bigint {
    let text = '';
    for (const channel of this.#channels) text = (holds(channel) ? '1' : '0') + text;
    return BigInt(`0b${text}`);
  }
}

/** All lists of up to `most` segments, joined. */
function joined(segments: readonly string[], most: number): string[] {
  let longest: string[] = [...segments];
  const all = [...longest];
  for (let n = 1; n < most; n += 1) {
    longest = longest.flatMap((path) => segments.map((segment) => `${path}:${segment}`));
    all.push(...longest);
  }
  return all;
}

const split = (name: string): [qualifier: string, path: string] => {
  const found = /^\[([^\]]*)\](.*)$/s.exec(name);
  return found === null ? ['', name] : [found[1]!, found[2]!];
};

const compiled = new Map<string, RegExp>();

/** Ably's grammar as a regular expression, with the suffix of a product's channel behind a closed end. */
function covers(resource: string, channel: string): boolean {
  const [wanted, pattern] = split(resource);
  const [kind, path] = split(channel);
  if (pattern === '' || (wanted !== '*' && wanted !== kind)) return false;
  let expression = compiled.get(pattern);
  if (expression === undefined) {
    const parts = pattern.split(':').map((part) => (part === '*' ? '[^:]*' : part.replace('$', '\\$')));
    const open = pattern === '*' || pattern.endsWith(':*');
    if (open) parts.pop();
    const fixed = parts.join(':');
    expression = new RegExp(!open ? `^${fixed}(::\\$.*)?$` : parts.length === 0 ? '^' : `^${fixed}(:.*)?$`);
    compiled.set(pattern, expression);
  }
  return expression.test(path);
}

const allows = (grant: Grant, operation: Operation | '*') =>
  grant.includes('*') || (operation !== '*' && grant.includes(operation));

/** Whether Ably lets two resources meet at all: of different lengths, only when the shorter has an open end. */
function meets(a: string, b: string): boolean {
  const [x, y] = [a, b].map((resource) => split(resource)[1].split(':')).sort((p, q) => p.length - q.length);
  return x!.length === y!.length || x!.at(-1) === '*';
}

const and = (a: Entry, b: Entry): Rights => a.rights.map((bits, n) => bits & b.rights[n]!);
const or = (all: readonly Rights[]): Rights =>
  asked.map((_, n) => all.reduce((bits, rights) => bits | rights[n]!, 0n));

const union = (entries: readonly Entry[]): Capability =>
  Object.fromEntries(entries.map(({ resource, grant }) => [resource, grant]));

/** What is left of each entry: the operations that no entry grants on all of its channels. */
function subtract(entries: readonly Entry[], others: readonly Entry[]): Capability {
  const left = entries.map(({ resource, grant, channels }): [string, Grant] => {
    const held = others.filter((other) => (channels & other.channels) === channels);
    return [
      resource,
      channels === 0n
        ? []
        : grant.filter((operation) => !held.some((other) => allows(other.grant, operation))),
    ];
  });
  return Object.fromEntries(left.filter(([, grant]) => grant.length > 0));
}
