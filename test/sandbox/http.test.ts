import { decode } from '@msgpack/msgpack';
import { describe, expect, test } from 'vitest';
import { startSandbox } from './support/client.js';

const basic = (key: string) => `Basic ${Buffer.from(key).toString('base64')}`;

test('the time is told to anybody, by the sandbox’s clock', async () => {
  const { sandbox, clock } = await startSandbox();
  const response = await fetch(`${sandbox.url}/time`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(await response.json()).toEqual([clock.now()]);
});

test('an error has Ably’s form, and its headers', async () => {
  const { sandbox } = await startSandbox({ keys: [{ capability: { a: ['subscribe'] } }] });
  const response = await fetch(`${sandbox.url}/channels/${encodeURIComponent('zürich:é')}/messages`, {
    headers: { Authorization: basic(sandbox.apiKey) },
  });
  expect(response.status).toBe(401);
  // Bare, without a charset: or ably-js in Node doesn't read it.
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(response.headers.get('x-ably-errorcode')).toBe('40160');
  expect(response.headers.get('x-ably-errormessage')).toContain('z?rich:?');
  expect(await response.json()).toEqual({
    error: {
      code: 40160,
      statusCode: 401,
      message: expect.stringContaining('zürich:é requires the history capability'),
      href: 'https://help.ably.io/error/40160',
    },
  });
});

describe('requests that make no sense', () => {
  const rows: [what: string, method: string, path: string, status: number, code: number][] = [
    ['an unknown path', 'GET', '/nothing', 404, 40400],
    ['a method that the path doesn’t have', 'DELETE', '/time', 404, 40400],
    ['a known path asked for in another way', 'GET', '/keys/a.b/requestToken', 404, 40400],
    ['a path with a stray percent sign', 'GET', '/channels/%zz/messages', 400, 40000],
    ['a bad channel name', 'GET', '/channels/%3Ahell/messages', 400, 40010],
    ['a body that is not JSON', 'POST', '/channels/a/messages', 400, 40001],
  ];
  test.each(rows)('%s', async (_, method, path, status, code) => {
    const { sandbox } = await startSandbox();
    const response = await fetch(sandbox.url + path, {
      method,
      headers: { Authorization: basic(sandbox.apiKey), 'Content-Type': 'application/json' },
      ...(method === 'POST' ? { body: '{"data":' } : {}),
    });
    expect([response.status, Number(response.headers.get('x-ably-errorcode'))]).toEqual([status, code]);
  });

  test('messages of a wrong form', async () => {
    const { sandbox } = await startSandbox();
    const publish = async (body: unknown) => {
      const response = await fetch(`${sandbox.url}/channels/a/messages`, {
        method: 'POST',
        headers: { Authorization: basic(sandbox.apiKey), 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
      return Number(response.headers.get('x-ably-errorcode'));
    };
    expect(await publish(['text'])).toBe(40001);
    expect(await publish({ name: 7 })).toBe(40001);
    expect(await publish({ extras: 'x' })).toBe(40001);
    expect(await publish({ data: 7 })).toBe(40013);
    expect(await publish({ data: true })).toBe(40013);
    expect(await publish({ action: 1, serial: 'x' })).toBe(40000);
    // By hand people send JSON as it is, and nulls.
    expect(await publish({ name: null, data: { a: 1 }, encoding: null, extras: null })).toBe(0);
    const history = await fetch(
      `${sandbox.url}/channels/a/messages?key=${encodeURIComponent(sandbox.apiKey)}`,
    );
    expect(await history.json()).toMatchObject([{ data: '{"a":1}', encoding: 'json' }]);
  });

  test('Ably’s test switch for refusals', async () => {
    const { sandbox } = await startSandbox();
    const response = await fetch(`${sandbox.url}/channels/a/messages?_forceNack=true`, {
      method: 'POST',
      headers: { Authorization: basic(sandbox.apiKey) },
    });
    expect(response.headers.get('x-ably-errorcode')).toBe('40099');
  });
});

describe('browsers', () => {
  test('a preflight is answered for their origin, with credentials', async () => {
    const { sandbox } = await startSandbox({ origins: ['http://app.example'] });
    const response = await fetch(`${sandbox.url}/channels/a/messages`, {
      method: 'OPTIONS',
      headers: {
        Origin: 'http://app.example',
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'ably-agent,authorization',
      },
    });
    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': 'http://app.example',
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': expect.stringContaining('PATCH'),
      'access-control-allow-headers': 'ably-agent,authorization',
      vary: 'Origin',
    });
    // Neither this nor what follows is a request that a test would count.
    expect(sandbox.requests).toEqual([]);
  });

  test('errors too can be read by them', async () => {
    const { sandbox } = await startSandbox({ origins: ['http://app.example'] });
    const response = await fetch(`${sandbox.url}/channels/a/messages`, {
      headers: { Origin: 'http://app.example' },
    });
    expect(response.status).toBe(401);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': 'http://app.example',
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'Link, X-Ably-ErrorCode, X-Ably-ErrorMessage',
    });
  });

  test('the fallback transport is declined without an Ably code', async () => {
    const { sandbox } = await startSandbox();
    const response = await fetch(`${sandbox.url}/comet/connect?access_token=x`);
    expect(response.status).toBe(501);
    expect(response.headers.get('x-ably-errorcode')).toBeNull();
    expect(await response.text()).toBe('');
  });

  test('the internet is up', async () => {
    const { sandbox } = await startSandbox();
    expect(await (await fetch(`${sandbox.url}/is-the-internet-up.txt`)).text()).toBe('yes\n');
  });
});

test('links name the page, without credentials', async () => {
  const { sandbox } = await startSandbox();
  const path = `${sandbox.url}/channels/a/messages`;
  const headers = { Authorization: basic(sandbox.apiKey), 'Content-Type': 'application/json' };
  await fetch(path, { method: 'POST', headers, body: '[{"data":"1"},{"data":"2"}]' });
  const page = await fetch(`${path}?limit=1&rnd=123&key=${encodeURIComponent(sandbox.apiKey)}`);
  const links = page.headers.get('link')!;
  expect(links).not.toContain('key=');
  expect(links).not.toContain('rnd=');
  expect(links.split(', ').map((link) => /rel="(\w+)"$/.exec(link)?.[1])).toEqual([
    'first',
    'current',
    'next',
  ]);
  const next = /<\.\/messages(\?[^>]*)>; rel="next"/.exec(links)![1]!;
  const second = await fetch(path + next, { headers });
  expect(await second.json()).toMatchObject([{ data: '1' }]);
  expect(second.headers.get('link')).not.toContain('rel="next"');
});

test('answers are in the format that is asked for, errors in JSON', async () => {
  const { sandbox, clock } = await startSandbox();
  const ask = (path: string) => fetch(sandbox.url + path, { headers: { Accept: 'application/x-msgpack' } });
  const time = await ask('/time');
  expect(time.headers.get('content-type')).toBe('application/x-msgpack');
  expect(decode(await time.arrayBuffer())).toEqual([clock.now()]);
  // The Ably client in browsers doesn't read an error in MessagePack.
  const error = await ask('/nothing');
  expect(error.headers.get('content-type')).toBe('application/json');
  expect(await error.json()).toMatchObject({ error: { code: 40400, message: 'not found: GET /nothing' } });
});
