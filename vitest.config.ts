import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^ably-jwt$/, replacement: source('src/index.ts') },
      { find: /^ably-jwt\/client$/, replacement: source('src/client.ts') },
      { find: /^ably-jwt\/testing$/, replacement: source('src/testing.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    reporters: ['default', source('test/support/totals-reporter.ts')],
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
