import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { output } from './packed.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('knip finds no unused file, export or dependency, and none that package.json lacks', async () => {
  expect(
    (await output(process.execPath, ['node_modules/knip/bin/knip.js', '--no-progress'], root)).trim(),
  ).toBe('');
}, 60_000);
