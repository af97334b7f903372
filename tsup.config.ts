import { defineConfig, type Options } from 'tsup';

const common: Options = {
  sourcemap: true,
  splitting: true,
  // Two formats, a server for tests and their documented types in one package: without white space it is smaller to
  // install. Names and lines stay, so that the stack of an uncaught error can be read; the maps hold the sources.
  minify: false,
  esbuildOptions(options) {
    options.minifyWhitespace = true;
    options.minifySyntax = true;
    options.lineLimit = 120;
  },
  target: 'es2022',
  external: ['jose', 'ws', '@msgpack/msgpack'],
};

export default defineConfig([
  { ...common, entry: ['src/index.ts', 'src/client.ts'], format: 'esm', platform: 'neutral' },
  {
    ...common,
    entry: ['src/index.ts', 'src/client.ts', 'src/testing.ts'],
    format: 'cjs',
    platform: 'node',
    // Without it (rollup) tsup's split CommonJS output is invalid JavaScript.
    treeshake: true,
    // tsup injects baseUrl, which TypeScript 6 reports as deprecated.
    dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  },
]);
