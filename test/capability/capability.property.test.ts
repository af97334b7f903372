import { type Capability, can, type Operation, parseCapability, stringifyCapability } from 'ably-jwt';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  anything,
  capability,
  channel,
  meetingCapability,
  operation,
  resource,
} from '../support/arbitraries.js';

/** Matching once more, by a regular expression made of Ably's grammar. */
function matches(pattern: string, name: string): boolean {
  const split = (text: string): [qualifier: string, path: string] => {
    const found = /^\[([^\]?=]*)[^\]]*\](.*)$/s.exec(text);
    return found === null ? ['', text] : [found[1]!, found[2]!];
  };
  const [wanted, path] = split(pattern);
  const [given, rest] = split(name);
  if (path === '' || rest === '' || (wanted !== '*' && wanted !== given)) return false;
  const literal = (text: string) => text.replace(/[.*+?^$()|[\]{}\\]/g, '\\$&');
  const segments = path.split(':');
  const tail = segments.at(-1) === '*';
  const fixed = (tail ? segments.slice(0, -1) : segments)
    .map((segment) => (segment === '*' ? '[^:]*' : literal(segment)))
    .join(':');
  const end = tail ? (segments.length === 1 ? '.*' : '(:.*)?') : '';
  return new RegExp(`^${fixed}${end}$`, 's').test(rest);
}

/** The entries of an object, and the operations of each, in another order. */
const shuffled = (value: Capability): fc.Arbitrary<Capability> => {
  const entries = Object.entries(value);
  return fc
    .tuple(
      fc.shuffledSubarray(entries, { minLength: entries.length }),
      fc.tuple(
        ...entries.map(([, granted]) => fc.shuffledSubarray([...granted], { minLength: granted.length })),
      ),
    )
    .map(([order, lists]) =>
      Object.fromEntries(order.map(([name]) => [name, lists[entries.findIndex(([own]) => own === name)]!])),
    );
};

describe('can', () => {
  test('matches as the grammar says', () => {
    let met = 0;
    fc.assert(
      fc.property(resource, channel, operation, (pattern, name, asked) => {
        const expected = matches(pattern, name);
        if (expected) met += 1;
        expect(can(Object.fromEntries([[pattern, [asked]]]), asked, name)).toBe(expected);
      }),
      { numRuns: 3000 },
    );
    // The alphabet is small enough for the test to mean something.
    expect(met).toBeGreaterThan(100);
  });

  test('is true when any one entry grants it', () => {
    fc.assert(
      fc.property(meetingCapability, operation, channel, (granted, asked, name) => {
        const entries = Object.entries(granted);
        const any = entries.some(
          ([pattern, list]) => (list.includes('*') || list.includes(asked)) && matches(pattern, name),
        );
        expect(can(granted, asked, name)).toBe(any);
      }),
      { numRuns: 2000 },
    );
  });

  test('never throws, and answers true or false', () => {
    fc.assert(
      fc.property(anything, anything, anything, (granted, asked, name) => {
        expect(typeof can(granted as Capability, asked as Operation, name as string)).toBe('boolean');
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.oneof(anything, fc.array(anything))),
        fc.string(),
        fc.string(),
        (granted, asked, name) => {
          expect(typeof can(granted as unknown as Capability, asked as Operation, name)).toBe('boolean');
        },
      ),
    );
  });
});

describe('canonical text', () => {
  test('round trips', () => {
    fc.assert(
      fc.property(capability, (granted) => {
        const text = stringifyCapability(granted);
        expect(stringifyCapability(parseCapability(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(parseCapability(text));
        expect(Object.keys(JSON.parse(text)).sort()).toEqual(Object.keys(granted).sort());
      }),
      { numRuns: 500 },
    );
  });

  test('does not depend on the order or on duplicates', () => {
    fc.assert(
      fc.property(
        capability.chain((granted) => fc.tuple(fc.constant(granted), shuffled(granted))),
        ([granted, other]) => {
          const doubled = Object.fromEntries(
            Object.entries(other).map(([own, list]) => [own, [...list, ...list]]),
          );
          expect(stringifyCapability(other)).toBe(stringifyCapability(granted));
          expect(stringifyCapability(doubled)).toBe(stringifyCapability(granted));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('is JSON without white space, its names in order of UTF-16 code units', () => {
    fc.assert(
      fc.property(capability, (granted) => {
        const text = stringifyCapability(granted);
        const names = Object.keys(granted).sort();
        const lists = names.map((own) => JSON.stringify([...new Set(granted[own])].sort()));
        expect(text).toBe(`{${names.map((own, n) => `${JSON.stringify(own)}:${lists[n]}`).join(',')}}`);
      }),
      { numRuns: 500 },
    );
  });

  test('different capabilities have different texts', () => {
    fc.assert(
      fc.property(meetingCapability, meetingCapability, operation, channel, (a, b, asked, name) => {
        if (stringifyCapability(a) === stringifyCapability(b))
          expect(can(a, asked, name)).toBe(can(b, asked, name));
      }),
    );
  });
});
