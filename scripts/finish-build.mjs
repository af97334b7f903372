// What tsup leaves to do: each thing that both module formats can share stands in the package once.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const dist = new URL('../dist/', import.meta.url);
const require = createRequire(import.meta.url);
const namesOf = (entry) => Object.keys(require(`../dist/${entry}.cjs`)).sort();

// The types. An ES module may take them from a CommonJS file, and not the other way round.
for (const entry of ['index', 'client', 'testing']) {
  await writeFile(new URL(`${entry}.d.ts`, dist), `export * from './${entry}.cjs';\n`);
}

// The sandbox, which only runs where CommonJS does.
await writeFile(
  new URL('testing.js', dist),
  `import testing from './testing.cjs';\nexport const { ${namesOf('testing').join(', ')} } = testing;\n`,
);

// The backend in a file of its own, which a bundler leaves out whole when only the client is imported.
const source = await readFile(new URL('index.js', dist), 'utf8');
await writeFile(new URL('backend.js', dist), source.replace('index.js.map', 'backend.js.map'));
await rename(new URL('index.js.map', dist), new URL('backend.js.map', dist));
const client = namesOf('client');
const backend = namesOf('index').filter((name) => !client.includes(name));
await writeFile(
  new URL('index.js', dist),
  `export { ${client.join(', ')} } from './client.js';\nexport { ${backend.join(', ')} } from './backend.js';\n`,
);
