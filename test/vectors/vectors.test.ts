import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { folder, text, vectors } from '../../scripts/vectors.js';

const made = await vectors();

test.each(Object.keys(made))('vectors/%s is what `npm run vectors` writes', async (name) => {
  expect(await readFile(folder + name, 'utf8')).toBe(text(made[name]!));
});

test('the verdicts hold accepted and refused tokens', () => {
  const { cases } = made['verdicts.json'] as { cases: readonly { accepted: boolean }[] };
  expect(cases.filter(({ accepted }) => accepted).length).toBeGreaterThan(6);
  expect(cases.filter(({ accepted }) => !accepted).length).toBeGreaterThan(30);
});
