import { defineConfig, type Options } from 'tsup';

const common: Options = {
  entry: ['src/index.ts', 'src/client.ts', 'src/testing.ts'],
  sourcemap: true,
  splitting: true,
  target: 'es2022',
  external: ['jose', 'ws', '@msgpack/msgpack'],
};
// tsup injects baseUrl, which TypeScript 6 reports as deprecated.
const dts = { compilerOptions: { ignoreDeprecations: '6.0' } };

export default defineConfig((cli) => [
  { ...common, format: ['esm'], platform: 'neutral', dts: cli.dts === false ? false : dts },
  // Without treeshake (rollup) tsup's split CommonJS output is invalid JavaScript.
  { ...common, format: ['cjs'], platform: 'node', treeshake: true, dts: cli.dts === false ? false : dts },
]);
