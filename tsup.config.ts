import { readFileSync } from 'node:fs';
import { transform } from 'esbuild';
import { defineConfig, type Options } from 'tsup';

// What runs on your servers is not minified: an uncaught error shows a line that you can read. So there are no source
// maps either. Types come from scripts/build.ts.
type Plugin = NonNullable<Options['plugins']>[number];

const common: Options = { splitting: true, target: 'es2022', external: ['jose'] };

/** Makes what doesn't run on your servers smaller. Stack traces keep the names and have short lines. */
const compact: Plugin = {
  name: 'compact',
  async renderChunk(code, { path, exports }) {
    const isTool = /\b(testing|cli)\.c?js$/.test(path);
    const isClient = exports?.join() === 'createAuthCallback';
    if (!isTool && !isClient) return undefined;
    // A page's own bundler shortens the client's names.
    const how = isTool ? { minify: true, keepNames: true } : { minifyWhitespace: true, minifySyntax: true };
    return transform(code, { ...how, lineLimit: 120, target: 'es2022' });
  },
};

/** The packages that come with the sandbox. */
const bundled = ['@msgpack/msgpack', 'ws'];

export default defineConfig([
  {
    ...common,
    entry: ['src/index.ts', 'src/backend.ts', 'src/client.ts'],
    plugins: [compact],
    format: 'esm',
    platform: 'neutral',
  },
  {
    ...common,
    // The sandbox runs only where CommonJS does, so it is in the package once.
    entry: ['src/index.ts', 'src/client.ts', 'src/testing.ts'],
    format: 'cjs',
    platform: 'node',
    // Without it (rollup) tsup's split CommonJS output is invalid JavaScript.
    treeshake: true,
    plugins: [compact],
    esbuildPlugins: [
      {
        name: 'vendor',
        setup: ({ onResolve }) =>
          onResolve({ filter: /\/vendor\.js$/ }, () => ({ path: './vendor.cjs', external: true })),
      },
    ],
  },
  {
    entry: ['src/sandbox/vendor.ts'],
    format: 'cjs',
    platform: 'node',
    target: 'es2022',
    splitting: false,
    minify: true,
    noExternal: bundled,
    // Native parts that ws uses if you have installed them.
    external: ['bufferutil', 'utf-8-validate'],
    banner: { js: bundled.map(license).join('\n') },
  },
  {
    // The command line uses the library as you do: none of it is in there twice, and nothing of it is in the library.
    entry: ['src/cli.ts'],
    plugins: [compact],
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    splitting: false,
    esbuildPlugins: [
      {
        name: 'library',
        setup({ onResolve }) {
          onResolve({ filter: /\/index\.js$/ }, () => ({ path: './index.js', external: true }));
          onResolve({ filter: /\/testing\.js$/ }, () => ({ path: './testing.cjs', external: true }));
        },
      },
    ],
  },
]);

/** The license of a package, as a comment. */
function license(name: string): string {
  const read = (file: string) => readFileSync(`node_modules/${name}/${file}`, 'utf8').trim();
  const { version, license } = JSON.parse(read('package.json')) as { version: string; license: string };
  return `/*!\n${name} ${version} (${license})\n\n${read('LICENSE')}\n*/`;
}
