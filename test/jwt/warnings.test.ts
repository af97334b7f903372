import { embedAblyToken, explainAblyJwt, type Finding, verifyAblyJwt } from 'ably-jwt';
import { expect, test } from 'vitest';
import { goodHeader, goodPayload, iat, issuedAt, key, rawJwt } from '../support/tokens.js';

const now = { currentDate: issuedAt };
const explain = (jwt: string) => explainAblyJwt(jwt, key, now);
/** What was found, as one line each. */
const codes = (findings: readonly Finding[]) =>
  findings.map(({ severity, code, ablyCode }) => `${severity} ${code} ${ablyCode ?? '-'}`);
const payload = (claims: object) => ({ ...goodPayload, ...claims });

const warnings: [name: string, claims: object, code: string, says: RegExp][] = [
  [
    'no capability',
    { 'x-ably-capability': undefined },
    'CAPABILITY_INHERITED',
    /^There is no claim .* every right of its key\. List what the client may do/,
  ],
  [
    'everything',
    { 'x-ably-capability': '{"*":["*"]}' },
    'CAPABILITY_EVERYTHING',
    /every operation on "\*", which is every channel\. Grant the operations/,
  ],
  [
    'everything, queues too',
    { 'x-ably-capability': '{"[*]*":["*"]}' },
    'CAPABILITY_EVERYTHING',
    /every channel/,
  ],
  ['nothing', { 'x-ably-capability': '{}' }, 'CAPABILITY_EMPTY', /grants nothing\. Name a resource/],
  [
    'unknown operation',
    { 'x-ably-capability': '{"a":["publsh"]}' },
    'OPERATION_UNKNOWN',
    /^The capability of "a" has an unknown operation "publsh"\. Did you mean "publish"/,
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
  [
    'another client type',
    { 'x-ably-clientType': 'robot' },
    'CLIENT_TYPE_UNKNOWN',
    /"robot".*"server"\. Write "server" for a server/,
  ],
  [
    'a misspelled client type',
    { 'x-ably-clienttype': 'server' },
    'CLAIM_IGNORED',
    /Did you mean "x-ably-clientType"/,
  ],
  ['a bare client type', { clientType: 'server' }, 'CLAIM_IGNORED', /Did you mean "x-ably-clientType"/],
  [
    'a literal star',
    { 'x-ably-capability': '{"foo*":["publish"]}' },
    'RESOURCE_LITERAL',
    /^In the capability of "foo\*" the "\*" of "foo\*" is a literal .* Only a whole segment/,
  ],
  [
    'a literal star behind a name',
    { 'x-ably-capability': '{"a[*]":["publish"]}' },
    'RESOURCE_LITERAL',
    /"\*" of "a\[\*\]" is/,
  ],
  [
    'a literal star in a later segment',
    { 'x-ably-capability': '{"a:b*":["publish"]}' },
    'RESOURCE_LITERAL',
    /^In the capability of "a:b\*" the "\*" of "b\*" is/,
  ],
  [
    'a literal star in a channel claim',
    { 'ably.channel.foo*': 'x' },
    'RESOURCE_LITERAL',
    /^In the claim "ably\.channel\.foo\*" the "\*" of "foo\*" is/,
  ],
  ['any clientId', { 'x-ably-clientId': '*' }, 'CLIENT_ID_WILDCARD', /any identity\. Put the user's own id/],
  [
    'plural capabilities',
    { 'x-ably-capabilities': '{}' },
    'CLAIM_IGNORED',
    /^Ably ignores the claim "x-ably-capabilities"\. Did you mean "x-ably-capability"\? Rename it/,
  ],
  ['clientID', { 'x-ably-clientID': 'a' }, 'CLAIM_IGNORED', /Did you mean "x-ably-clientId"/],
  ['bare clientId', { clientId: 'a' }, 'CLAIM_IGNORED', /Did you mean "x-ably-clientId"/],
  [
    'another reserved name',
    { 'x-ably-zzzzzzzzzz': 'a' },
    'CLAIM_IGNORED',
    /^Ably ignores the claim "x-ably-zzzzzzzzzz"\. .* reserved/,
  ],
  ['another reserved name in capitals', { 'X-Ably-Zzzzzzzzzz': 'a' }, 'CLAIM_IGNORED', /reserved/],
  ['another reserved name with a dot', { 'ably.zzzzzzzzzz': 'a' }, 'CLAIM_IGNORED', /reserved/],
  [
    'a name that is close to a prefix',
    { 'ably.chanel': 'a' },
    'CLAIM_IGNORED',
    /^Ably ignores the claim "ably\.chanel"\. Names that begin/,
  ],
  ['a name without x-', { 'ably-clientId': 'a' }, 'CLAIM_IGNORED', /Did you mean "x-ably-clientId"/],
  ['bare capability', { capability: '{}' }, 'CLAIM_IGNORED', /Did you mean "x-ably-capability"/],
  ['bare capabilities', { capabilities: '{}' }, 'CLAIM_IGNORED', /Did you mean "x-ably-capability"/],
  ['bare revocation key', { revocationKey: 'a' }, 'CLAIM_IGNORED', /Did you mean "x-ably-revocation-key"/],
  [
    'an empty resource',
    { 'x-ably-capability': '{"":["publish"]}' },
    'RESOURCE_EMPTY',
    /matches no channel\. The id of a room/,
  ],
  [
    'no ttl',
    { iat: iat + 50, exp: iat + 50 },
    'TTL_SHORT',
    /"exp" is not later than "iat"\. Give it two minutes/,
  ],
  [
    'short ttl',
    { exp: iat + 119 },
    'TTL_SHORT',
    /^The token is valid for 119s only; Ably asks for a new one/,
  ],
  [
    'a revocation key for 2 h',
    { 'x-ably-revocation-key': 'k', exp: iat + 7200 },
    'TTL_REVOCABLE',
    /^The token has a revocation key and is valid for 2h\. .* one hour/,
  ],
  ['a revocation key for 24 h', { 'x-ably-revocation-key': 'k', exp: iat + 86_400 }, 'TTL_REVOCABLE', /^/],
  [
    'more than 6 KiB',
    { data: 'x'.repeat(5000) },
    'TOKEN_LARGE',
    /^The token has \d+ bytes; .* 8192.* Grant patterns/,
  ],
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
    'x-ably-appId': 'appId1',
    'x-ably-token': 7,
    'my-x-ably-capability': '{}',
    'my.ably.x': 1,
    capabilty: '{}',
    constructor: 1,
  };
  expect(await explain(rawJwt({ payload: payload(claims) }))).toEqual([]);
});

test('two minutes, and one hour with a revocation key, are nothing to remark', async () => {
  for (const claims of [{ exp: iat + 120 }, { 'x-ably-revocation-key': 'k', exp: iat + 3600 }])
    expect(await explain(rawJwt({ payload: payload(claims) }))).toEqual([]);
});

test('of a token that is valid for too long, its revocation key is nothing to remark', async () => {
  const claims = { 'x-ably-revocation-key': 'k', exp: iat + 86_401 };
  expect(codes(await explain(rawJwt({ payload: payload(claims) })))).toEqual(['error TTL_TOO_LONG 40003']);
});

test('some operations everywhere, and all of them somewhere, are nothing to remark', async () => {
  const claims = { 'x-ably-capability': '{"*":["publish"],"a":["*"]}' };
  expect(await explain(rawJwt({ payload: payload(claims) }))).toEqual([]);
});

test.each([{ 'x-ably-clientType': '' }, { exp: String(iat + 50) }])(
  'a claim of the wrong form is an error, and not a warning too: %j',
  async (claims) => {
    expect(codes(await explain(rawJwt({ payload: payload(claims) })))).toEqual(['error CLAIM_INVALID 40144']);
  },
);

test('a signature that can not be checked: the reason, and what to do', async () => {
  const [missing] = await explainAblyJwt(rawJwt(), undefined, now);
  expect(missing).toMatchObject({
    code: 'SIGNATURE_UNCHECKED',
    message: 'The key and the signature could not be checked: no key was given.',
    hint: 'Pass the API key that should have signed the token.',
  });
  const [wrong] = await explainAblyJwt(rawJwt(), {} as string, now);
  expect(wrong!.message).toContain('Call explainAblyJwt(jwt, keys), in this order.');
});

test('what can not be read is explained without a key too', async () => {
  const findings = await explainAblyJwt('!.!.!', undefined, now);
  expect(findings.map(({ code }) => code)).toContain('TOKEN_MALFORMED');
  const [twice] = await explain(rawJwt({ payload: '{"iat":1,"iat":2}' }));
  expect(twice!.hint).toBe('');
});

test('a wildcard that is a whole segment, or a qualifier, is nothing to remark', async () => {
  const claims = { 'x-ably-capability': '{"[*]chat":["publish"],"[meta]*":["publish"],"a:*:b":["publish"]}' };
  expect(await explain(rawJwt({ payload: payload(claims) }))).toEqual([]);
});

test('an Ably Token in an outer token is told to be opaque', async () => {
  const outer = await embedAblyToken('appId1.opaque-1', { secret: 'an outer secret of 32 bytes or more' });
  expect(await explain(outer)).toStrictEqual([
    {
      code: 'TOKEN_OPAQUE',
      severity: 'warning',
      message: 'The token holds an Ably Token, which is opaque: only Ably can check whether it is valid.',
      hint: 'Only its form was checked. Put an Ably JWT in its place to have everything checked.',
    },
  ]);
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
    expect(findings[1]!.hint).toMatch(/^Ably has no such app/);
    expect(findings[1]!.message).toMatch(
      /^The app id "\w+" in "kid" has [59] characters; Ably's app ids have 6\.$/,
    );
  }
  // What is no key name has no app id.
  for (const kid of ['appId', 7, undefined]) {
    const findings = await explainAblyJwt(rawJwt({ header: { ...goodHeader, kid } }), undefined, now);
    expect(findings.map(({ code }) => code)).not.toContain('APP_ID_INVALID');
  }
  // With keys of another app, the remedy says so.
  const [finding] = await explain(rawJwt({ header: { ...goodHeader, kid: 'appId.keyId' } }));
  expect(finding).toMatchObject({
    code: 'APP_UNKNOWN',
    hint: expect.stringContaining("app id of Ably's has 6"),
  });
});
