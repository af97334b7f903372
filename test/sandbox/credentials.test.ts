import type { SandboxEvent } from 'ably-jwt/testing';
import { expect, test } from 'vitest';
import { handmade, startSandbox } from './support/client.js';

/** A sandbox, and who sends a request by its events: each event comes with the answer to its request, or after it. */
async function watched() {
  const events: SandboxEvent[] = [];
  let wake = () => {};
  const { sandbox, clock } = await startSandbox({
    onEvent(event) {
      events.push(event);
      wake();
    },
  });
  /** Sends a request, and gives its event. */
  const eventOf = async (query: Record<string, string>, headers: Record<string, string>) => {
    const noted = new Promise<void>((resolve) => {
      wake = resolve;
    });
    await fetch(`${sandbox.url}/time?${new URLSearchParams(query)}`, { headers });
    await noted;
    return events.at(-1)!;
  };
  return { sandbox, clock, eventOf };
}

test('the log of requests says which sort of credentials each had', async () => {
  const { sandbox, clock } = await startSandbox();
  const [key, access_token] = [sandbox.apiKey, handmade(sandbox, clock)];
  for (const query of [{ key }, { access_token }, { key, access_token }, {}] as Record<string, string>[])
    await fetch(`${sandbox.url}/time?${new URLSearchParams(query)}`);
  expect(sandbox.requests.map(({ credentials }) => credentials)).toEqual(['key', 'token', 'token', 'none']);
});

test.each([
  ['the header Ably-Agent', {}, { 'Ably-Agent': 'mine/1' }, 'mine/1'],
  ['the parameter agent', { agent: 'mine/2' }, {}, 'mine/2'],
  ['the parameter before the header', { agent: 'mine/2' }, { 'Ably-Agent': 'mine/1' }, 'mine/2'],
  ['neither', {}, {}, undefined],
  ['a long name, of which it keeps 500 characters', { agent: 'x'.repeat(501) }, {}, 'x'.repeat(500)],
] as const)('an event names the SDK by %s', async (_, query, headers, agent) => {
  const { eventOf } = await watched();
  expect((await eventOf(query, headers)).agent).toBe(agent);
});

test('where a long text is cut, not even the beginning of a secret is left', async () => {
  const { sandbox, eventOf } = await watched();
  const [name, secret] = sandbox.apiKey.split(':') as [string, string];
  /** A text whose first `limit` characters end within the secret. */
  const long = (limit: number) => `/${'x'.repeat(limit - name.length - 13)}/${sandbox.apiKey}`;
  const { agent, request } = await eventOf({ agent: long(500), other: long(2000) }, {});
  await fetch(sandbox.url + long(2000));
  const answer = await fetch(sandbox.url + long(1000 - 'not found: GET '.length));
  const { error } = (await answer.json()) as { error: { message: string } };
  const { path } = sandbox.requests.find((entry) => entry.status === 404)!;
  for (const text of [agent, request?.query.other, path, error.message]) {
    expect(text).toContain(`/${name}:…`);
    expect(text).not.toContain(secret.slice(0, 5));
  }
});

test('of a text beyond its limit the beginning is kept', async () => {
  const { sandbox, eventOf } = await watched();
  const { request } = await eventOf({ other: 'x'.repeat(2001) }, {});
  expect(request?.query.other).toBe('x'.repeat(2000));
  const answer = await fetch(`${sandbox.url}/${'x'.repeat(2000)}`);
  const { error } = (await answer.json()) as { error: { message: string } };
  expect(error.message).toBe(`not found: GET /${'x'.repeat(984)}…`);
  expect(sandbox.requests.at(-1)?.path).toBe(`/${'x'.repeat(1999)}`);
});
