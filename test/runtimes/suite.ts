/**
 * The one suite that every server runtime runs through the packed package. No test framework: it must also run where
 * there is no file system, no process and no dynamic import. {@link run} returns what a runner prints.
 */
import {
  can,
  channelPattern,
  createAblyJwt,
  createAuthCallback,
  createAuthHandler,
  decodeAblyJwt,
  deny,
  diffCapabilities,
  embedAblyToken,
  explainAblyJwt,
  intersectCapabilities,
  isAblyJwtError,
  mergeCapabilities,
  parseAblyKey,
  retryLater,
  revokeAblyTokens,
  verifyAblyJwt,
} from 'ably-jwt';
import { goldenKey, goldenTokens } from '../support/golden.js';
import { assert, equal, failureOf, type Report, runCases } from './harness.js';

const key = 'runtimeApp.runtimeKey:runtime-Secret_0123456789';
const chat = { 'chat:*': ['subscribe', 'publish'] } as const;

const handler = createAuthHandler(
  key,
  (request) => {
    const user = request.headers.get('authorization');
    if (user === null) return null;
    if (user === 'banned') throw deny('Suspended.');
    if (user === 'early') throw retryLater('7s');
    return { clientId: user, capability: chat, ttl: '5m' };
  },
  { cors: { origins: ['https://app.example.com'], credentials: true } },
);
const ask = (headers: Record<string, string> = {}, method = 'GET') =>
  handler(new Request('https://server.example.com/auth', { method, headers }));

/** What `ably` gets from the callback when the endpoint above answers, over this runtime's own Request and Response. */
function renew(headers: Record<string, string>) {
  const requests: Request[] = [];
  const callback = createAuthCallback('https://server.example.com/auth', {
    headers,
    retries: 0,
    fetch: (input, init) => {
      // This runtime's own Request judges every option, as its fetch would.
      requests.push(new Request(input, init));
      return handler(requests[0]!);
    },
  });
  return new Promise<{ error: unknown; token: unknown; requests: Request[] }>((resolve) => {
    callback({}, (error, token) => resolve({ error, token, requests }));
  });
}

const cases: Record<string, () => unknown> = {
  'sign: what is signed now can be verified now': async () => {
    const jwt = await createAblyJwt(key, { capability: chat, clientId: 'zoë 東京', ttl: '90s' });
    const token = await verifyAblyJwt(jwt, parseAblyKey(key));
    equal(token.clientId, 'zoë 東京');
    equal(token.keyName, 'runtimeApp.runtimeKey');
    equal(token.expiresAt.getTime() - token.issuedAt.getTime(), 90_000);
    assert(token.can('publish', 'chat:1') && !token.can('history', 'chat:1'), 'rights of the token');
  },
  'sign: errors reject, with a code and without the secret': async () => {
    const error = await failureOf(createAblyJwt(key, { capability: chat, ttl: '2d' }));
    assert(isAblyJwtError(error, 'TTL_TOO_LONG'), `found ${error}`);
    const malformed = await failureOf(createAblyJwt(`${key} `, { capability: chat }));
    assert(isAblyJwtError(malformed, 'KEY_MALFORMED'), `found ${malformed}`);
    assert(
      !JSON.stringify([malformed, `${malformed.message} ${malformed.stack}`]).includes('runtime-Secret'),
      'secret shown',
    );
  },
  'sign: one key, many at once': async () => {
    const options = { capability: chat, issuedAt: new Date(1_767_323_045_000) };
    const jwts = await Promise.all(Array.from({ length: 50 }, () => createAblyJwt(key, options)));
    equal(new Set(jwts).size, 1);
  },
  'verify: another key, another signature, an expired token': async () => {
    const jwt = await createAblyJwt(key, { capability: 'inherit' });
    const other = 'runtimeApp.otherKey:other-Secret_0123456789';
    const sameName = 'runtimeApp.runtimeKey:another-Secret_0123456789';
    const tampered = `${jwt.slice(0, -6)}${jwt.endsWith('AAAAAA') ? 'BBBBBA' : 'AAAAAA'}`;
    const old = await createAblyJwt(key, {
      capability: 'inherit',
      ttl: '1m',
      issuedAt: new Date(Date.now() - 61_000),
    });
    const code = async (promise: Promise<unknown>) => ((await failureOf(promise)) as { code?: unknown }).code;
    equal(await code(verifyAblyJwt(jwt, other)), 'KEY_UNKNOWN');
    equal(await code(verifyAblyJwt(jwt, sameName)), 'SIGNATURE_INVALID');
    equal(await code(verifyAblyJwt(tampered, key)), 'SIGNATURE_INVALID');
    equal(await code(verifyAblyJwt(old, key)), 'TOKEN_EXPIRED');
    equal(await code(verifyAblyJwt('no token', key)), 'TOKEN_MALFORMED');
    equal((await verifyAblyJwt(jwt, [other, key])).keyName, 'runtimeApp.runtimeKey');
  },
  'explain: nothing to remark, a defect, a text that is no token': async () => {
    const jwt = await createAblyJwt(key, { capability: chat, clientId: 'alice' });
    equal(await explainAblyJwt(jwt, key), []);
    const forged = await explainAblyJwt(jwt, 'runtimeApp.runtimeKey:another-Secret_0123456789');
    equal(
      forged.map(({ code, severity }) => `${severity} ${code}`),
      ['error SIGNATURE_INVALID'],
    );
    equal((await explainAblyJwt('<!doctype html>', key))[0]?.code, 'TOKEN_MALFORMED');
  },
  'capability: matching and algebra': () => {
    assert(can(chat, 'publish', 'chat:1:typing') && !can(chat, 'publish', 'chats'), 'can');
    equal(intersectCapabilities({ '*': ['publish'] }, chat), { 'chat:*': ['publish'] });
    equal(mergeCapabilities({ a: ['publish'] }, { a: ['history'] }), { a: ['history', 'publish'] });
    equal(diffCapabilities({ a: ['publish'] }, { b: ['publish'] }), {
      added: { b: ['publish'] },
      removed: { a: ['publish'] },
    });
    equal(channelPattern`chat:${'room 1'}:*`, 'chat:room 1:*');
  },
  'capability: no wildcard injection': async () => {
    const error = await failureOf((async () => channelPattern`chat:${'*'}`)());
    assert(isAblyJwtError(error), `found ${error}`);
  },
  'endpoint: a token that no cache keeps': async () => {
    const response = await ask({ authorization: 'alice', origin: 'https://app.example.com' });
    equal(response.status, 200);
    equal(response.headers.get('content-type'), 'application/jwt');
    assert(response.headers.get('cache-control')?.includes('no-store'), 'Cache-Control');
    equal(response.headers.get('access-control-allow-origin'), 'https://app.example.com');
    equal((await verifyAblyJwt(await response.text(), key)).clientId, 'alice');
  },
  'endpoint: refusals are Ably errors': async () => {
    const nobody = await ask();
    equal(nobody.status, 403);
    equal(nobody.headers.get('content-type'), 'application/json');
    equal(((await nobody.json()) as { error: { statusCode: number } }).error.statusCode, 403);
    const banned = await ask({ authorization: 'banned' });
    equal(((await banned.json()) as { error: { message: string } }).error.message, 'Suspended.');
    const early = await ask({ authorization: 'early' });
    equal([early.status, early.headers.get('retry-after')], [503, '7']);
    equal((await ask({}, 'DELETE')).status, 405);
    const head = await ask({ authorization: 'alice' }, 'HEAD');
    equal([head.status, await head.text()], [200, '']);
    equal((await ask({ origin: 'https://app.example.com' }, 'OPTIONS')).status, 204);
  },
  'callback: a token with its details': async () => {
    const { error, token, requests } = await renew({ authorization: 'alice' });
    equal(error, null);
    const details = token as { token: string; clientId: string; issued: number; expires: number };
    equal([details.clientId, details.expires - details.issued], ['alice', 300_000]);
    equal((await verifyAblyJwt(details.token, key)).clientId, 'alice');
    equal(
      requests.map(({ method, headers }) => [method, headers.get('authorization')]),
      [['GET', 'alice']],
    );
  },
  'callback: a refusal is final, a delay is not': async () => {
    const refused = (await renew({ authorization: 'banned' })).error as Error & {
      statusCode: number;
      code: number;
    };
    equal([refused instanceof Error, refused.statusCode, refused.code], [true, 403, 40300]);
    assert(refused.message.includes('Suspended.'), refused.message);
    equal(((await renew({ authorization: 'early' })).error as { statusCode: number }).statusCode, 401);
  },
  'embed: a token in a JWT of your own': async () => {
    const inner = await createAblyJwt(key, { capability: chat });
    const outer = await embedAblyToken(inner, {
      secret: 'a secret of my own, 32 bytes or more',
      claims: { sub: 'alice' },
    });
    equal(outer.split('.').length, 3);
    equal(
      JSON.parse(atob(outer.split('.')[1]!.replace(/-/g, '+').replace(/_/g, '/')))['x-ably-token'],
      inner,
    );
  },
  'revoke: the request and what became of it': async () => {
    const sent: Request[] = [];
    const { results } = await revokeAblyTokens(
      key,
      { targets: [{ clientId: 'alice' }] },
      {
        endpoint: 'https://ably.example.com',
        fetch: async (input, init) => {
          sent.push(new Request(input, init));
          return Response.json({
            successCount: 1,
            failureCount: 0,
            results: [{ target: 'clientId:alice', issuedBefore: 1, appliesAt: 2 }],
          });
        },
      },
    );
    equal(sent[0]!.url, 'https://ably.example.com/keys/runtimeApp.runtimeKey/revokeTokens');
    equal(results[0]!.error, undefined);
  },
};
for (const { name, options, jwt, payload } of goldenTokens) {
  cases[`golden: ${name}`] = async () => {
    equal(await createAblyJwt(goldenKey, options as Parameters<typeof createAblyJwt>[1]), jwt);
    const { issuedAt } = decodeAblyJwt(jwt);
    equal(issuedAt.getTime(), (JSON.parse(payload) as { iat: number }).iat * 1000);
  };
}

export const names = Object.keys(cases);
export const run = (): Promise<Report> => runCases(cases);
