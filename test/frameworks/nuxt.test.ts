import { join } from 'node:path';
import { type AblySandbox, startAblySandbox } from 'ably-jwt/testing';
import { afterAll, beforeAll, test } from 'vitest';
import { build, start, stopAll, writeApps } from './support/apps.js';
import { assertWorks } from './support/works.js';

let app: string;
let sandbox: AblySandbox;
beforeAll(async () => {
  const written = writeApps('test/frameworks/nuxt', 'builders', ['nuxt']);
  [sandbox, app] = await Promise.all([startAblySandbox(), written.then((folder) => join(folder, 'nuxt'))]);
}, 600_000);
afterAll(async () => {
  await stopAll();
  await sandbox.close();
});

test('a Nuxt app that is built without a key serves tokens with which the Ably client connects', async () => {
  await build(app, 'nuxt/bin/nuxt.mjs');
  const url = await start({
    app,
    script: '.output/server/index.mjs',
    env: { ABLY_API_KEY: sandbox.apiKey },
  });
  await assertWorks(`${url}/auth`, ['GET', 'POST'], sandbox);
}, 600_000);
