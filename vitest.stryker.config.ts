import { defineConfig } from 'vitest/config';
import base from './vitest.config.js';

/** For mutation testing: what tests the library itself, in Node, without a build. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    // In place of the base's lists. `mergeConfig` would add to them, and each mutant would meet the browser too.
    include: ['test/unit/**/*.test.ts', 'test/interop/**/*.test.ts', 'test/client/*.test.ts'],
    exclude: ['test/**/*.browser.test.ts', 'test/client/bundle*.test.ts'],
    reporters: ['dot'],
  },
});
