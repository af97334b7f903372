import * as Ably from 'ably';
import { createAblyJwt, revokeAblyTokens } from 'ably-jwt';
import { afterEach, describe, expect, test } from 'vitest';
import { key, run, type Started, secret, start, withKey } from './run.js';

let running: Started | undefined;
let client: Ably.Realtime | undefined;

afterEach(async () => {
  client?.close();
  await running?.stop();
  [running, client] = [undefined, undefined];
});

type Line = Record<string, unknown> & { type: string };

/** Starts it with --json on a free port. */
async function sandbox(given: object = withKey, ...flags: readonly string[]) {
  running = await start(['sandbox', '--json', '--port', '0', ...flags], given);
  const { line } = running;
  const next = async (type: string): Promise<Line> =>
    JSON.parse(await line((text) => (JSON.parse(text) as Line).type === type));
  return { ...((await next('listening')) as unknown as Listening), next };
}

interface Listening {
  url: string;
  port: number;
  key?: string;
  keyName: string;
  clientOptions: Ably.ClientOptions;
}

const token = (options: object = {}) =>
  createAblyJwt(key, { capability: { '*': ['*'] }, clientId: 'alice', ...options });

function connect(options: Ably.ClientOptions, authCallback: () => Promise<string>): Ably.Realtime {
  client = new Ably.Realtime({
    ...options,
    logLevel: 0,
    authCallback: (_, callback) => void authCallback().then((jwt) => callback(null, jwt)),
  });
  return client;
}

describe('sandbox --json', () => {
  test('says where it listens, and reports a connection, a refusal and a request', async () => {
    const { clientOptions, keyName, key: made, next } = await sandbox();
    expect({ keyName, made }).toEqual({ keyName: 'abcdef.ghijkl', made: undefined });

    connect(clientOptions, token);
    expect(await next('connected')).toMatchObject({ clientId: 'alice', keyName, via: 'realtime' });

    const rest = new Ably.Rest({ ...clientOptions, logLevel: 0, token: await token({ clientId: 'bob' }) });
    await rest.channels.get('news').publish('hello', 'world');
    expect(await next('request')).toMatchObject({
      clientId: 'bob',
      request: { path: '/channels/news/messages' },
    });

    const wrong = await createAblyJwt('abcdef.ghijkl:AnotherSecret123456', {
      capability: { a: ['publish'] },
    });
    const stranger = new Ably.Rest({ ...clientOptions, logLevel: 0, token: wrong });
    await expect(stranger.channels.get('a').publish('x', 'y')).rejects.toThrow();
    expect(await next('refused')).toMatchObject({
      error: { code: 40144 },
      findings: [{ code: 'SIGNATURE_INVALID' }],
    });

    const { output } = running!;
    expect(output()).not.toContain(secret);
    expect(output()).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+/);
  });

  test('--revocable-tokens lets a backend revoke over REST, and the client is seen to go', async () => {
    const { clientOptions, url, next } = await sandbox(withKey, '--revocable-tokens');
    connect(clientOptions, token);
    await next('connected');
    const { failureCount } = await revokeAblyTokens(
      key,
      { targets: [{ clientId: 'alice' }] },
      { endpoint: url },
    );
    expect(failureCount).toBe(0);
    expect(await next('revoked')).toMatchObject({ clientId: 'alice', error: { code: 40141 } });
  });

  test('makes a key up when there is none, and shows it', async () => {
    const { key: made, keyName } = await sandbox({});
    expect(made).toMatch(/^[\w-]{6}\.[\w-]+:[\w-]+$/);
    expect(made!.startsWith(`${keyName}:`)).toBe(true);
  });

  test('takes the key from standard input', async () => {
    const { clientOptions, next } = await sandbox({ stdin: `${key}\n` }, '--key-stdin');
    connect(clientOptions, token);
    expect(await next('connected')).toMatchObject({ keyName: 'abcdef.ghijkl' });
  });

  test('--provisioning makes further apps, which it does not do otherwise', async () => {
    const post = (url: string) =>
      fetch(`${url}/apps`, {
        method: 'POST',
        body: '{"keys":[{}]}',
        headers: { 'content-type': 'application/json' },
      });
    expect((await post((await sandbox()).url)).ok).toBe(false);
    await running!.stop();
    expect((await post((await sandbox(withKey, '--provisioning')).url)).ok).toBe(true);
  });
});

describe('sandbox', () => {
  test('shows its URL, the options of eight SDKs, and a line for each event; Ctrl-C ends it with 0', async () => {
    running = await start(['sandbox', '--port', '0'], withKey);
    const first = await running.line((text) => text.startsWith('Ably sandbox on '));
    const port = Number(new URL(first.slice('Ably sandbox on '.length)).port);
    await running.line((text) => text.startsWith('Watching.'));
    const announced = running.output();
    for (const sdk of ['JavaScript', 'Python', 'Ruby', 'Go', 'Java', 'PHP', '.NET', 'Swift'])
      expect(announced).toContain(`\n  ${sdk}\n`);
    expect(announced.match(new RegExp(`\\b${port}\\b`, 'g'))!.length).toBeGreaterThanOrEqual(9);
    expect(announced).toContain('Key: abcdef.ghijkl, with the secret that you gave');
    expect(announced.split('\n').filter((line) => line.length > 80)).toEqual([]);

    connect({ endpoint: 'localhost', port, tls: false }, token);
    expect(await running.line((text) => text.includes(' connected '))).toMatch(
      /^\d\d:\d\d:\d\d connected {4}alice · key abcdef\.ghijkl · ably-js\/\S+ · until \d\d:\d\d:\d\d/,
    );
    const expired = await token({ issuedAt: new Date(0) });
    await fetch(`http://localhost:${port}/channels/a/messages`, {
      headers: { authorization: `Bearer ${btoa(expired)}` },
    });
    const refused = await running.line((text) => text.includes(' refused '));
    expect(refused).toMatch(/GET \/channels\/a\/messages 401 · 40142 · TOKEN_EXPIRED: /);
    client!.close();
    await running.line((text) => text.includes(' disconnected '));

    const { code, stdout, stderr } = await running.stop();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toContain(secret);
    await expect(fetch(`http://localhost:${port}/time`)).rejects.toThrow();
  });

  test.each<[string, string[], string]>([
    ['a port that is none', ['--port', 'http'], '--port must be a port number'],
    ['a port too high', ['--port', '65536'], '--port must be a port number'],
    ['an origin that is none', ['--origin', 'http://a.example,b'], '"origins" must be a list of origins'],
    ['an unknown flag', ['--prt', '1'], 'Did you mean "--port"?'],
    ['a flag with two letters swapped', ['--prot', '1'], 'Did you mean "--port"?'],
  ])('exits with 2 for %s', async (_, flags, expected) => {
    const { code, stderr } = await run(['sandbox', ...flags]);
    expect(code).toBe(2);
    expect(stderr).toContain(expected);
  });

  test('--origin lets pages of other origins use it', async () => {
    const { url } = await sandbox(withKey, '--origin', 'https://app.test, https://b.test:3000');
    const statuses = ['https://app.test', 'https://b.test:3000', 'https://c.test'].map(
      async (origin) => (await fetch(`${url}/time`, { headers: { Origin: origin } })).status,
    );
    expect(await Promise.all(statuses)).toEqual([200, 200, 403]);
  });

  test('exits with 2 for a bad key, and for a port in use', async () => {
    const bad = await run(['sandbox'], { env: { ABLY_API_KEY: `"${key}"` } });
    expect(bad.code).toBe(2);
    expect(bad.stderr).not.toContain(secret);
    const { port } = await sandbox();
    const second = await run(['sandbox', '--port', String(port)], withKey);
    expect(second.code).toBe(2);
    expect(second.stderr).toContain('port');
  });
});

test('the admin interface stops it, as Ctrl-C does', async () => {
  const { url } = await sandbox();
  const page = await fetch(url, { headers: { Accept: 'text/html' } });
  expect(page.headers.get('content-type')).toContain('text/html');
  expect((await fetch(`${url}/admin/stop`, { method: 'POST' })).status).toBe(202);
  expect((await running!.ended).code).toBe(0);
});
