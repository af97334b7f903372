import { once } from 'node:events';
import { createAblyJwt } from 'ably-jwt';
import { startAblySandbox } from 'ably-jwt/testing';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { Canaries } from './support/canaries.js';

const secret = 'Qm7-xR4_kT2bLw9VnJ5sGcZ8';
const key = `canary.aKey01:${secret}`;

test('the sandbox shows a credential neither in its log nor in what it answers', async () => {
  const sandbox = await startAblySandbox();
  onTestFinished(() => sandbox.close());
  const apiKey = sandbox.apiKey;
  const own = apiKey.slice(apiKey.indexOf(':') + 1);
  const token = await createAblyJwt(apiKey, { capability: 'inherit', clientId: 'alice' });
  const signature = token.slice(token.lastIndexOf('.') + 1);
  const canaries = new Canaries(secret, own, signature);
  const headers: Record<string, string>[] = [
    { authorization: `Basic ${btoa(`${apiKey}x`)}` },
    { authorization: `Basic ${btoa(key)}` },
    { authorization: `Bearer ${btoa(`${token}x`)}` },
    { authorization: `Bearer ${apiKey}` },
    { authorization: `Bearer ${btoa(key)}` },
    { 'x-ably-clientid': btoa(apiKey) },
    {},
  ];
  const paths = [
    ...[
      `/keys/${apiKey}/requestToken`,
      `/channels/${apiKey}/messages`,
      `/${token}`,
      `/?key=${key}`,
      `/?accessToken=${token}x`,
    ],
    ...[
      `/stats?key=${apiKey}x`,
      `/time?token=${token}`,
      `/time?Key=${apiKey}`,
      `/channels?access_token=${key}`,
    ],
    ...[`/channels/a/messages?key=${key}&key=${apiKey}`, '/channels/a/messages'],
  ];
  for (const path of paths) {
    for (const header of headers) {
      const answer = await fetch(`${sandbox.url}${path}`, { headers: header });
      const text = await answer.text();
      // A channel is called what its client calls it, to that very client.
      if (!path.startsWith('/channels/')) canaries.see(path, [answer.status, [...answer.headers], text]);
    }
  }
  for (const query of [
    `key=${apiKey}x`,
    `key=${key}`,
    `accessToken=${token}x`,
    `access_token=${apiKey}`,
    `token=${token}`,
    `Key=${apiKey}`,
  ]) {
    const socket = new WebSocket(`ws://localhost:${sandbox.port}/?${query}&format=json&v=6`);
    socket.on('message', (frame) => canaries.see(query, String(frame)));
    socket.on('error', (error) => canaries.see(query, error));
    await once(socket, 'close');
  }
  canaries.see('requests', sandbox.requests);
  canaries.see('connections', sandbox.connections);
  expect(sandbox.requests.length).toBeGreaterThan(50);
  canaries.expectUnseen();
});

test('the admin interface of a sandbox shows no credential that a client has used or put in the wrong place', async () => {
  const sandbox = await startAblySandbox({ keys: [{ key }], admin: true });
  onTestFinished(() => sandbox.close());
  const token = await createAblyJwt(key, { capability: 'inherit', clientId: 'alice' });
  const canaries = new Canaries(secret, token.slice(token.lastIndexOf('.') + 1));
  const use: [path: string, headers: Record<string, string>][] = [
    [`/keys/${key}/requestToken`, { authorization: `Basic ${btoa(key)}` }],
    [`/channels/${token}/messages?agent=${key}`, { authorization: `Bearer ${token}x` }],
    ['/channels/a/messages', { authorization: `Bearer ${token}`, 'ably-agent': `${key} ${token}` }],
    [`/time?key=${key}x&token=${token}`, { 'x-ably-clientid': btoa(key) }],
  ];
  for (const [path, headers] of use) await fetch(sandbox.url + path, { headers });
  const admin = async (path: string, body?: string) => {
    const answer = await fetch(
      `${sandbox.url}/admin/${path}`,
      body === undefined ? {} : { method: 'POST', body },
    );
    canaries.see(path, [answer.status, [...answer.headers], await answer.text()]);
  };
  for (const view of ['connections', 'requests', 'keys', 'clock', key, token]) await admin(view);
  for (const control of [
    'revoke',
    'explain',
    'can',
    'fail',
    'fail-next',
    'revoke-key',
    'channel-rules',
    'limit-connections',
  ])
    for (const body of [
      `{"${key}":1}`,
      `{"token":"${token}x","clientId":1}`,
      `"${key}"`,
      JSON.stringify({ keyName: key }),
      JSON.stringify({ token: `${token}x` }),
      JSON.stringify({ token: secret }),
      JSON.stringify({ failure: { code: secret, statusCode: key } }),
      ...[secret, key, token].map((operation) =>
        JSON.stringify({ capability: { [key]: ['*'] }, operation, channel: token }),
      ),
    ])
      await admin(control, body);
  // The second is a page that may use the sandbox, but not its admin interface.
  for (const origin of [`https://${secret}.example`, `http://localhost:1`]) {
    const path = `/admin/${key}?key=${key}`;
    const answer = await fetch(sandbox.url + path, { headers: { origin } });
    expect(answer.status).toBe(403);
    await canaries.seeResponse('a foreign page', answer);
  }
  const events = await fetch(`${sandbox.url}/admin/events`);
  const reader = events.body!.getReader();
  let text = '';
  while (!text.includes('/time')) text += new TextDecoder().decode((await reader.read()).value);
  await reader.cancel();
  canaries.see('events', text);
  canaries.expectUnseen();
});
