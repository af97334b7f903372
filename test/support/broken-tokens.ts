import { base64url, goodHeader, hmac, iat, key, keyName } from './tokens.js';

/** A token with some of the mistakes of {@link mistakes}. */
export interface BrokenToken {
  readonly jwt: string;
  /** The names of its mistakes. */
  readonly mistakes: readonly string[];
  /** Whether its capability has an operation that Ably refuses and the verifier does not. */
  readonly hasUnknownOperation: boolean;
}

interface Draft {
  header: Record<string, unknown>;
  payload: Record<string, unknown>;
  headerText?: string;
  payloadText?: string;
  secret?: string;
  sign?: (signature: string) => string;
  wrap?: (jwt: string) => string;
}

type Mistake = (draft: Draft) => void;
const header =
  (changes: object): Mistake =>
  ({ header }) =>
    void Object.assign(header, changes);
const payload =
  (changes: object): Mistake =>
  ({ payload }) =>
    void Object.assign(payload, changes);
const capability = (text: unknown) => payload({ 'x-ably-capability': text });
const signature =
  (sign: (signature: string) => string): Mistake =>
  (draft) =>
    void Object.assign(draft, { sign });
const wrapping =
  (wrap: (jwt: string) => string): Mistake =>
  (draft) =>
    void Object.assign(draft, { wrap });
const encoded = (value: object) => base64url(JSON.stringify(value));
const jws = (head: object, body: object, end = 'c2ln') => `${encoded(head)}.${encoded(body)}.${end}`;
const jwe = (head: object, end = 'dGFn') =>
  `${encoded({ alg: 'dir', enc: 'A256GCM', ...head })}..aXY.Y2k.${end}`;

/** Every way in which tokens are made wrong, and some in which they are only unusual. */
const ways: Readonly<Record<string, Mistake>> = {
  'alg none': header({ alg: 'none' }),
  'alg RS256': header({ alg: 'RS256' }),
  'no alg': header({ alg: undefined }),
  'alg as a list': header({ alg: ['HS256'] }),
  'no kid': header({ kid: undefined }),
  'kid empty': header({ kid: '' }),
  'kid as a number': header({ kid: 7 }),
  'kid of another app': header({ kid: 'other1.keyId' }),
  'kid of another key': header({ kid: `${keyName}x` }),
  'kid is the whole key': header({ kid: key }),
  crit: header({ crit: ['b64'] }),
  'unusual header': header({ typ: 7, cty: [], zip: 'DEF', b64: false }),
  'header not JSON': (draft) => void Object.assign(draft, { headerText: 'nope' }),
  'header with a name twice': (draft) =>
    void Object.assign(draft, { headerText: `{"alg":"HS256","kid":"${keyName}","alg":"HS256"}` }),
  'payload not JSON': (draft) => void Object.assign(draft, { payloadText: '{"iat":' }),
  'payload [object Object]': (draft) => void Object.assign(draft, { payloadText: '[object Object]' }),
  'payload a list': (draft) => void Object.assign(draft, { payloadText: '[]' }),
  'payload with exp twice': (draft) =>
    void Object.assign(draft, { payloadText: `{"iat":${iat},"exp":1,"exp":${iat + 60}}` }),
  'payload with an infinite exp': (draft) =>
    void Object.assign(draft, { payloadText: `{"iat":${iat},"exp":1e999}` }),
  'no iat': payload({ iat: undefined }),
  'iat as text': payload({ iat: String(iat) }),
  'iat null': payload({ iat: null }),
  'iat at the tolerance': payload({ iat: iat + 60 }),
  'iat beyond the tolerance': payload({ iat: iat + 61 }),
  'iat in milliseconds': payload({ iat: iat * 1000 }),
  'iat with a fraction': payload({ iat: iat - 0.5 }),
  'no exp': payload({ exp: undefined }),
  'exp as text': payload({ exp: String(iat + 60) }),
  'exp now': payload({ exp: iat }),
  'exp in a moment': payload({ exp: iat + 0.001 }),
  'exp as a lifetime': payload({ exp: 3600 }),
  'exp in milliseconds': payload({ exp: (iat + 60) * 1000 }),
  'a day': payload({ exp: iat + 86_400 }),
  'more than a day': payload({ exp: iat + 86_401 }),
  'exp beyond all dates': payload({ exp: 8_640_000_000_001 }),
  'clientId as a number': payload({ 'x-ably-clientId': 7 }),
  'clientId empty': payload({ 'x-ably-clientId': '' }),
  'clientId null': payload({ 'x-ably-clientId': null }),
  'any clientId': payload({ 'x-ably-clientId': '*' }),
  'clientType server': payload({ 'x-ably-clientType': 'server' }),
  'another clientType': payload({ 'x-ably-clientType': 'robot' }),
  'clientType as a number': payload({ 'x-ably-clientType': 1 }),
  'clientType empty': payload({ 'x-ably-clientType': '' }),
  'no capability': capability(undefined),
  'capability as an object': capability({ chat: ['subscribe'] }),
  'capability null': capability(null),
  'capability empty text': capability(''),
  'capability not JSON': capability('publish'),
  'capability a list': capability('[]'),
  'capability empty': capability('{}'),
  'capability with an empty list': capability('{"a":[]}'),
  'capability with an empty operation': capability('{"a":[""]}'),
  'capability with a mixture': capability('{"a":["*","publish"]}'),
  'capability with a resource twice': capability('{"a":["publish"],"a":["publish"]}'),
  'capability with a text for a list': capability('{"a":"publish"}'),
  'capability with an empty resource': capability('{"":["publish"]}'),
  'capability with an undocumented operation': capability('{"a":["list-channels","message-subscribe"]}'),
  'capability with an unknown operation': capability('{"a":["publsh"]}'),
  'capability with another unknown operation': capability('{"a":["publish"],"b":["statistics"]}'),
  'revocation key': payload({ 'x-ably-revocation-key': 'r' }),
  'revocation key empty': payload({ 'x-ably-revocation-key': '' }),
  'revocation key as a number': payload({ 'x-ably-revocation-key': 1 }),
  'channel claim': payload({ 'ably.channel.a': 'x' }),
  'channel claim as an object': payload({ 'ably.channel.a': {} }),
  'room claim as a number': payload({ 'ably.room.a': 1 }),
  'rate limit': payload({ 'ably.limits.publish.perAttachment.maxRate.a': 0.5 }),
  'rate limit 0': payload({ 'ably.limits.publish.perAttachment.maxRate.a': 0 }),
  'rate limit as text': payload({ 'ably.limits.publish.perAttachment.maxRate.*': '5' }),
  'misspelled claims': payload({ 'x-ably-capabilities': '{}', clientId: 7, 'x-ably-clienttype': 'server' }),
  'claims of your own': payload({ sub: 'a', nbf: iat + 999, nested: [{ a: null }] }),
  'a lone surrogate': payload({ sub: '\ud800' }),
  'another secret': (draft) => void Object.assign(draft, { secret: 'another' }),
  'no signature': signature(() => ''),
  'a cut signature': signature((text) => text.slice(0, 40)),
  'a padded signature': signature((text) => `${text}=`),
  'a longer signature': signature((text) => `${text}AAAA`),
  'a signature of exclamation marks': signature(() => '!'.repeat(43)),
  'a hexadecimal signature': signature(() => '0'.repeat(64)),
  'spare bits': signature((text) => text.slice(0, 42) + (text.endsWith('A') ? 'B' : 'B')),
  quotes: wrapping((jwt) => `"${jwt}"`),
  Bearer: wrapping((jwt) => `Bearer ${jwt}`),
  'a new line': wrapping((jwt) => `${jwt}\n`),
  'JSON around it': wrapping((token) => JSON.stringify({ token })),
  'a fourth part': wrapping((jwt) => `${jwt}.x`),
  'half of it': wrapping((jwt) => jwt.slice(0, jwt.length / 2)),
  'only two parts': wrapping((jwt) => jwt.slice(0, jwt.lastIndexOf('.'))),
  nothing: wrapping(() => ''),
  'HTML in its place': wrapping(() => '<!doctype html>'),
  'the API key in its place': wrapping(() => key),
  'embedded in a header': wrapping((inner) => jws({ alg: 'none', 'x-ably-token': inner }, {})),
  'embedded in a claim': wrapping((inner) => jws({ alg: 'RS256' }, { 'x-ably-token': inner, exp: iat + 30 })),
  'embedded in a JWE': wrapping((inner) => jwe({ 'x-ably-token': inner })),
  'embedded twice': wrapping((inner) => jws({}, { 'x-ably-token': jws({}, { 'x-ably-token': inner }) })),
  'embedded, outer exp far': wrapping((inner) => jws({}, { 'x-ably-token': inner, exp: iat + 999_999 })),
  'embedded, outer exp as text': wrapping((inner) => jws({ 'x-ably-token': inner }, { exp: 'later' })),
  'embedded, outer signature broken': wrapping((inner) => jws({}, { 'x-ably-token': inner }, '!')),
  'embedded in a JWE with a broken tag': wrapping((inner) => jwe({ 'x-ably-token': inner }, 'a+b/')),
  'embedded as a number': wrapping(() => jws({}, { 'x-ably-token': 5 })),
};

export const mistakes: readonly string[] = Object.keys(ways);

/** Tokens with none to three of the mistakes, the same ones for the same seed. */
export function* brokenTokens(count: number, seed: number): Generator<BrokenToken> {
  const random = randomNumbers(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  for (let n = 0; n < count; n++) {
    const chosen = Array.from({ length: below(4) }, () => mistakes[below(mistakes.length)]!);
    yield brokenToken(chosen);
  }
}

function brokenToken(chosen: readonly string[]): BrokenToken {
  const draft: Draft = {
    header: { ...goodHeader },
    payload: { iat, exp: iat + 3600, 'x-ably-capability': '{"chat:*":["subscribe"]}' },
  };
  for (const name of chosen) ways[name]!(draft);
  const body = draft.payloadText ?? JSON.stringify(draft.payload);
  const input = `${base64url(draft.headerText ?? JSON.stringify(draft.header))}.${base64url(body)}`;
  const jwt = `${input}.${(draft.sign ?? String)(hmac(input, draft.secret))}`;
  return {
    jwt: (draft.wrap ?? String)(jwt),
    mistakes: chosen,
    hasUnknownOperation: /\[\\"(publsh|statistics)\\"/.test(body),
  };
}

/** Numbers from 0 to 1, by the generator that is known as mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
