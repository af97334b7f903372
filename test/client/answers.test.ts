import { inspect } from 'node:util';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { ask, deferred, endpoint, failure, good } from './support/asking.js';

// The pause before a second request is random: none at all here.
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

const ablyError = (code: number, message: string) =>
  JSON.stringify({ error: { code, statusCode: 1, message } });

describe('a refusal', () => {
  test.each([400, 401, 402, 403, 404, 405, 406, 409, 410, 415, 422, 423, 426, 428, 431, 451, 499])(
    '%i is final, after one request',
    async (status) => {
      const { url, requests } = await endpoint({ status });
      const error = await failure(url);
      expect(error).toMatchObject({ code: 40170, statusCode: 403, status });
      const remedy =
        { 401: 'Log in again.', 403: 'Log in again.', 404: 'Check the URL passed to createAuthCallback.' }[
          status
        ] ?? 'Check the options passed to createAuthCallback.';
      expect(error.message).toBe(`${url} answered ${status}. ${remedy}`);
      expect(requests).toHaveLength(1);
    },
  );

  test("keeps code and text of an error of Ably's form", async () => {
    const body = ablyError(40300, 'Your account is suspended.');
    const { url } = await endpoint({ status: 403, headers: { 'content-type': 'application/json' }, body });
    const error = await failure(url);
    expect(error).toMatchObject({ code: 40300, statusCode: 403, status: 403, cause: { code: 40300 } });
    expect(error).toMatchObject({ url, contentType: 'application/json' });
    expect([error.message, String(error), `${error}`]).toEqual(Array(3).fill('Your account is suspended.'));
    expect(error).toBeInstanceOf(Error);
  });

  test.each([
    ['a text for an error', '{"error":"private text"}'],
    ['nothing', ''],
    ['plain text', 'private text'],
    ['broken JSON', '{"error":{"code":40300,"message":"private text"'],
    ['an error without a code', '{"error":{"message":"private text"}}'],
    ["a code that is not one of Ably's", ablyError(16, 'private text')],
    ["a code just above Ably's", ablyError(1_000_000, 'private text')],
    ['JSON null', 'null'],
  ])('with %s for a body is told in words of our own', async (_, body) => {
    for (const type of ['application/json', 'text/plain']) {
      const { url } = await endpoint({ status: 403, headers: { 'content-type': type }, body });
      const error = await failure(url);
      expect(error).toMatchObject({ code: 40170, statusCode: 403, status: 403, url, contentType: type });
      expect(error.message).toBe(`${url} answered 403. Log in again.`);
      expect(error.cause).not.toBeInstanceOf(Error);
    }
  });

  test('whose body breaks off is final all the same', async () => {
    const { url, requests } = await endpoint((response) => {
      response.writeHead(403, { 'content-length': '100' });
      response.write('half a', () => response.destroy());
    });
    expect(await failure(url)).toMatchObject({ statusCode: 403, status: 403 });
    expect(requests).toHaveLength(1);
  });
});

describe('a TokenRequest is passed on as it is', () => {
  const tokenRequest = {
    keyName: 'appId.keyId',
    ttl: 3_600_000,
    timestamp: 1_700_000_000_000,
    capability: '{"chat:*":["subscribe"]}',
    clientId: 'alice',
    nonce: 'f6799a8e7fa6f77b8e1dac55314789b1',
    mac: 'aBcD+/=',
  };
  test('from an endpoint and from a function', async () => {
    const { url } = await endpoint({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(tokenRequest),
    });
    for (const source of [url, () => tokenRequest, async () => tokenRequest]) {
      expect(await ask(source)).toEqual({ error: null, token: tokenRequest });
    }
  });

  test('unless it is for another client', async () => {
    const error = await failure(() => tokenRequest, {}, { clientId: 'bob' });
    expect(error).toMatchObject({ code: 40102, statusCode: 403 });
  });

  test('but not without its signature', async () => {
    const error = await failure(() => ({ keyName: 'appId.keyId' }) as never);
    expect(error.message).toBe('The source function answered JSON without "token"; it has "keyName".');
  });
});

describe('an error with odd types', () => {
  const odd = { toString: 1, valueOf: 1 };
  test.each([
    ['a message that is no text', { code: 40300, message: odd }, 40300],
    ['a message that is empty', { code: 40300, message: '' }, 40300],
    ['a code that is no number', { code: odd, message: 'private text' }, 40170],
    ['a code in a text', { code: '40300', message: 'private text' }, 40170],
    ['a code beyond those of Ably', { code: 1e300, message: 'private text' }, 40170],
    ['a list', [40300, 'private text'], 40170],
  ])('in an answer (%s) stays what its status says', async (_, error, code) => {
    const { url, requests } = await endpoint({ status: 403, body: JSON.stringify({ error }) });
    const { message, ...rest } = await failure(url, { timeout: 1000 });
    expect([message, rest]).toMatchObject([
      `${url} answered 403. Log in again.`,
      { code, statusCode: 403, status: 403 },
    ]);
    expect(requests).toHaveLength(1);
  });
});

describe('a temporary failure', () => {
  test.each([408, 425, 429, 500, 501, 502, 503, 504, 599])(
    '%i is asked once more, then left to the client to try again',
    async (status) => {
      const { url, requests } = await endpoint({ status });
      const error = await failure(url);
      expect(error).toMatchObject({ code: 40170, statusCode: 401, status });
      expect(error.message).toBe(`${url} answered ${status}. The client retries.`);
      expect(requests).toHaveLength(2);
    },
  );

  test('is forgotten when the second answer is a token', async () => {
    const { url, requests } = await endpoint({ status: 503 }, good);
    expect(await ask(url)).toMatchObject({ error: null, token: { keyName: 'appId1.keyId' } });
    expect(requests).toHaveLength(2);
  });

  test("keeps code and text of an error of Ably's form", async () => {
    const { url } = await endpoint({ status: 503, body: ablyError(50003, 'The user database is down.') });
    const error = await failure(url);
    expect(error).toMatchObject({ code: 50003, statusCode: 401, status: 503 });
    expect(error.message).toBe('The user database is down.');
  });

  test('is a server that is not there, with the error of fetch for its cause', async () => {
    const { url } = await endpoint(good);
    const error = await failure(url.replace(/:\d+/, ':1'));
    expect(error).toMatchObject({ code: 40170, statusCode: 401, status: undefined });
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(error.message).toBe('The connection to http://127.0.0.1:1/auth failed. The client retries.');
  });

  test('is a connection that breaks off before the answer, or in it', async () => {
    for (const breaks of [
      (response: import('node:http').ServerResponse) => response.destroy(),
      (response: import('node:http').ServerResponse) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('half a', () => response.destroy());
      },
    ]) {
      const { url, requests } = await endpoint(breaks, good);
      expect(await ask(url)).toMatchObject({ error: null });
      expect(requests).toHaveLength(2);
    }
  });

  test('is an answer that fetch gives up on, whose body goes on: nothing is uncaught', async () => {
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    const uncaught = vi.fn();
    process.on('uncaughtException', uncaught);
    onTestFinished(() => {
      process.removeAllListeners('uncaughtException');
      for (const listener of listeners) process.on('uncaughtException', listener);
    });
    // Node's fetch decodes up to five encodings. It rejects for a sixth, and leaves the body to a stream to which nobody
    // listens: to destroy that is to end the process. (A server that breaks off does it too. No caller can prevent that.)
    let finish = () => {};
    const { url } = await endpoint((response) => {
      response.writeHead(200, { 'content-encoding': Array(6).fill('gzip').join(', ') });
      response.write('and more');
      finish = () => response.end();
    });
    expect(await failure(url, { retries: 0 })).toMatchObject({ statusCode: 401, status: undefined });
    await new Promise(setImmediate);
    finish();
    const next = await endpoint(good);
    expect(await ask(next.url)).toMatchObject({ error: null });
    expect(uncaught).not.toHaveBeenCalled();
  });

  test("is an error whose message has several lines, which become one: a log isn't deceived", async () => {
    const body = ablyError(40300, 'No.\r\nINFO all is well\u001b[2J');
    // U+009B begins a command to a terminal, as ESC does, and HTTP allows it in a header.
    const { url } = await endpoint({ status: 403, headers: { 'content-type': 'text/\u009b2Jhtml' }, body });
    const shown = { message: 'No. INFO all is well [2J', contentType: 'text/ 2Jhtml' };
    expect(await failure(url)).toMatchObject(shown);
  });

  test.each([
    [0, 1],
    [1, 2],
    [3, 4],
  ])('with retries: %i is asked for %i times', async (retries, times) => {
    const { url, requests } = await endpoint({ status: 500 });
    expect(await failure(url, { retries })).toMatchObject({ statusCode: 401 });
    expect(requests).toHaveLength(times);
  });

  test('that becomes a refusal ends with the refusal', async () => {
    const { url, requests } = await endpoint({ status: 500 }, { status: 404 }, good);
    expect(await failure(url, { retries: 5 })).toMatchObject({ statusCode: 403, status: 404 });
    expect(requests).toHaveLength(2);
  });
});

test.each([300, 301, 302, 303, 307, 308])('a redirect (%i) is final, and not followed', async (status) => {
  const { url, requests } = await endpoint({ status, headers: { location: '/login' } }, good);
  const error = await failure(url);
  expect(error).toMatchObject({ code: 40170, statusCode: 403, status });
  expect(error.message).toBe(`${url} redirected, probably to a login page: the session has ended.`);
  expect(requests).toHaveLength(1);
});

describe('an answer that is no token is final', () => {
  test.each([
    ['a login page', { headers: { 'content-type': 'text/html' }, body: '<!doctype html><p>Log in' }, 'HTML'],
    ['a page in spite of its type', { body: '\n <html lang="en">' }, 'HTML'],
    ['204', { status: 204 }, 'nothing'],
    ['an empty body', { body: '' }, 'nothing'],
    ['white space', { body: ' \r\n\t' }, 'nothing'],
    ['JSON without a token', { body: '{"jwt":"a.b.c"}' }, 'JSON without "token"; it has "jwt".'],
    ['JSON null', { body: 'null' }, 'null'],
    ['a number with a dot', { body: '1.5' }, 'JSON without "token".'],
    ['a list', { body: '["a.b.c"]' }, 'JSON without "token".'],
    ['a token that is no text', { body: '{"token":{"token":"a.b.c"}}' }, 'JSON'],
    ['a word', { body: 'OK' }, 'text'],
    ['a token after a word', { body: 'Bearer a.b.c' }, 'text'],
    ['a sentence', { body: 'All right. Thanks.' }, 'text'],
    ['an object made a text', { body: '[object Object]' }, 'text'],
    ['undefined made a text', { body: 'undefined' }, 'undefined'],
    [
      'an error with status 200',
      { body: ablyError(40160, 'private text') },
      'JSON without "token"; it has "error".',
    ],
    ['too much', { body: `a.${'b'.repeat(2 ** 17)}` }, 'more than 128 KiB'],
    ['too much white space', { body: `a.b.c${' '.repeat(2 ** 17)}` }, 'more than 128 KiB'],
  ])('%s', async (_, answer, found) => {
    const { url, requests } = await endpoint(answer);
    const error = await failure(url);
    const { status = 200, headers } = answer as { status?: number; headers?: Record<string, string> };
    const type = headers?.['content-type'] ?? 'application/jwt';
    expect(error).toMatchObject({ code: 40170, statusCode: 403, status, url, contentType: type });
    expect(error.message).toBe(
      found.startsWith('JSON ')
        ? `${url} answered ${found}`
        : `${url} answered ${found} (${status} ${type}), not a token. Check the URL passed to createAuthCallback.`,
    );
    expect(requests).toHaveLength(1);
  });
});

describe('reading', () => {
  test('takes 128 KiB, the most that the client takes for a token', async () => {
    const longest = `a.${'b'.repeat(2 ** 17 - 2)}`;
    const { url } = await endpoint({ body: longest });
    expect(await ask(url)).toEqual({ error: null, token: longest });
  });

  test('ends at 128 KiB of an answer without an end, and hangs up', async () => {
    const hungUp = deferred<void>();
    const { url } = await endpoint((response) => {
      response.on('close', () => hungUp.resolve());
      const more = () => {
        while (response.write('b'.repeat(2 ** 14)));
      };
      response.on('drain', more);
      more();
    });
    expect((await failure(url)).message).toContain('more than 128 KiB');
    await hungUp.promise;
  });

  test.each([200, 403])('does not believe the length that the answer says (%i)', async (status) => {
    let pulls = 0;
    const cancel = vi.fn();
    const stream = new ReadableStream({
      pull: (controller) => {
        pulls += 1;
        controller.enqueue(new Uint8Array(2 ** 14).fill(0x61));
      },
      cancel,
    });
    const headers = { 'content-length': '10' };
    const error = await failure('http://127.0.0.1/auth', {
      fetch: async () => new Response(stream, { status, headers }),
    });
    expect(error).toMatchObject({ statusCode: 403, status });
    expect(error.message).toContain(status === 200 ? 'more than 128 KiB' : 'answered 403. Log in again.');
    expect(cancel).toHaveBeenCalledOnce();
    // 8 × 16 KiB are the limit, one chunk is beyond it, and one or two wait in the queues of the stream.
    expect(pulls).toBeLessThanOrEqual(11);
  });

  test('does without a stream, as on React Native', async () => {
    const answer = (body: string) => async () =>
      ({ ok: true, status: 200, headers: new Headers(), text: async () => body }) as Response;
    const outcome = await ask('http://127.0.0.1/auth', { fetch: answer('appId.token') });
    expect(outcome).toEqual({ error: null, token: 'appId.token' });
    const error = await failure('http://127.0.0.1/auth', { fetch: answer(`a.${'b'.repeat(2 ** 17)}`) });
    expect(error.message).toContain('more than 128 KiB');
  });
});

describe('a URL is shown without what may be secret', () => {
  test.each([
    ['?token=PRIVATE', ''],
    ['#PRIVATE', ''],
    ['#PRIVATE?PRIVATE', ''],
    [';jsessionid=PRIVATE', ''],
    [';jsessionid=PRIVATE/login;v=PRIVATE?PRIVATE#PRIVATE', '/login'],
    ['?mail=PRIVATE@PRIVATE/PRIVATE@PRIVATE', ''],
  ])('%s', async (secret, left) => {
    const { url } = await endpoint({ status: 404 });
    const error = await failure(`${url}${secret}`);
    expect(error.url).toBe(`${url}${left}`);
    expect(error.message).toBe(`${url}${left} answered 404. Check the URL passed to createAuthCallback.`);
  });

  test.each(['?PRIVATE', '#PRIVATE', ';jsessionid=PRIVATE'])(
    'also in what a runtime throws that repeats it, as Deno and Bun do (%s)',
    async (secret) => {
      const url = `http://127.0.0.1:1/auth${secret}`;
      const thrown = Object.assign(new TypeError(`error sending request for url (${url}): refused`), {
        path: url,
      });
      const error = await failure(url, { fetch: () => Promise.reject(thrown), retries: 0 });
      expect(error.cause).toBeInstanceOf(Error);
      expect(error.cause.message).toContain('error sending request for url (http://127.0.0.1:1/auth');
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('PRIVATE');
    },
  );

  test('and what came instead of an answer is not shown, as Node would', async () => {
    const { url } = await endpoint((response) => {
      response.socket!.end('PRIVATE');
    });
    const error = await failure(url, { retries: 0 });
    expect(error).toMatchObject({ statusCode: 401, cause: { message: expect.stringContaining('HTTP') } });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('PRIVATE');
  });

  test('in linear time', async () => {
    for (const text of ['@', ';', '/', '/@', ';/', 'a']) {
      const started = performance.now();
      await failure(`http://127.0.0.1:1/${text.repeat(200_000)}`, {
        fetch: () => Promise.reject(new Error('no network')),
        retries: 0,
      });
      expect(performance.now() - started).toBeLessThan(1000);
    }
  });
});

test('a message shows neither query nor password nor body, and no header but the content type', async () => {
  const secrets = {
    headers: { 'set-cookie': 'id=PRIVATE', location: '/PRIVATE', 'x-id': 'PRIVATE' },
    body: 'PRIVATE',
  };
  const source = (url: string) => `${url}?mail=PRIVATE@PRIVATE/PRIVATE@PRIVATE?PRIVATE`;
  const options = { headers: { authorization: 'PRIVATE' }, method: 'POST', body: 'PRIVATE' };
  for (const status of [200, 302, 401, 403, 429, 500]) {
    const { url } = await endpoint({ status, ...secrets });
    const error = await failure(source(url), options);
    expect(error.message).toContain(url);
    expect(error.url).toBe(url);
    expect(JSON.stringify([error, error.message, error.stack])).not.toContain('PRIVATE');
  }
  const unreachable = await failure(source('http://127.0.0.1:1/auth'), options);
  expect(unreachable.message).toContain(' http://127.0.0.1:1/auth ');
  const refused = await failure(source('http://PRIVATE:PRI@127.0.0.1/auth'), options);
  expect(refused.message).toContain('"http://127.0.0.1/auth"');
});
