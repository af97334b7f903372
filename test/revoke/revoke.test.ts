import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseAblyKey, revokeAblyTokens } from 'ably-jwt';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { errorOf, said } from '../support/errors.js';
import { key, keyName } from '../support/tokens.js';

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
      accept: 'application/json',
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

test.each([
  ['the first is missing', [done('clientId:b')], [false, true]],
  ['they are in another order', [done('clientId:b'), done('clientId:a')], [true, true]],
  ['they are of other targets', [done('clientId:x'), done('clientId:y')], [false, false]],
  ['they name no target', [{ issuedBefore: time, appliesAt: time }, done('clientId:b')], [false, true]],
  ['they are no objects', [null, 'clientId:a'], [false, false]],
  [
    'one has times and an error',
    [{ ...done('clientId:a'), error: { code: 50000, message: 'failed' } }, done('clientId:b')],
    [false, true],
  ],
  [
    'one target has two, and the first failed',
    [{ target: 'clientId:a', error: { code: 50000 } }, done('clientId:a'), done('clientId:b')],
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
