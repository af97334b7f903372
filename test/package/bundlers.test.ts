import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { EdgeVM } from '@edge-runtime/vm';
import { build as esbuild } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goldenKey, goldenTokens } from '../support/golden.js';
import { installed, packed } from './packed.js';

/** One minified file out of an entry; `warnings` is what the bundler had to say. */
interface Bundle {
  readonly code: string;
  readonly warnings: readonly unknown[];
}
type Place = 'browser' | 'worker';
type Bundler = (entry: string, place: Place) => Promise<Bundle>;

let folder: string;
/** Loads what test/package has installed. */
let requireTool: NodeJS.Require;

beforeAll(async () => {
  const [{ project }, tools] = await Promise.all([packed(), installed('test/package')]);
  folder = await mkdtemp(join(project, 'bundlers-'));
  requireTool = createRequire(join(tools, 'package.json'));
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const conditions: Record<Place, string[]> = { browser: ['browser'], worker: ['workerd', 'worker'] };

const bundlers: Record<string, Bundler> = {
  async esbuild(entry, place) {
    const { outputFiles, warnings } = await esbuild({
      entryPoints: [entry],
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      conditions: conditions[place],
      write: false,
    });
    return { code: outputFiles[0]!.text, warnings };
  },
  async Rollup(entry, place) {
    const { rollup } = requireTool('rollup');
    const { nodeResolve } = requireTool('@rollup/plugin-node-resolve');
    const warnings: unknown[] = [];
    const bundle = await rollup({
      input: entry,
      plugins: [nodeResolve({ browser: place === 'browser', exportConditions: conditions[place] })],
      onLog: (_level: string, log: { message: string }) => warnings.push(log.message),
    });
    const { output } = await bundle.generate({ format: 'es', compact: true, inlineDynamicImports: true });
    // Rollup leaves minifying to others.
    const { code } = await (await import('esbuild')).transform(output[0].code, { minify: true });
    return { code, warnings };
  },
  async Vite(entry, place) {
    const { build } = await import(requireTool.resolve('vite'));
    const warnings: unknown[] = [];
    const warn = (message: unknown) => warnings.push(message);
    const [{ output }] = await build({
      root: folder,
      configFile: false,
      customLogger: {
        info() {},
        warn,
        warnOnce: warn,
        error: warn,
        clearScreen() {},
        hasWarned: false,
        hasErrorLogged: () => false,
      },
      resolve: { conditions: [...conditions[place], 'module', 'production'] },
      build: {
        write: false,
        minify: true,
        lib: { entry, formats: ['es'], fileName: 'out' },
        rollupOptions: { output: { codeSplitting: false } },
      },
    });
    // In a library Vite leaves the white space to the user's own bundler.
    return { code: output[0].code, warnings };
  },
  async webpack(entry, place) {
    const webpack = requireTool('webpack');
    const outfile = `webpack-${place}.mjs`;
    const stats = await new Promise<{ toJson(what: object): { errors: unknown[]; warnings: unknown[] } }>(
      (done, fail) =>
        webpack(
          {
            mode: 'production',
            context: folder,
            entry,
            target: place === 'browser' ? 'web' : 'webworker',
            resolve: { conditionNames: [...conditions[place], 'import', 'module', 'default'] },
            output: { path: folder, filename: outfile, library: { type: 'module' } },
            experiments: { outputModule: true },
            plugins: [new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 })],
          },
          (error: Error | null, result: never) => (error === null ? done(result) : fail(error)),
        ),
    );
    const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
    return { code: await readFile(join(folder, outfile), 'utf8'), warnings: [...errors, ...warnings] };
  },
};

async function entry(name: string, source: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, source);
  return file;
}

/** What only the server's code says: its cryptography, its key, jose, and Node's modules. */
const serverWords = /hmac|subtle|HS256|createSecretKey|secret|\bjose\b|KEY_MALFORMED|node:|require\(|Buffer/i;

describe.each(Object.entries(bundlers))('%s', (name, bundle) => {
  test.each(['ably-jwt/client', 'ably-jwt'])('bundles the client out of %s for a browser', async (from) => {
    const source = `export { createAuthCallback } from '${from}';`;
    const { code, warnings } = await bundle(await entry(`client-${name}.mjs`, source), 'browser');
    expect(warnings).toEqual([]);
    expect(code).toContain('no-store');
    expect(code).not.toMatch(serverWords);
    expect(code).not.toContain('import(');
    // The others add up to some bytes of their own.
    if (name === 'esbuild') expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(3072);
  });

  test('bundles the server for a Worker, where it signs', async () => {
    const source = `import { createAblyJwt } from 'ably-jwt';
globalThis.sign = createAblyJwt;`;
    const { code, warnings } = await bundle(await entry(`worker-${name}.mjs`, source), 'worker');
    expect(warnings).toEqual([]);
    expect(code).not.toMatch(/from ?["']node:|require\(["']/);
    const vm = new EdgeVM();
    // The bundle exports nothing, so it runs as a script too.
    vm.evaluate(code.replace(/export ?\{ ?\};?/, ''));
    vm.context.key = goldenKey;
    vm.context.options = goldenTokens[1]!.options;
    expect(await vm.evaluate('sign(key, options)')).toBe(goldenTokens[1]!.jwt);
  });
});
