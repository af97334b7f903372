// What the client adds to a page, minified by esbuild and compressed by gzip.

import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { report, versions } from './measure.mjs';

const bundle = async (contents) => {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    // The repository's tsconfig.json would lead `ably-jwt` to the sources.
    tsconfigRaw: '{}',
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  });
  return outputFiles[0].contents;
};
const cases = {
  'ably-jwt/client': `export { createAuthCallback } from 'ably-jwt/client';`,
  'createAuthCallback of ably-jwt': `export { createAuthCallback } from 'ably-jwt';`,
};
const rows = [];
const limits = [];
for (const [name, source] of Object.entries(cases)) {
  const code = await bundle(source);
  const compressed = gzipSync(code, { level: 9 }).length;
  rows.push([name, code.length, compressed, brotliCompressSync(code).length]);
  limits.push({ what: `${name}, minified and compressed`, found: compressed, atMost: 3072, unit: ' bytes' });
}
await report({
  name: 'client-size',
  title: 'What a page loads, in bytes',
  columns: ['', 'minified', 'gzip', 'brotli'],
  rows,
  limits,
  versions: versions(['esbuild']),
});
