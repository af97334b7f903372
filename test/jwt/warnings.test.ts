import { explainAblyJwt, type Finding, verifyAblyJwt } from 'ably-jwt';
import { expect, test } from 'vitest';
import { goodHeader, goodPayload, iat, issuedAt, key, rawJwt } from '../support/tokens.js';

const now = { currentDate: issuedAt };
const explain = (jwt: string) => explainAblyJwt(jwt, key, now);
/** What was found, as one line each. */
const codes = (findings: readonly Finding[]) =>
  findings.map(({ severity, code, ablyCode }) => `${severity} ${code} ${ablyCode ?? '-'}`);
const payload = (claims: object) => ({ ...goodPayload, ...claims });

const warnings: [name: string, claims: object, code: string, says: RegExp][] = [
  ['no capability', { 'x-ably-capability': undefined }, 'CAPABILITY_INHERITED', /every right of its key/],
  ['everything', { 'x-ably-capability': '{"*":["*"]}' }, 'CAPABILITY_EVERYTHING', /every channel/],
  [
    'everything, queues too',
    { 'x-ably-capability': '{"[*]*":["*"]}' },
    'CAPABILITY_EVERYTHING',
    /every channel/,
  ],
  ['nothing', { 'x-ably-capability': '{}' }, 'CAPABILITY_EMPTY', /grants nothing/],
  [
    'unknown operation',
    { 'x-ably-capability': '{"a":["publsh"]}' },
    'OPERATION_UNKNOWN',
    /Did you mean "publish"/,
  ],
  [
    'an operation of the Control API',
    { 'x-ably-capability': '{"a":["statistics"]}' },
    'OPERATION_UNKNOWN',
    /Did you mean "stats"/,
  ],
  [
    'an operation of the future',
    { 'x-ably-capability': '{"a":["teleport"]}' },
    'OPERATION_UNKNOWN',
    /Ably refuses operations it doesn't know; this version knows subscribe, /,
  ],
  ['another client type', { 'x-ably-clientType': 'robot' }, 'CLIENT_TYPE_UNKNOWN', /"robot".*"server"/],
  [
    'a misspelled client type',
    { 'x-ably-clienttype': 'server' },
    'CLAIM_IGNORED',
    /Did you mean "x-ably-clientType"/,
  ],
  ['a bare client type', { clientType: 'server' }, 'CLAIM_IGNORED', /Did you mean "x-ably-clientType"/],
  ['a literal star', { 'x-ably-capability': '{"foo*":["publish"]}' }, 'RESOURCE_LITERAL', /literal/],
  ['a literal star in a channel claim', { 'ably.channel.foo*': 'x' }, 'RESOURCE_LITERAL', /literal/],
  ['any clientId', { 'x-ably-clientId': '*' }, 'CLIENT_ID_WILDCARD', /any identity/],
  [
    'plural capabilities',
    { 'x-ably-capabilities': '{}' },
    'CLAIM_IGNORED',
    /Did you mean "x-ably-capability"/,
  ],
  ['clientID', { 'x-ably-clientID': 'a' }, 'CLAIM_IGNORED', /Did you mean "x-ably-clientId"/],
  ['bare clientId', { clientId: 'a' }, 'CLAIM_IGNORED', /Did you mean "x-ably-clientId"/],
  ['another reserved name', { 'x-ably-zzzzzzzzzz': 'a' }, 'CLAIM_IGNORED', /reserved/],
  ['an empty resource', { 'x-ably-capability': '{"":["publish"]}' }, 'RESOURCE_EMPTY', /matches no channel/],
  ['no ttl', { iat: iat + 50, exp: iat + 50 }, 'TTL_SHORT', /"exp" is not later than "iat"/],
  ['short ttl', { exp: iat + 119 }, 'TTL_SHORT', /119s only/],
  [
    'a revocation key for 2 h',
    { 'x-ably-revocation-key': 'k', exp: iat + 7200 },
    'TTL_REVOCABLE',
    /one hour/,
  ],
  ['more than 6 KiB', { data: 'x'.repeat(5000) }, 'TOKEN_LARGE', /8192/],
];

test.each(warnings)(
  '%s is a warning about a token that the verifier accepts',
  async (_name, claims, code, says) => {
    const jwt = rawJwt({ payload: payload(claims) });
    const findings = await explain(jwt);
    expect(codes(findings)).toEqual([`warning ${code} -`]);
    expect(`${findings[0]!.message} ${findings[0]!.hint}`).toMatch(says);
    await verifyAblyJwt(jwt, key, now);
  },
);

test('claims of your own, and those that Ably reads, are nothing to remark', async () => {
  const claims = {
    sub: 'a',
    roles: ['x'],
    nbf: iat + 999,
    'x-ably-clientType': 'server',
    'ably.room.lobby:*': 'x',
  };
  expect(await explain(rawJwt({ payload: payload(claims) }))).toEqual([]);
});

test('the operations that Ably accepts and does not document are nothing to remark', async () => {
  const list = [
    'message-subscribe',
    'presence-subscribe',
    'channel-metadata:publishers',
    'list-channels',
    'connection-metadata',
  ];
  const claims = { 'x-ably-capability': JSON.stringify({ a: list }) };
  expect(await explain(rawJwt({ payload: payload(claims) }))).toEqual([]);
});

test("without a key it says when the app id can't be Ably's", async () => {
  for (const kid of ['appId.keyId', 'goldenApp.keyId']) {
    const findings = await explainAblyJwt(rawJwt({ header: { ...goodHeader, kid } }), undefined, now);
    expect(codes(findings)).toEqual(['warning SIGNATURE_UNCHECKED -', 'warning APP_ID_INVALID -']);
    expect(findings[1]!.message).toMatch(
      /^The app id "\w+" in "kid" has [59] characters; Ably's app ids have 6\.$/,
    );
  }
  // With keys of another app, the remedy says so.
  const [finding] = await explain(rawJwt({ header: { ...goodHeader, kid: 'appId.keyId' } }));
  expect(finding).toMatchObject({
    code: 'APP_UNKNOWN',
    hint: expect.stringContaining("app id of Ably's has 6"),
  });
});
