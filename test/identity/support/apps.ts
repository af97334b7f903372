import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { writeApp } from '../../docs/support/snippets.js';
import { installed, packed } from '../../package/packed.js';
import { importBundled } from '../../support/bundle.js';

/** A folder in which the packages of this folder's lockfile can be imported, and this package out of its tarball. */
export interface AppFolder extends AsyncDisposable {
  readonly path: string;
  /** This folder's `node_modules`. */
  readonly modules: string;
}

/** @param below - a folder of the project that has installed the tarball */
export async function makeAppFolder(below = '.'): Promise<AppFolder> {
  const [{ project }, tools] = await Promise.all([packed(), installed('test/identity')]);
  const modules = join(tools, 'node_modules');
  const path = await mkdtemp(join(project, below, '.app-'));
  await symlink(modules, join(path, 'node_modules'), 'junction');
  return { path, modules, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/**
 * Writes an app out of a guide and imports one of its files. It is compiled, and nothing in it is replaced.
 *
 * @param folder - below `node_modules`: elsewhere Vitest would take a part in its imports, and bring the sources of this package
 */
export async function importApp<Exports>(
  { path }: AppFolder,
  guide: string,
  app: string,
  entry: string,
): Promise<Exports> {
  writeApp(guide, app, join(path, app));
  return bundleAndImport(join(path, app, entry));
}

/** Compiles a file with all its relative imports, and imports the result. */
export function bundleAndImport<Exports>(file: string): Promise<Exports> {
  return importBundled(file, file.replace(/\.ts$/, '.mjs'), { tsconfigRaw: '{}' });
}
