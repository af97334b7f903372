import {
  type Capability,
  can,
  diffCapabilities,
  intersectCapabilities,
  mergeCapabilities,
  type Operation,
  stringifyCapability,
} from 'ably-jwt';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { everyChannel, meetingCapability, resource } from '../support/arbitraries.js';

const asked: (Operation | '*')[] = ['publish', 'subscribe', '*'];

/** What a capability grants, as a list to compare: every operation on every channel of the alphabet. */
const granted = (capability: Capability) =>
  everyChannel.flatMap((name) =>
    asked.filter((operation) => can(capability, operation, name)).map((operation) => `${operation} ${name}`),
  );
/** The rights of one list that the other lacks. */
const beyond = (rights: string[], others: string[]) => {
  const held = new Set(others);
  return rights.filter((right) => !held.has(right));
};
const both = (check: (a: Capability, b: Capability) => void) =>
  fc.property(meetingCapability, meetingCapability, check);
const runs = { numRuns: 150 };

describe('an intersection', () => {
  test('never grants what either side denies', () => {
    let met = 0;
    fc.assert(
      both((a, b) => {
        const common = granted(intersectCapabilities(a, b));
        if (common.length > 0) met += 1;
        for (const side of [a, b]) expect(beyond(common, granted(side))).toEqual([]);
      }),
      runs,
    );
    // About one run in five: the alphabet is small enough for the test to mean something.
    expect(met).toBeGreaterThan(5);
  });

  test('is commutative', () => {
    fc.assert(
      both((a, b) => {
        expect(stringifyCapability(intersectCapabilities(a, b))).toBe(
          stringifyCapability(intersectCapabilities(b, a)),
        );
      }),
      runs,
    );
  });

  test('is associative in what it grants', () => {
    fc.assert(
      fc.property(meetingCapability, meetingCapability, meetingCapability, (a, b, c) => {
        expect(granted(intersectCapabilities(intersectCapabilities(a, b), c))).toEqual(
          granted(intersectCapabilities(a, intersectCapabilities(b, c))),
        );
      }),
      runs,
    );
  });

  test('is idempotent in what it grants', () => {
    fc.assert(
      both((a, b) => {
        expect(granted(intersectCapabilities(a, a))).toEqual(granted(a));
        const once = intersectCapabilities(a, b);
        expect(granted(intersectCapabilities(once, once))).toEqual(granted(once));
      }),
      runs,
    );
  });

  test('with everything changes nothing', () => {
    fc.assert(
      both((a) => {
        expect(granted(intersectCapabilities(a, { '[*]*': ['*'] }))).toEqual(granted(a));
      }),
    );
  });

  test('grants exactly what both do, but where the shorter resource has no open end', () => {
    const of = (name: string): Capability => Object.fromEntries([[name, ['publish' as const]]]);
    const segments = (name: string) => name.replace(/^\[[^\]]*\]/, '').split(':');
    fc.assert(
      fc.property(resource, resource, (a, b) => {
        const [short, long] = [a, b].map(segments).sort((x, y) => x.length - y.length);
        const exact = short!.length === long!.length || short!.at(-1) === '*';
        const common = beyond(granted(of(a)), beyond(granted(of(a)), granted(of(b))));
        expect(granted(intersectCapabilities(of(a), of(b)))).toEqual(exact ? common : []);
      }),
      runs,
    );
  });
});

describe('a merge', () => {
  test('grants exactly the union', () => {
    fc.assert(
      both((a, b) => {
        expect(granted(mergeCapabilities(a, b)).sort()).toEqual(
          [...new Set([...granted(a), ...granted(b)])].sort(),
        );
      }),
      runs,
    );
  });

  test('is commutative, and with itself or nothing changes nothing', () => {
    fc.assert(
      both((a, b) => {
        const text = stringifyCapability;
        expect(text(mergeCapabilities(a, b))).toBe(text(mergeCapabilities(b, a)));
        expect(text(mergeCapabilities(a, a))).toBe(text(a));
        expect(text(mergeCapabilities(a, {}))).toBe(text(a));
      }),
    );
  });
});

describe('a diff', () => {
  test('names everything that was gained and lost, and nothing that neither side grants', () => {
    fc.assert(
      both((from, to) => {
        const { added, removed } = diffCapabilities(from, to);
        const [before, after] = [granted(from), granted(to)];
        const [gained, lost] = [granted(added), granted(removed)];
        expect(beyond(beyond(after, before), gained)).toEqual([]);
        expect(beyond(beyond(before, after), lost)).toEqual([]);
        expect(beyond(gained, after)).toEqual([]);
        expect(beyond(lost, before)).toEqual([]);
      }),
      runs,
    );
  });

  test('of a capability with itself, a wider or a narrower one names only one direction', () => {
    fc.assert(
      both((a, b) => {
        expect(diffCapabilities(a, a)).toEqual({ added: {}, removed: {} });
        expect(diffCapabilities(a, mergeCapabilities(a, b)).removed).toEqual({});
        expect(diffCapabilities(a, intersectCapabilities(a, b)).added).toEqual({});
      }),
      runs,
    );
  });

  test('read backwards is the diff of the other way', () => {
    fc.assert(
      both((a, b) => {
        const { added, removed } = diffCapabilities(a, b);
        expect(diffCapabilities(b, a)).toEqual({ added: removed, removed: added });
      }),
    );
  });

  test('added to the one grants what the other does', () => {
    fc.assert(
      both((from, to) => {
        const grown = granted(mergeCapabilities(from, diffCapabilities(from, to).added));
        expect(beyond(granted(to), grown)).toEqual([]);
      }),
      runs,
    );
  });
});

test('no operation changes its arguments, and all results are canonical', () => {
  fc.assert(
    both((a, b) => {
      const before = JSON.stringify([a, b]);
      const diff = diffCapabilities(a, b);
      for (const result of [intersectCapabilities(a, b), mergeCapabilities(a, b), diff.added, diff.removed]) {
        for (const list of Object.values(result)) {
          expect(list).toEqual([...new Set(list)].sort());
          expect(list.length).toBeGreaterThan(0);
          expect(list.includes('*') && list.length > 1).toBe(false);
        }
      }
      expect(JSON.stringify([a, b])).toBe(before);
    }),
  );
});
