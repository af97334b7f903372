import { beforeAll, describe, expect, test } from 'vitest';
import { Editor } from './language-service.js';

let editor: Editor;
beforeAll(() => {
  editor = new Editor();
});

const prelude = `import { createAblyJwt, createAuthCallback, createAuthEndpoint, createAuthHandler, can, deny } from 'ably-jwt';
declare const key: string;
`;
const allOperations = [
  ...['subscribe', 'publish', 'presence', 'history', 'stats', 'channel-metadata', 'privileged-headers'],
  ...['object-subscribe', 'object-publish', 'annotation-subscribe', 'annotation-publish'],
  ...['message-update-own', 'message-update-any', 'message-delete-own', 'message-delete-any'],
  ...['push-subscribe', 'push-admin', '*'],
];

describe('completion', () => {
  test.each([
    ['an argument', "createAblyJwt(key, { capability: { chat: ['|'] } });"],
    ['the second in a list', "createAblyJwt(key, { capability: { chat: ['subscribe', '|'] } });"],
    ['what authorize returns', "createAuthEndpoint(key, () => ({ capability: { chat: ['|'] } }));"],
    [
      'what async authorize returns',
      "createAuthHandler(key, async () => ({ capability: { chat: ['|'] } }));",
    ],
    [
      'what authorize returns to some',
      "createAuthEndpoint(key, (user: { ok: boolean }) => user.ok ? { capability: { chat: ['|'] } } : null);",
    ],
    [
      'what authorize returns after a check',
      "createAuthEndpoint(key, (user: { ok: boolean }) => { if (!user.ok) throw deny(); return { capability: { chat: ['|'] } }; });",
    ],
  ])('offers the operations, and nothing else, in %s', (_, code) => {
    expect(editor.completions(prelude + code).sort()).toEqual([...allOperations].sort());
  });

  test('offers the operations to ask for', () => {
    expect(editor.completions(`${prelude}can({ chat: ['*'] }, '|', 'chat');`)).toEqual(
      expect.arrayContaining(allOperations),
    );
  });

  test("offers 'inherit' beside an object", () => {
    expect(editor.completions(`${prelude}createAblyJwt(key, { capability: '|' });`)).toEqual(['inherit']);
  });

  test('offers the options, the required one first', () => {
    const offered = editor.completions(`${prelude}createAblyJwt(key, { | });`);
    expect(offered[0]).toBe('capability');
    expect(offered.slice(1)).toEqual([
      ...['allowBrowser', 'backdate', 'channelClaims', 'claims', 'clientId', 'clientType'],
      ...['issuedAt', 'publishRateLimits', 'revocable', 'revocationKey', 'roomClaims', 'ttl'],
    ]);
  });
});

/** Each mistake, and the words that tell a person what is wrong and what is wanted. */
const mistakes: [mistake: string, code: string, ...words: RegExp[]][] = [
  [
    'a misspelled operation',
    "createAblyJwt(key, { capability: { chat: ['subscribe', 'pubish'] } });",
    /'"pubish"' is not assignable/,
    /Did you mean '"publish"'\?$/,
  ],
  [
    'an unknown operation',
    "createAblyJwt(key, { capability: { chat: ['write'] } });",
    /'"write"' is not assignable to type '"subscribe" \| "publish" \| "presence"/,
  ],
  [
    'an operation without a list',
    "createAblyJwt(key, { capability: { chat: 'subscribe' } });",
    /'string' is not assignable to type 'readonly \("subscribe" \|/,
  ],
  [
    'an operation that does not exist, in authorize',
    "createAuthEndpoint(key, () => ({ capability: { chat: ['pubish'] } }));",
    /Did you mean '"publish"'\?$/,
  ],
  [
    'a bare number as ttl',
    "createAblyJwt(key, { capability: 'inherit', ttl: 3600 });",
    /^Type 'number' is not assignable to type '`\$\{number\}s` \| `\$\{number\}m` \| `\$\{number\}h` \| `\$\{number\}d` \| undefined'\.$/,
  ],
  [
    'a number without a unit as ttl',
    "createAblyJwt(key, { capability: 'inherit', ttl: '3600' });",
    /^Type '"3600"' is not assignable to type '`\$\{number\}s` \|/,
  ],
  [
    'a bare number as ttl, in async authorize',
    "createAuthHandler(key, async () => ({ capability: 'inherit', ttl: 60 }));",
    /'ttl' are incompatible/,
    /'number' is not assignable to type '`\$\{number\}s`/,
  ],
  ['no capability', "createAblyJwt(key, { clientId: 'alice' });", /'capability' is missing in type/],
  [
    'no capability, in authorize',
    "createAuthEndpoint(key, () => ({ clientId: 'alice' }));",
    /'capability' is missing in type/,
  ],
  ['no options', 'createAblyJwt(key);', /Expected 2 arguments, but got 1/],
  [
    'a misspelled option',
    "createAblyJwt(key, { capability: 'inherit', clientID: 'alice' });",
    /'clientID' does not exist in type 'AblyJwtOptions'\. Did you mean to write 'clientId'\?$/,
  ],
  [
    "another library's option",
    "createAblyJwt(key, { capability: 'inherit', expiresIn: '1h' });",
    /'expiresIn' does not exist in type 'AblyJwtOptions'/,
  ],
  [
    'null for absent',
    "createAblyJwt(key, { capability: 'inherit', clientId: null });",
    /^Type 'null' is not assignable to type 'string \|/,
  ],
  [
    'a time in milliseconds',
    "createAblyJwt(key, { capability: 'inherit', issuedAt: 1767323045000 });",
    /^Type 'number' is not assignable to type 'Date'/,
  ],
];

describe('the compiler', () => {
  test.each(mistakes)('says of %s what is wrong, in a few lines', (_, code, ...words) => {
    const [message = '', ...others] = editor.errors(prelude + code);
    expect(others).toEqual([]);
    for (const word of words) expect(message).toMatch(word);
    expect(message.split('\n').length).toBeLessThanOrEqual(5);
    for (const line of message.split('\n')) expect(line.length).toBeLessThanOrEqual(300);
  });

  test.each([
    ['one operation', "createAblyJwt(key, { capability: { chat: ['subscribe'] } });"],
    ['JSON text', 'createAblyJwt(key, { capability: \'{"chat":["subscribe"]}\', ttl: \'90s\' });'],
    ['undefined', "createAblyJwt(key, { capability: 'inherit', ttl: undefined, clientType: undefined });"],
    [
      'a computed ttl',
      `declare const n: number; createAblyJwt(key, { capability: 'inherit', ttl: \`\${n}m\` });`,
    ],
  ])('takes %s', (_, code) => {
    expect(editor.errors(prelude + code)).toEqual([]);
  });
});

/** What hovering over an option must tell: the claim it becomes, unit and bounds, and what is so without it. */
const hovers: [of: string, option: string, ...words: RegExp[]][] = [
  [
    'server.AblyJwtOptions',
    'capability',
    /x-ably-capability/,
    /Required/,
    /every right of the key/,
    /'inherit'/,
  ],
  [
    'server.AblyJwtOptions',
    'clientId',
    /x-ably-clientId/,
    /If omitted, the client is anonymous/,
    /`undefined`.*throw/,
  ],
  [
    'server.AblyJwtOptions',
    'clientType',
    /x-ably-clientType/,
    /If\s+omitted, Ably treats the holder as a device/,
  ],
  ['server.AblyJwtOptions', 'ttl', /`exp`/, /`s`, `m`, `h` or `d`/, /at most 24 h/, /@defaultValue `'1h'`/],
  ['server.AblyJwtOptions', 'revocable', /one hour/, /@defaultValue `false`/],
  ['server.AblyJwtOptions', 'revocationKey', /x-ably-revocation-key/, /`''` throw/, /If omitted,/],
  ['server.AblyJwtOptions', 'channelClaims', /ably\.channel\.<pattern>/, /extras\.userClaim/],
  ['server.AblyJwtOptions', 'roomClaims', /ably\.room\.<pattern>/],
  [
    'server.AblyJwtOptions',
    'publishRateLimits',
    /ably\.limits\.publish\.perAttachment\.maxRate\.<pattern>/,
    /per second/,
    /If omitted,/,
  ],
  ['server.AblyJwtOptions', 'claims', /throw/],
  ['server.AblyJwtOptions', 'allowBrowser', /public/, /@defaultValue `false`/],
  ['server.AblyJwtOptions', 'issuedAt', /`iat`/, /whole second/, /@defaultValue now/],
  ['server.AblyJwtOptions', 'backdate', /`iat`/, /less than `ttl`/, /@defaultValue `'0s'`/],
  [
    'server.AuthEndpointOptions<unknown>',
    'unauthenticatedStatus',
    /401/,
    /forever after a 401/,
    /@defaultValue `403`/,
  ],
  [
    'server.AuthEndpointOptions<unknown>',
    'timeout',
    /answers 503/,
    /More than `'0s'`, at most `'24d'`/,
    /@defaultValue `'8s'`/,
  ],
  ['server.AuthEndpointOptions<unknown>', 'onError', /ignored/, /@defaultValue logs with `console\.error`/],
  ['server.AuthHandlerOptions', 'cors', /other origins/, /@defaultValue none/],
  [
    'server.VerifyAblyJwtOptions',
    'clockTolerance',
    /`iat`/,
    /Expiry has no tolerance/,
    /@defaultValue `'60s'`/,
  ],
  ['client.AuthCallbackOptions', 'method', /@defaultValue `'GET'`/],
  [
    'client.AuthCallbackOptions',
    'headers',
    /plain object, or a function/,
    /`Accept: application\/json,text\/plain` is added/,
  ],
  ['client.AuthCallbackOptions', 'body', /sent as JSON/, /If omitted, none is sent/],
  ['client.AuthCallbackOptions', 'credentials', /cookies/, /@defaultValue `'same-origin'`/],
  ['client.AuthCallbackOptions', 'timeout', /milliseconds/, /Above 0 and below/, /@defaultValue `8000`/],
  ['client.AuthCallbackOptions', 'signal', /final/, /If omitted,/],
  ['client.AuthCallbackOptions', 'fetch', /global `fetch`/],
  ['client.AuthCallbackOptions', 'retries', /temporary failure/, /@defaultValue `1`/],
  ['client.AuthCallbackOptions', 'onUnauthorized', /401/, /at most once/],
  ['client.AuthCallbackOptions', 'onError', /once for each call/, /ignored/],
];

const entryPoints =
  "import type * as server from 'ably-jwt';\nimport type * as client from 'ably-jwt/client';\n";

describe('hovering', () => {
  test.each(hovers)('over "%s.%s" tells meaning, unit, bounds, default and claim', (of, option, ...words) => {
    const shown = editor.hover(`${entryPoints}declare const options: ${of};\noptions.|${option};`);
    expect(shown).toContain(`.${option}`);
    for (const word of words) expect(shown).toMatch(word);
  });

  test.each([
    ['server.AblyJwtOptions', 'createAblyJwt(key, { | });'],
    ['client.AuthCallbackOptions', "createAuthCallback('/auth', { | });"],
  ])('is tested for every member of %s', (of, code) => {
    const tested = hovers.filter(([options]) => options === of).map(([, option]) => option);
    expect(tested.sort()).toEqual(editor.completions(prelude + code).sort());
  });
});
