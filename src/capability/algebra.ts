import { type Capability, type CapabilityEntry, canonicalEntries, fromEntries } from './capability.js';
import { coversResource, intersectResources, parseResource } from './resource.js';

/**
 * What both capabilities grant, computed as Ably does when a token narrows a key: for each pair of resources the one
 * that both cover, with the operations that both list. It never grants what either side denies. Resources of a
 * different number of segments meet only where the shorter ends in `*`, so `a:*` and `a` have nothing in common,
 * although `a:*` covers the channel `a`.
 *
 * @param a - one capability, for example a key's
 * @param b - the other, for example the one that a token asks for
 * @returns the intersection in canonical order; `{}` when nothing is left
 * @throws {@link AblyJwtError} `CAPABILITY_INVALID` when one is not an object of lists of strings
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
  const right = canonicalEntries(b);
  const union = new Union();
  for (const [resourceA, grantedA] of canonicalEntries(a)) {
    for (const [resourceB, grantedB] of right) {
      const operations = intersectOperations(grantedA, grantedB);
      const resource = operations.length === 0 ? undefined : intersectResources(resourceA, resourceB);
      if (resource !== undefined) union.add(resource, operations);
    }
  }
  return union.capability();
}

/**
 * What either capability grants: their union, no more and no less. Use it to widen a user's rights at renewal, after
 * checking that they still have the old ones. A resource that another one covers stays in the result.
 *
 * @param a - one capability
 * @param b - the other
 * @returns the union in canonical order
 * @throws {@link AblyJwtError} `CAPABILITY_INVALID` when one is not an object of lists of strings
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
  const union = new Union();
  for (const [resource, granted] of [...canonicalEntries(a), ...canonicalEntries(b)])
    union.add(resource, granted);
  return union.capability();
}

/** What {@link diffCapabilities} found. */
export interface CapabilityDiff {
  /** What only the second capability grants. */
  added: Capability;
  /** What only the first capability grants. */
  removed: Capability;
}

/**
 * What a client gains and loses when its capability changes, for logs and for tests of one's own rules. An entry that
 * a single resource of the other side covers is neither: going from `{ '*': ['*'] }` to `{ 'chat:*': ['subscribe'] }`
 * gains nothing.
 *
 * @param from - the capability before
 * @param to - the capability after
 * @throws {@link AblyJwtError} `CAPABILITY_INVALID` when one is not an object of lists of strings
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
  return { added: subtract(to, from), removed: subtract(from, to) };
}

/** The entries of `a` that no single resource of `b` covers. */
function subtract(a: Capability, b: Capability): Capability {
  const held = canonicalEntries(b);
  const union = new Union();
  for (const [resource, granted] of canonicalEntries(a)) {
    // An empty resource grants nothing, so there is nothing to gain or lose.
    if (parseResource(resource) === undefined) continue;
    const covering = held
      .filter(([other]) => coversResource(other, resource))
      .flatMap(([, operations]) => operations);
    if (covering.includes('*')) continue;
    union.add(
      resource,
      granted.filter((operation) => !covering.includes(operation)),
    );
  }
  return union.capability();
}

function intersectOperations(a: readonly string[], b: readonly string[]): readonly string[] {
  if (a.includes('*')) return b;
  if (b.includes('*')) return a;
  return a.filter((operation) => b.includes(operation));
}

/** Collects operations by resource. `*` takes the place of the operations beside it, as Ably refuses the mixture. */
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
