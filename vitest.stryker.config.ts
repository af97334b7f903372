import { mergeConfig } from 'vitest/config';
import base from './vitest.config.js';

/** For mutation testing: what tests the library itself, in Node, without a build. */
export default mergeConfig(base, {
  test: {
    include: ['test/unit/**/*.test.ts', 'test/interop/**/*.test.ts', 'test/client/*.test.ts'],
    exclude: ['test/**/*.browser.test.ts', 'test/client/bundle*.test.ts'],
    reporters: ['dot'],
  },
});
