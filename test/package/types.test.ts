import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installed, output, packed } from './packed.js';

/** From the root, whose types of Node are those of the oldest version that we support. */
const require = createRequire(new URL('../../package.json', import.meta.url));
const fixtures = fileURLToPath(new URL('fixtures/', import.meta.url));
const nodeTypes = dirname(dirname(require.resolve('@types/node/package.json')));

let folder: string;
let compilers: string;

beforeAll(async () => {
  const [{ project }, tools] = await Promise.all([packed(), installed('test/package')]);
  compilers = join(tools, 'node_modules');
  folder = await mkdtemp(join(project, 'types-'));
  await cp(fixtures, folder, { recursive: true });
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const versions = {
  '5.4': () => join(compilers, 'ts54/bin/tsc'),
  '5.9': () => join(compilers, 'ts59/bin/tsc'),
  '6.0': () => require.resolve('typescript/bin/tsc'),
  '7.0': () => join(compilers, 'ts70/bin/tsc'),
};
const strict = {
  strict: true,
  exactOptionalPropertyTypes: true,
  // The package's own declarations are checked too, though not TypeScript's.
  skipLibCheck: false,
  skipDefaultLibCheck: true,
  noEmit: true,
  target: 'ES2022',
};
/** An ES module and a CommonJS module in one program; a bundler's program has only the one kind. */
const modes = {
  node16: { options: { module: 'Node16', moduleResolution: 'Node16' }, extensions: ['mts', 'cts'] },
  nodenext: { options: { module: 'NodeNext', moduleResolution: 'NodeNext' }, extensions: ['mts', 'cts'] },
  bundler: { options: { module: 'ESNext', moduleResolution: 'Bundler' }, extensions: ['mts'] },
};
/** The two places that the types of fetch, and of Symbol.asyncDispose, come from. */
const libraries = {
  'TypeScript’s libraries': { lib: ['ES2022', 'DOM', 'ESNext.Disposable'], types: [] },
  '@types/node': { lib: ['ES2022'], typeRoots: [nodeTypes], types: ['node'] },
};

async function compile(
  version: keyof typeof versions,
  mode: keyof typeof modes,
  library: keyof typeof libraries,
) {
  const { options, extensions } = modes[mode];
  const files = ['backend', 'testing'].flatMap((name) =>
    extensions.map((extension) => `${name}.${extension}`),
  );
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...strict, ...options, ...libraries[library] }, files }),
  );
  return output(process.execPath, [versions[version](), '-p', 'tsconfig.json'], folder);
}

describe.each(Object.keys(versions) as (keyof typeof versions)[])('TypeScript %s', (version) => {
  test('is that version', async () => {
    expect(await output(process.execPath, [versions[version](), '--version'], folder)).toMatch(
      `Version ${version}.`,
    );
  });

  test.each([
    // As strict as nodenext and more: a CommonJS module may not require an ES module.
    ['node16', 'TypeScript’s libraries'],
    ['bundler', 'TypeScript’s libraries'],
    ['nodenext', '@types/node'],
  ] as const)(
    'compiles a user under %s with %s',
    async (mode, library) => {
      expect(await compile(version, mode, library)).toBe('');
    },
    60_000,
  );
});
