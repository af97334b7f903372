import { join } from 'node:path';
import { type AblySandbox, startAblySandbox } from 'ably-jwt/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build, compile, start, stopAll, writeApps } from './support/apps.js';
import { assertWorks } from './support/works.js';

/** The apps of the guide whose framework builds them, with its program that does so, and what starts the result. */
const builders: [app: string, tool: string, script: string, args: string[]][] = [
  ['sveltekit', 'vite/bin/vite.js', 'build/index.js', []],
  ['astro', 'astro/astro.js', 'dist/server/entry.mjs', []],
  [
    'react-router',
    '@react-router/dev/bin.js',
    '../../../node_modules/@react-router/serve/bin.js',
    ['build/server/index.js'],
  ],
];

let folder: string;
let sandbox: AblySandbox;
beforeAll(async () => {
  const apps = builders.map(([app]) => app);
  [sandbox, folder] = await Promise.all([startAblySandbox(), writeApps('test/frameworks', 'builders', apps)]);
}, 300_000);
afterAll(async () => {
  await stopAll();
  await sandbox.close();
});

describe.sequential('an app that is built without a key', () => {
  test.concurrent.each(builders)(
    '%s serves tokens with which the Ably client connects',
    async (name, tool, script, args) => {
      const app = join(folder, name);
      await build(app, tool);
      const url = await start({ app, script, args, env: { ABLY_API_KEY: sandbox.apiKey } });
      // Express, on which this server runs, adds the charset.
      const errorType = name === 'react-router' ? 'application/json; charset=utf-8' : undefined;
      await assertWorks(`${url}/auth`, ['GET'], sandbox, errorType);
    },
    120_000,
  );

  test('compiles', async () => {
    expect(await compile(folder)).toBe('');
  }, 60_000);
});
