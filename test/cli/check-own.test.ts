import { setTimeout as delay } from 'node:timers/promises';
import { createAuthEndpoint, createAuthHandler, createAuthListener } from 'ably-jwt';
import { beforeAll, expect, test } from 'vitest';
import { fileOf, key, run, withKey } from './run.js';
import { testServers } from './serve.js';

const serve = testServers();
const origin = 'https://app.example.com';
let flags: string[];

beforeAll(async () => {
  const [alice, bob] = await Promise.all([fileOf('sid=one'), fileOf('sid=two')]);
  flags = ['--cookie-file', alice, '--other-cookie-file', bob];
});

const users: Readonly<Record<string, string>> = { 'sid=one': 'alice', 'sid=two': 'bob' };
const grantTo = (cookie: string | null | undefined) => {
  const clientId = users[cookie ?? ''];
  return clientId === undefined ? null : { clientId, capability: { 'chat:*': ['subscribe'] as const } };
};
const cors = { origins: [origin], credentials: true };

async function findings(url: string, ...more: readonly string[]): Promise<unknown> {
  const { stdout } = await run(['check', url, ...flags, ...more, '--json'], withKey);
  return JSON.parse(stdout);
}

test('createAuthEndpoint passes clean', async () => {
  const auth = createAuthEndpoint(key, (cookie: string | undefined) => grantTo(cookie));
  const url = await serve(async (request, response) => {
    const { status, headers, body } = await auth(request.headers.cookie);
    response.writeHead(status, headers).end(body);
  });
  expect(await findings(url)).toEqual([]);
});

test('createAuthHandler passes clean, for a page of another origin too', async () => {
  const handle = createAuthHandler(key, (request) => grantTo(request.headers.get('cookie')), { cors });
  const url = await serve(async (request, response) => {
    const headers = new Headers(request.headers as Record<string, string>);
    const answer = await handle(
      new Request(`http://localhost${request.url}`, { method: request.method!, headers }),
    );
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  });
  expect(await findings(url, '--origin', origin)).toEqual([]);
});

test('createAuthListener passes clean, for a page of another origin and with POST too', async () => {
  const url = await serve(createAuthListener(key, (request) => grantTo(request.headers.cookie), { cors }));
  expect(await findings(url, '--origin', origin)).toEqual([]);
  expect(await findings(url, '--method', 'POST')).toEqual([]);
});

test('a server that is slow to sign its first token passes clean', async () => {
  let isFirst = true;
  const url = await serve(
    createAuthListener(key, async (request) => {
      const grant = grantTo(request.headers.cookie);
      if (grant !== null && isFirst) {
        isFirst = false;
        await delay(1500);
      }
      return grant;
    }),
  );
  expect(await findings(url)).toEqual([]);
});

test('unauthenticatedStatus: 401 is the one thing to remark', async () => {
  const options = { unauthenticatedStatus: 401 } as const;
  const url = await serve(createAuthListener(key, (request) => grantTo(request.headers.cookie), options));
  expect(await findings(url)).toMatchObject([{ code: 'STATUS_RETRIED', severity: 'warning' }]);
});
