import { createAblyJwt } from 'ably-jwt';
import type { SandboxEvent } from 'ably-jwt/testing';
import { describe, expect, test } from 'vitest';
import { handmade, startSandbox } from './support/client.js';
import { basic } from './support/http.js';

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

describe('credentials', () => {
  test('a token may be raw, encoded once more, or in the query', async () => {
    const { sandbox, clock } = await startSandbox();
    const token = await createAblyJwt(sandbox.apiKey, {
      capability: 'inherit',
      issuedAt: new Date(clock.now()),
    });
    const path = `${sandbox.url}/channels/a/messages`;
    const ways: [string, RequestInit?][] = [
      [path, { headers: { Authorization: `Bearer ${token}` } }],
      [path, { headers: { Authorization: `bearer ${Buffer.from(token).toString('base64')}` } }],
      [`${path}?access_token=${token}`],
      [`${path}?accessToken=${token}`],
      [`${path}?key=${encodeURIComponent(sandbox.apiKey)}`],
    ];
    for (const [url, init] of ways) expect((await fetch(url, init)).status).toBe(200);
    const text = JSON.stringify(sandbox.requests);
    expect(text).not.toContain(token.split('.')[2]);
    expect(text).not.toContain(sandbox.apiKey.split(':')[1]);
  });

  test('none: 40101; unreadable: 40005', async () => {
    const { sandbox } = await startSandbox();
    const code = async (headers: Record<string, string>) => {
      const response = await fetch(`${sandbox.url}/channels/a/messages`, { headers });
      return [response.status, Number(response.headers.get('x-ably-errorcode'))];
    };
    expect(await code({})).toEqual([401, 40101]);
    expect(await code({ Authorization: 'Digest x' })).toEqual([400, 40005]);
    expect(await code({ Authorization: 'Bearer' })).toEqual([400, 40005]);
    expect(await code({ Authorization: 'Bearer not-a-token' })).toEqual([401, 40144]);
    // Neither more nor less than a scheme and its value.
    const { Authorization } = basic(sandbox.apiKey);
    expect(await code({ Authorization: Authorization.replace(' ', '   ') })).toEqual([200, 0]);
    expect(await code({ Authorization: `${Authorization} x` })).toEqual([400, 40005]);
    expect(await code({ Authorization: `x ${Authorization}` })).toEqual([400, 40005]);
  });

  test('are refused in words that say what is wrong with them', async () => {
    const { sandbox, clock } = await startSandbox();
    const said = async (query: Record<string, string>, headers: Record<string, string> = {}) => {
      const url = `${sandbox.url}/channels/a/messages?${new URLSearchParams(query)}`;
      const { error } = (await (await fetch(url, { headers })).json()) as { error: { message: string } };
      return error.message;
    };
    const { name } = sandbox.keys[0]!;
    const [appId] = name.split('.');
    expect(await said({})).toContain('Not authorized: the request has no credentials');
    expect(await said({}, { Authorization: 'Digest x' })).toContain(
      'Invalid Authorization header in request: it must be "Basic …" or "Bearer …"',
    );
    expect(await said({ key: 'zzzzzz.key:secret' })).toContain('No such app: zzzzzz');
    expect(await said({ key: 'zzzzz.key:secret' })).toContain('the server has no app of that name');
    expect(await said({ key: `${appId}.other:secret` })).toContain(
      'No such key: the app has no key of that name',
    );
    expect(await said({ key: `${name}:secret` })).toContain(`that is not the secret of the key ${name}`);
    const jwt = await createAblyJwt(sandbox.apiKey, {
      capability: 'inherit',
      ttl: '1s',
      issuedAt: new Date(clock.now()),
    });
    const issued = sandbox.apiKey;
    const response = await fetch(`${sandbox.url}/keys/${name}/requestToken`, {
      method: 'POST',
      headers: {
        Authorization: `Basic ${Buffer.from(issued).toString('base64')}`,
        'Content-Type': 'application/json',
      },
      body: JSON.stringify({ keyName: name, ttl: 1000, timestamp: clock.now() }),
    });
    const { token } = (await response.json()) as { token: string };
    clock.advance(1000);
    expect(await said({ access_token: token })).toBe('Key/token status changed (expire)');
    expect(await said({ access_token: jwt })).toMatch(/expired/);
  });

  test('a client that shows a refused token for ever is stopped, with a hint', async () => {
    const { sandbox, clock } = await startSandbox();
    const token = await createAblyJwt(sandbox.apiKey, {
      capability: 'inherit',
      ttl: '1s',
      issuedAt: new Date(clock.now()),
    });
    clock.advance(2000);
    const ask = () =>
      fetch(`${sandbox.url}/channels/a/messages`, { headers: { Authorization: `Bearer ${token}` } });
    for (let n = 0; n < 5; n++) expect((await ask()).headers.get('x-ably-errorcode')).toBe('40142');
    const stopped = await ask();
    expect(stopped.status).toBe(403);
    expect(await stopped.json()).toMatchObject({
      error: {
        code: 40300,
        message:
          'The sandbox stops a loop: this same token was refused 5 times with 40142, and the client keeps sending it. ' +
          'ably-js repeats a REST request with the old token after renewing (ably-js issue 2193): call ' +
          'auth.authorize() before the token expires, or give it TokenDetails with "expires" and call time() once.',
      },
    });
  });

  test('the client id of a request: X-Ably-ClientId, or in the query', async () => {
    const { sandbox } = await startSandbox();
    const publish = (url: string, headers: Record<string, string>) =>
      fetch(url, {
        method: 'POST',
        headers: { ...basic(sandbox.apiKey), ...headers },
        body: '{"data":"x"}',
      });
    const path = `${sandbox.url}/channels/a/messages`;
    await publish(path, { 'X-Ably-ClientId': Buffer.from('bøb').toString('base64') });
    await publish(`${path}?clientId=al`, {});
    const history = await fetch(path, { headers: basic(sandbox.apiKey) });
    expect(await history.json()).toMatchObject([{ clientId: 'al' }, { clientId: 'bøb' }]);
    const star = await publish(path, { 'X-Ably-ClientId': Buffer.from('*').toString('base64') });
    expect(star.headers.get('x-ably-errorcode')).toBe('40102');
  });
});
