import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { output } from './packed.js';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('../../', import.meta.url));

test('knip finds no unused file, export or dependency, and none that package.json lacks', async () => {
  const knip = join(dirname(require.resolve('knip/package.json')), 'bin/knip.js');
  expect((await output(process.execPath, [knip, '--no-progress'], root)).trim()).toBe('');
}, 60_000);
