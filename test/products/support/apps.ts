import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { writeApp } from '../../docs/support/snippets.js';
import { installed, output, packed } from '../../package/packed.js';
import { importBundled } from '../../support/bundle.js';

const require = createRequire(import.meta.url);

/** A folder that has the packages of this folder, and the packed package beside them. */
export async function makeProject(): Promise<Project> {
  const [{ project }, home] = await Promise.all([packed(), installed('test/products')]);
  const cache = join(home, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'project-'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(join(project, 'node_modules/ably-jwt'), join(folder, 'node_modules/ably-jwt'), 'dir');
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  return new Project(folder, join(home, 'node_modules'));
}

export class Project {
  constructor(
    readonly folder: string,
    readonly packages: string,
  ) {}

  /**
   * Writes apps of a guide, as they stand there, into a folder of this project. A later one replaces files of those before.
   *
   * @param own - what stands for the reader's own code
   */
  async add(folder: string, guide: string, apps: readonly string[], own: Readonly<Record<string, string>>) {
    for (const app of apps) writeApp(guide, app, join(this.folder, folder));
    for (const [path, code] of Object.entries(own)) await writeFile(join(this.folder, folder, path), code);
  }

  /**
   * What the compiler says of all apps, with every type of the packages they use; empty if nothing.
   *
   * @param module - how the apps are loaded: by Node.js, or by a bundler for a page
   */
  async typeErrors(module: 'NodeNext' | 'Bundler'): Promise<string> {
    const loaded = module === 'Bundler' ? { module: 'ESNext', moduleResolution: module } : { module };
    const compilerOptions = {
      ...{ target: 'ES2022', lib: ['ES2023', 'DOM'], ...loaded },
      ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: true, noEmit: true },
      ...{ types: ['node'], typeRoots: [join(this.packages, '@types')] },
    };
    await writeFile(join(this.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    return output(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', '.'], this.folder);
  }

  /** Runs a file of an app in this process. Each call runs it anew. */
  run(path: string, options?: Parameters<typeof importBundled>[2]): Promise<unknown> {
    return importBundled(join(this.folder, path), join(this.folder, `run-${this.#runs++}.mjs`), options);
  }
  #runs = 0;

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
