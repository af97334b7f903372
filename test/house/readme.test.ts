import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { read, repositoryFiles } from './repository.js';

const files = repositoryFiles(/./);
const pages = repositoryFiles(/\.md$/).filter((file) => !file.startsWith('.changeset/'));

/** A page without its code, where brackets mean something else. */
const prose = (page: string) =>
  read(page)
    .replace(/^```.*?^```/gms, '')
    .replace(/`[^`\n]*`/g, '``');

/** The names by which a page's headings can be linked to, as GitHub and TypeDoc make them. */
function anchors(page: string): string[] {
  const headings = [
    ...read(page)
      .replace(/^```.*?^```/gms, '')
      .matchAll(/^#+ (.+)$/gm),
  ];
  return headings.map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

interface Link {
  readonly page: string;
  readonly target: string;
}
const links: readonly Link[] = pages.flatMap((page) =>
  [...prose(page).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => ({ page, target })),
);
const local = links.filter(({ target }) => !/^[a-z]+:/.test(target));

describe('links between pages', () => {
  test('lead to files that exist', () => {
    expect(local.length).toBeGreaterThan(20);
    const broken = local.filter(({ page, target }) => {
      const [path = ''] = target.split('#');
      return path !== '' && !files.includes(posix.join(posix.dirname(page), path));
    });
    expect(broken).toEqual([]);
  });

  test('lead to headings that exist', () => {
    const broken = local.filter(({ page, target }) => {
      const [path = '', anchor] = target.split('#');
      if (anchor === undefined) return false;
      const file = path === '' ? page : posix.join(posix.dirname(page), path);
      return !files.includes(file) || !anchors(file).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test('go to hosts over https', () => {
    const outside = links.filter(({ target }) => /^[a-z]+:/.test(target));
    expect(outside.filter(({ target }) => !target.startsWith('https://'))).toEqual([]);
  });
});

describe('README.md', () => {
  const readme = read('README.md');
  const { exports, scripts } = JSON.parse(read('package.json')) as {
    exports: Record<string, unknown>;
    scripts: Record<string, string>;
  };

  test('is read in a few minutes: at most 12 kB', () => {
    expect(Buffer.byteLength(readme)).toBeLessThanOrEqual(12_000);
  });

  test('names every entry point, and no other', () => {
    const entries = Object.keys(exports).filter((path) => path !== './package.json');
    const [, table = ''] = readme.split('\n## What is in it\n');
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
    const [, table = ''] = readme.split('\n## What is in it\n');
    const rows = table.split('\n').filter((line) => line.startsWith('| `ably-jwt'));
    const named = rows.flatMap((row) =>
      [...row.split('|')[3]!.matchAll(/`([a-z]\w+)`/g)].map(([, name]) => name!),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !exported.includes(name) && name !== 'ws')).toEqual([]);
  });
});
