import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { publint } from 'publint';
import { beforeAll, describe, expect, test } from 'vitest';
import { output, type Packed, packed } from './packed.js';

const require = createRequire(import.meta.url);

let found: Packed;
let installedPackage: string;
let manifest: {
  dependencies: Record<string, string>;
  exports: Record<string, Record<string, Record<string, string>> | string>;
};

beforeAll(async () => {
  found = await packed();
  installedPackage = join(found.project, 'node_modules/ably-jwt');
  manifest = JSON.parse(await readFile(join(installedPackage, 'package.json'), 'utf8'));
}, 120_000);

test('the files are the built entries with their types and maps, and no others', () => {
  // The names of chunks hold a hash of what is in them.
  const paths = found.files.map(({ path }) => path.replace(/-[A-Za-z0-9_-]{8}(?=\.)/, '-#'));
  const withMap = (file: string) => [file, `${file}.map`];
  const expected = [
    'LICENSE',
    'README.md',
    'package.json',
    ...['client', 'index', 'testing'].flatMap((name) => withMap(`dist/${name}.cjs`)),
    ...['backend', 'client'].flatMap((name) => withMap(`dist/${name}.js`)),
    // A few lines in front of other files: they have no sources of their own.
    'dist/index.js',
    'dist/testing.js',
    ...['client', 'index', 'testing'].flatMap((name) => [`dist/${name}.d.cts`, `dist/${name}.d.ts`]),
  ];
  const chunks = /^dist\/(chunk|[a-z-]+)-#\.(c?js(\.map)?|d\.c?ts)$/;
  expect(paths.filter((path) => !chunks.test(path)).sort()).toEqual(expected.sort());
});

test('it unpacks to at most 320 kB, without the source maps', () => {
  const bytes = found.files
    .filter(({ path }) => !path.endsWith('.map'))
    .reduce((sum, { size }) => sum + size, 0);
  expect(bytes).toBeLessThanOrEqual(320_000);
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
  const named = Object.values(manifest.exports).flatMap((entry) =>
    typeof entry === 'string'
      ? [entry]
      : Object.values(entry).flatMap((condition) => Object.values(condition)),
  );
  expect(named.length).toBe(13);
  const paths = new Set(found.files.map(({ path }) => `./${path}`));
  expect(named.filter((file) => !paths.has(file))).toEqual([]);
});

describe('without the optional peers', () => {
  test.each([
    ['import', 'module', `import 'ably-jwt/testing';`],
    ['require', 'commonjs', `require('ably-jwt/testing');`],
  ])('%s of ably-jwt/testing says what to install', async (_, type, script) => {
    const failure = output(process.execPath, [`--input-type=${type}`, '--eval', script], found.project);
    await expect(failure).rejects.toThrow(
      'ably-jwt/testing needs ws and @msgpack/msgpack, which are not installed. ' +
        'Run: npm install --save-dev ws @msgpack/msgpack',
    );
  });
});

test.each([
  ['import', 'module', `import { createAblyJwt } from 'ably-jwt';`],
  ['require', 'commonjs', `const { createAblyJwt } = require('ably-jwt');`],
])(
  'an error that nobody catches after %s can be read: its name, whose call it was, no wall of code',
  async (_, type, load) => {
    const script = `${load} createAblyJwt('no key', { capability: 'inherit' });`;
    const failure = await output(
      process.execPath,
      [`--input-type=${type}`, '--eval', script],
      found.project,
    ).catch((error: Error) => error.message);
    expect(failure).toContain('AblyJwtError: "key" must be an Ably API key');
    expect(failure).toContain('at createAblyJwt ');
    expect(failure.length).toBeLessThan(4000);
  },
);
