import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';

const modules = fileURLToPath(new URL('../../node_modules/', import.meta.url));

/** Not `@sparticuz/chromium`'s own list: that one is for AWS Lambda (a single process, web security off). */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A page under test reaches this machine and nothing else.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
];

/**
 * A headless Chromium whose pages reach loopback addresses only. The browser comes out of the
 * `@sparticuz/chromium` package (linux-x64), unpacked once into `node_modules/.cache`; on other platforms set
 * `CHROMIUM_PATH` to an installed one.
 *
 * @example
 * ```ts
 * const browser = await launchChromium();
 * const page = await browser.newPage();
 * await page.goto(`http://127.0.0.1:${port}/`);
 * await browser.close();
 * ```
 */
export async function launchChromium(): Promise<Browser> {
  const path = process.env.CHROMIUM_PATH;
  if (path !== undefined) return chromium.launch({ executablePath: path, args });
  unpacked ??= unpack();
  const folder = await unpacked;
  const env = { ...process.env, FONTCONFIG_FILE: join(folder, 'fonts.conf') };
  return chromium.launch({ executablePath: join(folder, 'chromium'), args, env });
}

let unpacked: Promise<string> | undefined;

/** The folder that holds the browser, unpacked if need be. */
async function unpack(): Promise<string> {
  const manifest = JSON.parse(await readFile(join(modules, '@sparticuz/chromium/package.json'), 'utf8'));
  const cache = join(modules, '.cache/chromium');
  const folder = join(cache, manifest.version);
  if (existsSync(folder)) return folder;
  // The package unpacks into the temporary folder and takes whatever "chromium" it finds there. So it gets an
  // empty one, moved into place when complete: another worker sees the whole browser or none.
  await mkdir(cache, { recursive: true });
  const temporary = await mkdtemp(join(cache, 'unpacking-'));
  const before = process.env.TMPDIR;
  process.env.TMPDIR = temporary;
  try {
    const { default: packed } = await import('@sparticuz/chromium');
    await packed.executablePath();
    await writeFile(join(temporary, 'fonts.conf'), fontsConf(folder));
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
  try {
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** The system's fonts, and the one of the package for systems that have none: text without a font is invisible. */
const fontsConf = (folder: string) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${join(folder, 'fonts')}</dir>
  <cachedir>${join(folder, 'fonts-cache')}</cachedir>
</fontconfig>
`;
