// What tsup leaves to do: each thing that both module formats can share stands in the package once.
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const dist = new URL('../dist/', import.meta.url);

// The types. An ES module may take them from a CommonJS file, and not the other way round.
for (const entry of ['index', 'client', 'testing']) {
  await writeFile(new URL(`${entry}.d.ts`, dist), `export * from './${entry}.cjs';\n`);
}

// The sandbox, which only runs where CommonJS does.
const names = Object.keys(createRequire(import.meta.url)('../dist/testing.cjs')).sort();
await writeFile(
  new URL('testing.js', dist),
  `import testing from './testing.cjs';\nexport const { ${names.join(', ')} } = testing;\n`,
);
