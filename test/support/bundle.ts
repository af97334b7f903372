import { pathToFileURL } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

/**
 * Compiles a file of an app with all its relative imports, and imports the result. Packages come from where the result
 * is.
 *
 * @param outfile - a new one each time, if the file shall run anew
 */
export async function importBundled<Exports>(
  file: string,
  outfile: string,
  options: Pick<BuildOptions, 'alias' | 'packages' | 'mainFields' | 'tsconfigRaw'> = {},
): Promise<Exports> {
  await build({
    entryPoints: [file],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    ...options,
  });
  return import(/* @vite-ignore */ pathToFileURL(outfile).href);
}
