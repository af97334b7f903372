import { createAblyJwt } from 'ably-jwt';
import type { AblySandbox, ManualClock } from 'ably-jwt/testing';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { launchChromium } from '../support/chromium.js';
import {
  attempt,
  handmade,
  hands,
  nextEvent,
  reaches,
  realtime,
  signer,
  startSandbox,
} from './support/client.js';

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

/** The page of a sandbox, with what must not happen on it. */
async function open(size = { width: 1200, height: 900 }) {
  const started = await startSandbox({ admin: true });
  const page = await browser.newPage({ viewport: size });
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== started.sandbox.url) complaints.push(request.url());
  });
  onTestFinished(async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });
  await page.goto(started.sandbox.url);
  await page.getByText('live', { exact: true }).waitFor();
  return { ...started, page };
}

async function connectBob(sandbox: AblySandbox, clock: ManualClock) {
  const auth = signer(sandbox, clock, (call) => ({
    clientId: 'bob',
    capability: { 'chat:*': ['subscribe'] },
    claims: { jti: String(call) },
  }));
  const bob = realtime(sandbox, auth);
  await reaches(bob, 'connected');
  return bob;
}

const lines = (page: Page, type: string) => page.locator(`#log [data-type="${type}"]`);

test('a client that connects, renews and is revoked, by buttons', async () => {
  const { sandbox, clock, page } = await open();
  await page.getByText('No client is connected.').waitFor();
  const bob = await connectBob(sandbox, clock);
  const card = page.getByRole('listitem').filter({ has: page.getByRole('button', { name: 'bob' }) });
  await card.getByText('connected', { exact: true }).waitFor();
  await card.getByText(/^renews in 59:/).waitFor();

  // Its token is shown by itself.
  await page.getByRole('heading', { name: 'The token of bob' }).waitFor();
  await page.getByText('signature: checked').waitFor();
  const can = page.getByRole('form', { name: 'Check a right' });
  await can.getByLabel('on channel').fill('chat:42');
  await can.getByRole('button').click();
  await can.getByText('Yes', { exact: true }).waitFor();
  await can.getByLabel('Can it').selectOption('publish');
  await can.getByRole('button').click();
  await can.getByText('No', { exact: true }).waitFor();

  await card.getByRole('button', { name: 'Ask to renew' }).click();
  await lines(page, 'renewed').getByText('bob renewed its token').waitFor();
  await page.locator('.claims div', { hasText: /^jti2$/ }).waitFor();

  const revoked = nextEvent(bob, 'disconnected');
  await card.getByRole('button', { name: 'Revoke' }).click();
  expect((await revoked).reason?.code).toBe(40_141);
  await lines(page, 'revoked').getByText('40141').waitFor();
});

test('a refused token is explained, and what it says is text', async () => {
  const { sandbox, clock, page } = await open();
  const markup = '<img src=x onerror="document.title=1">';
  const forged = handmade(sandbox, clock, { claims: { 'x-ably-clientId': markup }, secret: 'guessed' });
  await attempt(realtime(sandbox, { authCallback: hands(forged) }));
  const line = lines(page, 'refused').first();
  await line.getByText('SIGNATURE_INVALID').waitFor();
  await line.getByRole('button', { name: 'Show the token' }).click();
  await page.locator('#verdict', { hasText: 'Refused with 40144' }).waitFor();
  await page.locator('.claims', { hasText: markup }).waitFor();
  expect(await page.locator('#token img').count()).toBe(0);
  expect(await page.content()).not.toContain(forged.split('.')[2]);
});

test('a pasted token is explained and not kept, with the keyboard alone', async () => {
  const { sandbox, clock, page } = await open({ width: 390, height: 800 });
  const issuedAt = new Date(clock.now() - 7_200_000);
  const token = await createAblyJwt(sandbox.apiKey, {
    capability: { a: ['subscribe'] },
    ttl: '1h',
    issuedAt,
  });
  const field = page.getByLabel('Why is my token refused?');
  await field.focus();
  await page.keyboard.insertText(token);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('#findings').getByText('TOKEN_EXPIRED').waitFor();
  expect(await field.inputValue()).toBe('');
  // Nothing is wider than a phone.
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
});

test('the controls: the clock, faults and the end', async () => {
  const { sandbox, clock, page } = await open();
  const bob = await connectBob(sandbox, clock);
  const form = (name: string) => page.locator(`[data-control="${name}"]`);
  await form('clock').getByLabel('Ahead by').selectOption('5m');
  const before = clock.now();
  await form('clock').getByRole('button').click();
  await page.getByText('The clock is 5m further.').waitFor();
  expect(clock.now()).toBe(before + 300_000);

  await form('fail').getByLabel('What').selectOption('request');
  await form('fail').getByLabel('How').selectOption('503');
  await form('fail').getByRole('button').click();
  await page.getByText('It will fail once.').waitFor();
  expect((await fetch(`${sandbox.url}/time`)).status).toBe(503);

  await form('limit-connections').getByLabel('Of one token').fill('2');
  await form('limit-connections').getByRole('button').click();
  await page.getByText('A token may have 2 connections.').waitFor();

  const lost = nextEvent(bob, 'disconnected');
  await page.getByRole('button', { name: 'Stop the sandbox' }).click();
  await page.getByText('The sandbox has stopped.').waitFor();
  await lost;
});

test.each(['light', 'dark'] as const)('axe finds nothing to mend (%s)', async (colorScheme) => {
  const { sandbox, clock, page } = await open();
  await page.emulateMedia({ colorScheme });
  await connectBob(sandbox, clock);
  const forged = handmade(sandbox, clock, { secret: 'guessed' });
  await attempt(realtime(sandbox, { authCallback: hands(forged) }));
  await lines(page, 'refused').first().waitFor();
  await page.getByText('signature: checked').waitFor();
  await page.evaluate(axe.source);
  const violations = await page.evaluate<string[]>(
    "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map((n) => n.html).join(' ')))",
  );
  expect(violations).toEqual([]);
});
