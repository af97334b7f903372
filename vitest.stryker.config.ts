import { defineConfig } from 'vitest/config';
import base from './vitest.config.js';

const { projects: _, ...test } = base.test!;

/** For scripts/mutation.mjs, which says what tests a part. */
export default defineConfig({
  ...base,
  test: {
    ...test,
    // In place of the base's lists. `mergeConfig` would add to them, and each mutant would meet the browser too.
    include: process.env.MUTATION_TESTS?.split('\n') ?? [],
    exclude: ['test/**/*.{browser,exhaustive}.test.ts'],
    reporters: ['dot'],
  },
});
