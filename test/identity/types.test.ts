import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { appTests, collectSnippets, writeApp } from '../docs/support/snippets.js';
import { output } from '../package/packed.js';
import { makeAppFolder } from './support/apps.js';

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

test('every sample compiles, in the strict mode of new projects, against the packages themselves', async () => {
  await using folder = await makeAppFolder();
  const apps = new Map<string, string>();
  for (const { file, app } of collectSnippets()) {
    if (app !== undefined && appTests[file] === 'test/identity') apps.set(app, file);
  }
  const files = [...apps].flatMap(([app, guide]) =>
    writeApp(guide, app, join(folder.path, app)).map((path) => join(app, path)),
  );
  const compilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, target: 'ES2022', module: 'ESNext' },
    ...{ moduleResolution: 'bundler', jsx: 'react-jsx', lib: ['ES2023', 'DOM', 'DOM.Iterable'] },
    types: ['node'],
  };
  const config = { compilerOptions, files: files.filter((path) => /\.tsx?$/.test(path)) };
  await writeFile(join(folder.path, 'tsconfig.json'), JSON.stringify(config));
  expect(await output(process.execPath, [tsc, '-p', '.'], folder.path)).toBe('');
}, 300_000);
