import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseAblyKey, revokeAblyTokens } from 'ably-jwt';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { errorOf, said } from '../support/errors.js';
import { key, keyName, secret } from '../support/tokens.js';

interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: unknown;
}

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** A server that answers every request in one way, and what it was asked. */
async function answering(
  answer: (response: ServerResponse) => void,
): Promise<{ endpoint: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      seen.push({
        method: request.method,
        url: request.url,
        headers: request.headers,
        body: JSON.parse(text),
      });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const json = (status: number, body: unknown) => (response: ServerResponse) =>
  void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));

const time = Date.UTC(2026, 0, 2);
const done = (target: string) => ({ target, issuedBefore: time, appliesAt: time + 30_000 });

test('the request is the one that Ably documents', async () => {
  const { endpoint, seen } = await answering(
    json(201, {
      successCount: 3,
      failureCount: 0,
      results: [done('clientId:a'), done('revocationKey:b'), done('channel:c:*')],
    }),
  );
  const issuedBefore = new Date(Date.now() - 1000);
  const targets = [{ clientId: 'a' }, { revocationKey: 'b' }, { channel: 'c:*' }];
  const revoked = await revokeAblyTokens(
    key,
    { targets, issuedBefore, allowReauthMargin: true },
    { endpoint },
  );
  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatchObject({
    method: 'POST',
    url: `/keys/${keyName}/revokeTokens`,
    headers: {
      authorization: `Basic ${Buffer.from(key).toString('base64')}`,
      'content-type': 'application/json',
      'x-ably-version': '3',
    },
    body: {
      targets: ['clientId:a', 'revocationKey:b', 'channel:c:*'],
      issuedBefore: issuedBefore.getTime(),
      allowReauthMargin: true,
    },
  });
  expect(revoked).toEqual({
    successCount: 3,
    failureCount: 0,
    results: targets.map((target) => ({
      target,
      issuedBefore: new Date(time),
      appliesAt: new Date(time + 30_000),
    })),
  });
});

test('what is left out is not sent, and a parsed key and a URL will do', async () => {
  const { endpoint, seen } = await answering(json(201, { results: [done('clientId:a')] }));
  await revokeAblyTokens(
    parseAblyKey(key),
    { targets: [{ clientId: 'a' }] },
    { endpoint: new URL(endpoint) },
  );
  expect(seen[0]!.body).toEqual({ targets: ['clientId:a'] });
});

test('a target that is refused has its error, in the order of the targets', async () => {
  const error = { code: 40121, statusCode: 400, message: 'not enabled' };
  const { endpoint } = await answering(
    json(201, { results: [done('clientId:a'), { target: 'channel:c', error }] }),
  );
  const revoked = await revokeAblyTokens(
    key,
    { targets: [{ clientId: 'a' }, { channel: 'c' }] },
    { endpoint },
  );
  expect(revoked).toMatchObject({ successCount: 1, failureCount: 1 });
  expect(revoked.results[0]!.error).toBeUndefined();
  expect(revoked.results[1]).toMatchObject({
    target: { channel: 'c' },
    error: {
      code: 'ENDPOINT_FAILED',
      ablyCode: 40121,
      statusCode: 400,
      message: 'Ably did not revoke "channel:c": not enabled',
    },
  });
  expect(revoked.results[1]!.error!.hint).toContain('support');
});

test('a result that is missing is a failure, not a success', async () => {
  const { endpoint } = await answering(json(201, { results: [] }));
  const revoked = await revokeAblyTokens(key, { targets: [{ clientId: 'a' }] }, { endpoint });
  expect(revoked).toMatchObject({ successCount: 0, failureCount: 1 });
});

test.each([
  ['the first is missing', [done('clientId:b')], [false, true]],
  ['they are in another order', [done('clientId:b'), done('clientId:a')], [true, true]],
  ['they are of other targets', [done('clientId:x'), done('clientId:y')], [false, false]],
  ['they name no target', [{ issuedBefore: time, appliesAt: time }, done('clientId:b')], [false, true]],
  [
    'one has times and an error',
    [{ ...done('clientId:a'), error: { code: 50000, message: 'failed' } }, done('clientId:b')],
    [false, true],
  ],
  [
    'one target has two',
    [done('clientId:a'), { target: 'clientId:a', error: { code: 50000 } }, done('clientId:b')],
    [false, true],
  ],
])('a target counts as revoked only by a result of its own: %s', async (_, results, expected) => {
  const { endpoint } = await answering(json(201, { results }));
  const targets = [{ clientId: 'a' }, { clientId: 'b' }];
  const revoked = await revokeAblyTokens(key, { targets }, { endpoint });
  expect(revoked.results.map(({ target, error }) => [target, error === undefined])).toEqual(
    targets.map((target, n) => [target, expected[n]]),
  );
  expect(revoked.successCount).toBe(expected.filter(Boolean).length);
});

test.each([
  [40101, 401, /secret is not that of the key/],
  [40133, 401, /key that signed/],
  [40163, 401, /Enable revocable tokens/],
  [40164, 401, /Enable revocable tokens/],
  [40400, 404, /doesn't know the key/],
  [42910, 429, /Too many requests/],
])('Ably’s %i is passed on and explained', async (code, statusCode, says) => {
  const { endpoint } = await answering(json(statusCode, { error: { code, statusCode, message: 'no' } }));
  const error = await errorOf(() => revokeAblyTokens(key, { targets: [{ clientId: 'a' }] }, { endpoint }));
  expect(error).toMatchObject({ code: 'ENDPOINT_FAILED', ablyCode: code, statusCode });
  expect(error.href).toBe(`https://help.ably.io/error/${code}`);
  expect(said(error)).toMatch(says);
});

describe('no answer of Ably', () => {
  const call = (endpoint: string, fetch?: typeof globalThis.fetch) =>
    errorOf(() => revokeAblyTokens(key, { targets: [{ clientId: 'a' }] }, { endpoint, fetch }));

  test('another page', async () => {
    const { endpoint } = await answering((response) => void response.writeHead(502).end('<html>'));
    expect(said(await call(endpoint))).toMatch(/HTTP 502 without an Ably error.*"endpoint"/);
  });

  test('a success without results', async () => {
    const { endpoint } = await answering(json(200, []));
    expect((await call(endpoint)).message).toMatch(/HTTP 200 without/);
  });

  test('a redirect: the key does not follow it', async () => {
    const { endpoint, seen } = await answering(
      (response) => void response.writeHead(302, { Location: '/elsewhere' }).end(),
    );
    expect((await call(endpoint)).message).toContain('HTTP 302 without an Ably error');
    expect(seen).toHaveLength(1);
  });

  test('a closed port, and a fetch that shows the request in its error', async () => {
    const { endpoint } = await answering(() => {});
    server!.close();
    server!.closeAllConnections();
    expect((await call(endpoint)).message).toContain('ECONNREFUSED');
    const error = await call(endpoint, async (_url, init) => {
      throw new Error(`failed: ${JSON.stringify(init)}`);
    });
    expect(JSON.stringify([error, error.message, error.stack, String(error.cause)])).not.toContain(
      Buffer.from(key).toString('base64'),
    );
  });
});

describe('what a gateway echoes', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const echoes: [name: string, echo: string][] = [
    ['the key', key],
    ['its secret', secret],
    ['its secret within a word', `x${secret}x`],
    ['the header', `Authorization: Basic ${base64(key)}`],
    ['the header in base64url', Buffer.from(key).toString('base64url')],
    ['the secret in base64', base64(secret)],
    ['the secret in base64, within more of it', base64(`a${secret}b`)],
    ['the secret in base64, elsewhere', base64(`{"k":"${secret}"}`)],
    ['all of them, far behind', `${'x'.repeat(480)}${key} ${base64(key)} ${secret}`],
  ];
  const parts = [secret, secret.slice(3, -3), base64(key).slice(4, -4), base64(secret).slice(4, -4)];

  test.each(echoes)('%s is struck out', async (_, echo) => {
    const error = { code: 40000, statusCode: 400, message: `bad request: ${echo}` };
    const { endpoint } = await answering((response) => {
      const whole = response.req.headers['x-whole'] !== undefined;
      json(whole ? 400 : 201, whole ? { error } : { results: [{ target: 'clientId:a', error }] })(response);
    });
    const targets = [{ clientId: 'a' }];
    const one = (await revokeAblyTokens(key, { targets }, { endpoint })).results[0]!.error;
    const whole = await errorOf(() =>
      revokeAblyTokens(
        key,
        { targets },
        {
          endpoint,
          fetch: (url, init) => fetch(url, { ...init, headers: { ...init!.headers, 'x-whole': '1' } }),
        },
      ),
    );
    for (const shown of [one, whole]) {
      expect(shown!.message).toContain('bad request');
      const text = JSON.stringify([shown, shown!.message, shown!.stack]);
      for (const part of parts) expect(text).not.toContain(part);
    }
  });

  test.each<[shown: string, error: unknown]>([
    ['ECONNRESET', { cause: { code: 'ECONNRESET' } }],
    ['TimeoutError', Object.assign(new Error('x'), { name: 'TimeoutError' })],
    ['unknown error', { cause: { code: `${secret}` }, name: secret }],
    ['unknown error', { cause: { code: 'X'.repeat(41) } }],
    ['unknown error', { name: { toString: () => secret } }],
    ['unknown error', new Proxy({}, { get: () => expect.unreachable() })],
    ['unknown error', undefined],
  ])('of an error of fetch only a well-known name is shown: %s (%#)', async (shown, thrown) => {
    const send = () => Promise.reject(thrown);
    const targets = [{ clientId: 'a' }];
    const error = await errorOf(() => revokeAblyTokens(key, { targets }, { fetch: send }));
    expect(error.message).toBe(`No answer from https://main.realtime.ably.net (${shown}).`);
  });

  test('times that no Date can hold are no success', async () => {
    const { endpoint } = await answering((response) =>
      response.end(
        '{"results":[{"target":"clientId:a","issuedBefore":1e999,"appliesAt":1},{"target":"clientId:b","issuedBefore":1,"appliesAt":9e15}]}',
      ),
    );
    const targets = [{ clientId: 'a' }, { clientId: 'b' }];
    expect(await revokeAblyTokens(key, { targets }, { endpoint })).toMatchObject({ failureCount: 2 });
  });
});

describe('a gateway that never comes to an end', () => {
  const limit = 10_000;
  const hostile = async (answer: (response: ServerResponse) => void) => {
    const { endpoint } = await answering(answer);
    return errorOf(() => revokeAblyTokens(key, { targets: [{ clientId: 'a' }] }, { endpoint }));
  };

  /** A clock that the test moves, for both ways in which a program can set itself a limit. */
  function stopClock(): void {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const spy = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new DOMException('Timeout', 'TimeoutError')), ms);
      return controller.signal;
    });
    onTestFinished(() => {
      spy.mockRestore();
      vi.useRealTimers();
    });
  }

  test('is read up to 1 MiB, and said to have sent more', async () => {
    let ended = false;
    const error = await hostile((response) => {
      response.on('close', () => {
        ended = true;
      });
      const more = (): boolean => response.write('x'.repeat(65_536)) && more();
      response.on('drain', more);
      more();
    });
    expect(error).toMatchObject({ code: 'ENDPOINT_FAILED', statusCode: 200 });
    expect(error.message).toMatch(/^http:\/\/127\.0\.0\.1:\d+ answered HTTP 200 with more than 1 MiB/);
    await vi.waitFor(() => expect(ended).toBe(true));
  });

  test('and never begins is waited for for ten seconds', async () => {
    stopClock();
    const error = await hostile(() => vi.advanceTimersByTime(limit));
    expect(error.message).toMatch(/^No answer from http:\/\/127\.0\.0\.1:\d+ \(TimeoutError\)\.$/);
  });

  test('nor can be decoded does not end the process when the time is up', async () => {
    const uncaught = vi.fn();
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException').on('uncaughtException', uncaught);
    onTestFinished(() => {
      process.removeAllListeners('uncaughtException');
      for (const listener of listeners) process.on('uncaughtException', listener);
    });
    let finish = () => {};
    stopClock();
    const error = await hostile((response) => {
      response.writeHead(200, { 'content-encoding': Array(6).fill('gzip').join(', ') }).write('and more');
      finish = () => response.end();
    });
    vi.advanceTimersByTime(limit);
    await new Promise(setImmediate);
    // A server that breaks off here ends the process as well. No caller can prevent that.
    finish();
    await hostile(json(400, {}));
    expect(error.message).toMatch(/^No answer from /);
    expect(uncaught).not.toHaveBeenCalled();
  });
});

test('what a gateway says stays in one line, and does not act on a terminal', async () => {
  const { endpoint } = await answering(
    json(400, { error: { code: 40000, message: 'a\r\nINFO all is well \u001b[2J\u009b\u202e' } }),
  );
  const error = await errorOf(() => revokeAblyTokens(key, { targets: [{ clientId: 'a' }] }, { endpoint }));
  expect(error.message).toBe(
    'Ably refused the revocation: a\\u000d\\u000aINFO all is well \\u001b[2J\\u009b\\u202e',
  );
});
