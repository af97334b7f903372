/**
 * Takes the picture of the login demo for the README: logged in, two renewals seen.
 *
 *     npx tsx scripts/screenshot-demo.ts [docs/demo.png] [light|dark] [width]
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { startAblySandbox } from 'ably-jwt/testing';
import { createApp } from '../examples/node-http.js';
import { launchChromium } from '../test/support/chromium.js';

const [path = 'docs/demo.png', scheme = 'light', width = '1200'] = process.argv.slice(2);

const sandbox = await startAblySandbox();
const server = await createApp({
  apiKey: sandbox.apiKey,
  clientOptions: sandbox.clientOptions,
  ttl: '40s',
  sandbox,
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const browser = await launchChromium();
try {
  const page = await browser.newPage({
    viewport: { width: Number(width), height: 860 },
    deviceScaleFactor: 2,
    colorScheme: scheme === 'dark' ? 'dark' : 'light',
  });
  page.on('dialog', (dialog) => dialog.accept());
  await page.goto(`http://localhost:${(server.address() as AddressInfo).port}`);
  await page.getByLabel('Username').fill('alice');
  await page.getByLabel('Password').fill('any password');
  await page.getByRole('button', { name: 'Login' }).click();
  await page.getByText(/Token 3 renewed/).waitFor();
  await page.getByRole('timer').getByText('0:36').waitFor();
  await page.getByRole('button', { name: 'Log out' }).blur();
  await page.screenshot({ path });
} finally {
  await browser.close();
  server.close();
  server.closeAllConnections();
  await sandbox.close();
}
