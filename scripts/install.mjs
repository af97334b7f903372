// Installs a folder's own packages when they are missing or its lockfile has changed:
//
//   node scripts/install.mjs test/runtimes
//
// So `npm test` and `npm run bench` need nothing but `npm ci` at the root, and who runs neither doesn't wait for them.
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/**
 * @param {string} folder - holds package.json and package-lock.json
 */
export async function install(folder) {
  const lockfile = await readFile(join(folder, 'package-lock.json'), 'utf8');
  const stamp = join(folder, 'node_modules/.installed');
  const isInstalled = async () => (await readFile(stamp, 'utf8').catch(() => '')) === lockfile;
  if (await isInstalled()) return;
  const release = await lock(join(folder, '.installing'));
  try {
    if (await isInstalled()) return;
    await npm(['ci'], folder);
    await writeFile(stamp, lockfile);
  } finally {
    await release();
  }
}

/**
 * Runs npm and returns what it prints.
 *
 * @param {string[]} args
 * @param {string} cwd
 */
export async function npm(args, cwd) {
  try {
    const { stdout } = await promisify(execFile)(
      'npm',
      [...args, '--no-audit', '--no-fund', '--prefer-offline'],
      {
        cwd,
        shell: process.platform === 'win32',
        maxBuffer: 2 ** 26,
      },
    );
    return stdout;
  } catch (error) {
    throw new Error(`npm ${args.join(' ')} failed in ${cwd}:\n${error.stderr}`);
  }
}

/** Several test files may need the same folder at once: one of them installs, the others wait. */
async function lock(path) {
  while (true) {
    try {
      await mkdir(path);
      return () => rm(path, { recursive: true, force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    // Whoever held it for ten minutes has died.
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > 600_000) await rm(path, { recursive: true, force: true });
    else await sleep(200);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.length < 3) throw new Error('Usage: node scripts/install.mjs FOLDER...');
  for (const folder of process.argv.slice(2)) await install(resolve(folder));
}
