import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** What takes its time: browsers, compilers, package managers, other runtimes. */
const slow = [
  'test/{attack,browser,docs,examples,frameworks,identity,package,products,runtimes,types}/**/*.test.ts',
  'test/**/*browser.test.ts',
];
/** What has to install and build hundreds of megabytes: `npm run test:nightly`. */
const nightly = ['test/frameworks/{next,nuxt}.test.ts'];

export default defineConfig({
  resolve: {
    alias: [
      { find: /^ably-jwt$/, replacement: source('src/index.ts') },
      { find: /^ably-jwt\/client$/, replacement: source('src/client.ts') },
      { find: /^ably-jwt\/testing$/, replacement: source('src/testing.ts') },
    ],
  },
  test: {
    exclude: ['**/node_modules/**'],
    reporters: ['default', source('test/support/totals-reporter.ts')],
    // Most of what runs concurrently is another process, and waits.
    maxConcurrency: 10,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: { name: 'core', include: ['test/**/*.test.ts'], exclude: ['**/node_modules/**', ...slow] },
      },
      {
        extends: true,
        test: { name: 'slow', include: slow, exclude: ['**/node_modules/**', ...nightly] },
      },
      { extends: true, test: { name: 'nightly', include: nightly } },
    ],
    // Of the core's tests only: the others run the built package, or the sources in other processes.
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      // Its tests run it as a command, in processes of its own.
      exclude: ['src/cli.ts', 'src/cli/**'],
      reporter: ['text-summary', 'html', 'json-summary'],
      thresholds: { lines: 98, branches: 95 },
    },
  },
});
