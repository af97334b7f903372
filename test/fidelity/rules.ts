// The rules of Ably's that documentation and code leave open, or on which they differ. Each has a question that a server
// answers over HTTP: the sandbox in docs/fidelity.md, Ably itself with scripts/probe-live.mjs.
import { createHmac, randomUUID } from 'node:crypto';

/** A question that a server answers. */
export interface Rule {
  /** Stable, for links. */
  readonly id: string;
  readonly rule: string;
  /** What Ably's documentation says, or `–`. */
  readonly docs: string;
  /** What Ably's public code and test suites say, or `–`. */
  readonly code: string;
  /** What this package follows. */
  readonly basis: 'documented' | 'code' | 'inferred';
  /** The answer, such as `401 40144`. */
  readonly probe: (ask: Ask) => Promise<string>;
}

interface Request {
  readonly method?: string;
  readonly path?: string;
  readonly body?: object;
}

/** What a probe works with. */
interface Ask {
  readonly keyName: string;
  /** Now, in seconds. */
  readonly iat: number;
  /** A token signed with the key, with changes to a good one. */
  token(payload?: object, header?: object): string;
  /** Signs a payload that is given as text. */
  signed(payload: string): string;
  /** How the server answers a request with a token: its status, and Ably's code if there is one. */
  answer(token: string, request?: Request): Promise<string>;
  /** The signature of a token request's text. */
  mac(text: string): string;
  /** The same with the key itself. */
  withKey(path: string, body: object): Promise<string>;
}

const publishTo = (name: string): Request => ({
  method: 'POST',
  path: `/channels/${encodeURIComponent(name)}/messages`,
  body: { name: 'probe', data: 'probe' },
});

const grants = (capability: unknown) => ({ 'x-ably-capability': JSON.stringify(capability) });

export const rules: readonly Rule[] = [
  {
    id: 'good-token',
    rule: 'A good token is accepted',
    docs: 'accepted',
    code: 'accepted',
    basis: 'documented',
    probe: ({ token, answer }) => answer(token()),
  },
  {
    id: 'unknown-operation',
    rule: 'A capability names an operation that Ably does not know',
    docs: '–',
    code: 'refused (SDK capability suite, ably-server)',
    basis: 'code',
    probe: ({ token, answer }) => answer(token(grants({ '*': ['history', 'teleport'] }))),
  },
  {
    id: 'extra-operations',
    rule: 'A capability names `message-subscribe`, `presence-subscribe`, `channel-metadata:publishers`, `list-channels`, `connection-metadata`',
    docs: '–',
    code: 'accepted (ably-server)',
    basis: 'code',
    probe: ({ token, answer }) =>
      answer(
        token(
          grants({
            '*': [
              'channel-metadata:publishers',
              'connection-metadata',
              'history',
              'list-channels',
              'message-subscribe',
              'presence-subscribe',
            ],
          }),
        ),
      ),
  },
  {
    id: 'object-capability',
    rule: 'The capability is a JSON object in place of JSON text',
    docs: 'JSON text',
    code: "accepted by the CLI's own tests; ignored, so all rights of the key (ably-server)",
    basis: 'documented',
    probe: ({ token, answer }) => answer(token({ 'x-ably-capability': { '*': ['history'] } })),
  },
  {
    id: 'star-beside-operations',
    rule: 'A list has `*` beside other operations',
    docs: '`*` alone',
    code: 'refused (SDK capability suite)',
    basis: 'code',
    probe: ({ token, answer }) => answer(token(grants({ '*': ['*', 'history'] }))),
  },
  {
    id: 'prefix-literal',
    rule: '`probe*` grants publishing to `probe-1`',
    docs: 'no: a literal',
    code: 'no (ably-server); yes (CLI e2e test)',
    basis: 'documented',
    probe: ({ token, answer }) => answer(token(grants({ 'probe*': ['publish'] })), publishTo('probe-1')),
  },
  {
    id: 'trailing-wildcard',
    rule: '`probe:*` grants publishing to `probe`',
    docs: '–',
    code: 'yes (ably-server, ably-js)',
    basis: 'code',
    probe: ({ token, answer }) => answer(token(grants({ 'probe:*': ['publish'] })), publishTo('probe')),
  },
  {
    id: 'chat-suffix',
    rule: '`probe` grants publishing to the Chat channel `probe::$chat`',
    docs: 'yes: Chat grants by room name',
    code: '–',
    basis: 'documented',
    probe: ({ token, answer }) => answer(token(grants({ probe: ['publish'] })), publishTo('probe::$chat')),
  },
  {
    id: 'iat-future',
    rule: '`iat` lies two minutes in the future',
    docs: '–',
    code: '40144 (ably-server); a report shows 40001',
    basis: 'code',
    probe: ({ iat, token, answer }) => answer(token({ iat: iat + 120, exp: iat + 600 })),
  },
  {
    id: 'iat-tolerance',
    rule: '`iat` lies 30 seconds in the future',
    docs: '–',
    code: 'accepted: 60 s of tolerance (ably-server)',
    basis: 'code',
    probe: ({ iat, token, answer }) => answer(token({ iat: iat + 30, exp: iat + 600 })),
  },
  {
    id: 'nbf',
    rule: '`nbf` lies in the future',
    docs: '–',
    code: '–',
    basis: 'inferred',
    probe: ({ iat, token, answer }) => answer(token({ nbf: iat + 300 })),
  },
  {
    id: 'no-iat',
    rule: '`iat` is missing',
    docs: '40144',
    code: '40144/400 (error registry); 40101 (ably-server)',
    basis: 'documented',
    probe: ({ token, answer }) => answer(token({ iat: undefined })),
  },
  {
    id: 'no-exp',
    rule: '`exp` is missing',
    docs: '40144',
    code: '40144 (error registry); 40101 (ably-server)',
    basis: 'documented',
    probe: ({ token, answer }) => answer(token({ exp: undefined })),
  },
  {
    id: 'expired',
    rule: 'The token has expired',
    docs: '40142',
    code: '40142',
    basis: 'documented',
    probe: ({ iat, token, answer }) => answer(token({ iat: iat - 600, exp: iat - 60 })),
  },
  {
    id: 'ttl',
    rule: 'The lifetime is 24 hours and a second',
    docs: '40003',
    code: '40003',
    basis: 'documented',
    probe: ({ iat, token, answer }) => answer(token({ exp: iat + 86_401 })),
  },
  {
    id: 'client-id-type',
    rule: 'The clientId is a number',
    docs: '40012',
    code: '40012 (error registry)',
    basis: 'documented',
    probe: ({ token, answer }) => answer(token({ 'x-ably-clientId': 42 })),
  },
  {
    id: 'client-id-empty',
    rule: 'The clientId is empty',
    docs: '–',
    code: '–',
    basis: 'inferred',
    probe: ({ token, answer }) => answer(token({ 'x-ably-clientId': '' })),
  },
  {
    id: 'unknown-key',
    rule: '`kid` names an unknown key of the app',
    docs: '–',
    code: '40144 (ably-server); 40400 (SDK test specification)',
    basis: 'code',
    probe: ({ keyName, token, answer }) => answer(token({}, { kid: `${keyName.split('.')[0]}.nosuch` })),
  },
  {
    id: 'unknown-app',
    rule: '`kid` names an unknown app, of six characters',
    docs: '–',
    code: '40400 (SDK suites, ably-server)',
    basis: 'code',
    probe: ({ token, answer }) => answer(token({}, { kid: 'zzzzzz.nosuch' })),
  },
  {
    id: 'impossible-app',
    rule: "`kid` names an app id that can't be Ably's: not six characters",
    docs: '–',
    code: '40400 for `invalid.invalid` (SDK suites); 40101 (ably-server)',
    basis: 'code',
    probe: ({ token, answer }) => answer(token({}, { kid: 'toolongid.nosuch' })),
  },
  {
    id: 'no-kid',
    rule: '`kid` is missing',
    docs: 'required',
    code: '40144',
    basis: 'code',
    probe: ({ token, answer }) => answer(token({}, { kid: undefined })),
  },
  {
    id: 'duplicate-name',
    rule: 'A claim occurs twice in the payload',
    docs: '–',
    code: '–',
    basis: 'inferred',
    probe: ({ iat, signed, answer }) => answer(signed(`{"iat":${iat},"exp":${iat + 60},"exp":${iat + 600}}`)),
  },
  {
    id: 'spare-bits',
    rule: 'The signature has spare bits set, which lax base64url decoders drop',
    docs: '–',
    code: '–',
    basis: 'inferred',
    probe: ({ token, answer }) => {
      const good = token();
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      return answer(good.slice(0, -1) + alphabet[alphabet.indexOf(good.at(-1) ?? '') + 1]);
    },
  },
  {
    id: 'embedded-outlives',
    rule: 'An outer token expires later than the Ably JWT inside it',
    docs: 'refused',
    code: '–',
    basis: 'documented',
    probe: ({ iat, token, answer }) => answer(token({ exp: iat + 1200, 'x-ably-token': token() })),
  },
  {
    id: 'declared-server',
    rule: 'A client declares itself a server (`clientType=server`) with a token that lacks `x-ably-clientType`',
    docs: '40167',
    code: '40167 (error registry)',
    basis: 'documented',
    probe: ({ token, answer }) => answer(token(), { path: '/channels/probe/messages?clientType=server' }),
  },
  {
    id: 'history-alias',
    rule: '`GET /channels/{name}/history` is history',
    docs: '–',
    code: 'an alias (ably-server)',
    basis: 'code',
    probe: ({ token, answer }) => answer(token(), { path: '/channels/probe/history' }),
  },
  {
    id: 'invalid-limit',
    rule: 'A list is asked for with `limit=0`',
    docs: '1 to 1000',
    code: '–',
    basis: 'inferred',
    probe: ({ token, answer }) => answer(token(), { path: '/channels/probe/messages?limit=0' }),
  },
  {
    id: 'short-nonce',
    rule: 'A token request has a nonce shorter than 16 characters',
    docs: 'at least 16',
    code: '–',
    basis: 'inferred',
    probe: ({ keyName, mac, withKey }) => {
      const [timestamp, nonce] = [Date.now(), randomUUID().slice(0, 8)];
      const body = { keyName, timestamp, nonce, mac: mac(`${keyName}\n\n\n\n${timestamp}\n${nonce}\n`) };
      return withKey(`/keys/${keyName}/requestToken`, body);
    },
  },
];

/**
 * Asks one server every question.
 *
 * @param url - base URL of the REST API
 * @param key - the API key, with every right
 * @returns answers by rule
 */
export async function probeAll(url: string, key: string): Promise<Map<string, string>> {
  const [keyName = '', secret = ''] = key.split(':');
  const iat = Math.floor(Date.now() / 1000);
  const base64url = (text: string) => Buffer.from(text).toString('base64url');
  const sign = (header: object, payload: string) => {
    const input = `${base64url(JSON.stringify(header))}.${base64url(payload)}`;
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  };
  const header = { alg: 'HS256', typ: 'JWT', kid: keyName };
  const describe = async (response: Response) => {
    const body = await response.text();
    const code = response.headers.get('x-ably-errorcode') ?? /"code":\s*(\d+)/.exec(body)?.[1];
    return response.ok ? String(response.status) : `${response.status} ${code ?? '–'}`;
  };
  const ask: Ask = {
    keyName,
    iat,
    token: (payload = {}, changes = {}) =>
      sign(
        { ...header, ...changes },
        JSON.stringify({ iat, exp: iat + 600, ...grants({ '*': ['*'] }), ...payload }),
      ),
    signed: (payload) => sign(header, payload),
    answer: async (token, { method = 'GET', path = '/channels/probe/messages', body } = {}) =>
      describe(
        await fetch(new URL(path, url), {
          method,
          headers: {
            Authorization: `Bearer ${token}`,
            Accept: 'application/json',
            'Content-Type': 'application/json',
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      ),
    mac: (text) => createHmac('sha256', secret).update(text).digest('base64'),
    withKey: async (path, body) =>
      describe(
        await fetch(new URL(path, url), {
          method: 'POST',
          headers: {
            Authorization: `Basic ${btoa(key)}`,
            Accept: 'application/json',
            'Content-Type': 'application/json',
          },
          body: JSON.stringify(body),
        }),
      ),
  };
  const answers = new Map<string, string>();
  for (const { id, probe } of rules) answers.set(id, await probe(ask));
  return answers;
}
