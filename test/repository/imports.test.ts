import { describe, expect, test } from 'vitest';
import { read } from './repository.js';
import { type Import, imports, literals, sourceFiles } from './source.js';

/** A row of a table in docs/architecture.md: its cells. Names of files and packages stand in backticks there. */
function tableRows(heading: string): string[][] {
  const [, section = ''] = read('docs/architecture.md').split(`\n## ${heading}\n`);
  const rows = section
    .split(/\n## /)[0]!
    .split('\n')
    .filter((line) => line.startsWith('|'));
  if (rows.length < 3) throw new Error(`docs/architecture.md has no table under "${heading}".`);
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
const inBackticks = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);

interface Part {
  readonly name: string;
  readonly files: readonly string[];
  readonly mayImport: readonly string[];
}

// The map that the page shows is the map that holds.
const parts: readonly Part[] = tableRows('What may import what').map(
  ([name = '', files = '', targets = '']) => ({
    name: name.replaceAll('*', ''),
    files: inBackticks(files),
    mayImport: targets === 'nothing' ? [] : targets.split(', '),
  }),
);
const packages = tableRows('Packages').map(([name = '', loadedBy = '', typesIn = '']) => ({
  name: inBackticks(name)[0]!,
  loadedBy: inBackticks(loadedBy),
  typesIn: inBackticks(typesIn),
}));

const covers = (pattern: string, file: string) =>
  pattern.endsWith('/*') ? file.startsWith(pattern.slice(0, -1)) : pattern === file;
const partsOf = (file: string) => parts.filter(({ files }) => files.some((pattern) => covers(pattern, file)));
const show = ({ from, to, kind }: Import) => `${from} → ${to}${kind === 'type' ? ' (types)' : ''}`;
const internal = imports.filter(({ to }) => sourceFiles.includes(to));
const external = imports.filter(({ to }) => !sourceFiles.includes(to));

describe('the map in docs/architecture.md', () => {
  test('has each source file in exactly one part, and no file that is gone', () => {
    expect(sourceFiles.filter((file) => partsOf(file).length !== 1)).toEqual([]);
    const named = parts.flatMap(({ files }) => files);
    expect(named.filter((pattern) => !sourceFiles.some((file) => covers(pattern, file)))).toEqual([]);
  });

  test('names only parts that it has, each after those that it may import', () => {
    const seen = new Set<string>();
    for (const { name, mayImport } of parts) {
      for (const target of mayImport) expect(seen, `${name} may import ${target}`).toContain(target);
      seen.add(name);
    }
  });

  test.each(parts.map(({ name }) => name))('is kept by %s', (name) => {
    const part = parts.find((candidate) => candidate.name === name)!;
    const offences = internal.filter(({ from, to }) => {
      if (partsOf(from)[0] !== part) return false;
      const target = partsOf(to)[0];
      return target !== part && !part.mayImport.includes(target?.name ?? '');
    });
    expect(offences.map(show)).toEqual([]);
  });

  test('allows nothing that nobody needs', () => {
    const unused = parts.flatMap(({ name, mayImport }) =>
      mayImport
        .filter(
          (target) =>
            !internal.some(
              ({ from, to }) => partsOf(from)[0]!.name === name && partsOf(to)[0]!.name === target,
            ),
        )
        .map((target) => `${name} → ${target}`),
    );
    expect(unused).toEqual([]);
  });
});

/** The files along one circle of imports, or nothing. */
function circle(edges: readonly Import[]): string[] {
  const targets = new Map<string, string[]>();
  for (const { from, to } of edges) targets.set(from, [...(targets.get(from) ?? []), to]);
  const finished = new Set<string>();
  const walk = (file: string, path: readonly string[]): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (finished.has(file)) return [];
    for (const next of targets.get(file) ?? []) {
      const found = walk(next, [...path, file]);
      if (found.length > 0) return found;
    }
    finished.add(file);
    return [];
  };
  for (const file of targets.keys()) {
    const found = walk(file, []);
    if (found.length > 0) return found;
  }
  return [];
}

describe('imports', () => {
  test('form no circle, types included', () => {
    expect(circle(internal)).toEqual([]);
  });

  test('of our own files exist', () => {
    expect(external.filter(({ to }) => to.startsWith('.') || to.includes('/src/')).map(show)).toEqual([]);
  });
});

const isNamed = (name: string, specifier: string) =>
  name.endsWith('*') ? specifier.startsWith(name.slice(0, -1)) : specifier === name;
const inFiles = (patterns: readonly string[], file: string) =>
  patterns.some((pattern) => covers(pattern, file));

describe('packages', () => {
  test('are imported where the map says', () => {
    const offences = external.filter(({ from, to, kind }) => {
      const row = packages.find(({ name }) => isNamed(name, to));
      if (row === undefined) return true;
      return !inFiles(row.loadedBy, from) && !(kind === 'type' && inFiles(row.typesIn, from));
    });
    expect(offences.map(show)).toEqual([]);
  });

  test('are not loaded in another way, as with require', () => {
    for (const { name, loadedBy } of packages) {
      const named = literals.filter(({ file, text }) => text === name && !inFiles(loadedBy, file));
      const imported = external.filter(({ from, to }) => to === name && !inFiles(loadedBy, from));
      expect(named.map(({ file }) => file).sort()).toEqual(imported.map(({ from }) => from).sort());
    }
  });

  test('cost nothing before they are needed: jose is never imported statically', () => {
    const ways = external.filter(({ to, kind }) => to === 'jose' && kind !== 'type').map(({ kind }) => kind);
    expect(new Set(ways)).toEqual(new Set(['dynamic']));
  });

  test('are those of package.json, and all of them: the dependencies, and what is bundled', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json')) as {
      dependencies: object;
      devDependencies: object;
    };
    const named = packages.map(({ name }) => name).filter((name) => !name.startsWith('node:'));
    const bundled = named.filter((name) => name in devDependencies);
    expect(bundled.sort()).toEqual(['@msgpack/msgpack', 'ws']);
    expect(named.sort()).toEqual([...Object.keys(dependencies), ...bundled].sort());
  });
});
