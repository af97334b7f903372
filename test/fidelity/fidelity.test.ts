import { readFile } from 'node:fs/promises';
import { startAblySandbox } from 'ably-jwt/testing';
import { expect, test } from 'vitest';
import { fidelity, file } from '../../scripts/fidelity.js';
import { probeAll, rules } from './rules.js';

test('docs/fidelity.md is what `npm run docs:fidelity` writes', async () => {
  expect(await readFile(file, 'utf8')).toBe(await fidelity());
});

test('the sandbox answers every question, and accepts or refuses as its basis says', async () => {
  await using sandbox = await startAblySandbox();
  const answers = await probeAll(sandbox.url, sandbox.apiKey);
  expect([...answers.keys()]).toEqual(rules.map(({ id }) => id));
  for (const [id, answer] of answers) expect(answer, id).toMatch(/^(20\d|4\d\d 4\d{4})$/);
  // A documented or published code is the code that the sandbox answers.
  for (const { id, docs, code, basis } of rules) {
    const wanted = /\b4\d{4}\b/.exec(basis === 'documented' ? docs : code)?.[0];
    if (wanted !== undefined && basis !== 'inferred') expect(answers.get(id), id).toContain(wanted);
  }
});
