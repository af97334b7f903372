// Packs the built package as it would be published, and installs the tarball in an empty project outside of this
// repository, where nothing of it can be found by accident:
//
//   node scripts/pack.mjs
//
// prints {"tarball", "project", "files"}. The same build is packed once only.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm } from './install.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const inputs = ['package.json', 'README.md', 'LICENSE'];

async function pack() {
  const built = await filesBelow('dist');
  const sources = await filesBelow('src');
  const oldest = Math.min(...(await Promise.all(built.map(modified))));
  const newest = Math.max(...(await Promise.all([...sources, 'tsup.config.ts'].map(modified))));
  if (built.length === 0 || oldest < newest)
    throw new Error('dist/ is missing or older than src/. Run `npm run build` first.');

  const hash = createHash('sha256');
  for (const file of [...built, ...sources, ...inputs])
    hash.update(file).update(await readFile(join(root, file)).catch(() => ''));
  const folder = join(tmpdir(), `ably-jwt-packed-${hash.digest('hex').slice(0, 16)}`);
  const done = join(folder, 'packed.json');
  const already = await readFile(done, 'utf8').catch(() => undefined);
  if (already !== undefined) return already;

  // Made elsewhere and moved into place when complete: another process sees the whole folder or none.
  const temporary = await mkdtemp(join(tmpdir(), 'ably-jwt-packing-'));
  const [{ filename, files }] = JSON.parse(
    await npm(['pack', '--json', '--pack-destination', temporary], root),
  );
  const project = join(temporary, 'project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{ "private": true }\n');
  await npm(['install', '--ignore-scripts', join(temporary, filename)], project);
  const result = JSON.stringify({
    tarball: join(folder, filename),
    project: join(folder, 'project'),
    files: files.map(({ path, size }) => ({ path, size })),
  });
  await writeFile(join(temporary, 'packed.json'), result);
  await rename(temporary, folder).catch(async (error) => {
    await rm(temporary, { recursive: true });
    await stat(done).catch(() => {
      throw error;
    });
  });
  return result;
}

/** The paths of all files below a folder, from the root on. */
async function filesBelow(folder) {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort();
}

async function modified(file) {
  return (await stat(join(root, file))).mtimeMs;
}

console.log(await pack());
