import { isAblyJwtError } from 'ably-jwt';
import { oddPieces, type Random } from '../support/random.js';
import { check, type Package, type Target } from '../support/target.js';

const secret = 'Hk4-pT8_yC1dRf6WmZ3sNbV9';
const key = `fuzzed.aKey01:${secret}`;

/** What code of an app may throw, with traps for whoever looks at it. */
const thrown = (random: Random): unknown =>
  random.choose<unknown>(
    () => new Error(random.pick(oddPieces)),
    () => ({
      status: random.pick<unknown>([401, 403, 404, 500, '401', Number.NaN, {}]),
      message: random.pick(oddPieces),
    }),
    () => Object.assign(new Error(`it was ${key}`), { statusCode: random.pick([401, 403, 418]) }),
    () =>
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('trap');
          },
          has: () => {
            throw new Error('trap');
          },
          getPrototypeOf: () => {
            throw new Error('trap');
          },
        },
      ),
    () => new Proxy(new Error('x'), { get: (_, name) => (name === 'status' ? 403 : { toString: null }) }),
    () => random.pick<unknown>([undefined, null, 0, '', 'text', Symbol('x'), 10n, () => {}, []]),
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
    () => ({ message: { toString: 1 }, status: { valueOf: null } }),
  );

function options(random: Random): Record<string, unknown> {
  const good: Record<string, unknown> = {
    capability: { 'chat:*': ['subscribe'] },
    clientId: random.pick(['alice', 'Zoë', 'b\u2028c']),
  };
  if (random.chance(0.4)) return good;
  return {
    ...good,
    [random.pick([
      'capability',
      'clientId',
      'ttl',
      'claims',
      'revocationKey',
      'channelClaims',
      'issuedAt',
      'typo',
      '__proto__',
    ])]: random.choose<unknown>(
      () => random.pick(oddPieces),
      () =>
        random.pick<unknown>([
          undefined,
          null,
          Number.NaN,
          3600,
          '15m',
          {},
          [],
          new Date(Number.NaN),
          Symbol('x'),
          key,
        ]),
      () => ({ [random.pick(oddPieces)]: random.pick<unknown>([['*'], 'x', null, 1]) }),
      () => Promise.resolve('x'),
    ),
  };
}

type Deny = Pick<Package, 'deny' | 'retryLater'>;

/** What `authorize` does, sometimes later. */
function authorizing(random: Random, { deny, retryLater }: Deny): () => unknown {
  const text = random.pick(oddPieces) + random.pick(['', '\r\nX-Injected: 1', key.slice(0, 8)]);
  const outcome = random.choose<() => unknown>(
    () => () => options(random),
    () => () => options(random),
    () => () => random.pick<unknown>([null, undefined, true, 'alice', 7, [], () => {}]),
    () => () => {
      throw thrown(random);
    },
    () => () => {
      throw deny(`No. ${text}`);
    },
    () => () => {
      throw retryLater(random.pick<unknown>([undefined, '30s', 30]) as never);
    },
    () => () => deny('Returned, not thrown.'),
  );
  return random.chance(0.5) ? outcome : async () => outcome();
}

function request(random: Random): Request {
  const headers = new Headers();
  for (const name of random.list(4, () =>
    random.pick([
      'cookie',
      'authorization',
      'accept',
      'origin',
      'x-forwarded-host',
      'sec-fetch-dest',
      'content-type',
    ]),
  )) {
    try {
      headers.set(
        name,
        random.pick([
          'null',
          'https://evil.example',
          'script',
          '*',
          'application/json',
          random.pick(oddPieces),
        ]),
      );
    } catch {
      // Not every text can be a header.
    }
  }
  const method = random.pick(['GET', 'GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'QUERY']);
  const query = new URLSearchParams([
    ['clientId', random.pick(oddPieces)],
    ['capability', '{"*":["*"]}'],
  ]);
  return new Request(`https://app.example/auth?${query.toString()}`, {
    method,
    headers,
    ...(method === 'POST' ? { body: random.text(oddPieces, 5) } : {}),
  });
}

async function tryRequest(tried: Package, random: Random): Promise<string> {
  const { createAuthHandler, verifyAblyJwt } = tried;
  const errors: unknown[] = [];
  const cors = random.pick([
    undefined,
    { origins: ['https://app.example'] },
    { origins: ['https://app.example'], credentials: true },
  ]);
  const handler = createAuthHandler(key, authorizing(random, tried) as () => null, {
    onError: (error) => {
      errors.push(error);
      if (random.chance(0.2)) throw error;
    },
    ...(cors === undefined ? {} : { cors }),
    unauthenticatedStatus: random.pick([401, 403]),
  });
  const asked = request(random);
  const { status, headers, ...response } = await handler(asked).then(async (answer) => ({
    status: answer.status,
    headers: answer.headers,
    body: await answer.text(),
  }));
  const { body } = response;
  const all = `${status} ${JSON.stringify([...headers])} ${body}`;
  check([200, 204, 401, 403, 405, 500, 503].includes(status), 'A strange status.', all);
  check(!all.includes(secret), 'The answer shows the secret.', all);
  check(!headers.has('x-injected'), 'A header was injected.', all);
  const allowed = headers.get('access-control-allow-origin');
  check(
    allowed === null || (cors !== undefined && allowed === 'https://app.example'),
    'A foreign origin was allowed.',
    all,
  );
  if (status === 204 || asked.method === 'HEAD') return String(status);
  check(/no-store/.test(headers.get('cache-control') ?? ''), 'The answer may be cached.', all);
  check((status === 500) === errors.length > 0, 'onError and the status disagree.', all, errors);
  if (status === 200) {
    check(headers.get('content-type') === 'application/jwt', 'A wrong type.', all);
    const { clientId } = await verifyAblyJwt(body, key);
    check(clientId !== undefined, 'The identity was lost.', all);
  } else {
    const { error } = JSON.parse(body) as { error: { code: number; statusCode: number; message: string } };
    check(
      error.statusCode === status && Number.isInteger(error.code) && typeof error.message === 'string',
      'Not an Ably error.',
      all,
    );
    check(headers.get('x-ably-errorcode') === String(error.code), 'A wrong header.', all);
    if (status === 500)
      for (const own of errors)
        check(!isAblyJwtError(own) || !own.message.includes(secret), 'The log shows the secret.', own);
  }
  return status === 200 ? 'accepted' : String(status);
}

/** Requests to an auth handler whose `authorize` does anything. */
export const endpoint: Target = {
  name: 'endpoint',
  start: (tried) => ({ tryInput: (random) => tryRequest(tried, random) }),
};
