import { describe, expect, test } from 'vitest';
import { AlgebraModel, type Alphabet } from '../fuzz/support/algebra-model.js';
import { Random } from '../fuzz/support/random.js';

// `npm run fuzz -- algebra` compares every pair over three letters. These few seconds have the same kinds of patterns.
describe.each<[name: string, alphabet: Alphabet]>([
  ['two letters', { letters: ['a', 'b'], qualifiers: [''], segments: 2 }],
  ['qualifiers', { letters: ['a'], qualifiers: ['', '[meta]', '[*]'], segments: 2 }],
  [
    'empty segments and suffixes',
    { letters: ['', '$c'], qualifiers: [''], segments: 3, grants: [['publish']] },
  ],
])('with %s, the model of sets agrees', { timeout: 120_000 }, (_, alphabet) => {
  const model = new AlgebraModel(alphabet);

  test('with can, for every capability of one resource', () => {
    model.checkRights();
    expect(model.entries.length).toBeGreaterThan(30);
  });

  test('with intersect, merge and diff, for every pair of such capabilities', () => {
    const before = model.compared;
    for (const a of model.entries) for (const b of model.entries) model.checkPair([a], [b]);
    expect(model.compared - before).toBeGreaterThanOrEqual(model.entries.length ** 2 * 4);
  });

  test('with intersect, merge and diff, for capabilities of several resources', () => {
    for (let n = 0; n < 200; n += 1) {
      const random = new Random(1, n);
      model.checkPair(model.some(random, 4), model.some(random, 4));
    }
  });
});
