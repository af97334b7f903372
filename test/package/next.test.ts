import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { installed, output, packed } from './packed.js';

const require = createRequire(new URL('../../package.json', import.meta.url));
const example = fileURLToPath(new URL('../../examples/next/', import.meta.url));
const modules = dirname(dirname(require.resolve('typescript/package.json')));

test('the Next.js example compiles against the packed package, React and the Ably client', async () => {
  const [{ project }, tools] = await Promise.all([packed(), installed('test/package')]);
  const folder = await mkdtemp(join(project, 'next-'));
  try {
    await cp(example, folder, { recursive: true, filter: (path) => !/node_modules|\.next/.test(path) });
    // In the place of `npm install`: Next.js itself has 300 MB, and its types are of no use to these files.
    const paths = {
      ably: [join(modules, 'ably/ably.d.ts')],
      'ably/react': [join(modules, 'ably/react/mjs/index.d.ts')],
      react: [join(tools, 'node_modules/@types/react/index.d.ts')],
      'react/jsx-runtime': [join(tools, 'node_modules/@types/react/jsx-runtime.d.ts')],
    };
    const compilerOptions = { paths, types: ['node'], typeRoots: [join(modules, '@types')] };
    await writeFile(
      join(folder, 'tsconfig.test.json'),
      JSON.stringify({ extends: './tsconfig.json', compilerOptions }),
    );
    const tsc = require.resolve('typescript/bin/tsc');
    const args = [tsc, '-p', 'tsconfig.test.json', '--listFilesOnly'];
    const files = await output(process.execPath, args, folder);
    for (const name of ['route.ts', 'realtime.tsx', 'news.tsx', 'page.tsx', 'layout.tsx', 'session.ts']) {
      expect(files).toContain(name);
    }
    expect(files).toContain('node_modules/ably-jwt/dist/client.d.ts');
    expect(await output(process.execPath, args.slice(0, -1), folder)).toBe('');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 300_000);
