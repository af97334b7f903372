import { request as httpRequest } from 'node:http';
import { startAblySandbox } from 'ably-jwt/testing';
import { describe, expect, test } from 'vitest';
import { admin } from './support/admin.js';
import { startSandbox } from './support/client.js';

/** A request with headers that fetch doesn't let one set. */
function raw(port: number, method: string, path: string, headers: Record<string, string>) {
  return new Promise<{ status: number; text: string; headers: object }>((resolve, reject) => {
    const request = httpRequest({ port, method, path, headers, host: '127.0.0.1' }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode!, text, headers: response.headers }));
    });
    request.on('error', reject).end();
  });
}

describe('what it refuses', () => {
  test.each([
    ['/admin/revoke', {}, '"targets" must be a list of targets'],
    ['/admin/revoke', { targets: [{ client: 'bob' }] }, 'client'],
    ['/admin/revoke', { targets: [{ clientId: 'bob' }], allowReauthMargin: 'yes' }, '"allowReauthMargin"'],
    ['/admin/expire', { client: 'bob' }, 'there is no option "client". Did you mean "clientId"?'],
    ['/admin/drop', [], 'the options must be an object'],
    ['/admin/prompt', { clientId: null }, '"clientId" is null'],
    ['/admin/close', {}, '"connectionId" must be the id of a live connection'],
    ['/admin/fail', { on: 'never', with: 503 }, `"on" must be 'connect', 'request' or 'renew'`],
    ['/admin/fail', { on: 'request' }, '"with" must be'],
    ['/admin/fail-next', { fail: 503 }, 'there is no option "fail"'],
    ['/admin/fail-next', { failure: 'no' }, '"failure" must be'],
    ['/admin/clock', { advance: 60 }, '"advance"'],
    ['/admin/clock', { advance: '400d' }, '366 days'],
    ['/admin/limit-connections', { limit: 0 }, '"limit" must be'],
    ['/admin/channel-rules', { namespace: 'a:b' }, '"namespace" must be'],
    ['/admin/channel-rules', { namespace: 'a', persist: true }, 'Did you mean "persisted"?'],
    ['/admin/revoke-key', { keyName: 'none' }, '"keyName" must be'],
    ['/admin/disable-app', { app: 'x' }, 'there is no option "app"'],
    ['/admin/explain', {}, '"token" must be the text of a token'],
    ['/admin/can', { capability: {}, operation: 'publish', channel: '' }, '"channel" must be'],
    ['/admin/can', { capability: 'none', operation: 'publish', channel: 'a' }, 'JSON'],
    ['/admin/stop', { now: true }, 'there is no option "now"'],
  ])('%s %j', async (path, body, message) => {
    const { sandbox } = await startSandbox({ admin: true });
    const { status, body: answer } = await admin(sandbox, 'POST', path, body);
    expect(status).toBe(400);
    expect(answer.error.message).toContain(message);
    expect(answer.error.href).toBe(`https://help.ably.io/error/${answer.error.code}`);
  });

  test('a body that is no JSON, and paths that it has not', async () => {
    const { sandbox } = await startSandbox({ admin: true });
    const broken = await fetch(`${sandbox.url}/admin/drop`, { method: 'POST', body: '{' });
    expect([broken.status, ((await broken.json()) as { error: object }).error]).toMatchObject([
      400,
      { code: 40_001 },
    ]);
    for (const [method, path] of [
      ['GET', '/admin/drop'],
      ['POST', '/admin/keys'],
      ['GET', '/admin/constructor'],
      ['DELETE', '/admin/keys'],
      ['OPTIONS', '/admin/drop'],
    ] as const) {
      const answer = await fetch(`${sandbox.url}${path}`, { method });
      expect([method, path, answer.status]).toEqual([method, path, 404]);
    }
  });

  test('pages of other origins, and names of this machine that are none of its own', async () => {
    const { sandbox } = await startSandbox({ admin: true });
    const { port } = sandbox;
    const own = `localhost:${port}`;
    const ask = async (path: string, headers: Record<string, string>, method = 'GET') =>
      (await raw(port, method, path, headers)).status;
    expect(await ask('/admin/keys', { host: own, origin: `http://${own}` })).toBe(200);
    expect(await ask('/admin/keys', { host: own })).toBe(200);
    for (const origin of ['https://example.com', 'null', `http://localhost:${port + 1}`, `https://${own}`]) {
      const answer = await raw(port, 'POST', '/admin/stop', { host: own, origin });
      expect([origin, answer.status]).toEqual([origin, 403]);
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    }
    expect(await ask('/admin/drop', { host: own, origin: 'https://example.com' }, 'OPTIONS')).toBe(403);
    expect(await ask('/admin/keys', { host: `evil.example:${port}` })).toBe(403);
    expect(await ask('/', { host: `evil.example:${port}`, accept: 'text/html' })).toBe(403);
  });

  test('everything, unless it was asked for', async () => {
    const { sandbox } = await startSandbox();
    const page = await fetch(sandbox.url, { headers: { Accept: 'text/html' } });
    const keys = await fetch(`${sandbox.url}/admin/keys`);
    expect([page.status, keys.status]).toEqual([404, 404]);
    await expect(startAblySandbox({ admin: 'yes' as never })).rejects.toThrow(
      '"admin" must be true or false',
    );
  });
});

describe('the page', () => {
  test('is for browsers: a client that asks for JSON at the root gets what it got before', async () => {
    const { sandbox } = await startSandbox({ admin: true });
    const page = await fetch(sandbox.url, { headers: { Accept: 'text/html,*/*;q=0.8' } });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect((await fetch(sandbox.url)).status).toBe(404);
  });

  test('allows no script in its markup, no other host, and no frame around it', async () => {
    const { sandbox } = await startSandbox({ admin: true });
    const page = await fetch(sandbox.url, { headers: { Accept: 'text/html' } });
    expect(page.headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    const html = await page.text();
    expect(html).not.toMatch(/ style=| on[a-z]+=|<script(?! src)/);
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!);
    expect(new Set(files)).toEqual(new Set(['/admin/icon.svg', '/admin/style.css', '/admin/main.js']));
    for (const path of files) expect((await fetch(sandbox.url + path)).status).toBe(200);
  });
});
