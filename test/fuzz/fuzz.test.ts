import * as ablyJwt from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { loadOnWebCrypto } from '../support/second-copy.js';
import { Random } from './support/random.js';
import { type Counts, fuzz } from './support/run.js';
import type { Target } from './support/target.js';
import { targets } from './targets/index.js';

// The same inputs every time; `npm run fuzz` takes others.
const seed = 1;
const runs: Record<string, number> = {
  tokens: 3000,
  durations: 5000,
  algebra: 50,
  keys: 10_000,
  frames: 300,
};

/** A run in which hardly anything is accepted, or refused, tells nothing. */
function expectBoth(counts: Counts, inputs: number): void {
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(inputs);
  for (const [outcome, count] of Object.entries(counts)) {
    if (/^(accepted|refused)$/.test(outcome)) expect(count, outcome).toBeGreaterThan(inputs / 30);
  }
}

describe('random input', () => {
  test.each(targets.map((target) => [target.name, target] as const))(
    'finds nothing: %s',
    async (name, target) => {
      const inputs = runs[name] ?? 2000;
      expectBoth(await fuzz(target, ablyJwt, { seed, runs: inputs }), inputs);
    },
    60_000,
  );

  test('finds nothing on the engine of other runtimes: tokens', async () => {
    const target = targets.find(({ name }) => name === 'tokens')!;
    const tried = await loadOnWebCrypto();
    expectBoth(await fuzz(target, tried, { seed: 2, runs: 1000 }), 1000);
  });
});

describe('the fuzzer', () => {
  const wrong: Target = {
    name: 'wrong',
    start: () => ({
      tryInput(random) {
        const number = random.int(100);
        if (number === 7) throw new Error('It is 7.');
        return 'fine';
      },
    }),
  };

  test('says how to repeat what it found', async () => {
    const message = await fuzz(wrong, ablyJwt, { seed: 5, runs: 10_000 }).then(String, String);
    const [, from] = /npm run fuzz -- wrong --seed 5 --from (\d+) --runs 1$/.exec(message) ?? [];
    expect(message).toContain('It is 7.');
    await expect(fuzz(wrong, ablyJwt, { seed: 5, from: Number(from), runs: 1 })).rejects.toThrow('It is 7.');
    await expect(fuzz(wrong, ablyJwt, { seed: 5, runs: Number(from) })).resolves.toEqual({
      fine: Number(from),
    });
  });

  test('gives every input of a seed other choices', () => {
    const first = Array.from({ length: 10_000 }, (_, n) => new Random(1, n).int(2 ** 31));
    expect(new Set(first).size).toBeGreaterThan(9990);
    expect(new Random(1, 5).int(2 ** 31)).toBe(first[5]);
  });

  test('stops when the time is up', async () => {
    expect(await fuzz({ ...wrong, name: 'none' }, ablyJwt, { seed: 5, milliseconds: 0 })).toEqual({});
  });
});
