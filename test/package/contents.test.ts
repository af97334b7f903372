import { readdir, readFile } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { beforeAll, describe, expect, test } from 'vitest';
import { output, type Packed, packed } from './packed.js';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('../../', import.meta.url));

/** A file, or what there is under each condition. */
type Conditions = string | { readonly [condition: string]: Conditions };

let found: Packed;
let installedPackage: string;
let manifest: {
  dependencies: Record<string, string>;
  exports: Conditions;
};

beforeAll(async () => {
  found = await packed();
  installedPackage = join(found.project, 'node_modules/ably-jwt');
  manifest = JSON.parse(await readFile(join(installedPackage, 'package.json'), 'utf8'));
}, 120_000);

/** The code and its types, as far as they are there to be loaded; beside them are the sources, for editors. */
const isSource = (path: string) => path.startsWith('src/') || path.endsWith('.map');
const sizeOf = (files: Packed['files']) => files.reduce((sum, { size }) => sum + size, 0);

test('the files are the built entries with their types and sources, and no others', () => {
  // The names of chunks hold a hash of what is in them.
  const paths = found.files.map(({ path }) => path.replace(/^(dist\/[a-z]+)-[A-Za-z0-9_-]{8}(?=\.)/, '$1-#'));
  const expected = [
    'LICENSE',
    'README.md',
    'package.json',
    ...['client', 'index', 'testing', 'vendor'].map((name) => `dist/${name}.cjs`),
    ...['backend', 'cli', 'client', 'index'].map((name) => `dist/${name}.js`),
    ...['client', 'index'].map((name) => `dist/${name}.d.ts`),
    'dist/types/package.json',
  ];
  const others = /^(dist\/[a-z]+-#\.c?js|dist\/types\/[a-z/-]+\.d\.ts(\.map)?|src\/[a-z0-9/-]+\.ts)$/;
  expect(paths.filter((path) => !others.test(path)).sort()).toEqual(expected.sort());
});

test('it unpacks to at most 620 kB, and the sources for editors to 400 kB', () => {
  expect(sizeOf(found.files.filter(({ path }) => !isSource(path)))).toBeLessThanOrEqual(620_000);
  expect(sizeOf(found.files.filter(({ path }) => isSource(path)))).toBeLessThanOrEqual(400_000);
});

test('each declaration leads to its source, which is there', async () => {
  const paths = found.files.map(({ path }) => path);
  const declarations = paths.filter((path) => path.startsWith('dist/types/') && path.endsWith('.d.ts'));
  expect(declarations.length).toBeGreaterThan(20);
  for (const declaration of declarations) {
    const map = JSON.parse(await readFile(join(installedPackage, `${declaration}.map`), 'utf8'));
    const sources = map.sources.map((source: string) => posix.join(posix.dirname(declaration), source));
    expect(sources).toEqual([declaration.replace('dist/types', 'src').replace('.d.ts', '.ts')]);
    expect(paths).toContain(sources[0]);
  }
});

test('the declarations name no package, and nothing that is internal', async () => {
  const declarations = found.files.filter(({ path }) => path.endsWith('.d.ts'));
  for (const { path } of declarations) {
    const text = await readFile(join(installedPackage, path), 'utf8');
    const code = text.replace(/\/\*.*?\*\//gs, '');
    const packages = [...code.matchAll(/(?:from |import\()'([^.'][^']*)'/g)].map(([, name]) => name);
    expect(packages.filter((name) => name !== 'node:http')).toEqual([]);
    expect(text, path).not.toMatch(/@internal/);
  }
});

test('it brings one dependency, jose, and nothing that jose needs', async () => {
  expect(Object.keys(manifest.dependencies)).toEqual(['jose']);
  const packages = await readdir(join(found.project, 'node_modules'));
  expect(packages.filter((name) => !name.startsWith('.')).sort()).toEqual(['ably-jwt', 'jose']);
});

test('publint, strict, finds nothing', async () => {
  expect((await publint({ pkgDir: installedPackage, strict: true })).messages).toEqual([]);
});

test('attw finds nothing on any entry, in any way of resolving it', async () => {
  const attw = join(dirname(require.resolve('@arethetypeswrong/cli/package.json')), 'dist/index.js');
  const { analysis, problems } = JSON.parse(
    await output(process.execPath, [attw, found.tarball, '--format', 'json'], found.project),
  );
  expect(problems).toEqual({});
  const entries = ['.', './client', './testing'];
  expect(Object.keys(analysis.entrypoints).filter((name) => name !== './package.json')).toEqual(entries);
  for (const name of entries) {
    const { resolutions } = analysis.entrypoints[name];
    expect(Object.keys(resolutions).sort()).toEqual(['bundler', 'node10', 'node16-cjs', 'node16-esm']);
  }
}, 60_000);

test('every file that package.json names is there', () => {
  const filesOf = (conditions: Conditions): string[] =>
    typeof conditions === 'string' ? [conditions] : Object.values(conditions).flatMap(filesOf);
  const named = filesOf(manifest.exports);
  expect(named.length).toBe(11);
  const paths = new Set(found.files.map(({ path }) => `./${path}`));
  expect(named.filter((file) => !paths.has(file))).toEqual([]);
});

describe('what comes with the sandbox', () => {
  const bundled = ['@msgpack/msgpack', 'ws'];

  test.each(bundled)('%s is the version that the lockfile has, with its license', async (name) => {
    const lockfile = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
    const license = await readFile(join(root, `node_modules/${name}/LICENSE`), 'utf8');
    const vendor = await readFile(join(installedPackage, 'dist/vendor.cjs'), 'utf8');
    expect(vendor).toContain(`\n${name} ${lockfile.packages[`node_modules/${name}`].version} (`);
    expect(vendor).toContain(license.trim());
  });

  test('is all that dist/ needs beside jose and Node', async () => {
    const scripts = found.files.filter(({ path }) => /\.c?js$/.test(path) && !path.endsWith('vendor.cjs'));
    const named = new Set<string>();
    for (const { path } of scripts) {
      const code = await readFile(join(installedPackage, path), 'utf8');
      for (const [, name] of code.matchAll(/\b(?:require\(|import\(|from )["']([^."'][^"']*)["']/g))
        named.add(name!);
    }
    expect([...named].filter((name) => !isBuiltin(name))).toEqual(['jose']);
  });
});

test.each([
  ['import', 'module', `import { createAblyJwt } from 'ably-jwt';`],
  ['require', 'commonjs', `const { createAblyJwt } = require('ably-jwt');`],
])(
  'an error that nobody catches after %s can be read: its name, the line of the caller, no wall of code',
  async (_, type, load) => {
    const script = `${load} createAblyJwt('no key', { capability: 'inherit' });`;
    const failure = await output(
      process.execPath,
      [`--input-type=${type}`, '--eval', script],
      found.project,
    ).catch((error: Error) => error.message);
    expect(failure).toContain('AblyJwtError: "key" must be an Ably API key');
    // Node shows the user's line above the error, and no line of ours.
    expect(failure).toContain(`\n${script}\n`);
    expect(failure).not.toContain('node_modules/ably-jwt');
    expect(failure.length).toBeLessThan(4000);
  },
);
