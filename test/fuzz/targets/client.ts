import { oddPieces, type Random } from '../support/random.js';
import { check, type Package, type Target } from '../support/target.js';

const session = 'session-Vd7kQ2xN9pLs';
const base64url = (text: string) => Buffer.from(text).toString('base64url');

function jwt(random: Random): string {
  const header = { alg: 'HS256', typ: 'JWT', kid: random.pick<unknown>(['app.key', '', 7, undefined]) };
  const payload = {
    iat: random.pick<unknown>([1_767_323_045, '1767323045', null, Number.POSITIVE_INFINITY, undefined]),
    exp: random.pick<unknown>([1_767_326_645, -1, {}, undefined]),
    'x-ably-clientId': random.pick<unknown>(['alice', '*', undefined, 7, { toString: 1 }, 'bob']),
    'x-ably-capability': random.pick<unknown>(['{"*":["*"]}', {}, undefined]),
  };
  const text = random.pick([JSON.stringify(payload), JSON.stringify(payload), 'null', '[]', '{', '"x"']);
  return `${base64url(JSON.stringify(header))}.${base64url(text)}.${random.pick(['sig', 'A-_9'])}`;
}

const errorText = (random: Random) =>
  JSON.stringify({
    error: random.choose<unknown>(
      () => ({ code: 40300, statusCode: 403, message: random.pick(oddPieces) }),
      () => ({
        code: random.pick<unknown>([40300, '40300', null, {}, -1]),
        message: random.pick<unknown>([{ toString: 1 }, null, [], 7, '']),
      }),
      () => random.pick<unknown>([null, 'forbidden', 7, [], { message: { toString: null } }]),
    ),
  });

function body(random: Random): string {
  const token = jwt(random);
  return random.choose(
    () => token,
    () => random.mutate(token),
    () => JSON.stringify({ token }),
    () => JSON.stringify(token),
    () =>
      JSON.stringify({
        [random.pick(['token', 'accessToken', 'jwt', '__proto__'])]: random.pick<unknown>([
          token,
          null,
          { toString: 1 },
          7,
        ]),
      }),
    () => JSON.stringify({ keyName: 'a.b', mac: 'x', nonce: 'y', timestamp: 1 }),
    () => errorText(random),
    () => random.mutate(errorText(random)),
    () => '<!doctype html><title>Log in</title>',
    () => random.text(oddPieces, 6),
    () => 'x'.repeat(random.pick([131_071, 131_072, 131_073, 400_000])),
    () => '{"token":"",'.repeat(random.pick([1, 1000])),
  );
}

function answer(random: Random): Response {
  const status = random.pick([
    200, 200, 200, 201, 204, 301, 302, 304, 400, 401, 403, 404, 405, 418, 422, 451, 500, 501, 502,
  ]);
  const headers = new Headers({
    'content-type': random.pick([
      'application/jwt',
      'application/json',
      'text/html',
      'text/plain; charset=x',
      'application/x-msgpack',
      '',
    ]),
  });
  const empty = [204, 304].includes(status) || random.chance(0.05);
  const response = new Response(empty ? null : body(random), { status, headers });
  return random.chance(0.05) ? brokenAnswer(random, response) : response;
}

/** An answer whose body breaks off, or that only looks like one. */
function brokenAnswer(random: Random, response: Response): Response {
  return random.choose<Response>(
    () =>
      new Response(new ReadableStream({ pull: (stream) => stream.error(new TypeError('terminated')) }), {
        status: 200,
      }),
    () =>
      ({
        status: 200,
        ok: true,
        headers: new Headers(),
        text: async () => body(random),
        url: '',
      }) as unknown as Response,
    () => Object.defineProperty(response, 'type', { value: 'opaqueredirect' }),
  );
}

const failing = (random: Random): unknown =>
  random.choose<unknown>(
    () => new TypeError('fetch failed', { cause: new Error(`cookie: ${session}`) }),
    () => ({
      status: random.pick<unknown>([403, 404, '403', {}]),
      message: random.pick<unknown>(['No.', { toString: 1 }, null]),
    }),
    () => ({ data: { httpStatus: 401 }, message: 'UNAUTHORIZED' }),
    () =>
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('trap');
          },
          getPrototypeOf: () => {
            throw new Error('trap');
          },
        },
      ),
    () => random.pick<unknown>([undefined, null, 'text', Symbol('x'), 7]),
  );

async function tryAnswer({ createAuthCallback }: Package, random: Random): Promise<string> {
  const url = `https://app.example/auth;jsessionid=${session}?session=${session}#${session}`;
  let seen = 0;
  const give = async (): Promise<Response> => {
    seen += 1;
    if (random.chance(0.1)) throw failing(random);
    return answer(random);
  };
  const options = {
    retries: 0,
    onError: () => {
      if (random.chance(0.3)) throw new Error('onError');
    },
  };
  const callback = random.chance(0.8)
    ? createAuthCallback(url, { ...options, fetch: give as typeof fetch, headers: { cookie: session } })
    : createAuthCallback(() => {
        seen += 1;
        if (random.chance(0.4)) throw failing(random);
        return random.pick<unknown>([
          jwt(random),
          { token: jwt(random) },
          body(random),
          null,
          7,
          {},
        ]) as string;
      }, options);
  let calls = 0;
  const [error, token] = await new Promise<readonly [unknown, unknown]>((resolve) => {
    callback(random.chance(0.3) ? { clientId: 'alice' } : {}, (...outcome) => {
      calls += 1;
      resolve(outcome);
    });
  });
  // Whatever comes later has come by then.
  await new Promise(setImmediate);
  check(calls === 1, `Called back ${calls} times.`);
  check(seen <= 1, `Asked ${seen} times.`);
  if (error === null) {
    check(
      token !== null && token !== '' && ['string', 'object'].includes(typeof token),
      'No token came.',
      token,
    );
    return 'accepted';
  }
  check(error instanceof Error, 'The error is not an Error.', error);
  const { message, code, statusCode, cause } = error as Error & { code: unknown; statusCode: unknown };
  check(
    typeof message === 'string' && message !== '' && String(error) !== '',
    'The error says nothing.',
    error,
  );
  check(
    Number.isInteger(code) && [401, 403].includes(statusCode as number),
    'The error has no numbers.',
    error,
  );
  check(
    !message.includes(session) && !String(error).includes(session),
    'The message shows the session.',
    message,
    cause,
  );
  check(token === null || token === undefined, 'A token came with an error.', token);
  return statusCode === 403 ? 'refused' : 'to be tried again';
}

/** What an auth endpoint, or whatever stands in its place, may answer to the client. */
export const client: Target = {
  name: 'client',
  start(tried) {
    const stray: unknown[] = [];
    const listener = (reason: unknown) => stray.push(reason);
    process.on('unhandledRejection', listener);
    return {
      async tryInput(random) {
        const outcome = await tryAnswer(tried, random);
        check(stray.length === 0, 'A rejection was left alone.', stray[0]);
        return outcome;
      },
      close: async () => void process.off('unhandledRejection', listener),
    };
  },
};
