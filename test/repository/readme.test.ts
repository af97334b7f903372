import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { brokenLinks, readMarkdown } from '../docs/support/links.js';
import { root } from '../docs/support/snippets.js';
import { read, repositoryFiles } from './repository.js';

test('the links of every page of the repository lead somewhere', () => {
  const pages = repositoryFiles(/\.md$/).map((path) => readMarkdown(root, path));
  expect(pages.flatMap(({ links }) => links).length).toBeGreaterThan(20);
  expect(brokenLinks(root, pages)).toEqual([]);
});

test('CONTRIBUTING.md tells what each folder of tests is for', () => {
  const folders = new Set(repositoryFiles(/^test\//).map((file) => file.split('/').slice(0, 2).join('/')));
  folders.delete('test/support');
  const told = [...read('CONTRIBUTING.md').matchAll(/`(test\/\w+)`/g)].map(([, folder]) => folder);
  expect([...new Set(told)].sort()).toEqual([...folders].sort());
});

describe('README.md', () => {
  const readme = read('README.md');
  const { exports, scripts } = JSON.parse(read('package.json')) as {
    exports: Record<string, unknown>;
    scripts: Record<string, string>;
  };

  test('is read in a few minutes: at most 10 kB', () => {
    expect(Buffer.byteLength(readme)).toBeLessThanOrEqual(10_000);
  });

  test('shows the code of the server and of the page on the first screen', () => {
    const screen = readme.split('\n').slice(0, 45).join('\n');
    expect(screen.match(/^```ts/gm)).toHaveLength(2);
    expect(screen).toContain('createAuthListener(');
    expect(screen).toContain('createAuthCallback(');
  });

  test('installs what its code needs, types included, and links to the site', () => {
    const installed = [...readme.matchAll(/^npm install (?:--save-dev )?([^#\n]*)/gm)].flatMap(([, names]) =>
      names!.trim().split(/\s+/),
    );
    const imported = [...readme.matchAll(/^import .* from '([^.'][^']*)'/gm)]
      .map(([, name]) => name!.replace(/^(ably-jwt)\/.*/, '$1'))
      .filter((name) => !name.startsWith('node:'));
    expect(installed).toEqual(expect.arrayContaining([...imported, '@types/express', 'tsx']));
    const { homepage } = JSON.parse(read('package.json')) as { homepage: string };
    expect(readme).toContain(`](${homepage})`);
  });

  test('runs commands that the command line has', () => {
    const named = [...readme.matchAll(/npx ably-jwt (\w+)/g)].map(([, name]) => `src/cli/${name}.ts`);
    expect(named).toEqual(expect.arrayContaining(['src/cli/check.ts', 'src/cli/sandbox.ts']));
    expect(named.filter((path) => repositoryFiles(/^src\/cli\//).includes(path))).toEqual(named);
  });

  test('names every entry point, and no other', () => {
    const entries = Object.keys(exports).filter((path) => path !== './package.json');
    const [, table = ''] = readme.split("\n## What's included\n");
    const named = [...table.split(/\n##/)[0]!.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual(entries.map((path) => posix.join('ably-jwt', path)).sort());
  });

  test('runs scripts that package.json has', () => {
    const named = [...readme.matchAll(/npm (?:run (\w+)|(start|test)\b)/g)].map(([, a, b]) => a ?? b!);
    expect([...new Set(named)].sort()).toEqual(expect.arrayContaining(['docs', 'start', 'test']));
    expect(named.filter((script) => !Object.hasOwn(scripts, script))).toEqual([]);
  });

  test('shows functions that the package has', async () => {
    const faces = [
      await import('ably-jwt'),
      await import('ably-jwt/client'),
      await import('ably-jwt/testing'),
    ];
    const exported = faces.flatMap((face) => Object.keys(face));
    const [, table = ''] = readme.split("\n## What's included\n");
    const rows = table.split('\n').filter((line) => line.startsWith('| `ably-jwt'));
    const named = rows.flatMap((row) =>
      [...row.split('|')[3]!.matchAll(/`([a-z]\w+)`/g)].map(([, name]) => name!),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !exported.includes(name))).toEqual([]);
  });
});
