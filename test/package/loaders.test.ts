import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installed, output, packed } from './packed.js';

const require = createRequire(import.meta.url);

let project: string;
let folder: string;
let tools: string;

beforeAll(async () => {
  const [result, toolsFolder] = await Promise.all([packed(), installed('test/package')]);
  project = result.project;
  tools = join(toolsFolder, 'node_modules');
  folder = await mkdtemp(join(project, 'loaders-'));
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Signs and verifies with the package, and lets go of the process. */
const body = `
const key = 'appId.keyId:secret';
async function roundTrip() {
  const jwt = await createAblyJwt(key, { capability: { chat: ['subscribe'] }, clientId: 'alice' });
  return (await verifyAblyJwt(jwt, key)).clientId;
}`;
const required = `const { createAblyJwt, verifyAblyJwt } = require('ably-jwt');
const { createAuthCallback } = require('ably-jwt/client');${body}`;
const imported = `import { createAblyJwt, verifyAblyJwt } from 'ably-jwt';
import { createAuthCallback } from 'ably-jwt/client';${body}`;

test('require() works where CommonJS can not load an ES module', async () => {
  await writeFile(
    join(folder, 'main.cjs'),
    `${required}
const load = () => require('./module.mjs');
roundTrip().then((clientId) => {
  try { load(); } catch (error) { console.log(clientId, typeof createAuthCallback, error.code); }
});`,
  );
  await writeFile(join(folder, 'module.mjs'), 'export {};');
  const old = ['--no-experimental-require-module', 'main.cjs'];
  expect((await output(process.execPath, old, folder)).trim()).toBe('alice function ERR_REQUIRE_ESM');
});

test('both builds of the package know each other by their errors and keys', async () => {
  await writeFile(
    join(folder, 'both.mjs'),
    `import { createRequire } from 'node:module';
import * as esm from 'ably-jwt';
const cjs = createRequire(import.meta.url)('ably-jwt');
const error = await cjs.createAblyJwt('', {}).catch((error) => error);
console.log(esm.AblyJwtError === cjs.AblyJwtError, esm.isAblyJwtError(error, 'KEY_MALFORMED'));
console.log(esm.anyClientId === cjs.anyClientId, Object.keys(esm).sort().join() === Object.keys(cjs).sort().join());`,
  );
  expect((await output(process.execPath, ['both.mjs'], folder)).trim()).toBe('false true\ntrue true');
});

test('Jest, whose modules are CommonJS, can test with it', async () => {
  await writeFile(
    join(folder, 'jest.test.cjs'),
    `${required}
test('signs', async () => expect(await roundTrip()).toBe('alice'));
test('has a client', () => expect(typeof createAuthCallback).toBe('function'));
test('is really Jest', () => expect(jest.fn()).not.toHaveBeenCalled());`,
  );
  const config = JSON.stringify({
    testMatch: ['**/jest.test.cjs'],
    transform: {},
    moduleFileExtensions: ['cjs', 'js'],
  });
  await writeFile(join(folder, 'jest.config.json'), config);
  const jest = [join(tools, 'jest/bin/jest.js'), '--config', 'jest.config.json', '--rootDir', folder, '--ci'];
  expect(await output(process.execPath, jest, folder)).toMatch('Tests:       3 passed, 3 total');
}, 60_000);

test('Vitest can test with it', async () => {
  await writeFile(
    join(folder, 'vitest.test.mjs'),
    `import { expect, test } from 'vitest';
${imported}
test('signs', async () => expect(await roundTrip()).toBe('alice'));
test('has a client', () => expect(typeof createAuthCallback).toBe('function'));`,
  );
  // The project has installed nothing but the tarball; this stands for \`npm install vitest\`.
  const vitest = dirname(require.resolve('vitest/package.json'));
  await rm(join(folder, 'node_modules'), { recursive: true, force: true });
  await writeFile(
    join(folder, 'vitest.config.mjs'),
    `export default { test: { include: ['vitest.test.mjs'] } };`,
  );
  await symlinkModule('vitest', vitest);
  expect(
    await output(process.execPath, [join(vitest, 'vitest.mjs'), 'run', '--root', folder], folder),
  ).toMatch(/Tests +2 passed \(2\)/);
}, 60_000);

async function symlinkModule(name: string, target: string) {
  const { mkdir } = await import('node:fs/promises');
  await mkdir(join(folder, 'node_modules'), { recursive: true });
  await symlink(target, join(folder, 'node_modules', name), 'junction');
}
