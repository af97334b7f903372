import { beforeEach, describe, expect, test, vi } from 'vitest';
import { ask, deferred, endpoint, failure, good } from './support/asking.js';

// The pause before a second request is random: none at all here.
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

const ablyError = (code: number, message: string) =>
  JSON.stringify({ error: { code, statusCode: 1, message } });

describe('a refusal', () => {
  test.each([400, 401, 402, 403, 404, 405, 406, 409, 410, 415, 422, 423, 426, 428, 431, 451])(
    '%i is final, after one request',
    async (status) => {
      const { url, requests } = await endpoint({ status });
      const error = await failure(url);
      expect(error).toMatchObject({ code: 40170, statusCode: 403, status });
      expect(error.message).toContain('refused: needs a new login or URL (');
      expect(requests).toHaveLength(1);
    },
  );

  test("keeps code and text of an error of Ably's form", async () => {
    const body = ablyError(40300, 'Your account is suspended.');
    const { url } = await endpoint({ status: 403, headers: { 'content-type': 'application/json' }, body });
    const error = await failure(url);
    expect(error).toMatchObject({ code: 40300, statusCode: 403, status: 403, cause: { code: 40300 } });
    expect(error.message).toBe(
      `auth endpoint refused: Your account is suspended. (${url} 403 application/json)`,
    );
  });

  test.each([
    ['a text for an error', '{"error":"private text"}'],
    ['nothing', ''],
    ['plain text', 'private text'],
    ['broken JSON', '{"error":{"code":40300,"message":"private text"'],
    ['an error without a code', '{"error":{"message":"private text"}}'],
    ["a code that is not one of Ably's", '{"error":{"code":16,"message":"private text"}}'],
    ['JSON null', 'null'],
  ])('with %s for a body is told in words of our own', async (_, body) => {
    for (const type of ['application/json', 'text/plain']) {
      const { url } = await endpoint({ status: 403, headers: { 'content-type': type }, body });
      const error = await failure(url);
      expect(error).toMatchObject({ code: 40170, statusCode: 403, status: 403 });
      expect(error.message).toBe(`auth endpoint refused: needs a new login or URL (${url} 403 ${type})`);
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

describe('a temporary failure', () => {
  test.each([408, 425, 429, 500, 501, 502, 503, 504, 599])(
    '%i is asked once more, then left to the client to try again',
    async (status) => {
      const { url, requests } = await endpoint({ status });
      const error = await failure(url);
      expect(error).toMatchObject({ code: 40170, statusCode: 401, status });
      expect(error.message).toBe(`auth endpoint failed: will retry (${url} ${status} application/jwt)`);
      expect(requests).toHaveLength(2);
    },
  );

  test('is forgotten when the second answer is a token', async () => {
    const { url, requests } = await endpoint({ status: 503 }, good);
    expect(await ask(url)).toMatchObject({ error: null, token: { keyName: 'appId.keyId' } });
    expect(requests).toHaveLength(2);
  });

  test("keeps code and text of an error of Ably's form", async () => {
    const { url } = await endpoint({ status: 503, body: ablyError(50003, 'The user database is down.') });
    const error = await failure(url);
    expect(error).toMatchObject({ code: 50003, statusCode: 401, status: 503 });
    expect(error.message).toContain('failed: The user database is down. (');
  });

  test('is a server that is not there, with the error of fetch for its cause', async () => {
    const { url } = await endpoint(good);
    const error = await failure(url.replace(/:\d+/, ':1'));
    expect(error).toMatchObject({ code: 40170, statusCode: 401, status: undefined });
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(error.message).toBe('auth endpoint failed: will retry (http://127.0.0.1:1/auth)');
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

test.each([301, 302, 303, 307, 308])('a redirect (%i) is final, and not followed', async (status) => {
  const { url, requests } = await endpoint({ status, headers: { location: '/login' } }, good);
  const error = await failure(url);
  expect(error).toMatchObject({ code: 40170, statusCode: 403, status });
  expect(error.message).toContain(`refused: redirect (${url} ${status} `);
  expect(requests).toHaveLength(1);
});

describe('an answer that is no token is final', () => {
  test.each([
    ['a login page', { headers: { 'content-type': 'text/html' }, body: '<!doctype html><p>Log in' }, 'HTML'],
    ['a page in spite of its type', { body: '\n <html lang="en">' }, 'HTML'],
    ['204', { status: 204 }, 'no body'],
    ['an empty body', { body: '' }, 'no body'],
    ['white space', { body: ' \r\n\t' }, 'no body'],
    ['JSON without a token', { body: '{"jwt":"a.b.c"}' }, 'no token'],
    ['a TokenRequest', { body: '{"keyName":"a.b","mac":"x"}' }, 'no token'],
    ['JSON null', { body: 'null' }, 'no token'],
    ['a number with a dot', { body: '1.5' }, 'no token'],
    ['a list', { body: '["a.b.c"]' }, 'no token'],
    ['a token that is no text', { body: '{"token":{"token":"a.b.c"}}' }, 'no token'],
    ['a word', { body: 'OK' }, 'no token'],
    ['a token after a word', { body: 'Bearer a.b.c' }, 'no token'],
    ['a sentence', { body: 'All right. Thanks.' }, 'no token'],
    ['an object made a text', { body: '[object Object]' }, 'no token'],
    ['undefined made a text', { body: 'undefined' }, 'no token'],
    ['an error with status 200', { body: ablyError(40160, 'private text') }, 'no token'],
    ['too much', { body: `a.${'b'.repeat(2 ** 17)}` }, 'over 128 KiB'],
    ['too much white space', { body: `a.b.c${' '.repeat(2 ** 17)}` }, 'over 128 KiB'],
  ])('%s', async (_, answer, found) => {
    const { url, requests } = await endpoint(answer);
    const error = await failure(url);
    const { status = 200, headers } = answer as { status?: number; headers?: Record<string, string> };
    expect(error).toMatchObject({ code: 40170, statusCode: 403, status });
    const type = headers?.['content-type'] ?? 'application/jwt';
    expect(error.message).toBe(`auth endpoint sent ${found} (${url} ${status} ${type})`);
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
    expect((await failure(url)).message).toContain('over 128 KiB');
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
    expect(error.message).toContain(status === 200 ? 'sent over 128 KiB' : 'refused: needs a new login');
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
    expect(error.message).toContain('over 128 KiB');
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
    expect(error.message).toContain(`(${url} ${status} application/jwt)`);
    expect(JSON.stringify([error, error.message, error.stack])).not.toContain('PRIVATE');
  }
  const unreachable = await failure(source('http://127.0.0.1:1/auth'), options);
  expect(unreachable.message).toContain('(http://127.0.0.1:1/auth)');
  const refused = await failure(source('http://PRIVATE:PRI@127.0.0.1/auth'), options);
  expect(refused.message).toContain('(http://127.0.0.1/auth)');
});
