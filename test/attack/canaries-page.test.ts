import { createAblyJwt } from 'ably-jwt';
import type { AblySandbox, ManualClock } from 'ably-jwt/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import {
  attempt,
  handmade,
  hands,
  nextEvent,
  reaches,
  realtime,
  signer,
  startSandbox,
} from '../sandbox/support/client.js';
import { launchChromium } from '../support/chromium.js';
import { Canaries } from './support/canaries.js';

// The page of a sandbox: what clients send, and what is pasted into it. Neither a secret nor the signature of a token may stand
// in it, nor where a page leaves traces: title, address, storage, console.
const secret = 'Rk5-bV7_mE3xWd9JpT2sHgN8';
const key = `canary.aKey07:${secret}`;

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

/** All that a page holds: its markup, the value of each field, and what outlives it. */
const everything = `JSON.stringify([
  document.documentElement.outerHTML, document.body.innerText, document.title, location.href, document.cookie, name,
  [...document.querySelectorAll('*')].map((element) => [
    element.value, ...element.getAttributeNames().map((attribute) => element.getAttribute(attribute)),
    ...Object.values(element.dataset ?? {}), JSON.stringify(history.state),
  ]),
  { ...localStorage }, { ...sessionStorage },
])`;

async function open(sandbox: AblySandbox, canaries: Canaries): Promise<Page> {
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  page.on('console', (message) => canaries.see('console of the page', message.text()));
  page.on('pageerror', (error) => canaries.see('error of the page', error));
  page.on('request', (request) => canaries.see('request of the page', request.url()));
  await page.goto(sandbox.url);
  await page.getByText('live', { exact: true }).waitFor();
  return page;
}

const lines = (page: Page, type: string) => page.locator(`#log [data-type="${type}"]`);

/** Clients that put tokens and keys where they don't belong. Returns the tokens. */
async function misuse(sandbox: AblySandbox, clock: ManualClock): Promise<string[]> {
  const sign = (options: object) =>
    createAblyJwt(key, { capability: { '*': ['*'] }, issuedAt: new Date(clock.now()), ...options });
  const inner = await sign({ clientId: 'inner' });
  const tokens = [
    inner,
    await sign({ clientId: inner, claims: { note: [inner, key], [key]: btoa(key) } }),
    await sign({ clientId: key, capability: { [key]: ['*'], [`x${inner}`]: ['*'], '*': ['*'] } }),
    handmade(sandbox, clock, { header: { kid: key } }),
    handmade(sandbox, clock, {
      secret: 'guessed',
      claims: { 'x-ably-clientId': key, 'x-ably-capability': key },
    }),
    handmade(sandbox, clock, { claims: { exp: Math.floor(clock.now() / 1000) - 60, [key]: inner } }),
  ];
  for (const token of tokens) {
    const client = realtime(sandbox, { authCallback: hands(token), disconnectedRetryTimeout: 600_000 });
    const { state } = await attempt(client);
    if (state === 'connected') await client.channels.get(key).attach();
    if (state === 'connected') await client.channels.get(`Bearer ${token}`).attach();
  }
  for (const path of [
    `/channels/${key}/messages`,
    `/${inner}?${key}`,
    `/time?x=Bearer%20${inner}`,
    `/keys/${key}/x`,
  ])
    for (const authorization of [`Basic ${btoa(key)}`, `Bearer ${inner}x`, `Bearer ${key}`, key])
      await fetch(sandbox.url + path, { headers: { authorization, 'ably-agent': `${key} ${inner}` } });
  return tokens;
}

test('shows no secret and no signature of what clients send and people paste', async () => {
  const canaries = new Canaries(secret);
  const { sandbox, clock } = await startSandbox({ admin: true, keys: [{ key }] });
  const page = await open(sandbox, canaries);
  const look = async (where: string) => canaries.see(where, await page.evaluate<string>(everything));
  const bob = realtime(sandbox, signer(sandbox, clock, { clientId: 'bob', capability: { '*': ['*'] } }));
  await reaches(bob, 'connected');
  const tokens = await misuse(sandbox, clock);
  canaries.hide(...tokens.map((token) => token.slice(token.lastIndexOf('.') + 1)));
  await lines(page, 'request').filter({ hasText: '/keys/' }).first().waitFor();
  await look('the activity');

  // Each client, and each line with a token.
  const shows = page.getByRole('button', { name: 'Show the token' });
  for (let n = 0; n < (await shows.count()); n += 1) {
    await shows.nth(n).click();
    await look('the token of a line');
  }
  const cards = page.locator('#connections li');
  expect(await cards.count()).toBe(4);
  for (let n = 0; n < 4; n += 1) {
    await cards.nth(n).locator('.pick').click();
    await look('the token of a client');
  }

  // What is pasted: into the field for it, and into each that is for something else.
  const pasted = [...tokens, key, `Bearer ${tokens[0]}`, `{"token":"${tokens[1]}"}`, `${tokens[0]}x`, secret];
  for (const text of pasted) {
    await page.getByLabel('Why is my token refused?').fill(text);
    await page.getByRole('button', { name: 'Explain' }).click();
    await expect.poll(() => page.locator('#pasted').inputValue()).toBe('');
    await look('an explanation');
  }
  const form = (name: string) => page.locator(`[data-control="${name}"]`);
  const outcome = page.locator('#outcome');
  for (const text of [key, tokens[0]!]) {
    for (const [control, field] of [
      ['revoke', 'value'],
      ['channel-rules', 'namespace'],
      ['fail', 'clientId'],
    ] as const) {
      const before = await outcome.textContent();
      await form(control).locator(`[name="${field}"]`).fill(text);
      await form(control).getByRole('button').click();
      await expect.poll(() => outcome.textContent()).not.toBe(before);
      // What the user has typed is theirs to change.
      await form(control).locator(`[name="${field}"]`).fill('');
      await look(control);
    }
  }

  // What the controls do to a client.
  const card = cards.filter({ has: page.getByRole('button', { name: 'bob', exact: true }) });
  await card.getByRole('button', { name: 'Ask to renew' }).click();
  await lines(page, 'renewed').first().waitFor();
  const revoked = nextEvent(bob, 'disconnected');
  await card.getByRole('button', { name: 'Revoke' }).click();
  await revoked;
  await lines(page, 'revoked').first().waitFor();
  await look('a client that was revoked');
  await form('key').getByRole('button', { name: 'Revoke the key' }).click();
  await page.getByText(/^Revoked canary.aKey07/).waitFor();
  await look('a key that was revoked');
  await page.getByRole('button', { name: 'Stop the sandbox' }).click();
  await page.getByText('The sandbox has stopped.').waitFor();
  await look('the end');
  canaries.expectUnseen();
  expect(canaries.count).toBeGreaterThan(40);
});
