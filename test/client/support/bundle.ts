import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const entry = fileURLToPath(new URL('../../../src/client.ts', import.meta.url));

/** `ably-jwt/client` as a bundler delivers it: minified, as a module or as a script that sets `ablyJwt`. */
export async function bundle(format: 'esm' | 'iife'): Promise<{ text: string; inputs: string[] }> {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    target: 'es2022',
    format,
    globalName: 'ablyJwt',
    write: false,
    metafile: true,
  });
  return { text: result.outputFiles[0]!.text, inputs: Object.keys(result.metafile.inputs) };
}
