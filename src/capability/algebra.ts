import { pointed } from '../errors.js';
import { type Capability, type CapabilityEntry, canonicalEntries, fromEntries } from './capability.js';
import { coversResource, intersectResources, parseResource, type Resource } from './resource.js';

/**
 * Computes what both capabilities grant, as Ably does when a token narrows a key: for each pair of resources the one
 * that both cover, with the operations that both list. The result never grants what either side denies. Resources with
 * different numbers of segments meet only if the shorter one ends in `*`: `a:*` and `a` have nothing in common, although
 * `a:*` covers the channel `a`.
 *
 * The cost grows with the number of pairs, and so may the result.
 *
 * @param a - one capability, for example a key's
 * @param b - the other, for example the one that a token asks for
 * @returns the intersection in canonical order; `{}` if nothing is left
 * @throws {@link AblyJwtError} `CAPABILITY_INVALID` if either is not an object of lists of strings
 *
 * @example
 * ```ts run
 * import { intersectCapabilities } from 'ably-jwt';
 *
 * intersectCapabilities({ 'chat:*': ['publish', 'subscribe'] }, { '*': ['subscribe'] });
 * // => { 'chat:*': ['subscribe'] }
 * ```
 */
export function intersectCapabilities(a: Capability, b: Capability): Capability {
  return pointed(intersectCapabilities, () => {
    const right = parsedEntries(b);
    const union = new Union();
    for (const [resourceA, grantedA] of parsedEntries(a)) {
      for (const [resourceB, grantedB] of right) {
        const operations = intersectOperations(grantedA, grantedB);
        const resource = operations.length === 0 ? undefined : intersectResources(resourceA, resourceB);
        if (resource !== undefined) union.add(resource, operations);
      }
    }
    return union.capability();
  });
}

/**
 * Computes what either capability grants: their union, no more and no less. Use it to widen a user's rights at renewal,
 * after you have checked that the user still has the old ones. A resource that another one covers stays in the result.
 *
 * @param a - one capability
 * @param b - the other
 * @returns the union in canonical order
 * @throws {@link AblyJwtError} `CAPABILITY_INVALID` if either is not an object of lists of strings
 *
 * @example
 * ```ts run
 * import { mergeCapabilities } from 'ably-jwt';
 *
 * mergeCapabilities({ 'chat:1': ['subscribe'] }, { 'chat:1': ['publish'], 'chat:2': ['subscribe'] });
 * // => { 'chat:1': ['publish', 'subscribe'], 'chat:2': ['subscribe'] }
 * ```
 */
export function mergeCapabilities(a: Capability, b: Capability): Capability {
  return pointed(mergeCapabilities, () => {
    const union = new Union();
    for (const [resource, granted] of [...canonicalEntries(a), ...canonicalEntries(b)])
      union.add(resource, granted);
    return union.capability();
  });
}

/** The result of {@link diffCapabilities}. */
export interface CapabilityDiff {
  /** What only the second capability grants. */
  added: Capability;
  /** What only the first capability grants. */
  removed: Capability;
}

/**
 * Computes what a client gains and loses when its capability changes, for logs and for tests of your own rules. An entry
 * that a single resource of the other side covers is neither: going from `{ '*': ['*'] }` to
 * `{ 'chat:*': ['subscribe'] }` gains nothing.
 *
 * The cost grows with the number of pairs of resources.
 *
 * @param from - the capability before
 * @param to - the capability after
 * @returns both differences, each in canonical order
 * @throws {@link AblyJwtError} `CAPABILITY_INVALID` if either is not an object of lists of strings
 *
 * @example
 * ```ts run
 * import { diffCapabilities } from 'ably-jwt';
 *
 * diffCapabilities({ chat: ['publish', 'subscribe'] }, { chat: ['subscribe'], alerts: ['subscribe'] });
 * // => { added: { alerts: ['subscribe'] }, removed: { chat: ['publish'] } }
 * ```
 */
export function diffCapabilities(from: Capability, to: Capability): CapabilityDiff {
  return pointed(diffCapabilities, () => ({ added: subtract(to, from), removed: subtract(from, to) }));
}

/** The entries of `a` that no single resource of `b` covers. */
function subtract(a: Capability, b: Capability): Capability {
  const held = parsedEntries(b);
  const union = new Union();
  for (const [resource, granted] of canonicalEntries(a)) {
    const parsed = parseResource(resource);
    // An empty resource grants nothing, so there is nothing to gain or lose.
    if (parsed === undefined) continue;
    const covering = new Set(
      held.filter(([other]) => coversResource(other, parsed)).flatMap(([, operations]) => operations),
    );
    if (covering.has('*')) continue;
    union.add(
      resource,
      granted.filter((operation) => !covering.has(operation)),
    );
  }
  return union.capability();
}

type ParsedEntry = readonly [resource: Resource | undefined, granted: readonly string[]];

function parsedEntries(capability: Capability): ParsedEntry[] {
  return canonicalEntries(capability).map(([resource, granted]) => [parseResource(resource), granted]);
}

function intersectOperations(a: readonly string[], b: readonly string[]): readonly string[] {
  if (a.includes('*')) return b;
  if (b.includes('*')) return a;
  return a.filter((operation) => b.includes(operation));
}

/** Collects operations by resource. `*` replaces the operations beside it, since Ably refuses the mixture. */
class Union {
  readonly #granted = new Map<string, Set<string>>();

  add(resource: string, operations: readonly string[]): void {
    if (operations.length === 0) return;
    const set = this.#granted.get(resource) ?? new Set();
    this.#granted.set(resource, set);
    for (const operation of operations) set.add(operation);
  }

  capability(): Capability {
    const entries = [...this.#granted].sort(([a], [b]) => (a < b ? -1 : 1));
    return fromEntries(
      entries.map(([resource, set]): CapabilityEntry => [resource, set.has('*') ? ['*'] : [...set].sort()]),
    );
  }
}
