/**
 * Writes `vectors/*.json`: what this package signs, accepts, refuses, matches and intersects, for other languages to
 * compare themselves with.
 *
 *     npm run vectors
 *
 * `test/vectors/vectors.test.ts` fails when a file differs from what this program would write.
 */
import { createHmac } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  type AblyJwtOptions,
  anyClientId,
  type Capability,
  can,
  createAblyJwt,
  intersectCapabilities,
  isAblyJwtError,
  verifyAblyJwt,
} from 'ably-jwt';

const secret = 'vector-Secret_0123456789-abcdefghij';
const key = `vectrs.key_1:${secret}`;
const now = new Date('2026-01-02T03:04:05.000Z');
const iat = now.getTime() / 1000;

/** Options as JSON can hold them: a Date as ISO text, `anyClientId` as an object that no clientId can be. */
type JsonOptions = Omit<AblyJwtOptions, 'clientId' | 'issuedAt'> & { clientId?: string | { any: true } };

const signing: readonly [name: string, options: JsonOptions][] = [
  ['inherits every right of the key', { capability: 'inherit' }],
  [
    'grants two resources, sorted and without duplicates',
    { capability: { 'chat:*': ['subscribe', 'publish', 'subscribe'], alerts: ['history'] } },
  ],
  ['names the client', { capability: { 'chat:*': ['*'] }, clientId: 'alice' }],
  [
    'escapes what JSON must escape',
    { capability: { 'a"b\\c': ['subscribe'] }, clientId: 'Zoë "Z" \\ \u0007' },
  ],
  ['writes non-ASCII names as UTF-8', { capability: { 'räume:日本': ['subscribe'] }, clientId: 'アリス 🦊' }],
  [
    'keeps resources that look like numbers in order',
    { capability: { 10: ['publish'], 9: ['subscribe'], '1a': ['history'] } },
  ],
  ['lets the holder take any clientId', { capability: { '*': ['publish'] }, clientId: { any: true } }],
  ['declares a server', { capability: { '[*]*': ['*'] }, clientId: 'worker-1', clientType: 'server' }],
  ['lives for 90 seconds', { capability: { chat: ['subscribe'] }, ttl: '90s' }],
  ['is back-dated', { capability: { chat: ['subscribe'] }, ttl: '1d', backdate: '30s' }],
  [
    'can be revoked by a session',
    { capability: { chat: ['subscribe'] }, revocable: true, revocationKey: 'session:7' },
  ],
  [
    'carries channel claims, room claims and rate limits',
    {
      capability: { 'chat:*': ['publish'] },
      channelClaims: { 'chat:*': { role: 'moderator', level: 3 }, 'chat:lobby': 'guest' },
      roomClaims: { lobby: 'host' },
      publishRateLimits: { 'chat:*': 0.5 },
    },
  ],
  [
    'carries claims of your own',
    {
      capability: { chat: ['subscribe'] },
      claims: { sub: 'u1', roles: ['a', 'b'], nested: { n: 1.5, t: true, z: null } },
    },
  ],
];

const goodHeader = { alg: 'HS256', typ: 'JWT', kid: 'vectrs.key_1' };
const goodPayload = {
  iat,
  exp: iat + 3600,
  'x-ably-capability': '{"chat:*":["subscribe"]}',
  'x-ably-clientId': 'alice',
};
const base64url = (text: string) => Buffer.from(text).toString('base64url');
const json = (part: object | string) => (typeof part === 'string' ? part : JSON.stringify(part));

/** A token made by hand, signed well whatever it holds. */
function raw(
  header: object | string,
  payload: object | string,
  hmacSecret = secret,
  hash = 'sha256',
): string {
  const input = `${base64url(json(header))}.${base64url(json(payload))}`;
  return `${input}.${createHmac(hash, hmacSecret).update(input).digest('base64url')}`;
}
const withHeader = (changes: object) => raw({ ...goodHeader, ...changes }, goodPayload);
const withPayload = (changes: object) => raw(goodHeader, { ...goodPayload, ...changes });
const good = raw(goodHeader, goodPayload);
const [headerPart = '', payloadPart = '', signaturePart = ''] = good.split('.');

const judged: readonly [name: string, token: string][] = [
  ['a good token', good],
  ['a good token without clientId', withPayload({ 'x-ably-clientId': undefined })],
  ['a good token that inherits every right', withPayload({ 'x-ably-capability': undefined })],
  ['claims of your own', withPayload({ sub: 'u1', aud: ['x'] })],
  ['nbf in the future is ignored', withPayload({ nbf: iat + 600 })],
  ['iat 60 s ahead is within the tolerance', withPayload({ iat: iat + 60 })],
  ['iat 61 s ahead', withPayload({ iat: iat + 61 })],
  ['24 hours', withPayload({ exp: iat + 86_400 })],
  ['24 hours and a second', withPayload({ exp: iat + 86_401 })],
  ['expires now', withPayload({ iat: iat - 60, exp: iat })],
  ['expired an hour ago', withPayload({ iat: iat - 7200, exp: iat - 3600 })],
  ['no iat', withPayload({ iat: undefined })],
  ['no exp', withPayload({ exp: undefined })],
  ['exp as text', withPayload({ exp: String(iat + 3600) })],
  ['times in milliseconds', withPayload({ iat: iat * 1000, exp: iat * 1000 + 3_600_000 })],
  ['capability as an object', withPayload({ 'x-ably-capability': { 'chat:*': ['subscribe'] } })],
  ['capability that is not JSON', withPayload({ 'x-ably-capability': 'chat:*' })],
  ['capability with an empty list', withPayload({ 'x-ably-capability': '{"chat":[]}' })],
  ['capability with * beside an operation', withPayload({ 'x-ably-capability': '{"chat":["*","publish"]}' })],
  ['capability with a resource twice', withPayload({ 'x-ably-capability': '{"a":["publish"],"a":["*"]}' })],
  ['empty clientId', withPayload({ 'x-ably-clientId': '' })],
  ['clientId that is a number', withPayload({ 'x-ably-clientId': 42 })],
  ['empty revocation key', withPayload({ 'x-ably-revocation-key': '' })],
  ['channel claim that is an object', withPayload({ 'ably.channel.chat': { role: 'admin' } })],
  ['rate limit of zero', withPayload({ 'ably.limits.publish.perAttachment.maxRate.chat': 0 })],
  ['alg none', `${base64url(json({ ...goodHeader, alg: 'none' }))}.${payloadPart}.`],
  ['alg HS512, signed so', raw({ ...goodHeader, alg: 'HS512' }, goodPayload, secret, 'sha512')],
  ['alg in lower case', withHeader({ alg: 'hs256' })],
  ['no kid', withHeader({ kid: undefined })],
  ['kid that is the whole key', withHeader({ kid: 'vectrs.key_1:secret' })],
  ['kid of another key', withHeader({ kid: 'vectrs.key_2' })],
  ['kid of another app', withHeader({ kid: 'others.key_1' })],
  ['crit', withHeader({ crit: ['exp'] })],
  ['signed with another secret', raw(goodHeader, goodPayload, 'another-secret')],
  ['no signature', `${headerPart}.${payloadPart}.`],
  [
    'a changed clientId under the old signature',
    `${headerPart}.${base64url(json({ ...goodPayload, 'x-ably-clientId': 'bob' }))}.${signaturePart}`,
  ],
  ['signature with padding', `${good}=`],
  ['signature with spare bits', `${good.slice(0, -1)}${spareBits(good.at(-1)!)}`],
  [
    'payload in plain base64',
    `${headerPart}.${Buffer.from(json({ ...goodPayload, sub: '???>>>' })).toString('base64')}.${signaturePart}`,
  ],
  ['a name twice in the payload', raw(goodHeader, `{"iat":${iat},"exp":${iat + 60},"exp":${iat + 3600}}`)],
  ['an infinite exp', raw(goodHeader, `{"iat":${iat},"exp":1e400}`)],
  ['two parts', `${headerPart}.${payloadPart}`],
  ['four parts', `${good}.x`],
  ['a new line at the end', `${good}\n`],
  ['payload that is an array', raw(goodHeader, '[]')],
];

/** The next character of base64url, which differs in bits that a lax decoder drops. */
function spareBits(last: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[alphabet.indexOf(last) + 1]!;
}

const patterns = [
  '*',
  '[*]*',
  'foo',
  'foo:*',
  'foo:*:baz',
  'foo*',
  '*:c',
  'a:*:*',
  'Foo',
  '[*]foo',
  '[*]chat:*',
  '[queue]*',
  '[meta]log',
  '[meta]*',
  'room',
];
const channels = [
  'foo',
  'foo:bar',
  'foo:bar:baz',
  'foo:bar:bam:baz',
  'foobar',
  'foo*',
  'bar:baz',
  'a:c',
  'a:b',
  'chat:room',
  '[meta]log',
  '[queue]jobs',
  'log',
  '[?rewind=1]foo',
  'room::$chat',
  'foo::$typing',
  'foo:',
];

const capabilities: readonly Capability[] = [
  { '*': ['*'] },
  { '[*]*': ['*'] },
  { 'chat:*': ['publish', 'subscribe'] },
  { a: ['publish', 'subscribe'], 'a:*': ['history'] },
  { a: ['subscribe', 'history'] },
  { 'a:b': ['publish'] },
  { 'a:*': ['*'] },
  { 'foo:*:baz': ['subscribe'], 'foo:bar:*': ['*'] },
  { '[meta]*': ['subscribe'] },
  {
    'your-namespace:*': ['publish', 'subscribe', 'presence'],
    notifications: ['subscribe', 'history'],
    alerts: ['subscribe'],
  },
  { 'your-namespace:user-123': ['subscribe'], notifications: ['*'], private: ['subscribe'] },
];

function toOptions({ clientId, ...options }: JsonOptions): AblyJwtOptions {
  if (clientId === undefined) return { ...options, issuedAt: now };
  return { ...options, clientId: typeof clientId === 'string' ? clientId : anyClientId, issuedAt: now };
}

async function verdict(token: string): Promise<object> {
  try {
    await verifyAblyJwt(token, key, { currentDate: now });
    return { accepted: true };
  } catch (error) {
    if (!isAblyJwtError(error)) throw error;
    const { code, ablyCode, statusCode } = error;
    return { accepted: false, code, ablyCode, statusCode };
  }
}

/** The content of each file, by its name. */
export async function vectors(): Promise<Record<string, object>> {
  const tokens = signing.map(async ([name, options]) => {
    const token = await createAblyJwt(key, toOptions(options));
    const [header = '', payload = ''] = token
      .split('.', 2)
      .map((part) => Buffer.from(part, 'base64url').toString());
    return { name, options, header, payload, token };
  });
  const verdicts = judged.map(async ([name, token]) => ({ name, token, ...(await verdict(token)) }));
  return {
    'tokens.json': { key, now: now.toISOString(), cases: await Promise.all(tokens) },
    'verdicts.json': { key, now: now.toISOString(), cases: await Promise.all(verdicts) },
    'channels.json': {
      cases: patterns.flatMap((pattern) =>
        channels.map((channel) => ({
          pattern,
          channel,
          matches: can({ [pattern]: ['subscribe'] }, 'subscribe', channel),
        })),
      ),
    },
    'intersections.json': {
      cases: capabilities.flatMap((a) =>
        capabilities.map((b) => ({ a, b, intersection: intersectCapabilities(a, b) })),
      ),
    },
  };
}

export const folder = fileURLToPath(new URL('../vectors/', import.meta.url));

/** One case a line, so that a change shows as a line in a diff. */
export function text({ cases, ...rest }: { cases?: readonly object[] }): string {
  const head = Object.entries(rest).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`,
  );
  const lines = (cases ?? []).map((one) => `    ${JSON.stringify(one)}`);
  return `{\n${head.join('')}  "cases": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(await vectors()))
    await writeFile(folder + name, text(content));
}
