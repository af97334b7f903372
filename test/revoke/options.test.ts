import { type RevokeAblyTokensOptions, revokeAblyTokens } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { errorOf, said } from '../support/errors.js';
import { key, secret } from '../support/tokens.js';

describe('refused before anything is sent', () => {
  const targets = [{ clientId: 'a' }];
  const hour = 3_600_000;
  test.each<[name: string, options: unknown, transport: unknown, says: RegExp]>([
    ['no targets', { targets: [] }, {}, /"targets" must be a list of 1 to 100 targets, found a list of 0/],
    ['too many', { targets: Array(101).fill({ clientId: 'a' }) }, {}, /found a list of 101/],
    ['no list', { targets: { clientId: 'a' } }, {}, /found an object/],
    ['a list of holes', { targets: new Array(2) }, {}, /found undefined/],
    ['half a character', { targets: [{ clientId: '\ud800' }] }, {}, /"targets\.clientId".*lone surrogates/],
    [
      'a misspelt target',
      { targets: [{ clientID: 'a' }] },
      {},
      /\{ clientId \}, \{ revocationKey \} or \{ channel \}/,
    ],
    ['two names in a target', { targets: [{ clientId: 'a', channel: 'b' }] }, {}, /one name in each/],
    ['a string', { targets: ['clientId:a'] }, {}, /found "clientId:a"/],
    ['an empty target', { targets: [{ clientId: '' }] }, {}, /"targets\.clientId".*an empty string/],
    ['the future', { targets, issuedBefore: new Date(Date.now() + hour) }, {}, /in the future/],
    ['long ago', { targets, issuedBefore: new Date(Date.now() - hour - 1000) }, {}, /more than one hour ago/],
    ['no Date', { targets, issuedBefore: Date.now() }, {}, /"issuedBefore" must be a valid Date/],
    [
      'a margin of another type',
      { targets, allowReauthMargin: 30 },
      {},
      /"allowReauthMargin" must be true or false/,
    ],
    ['an unknown option', { targets, issuedbefore: 1 }, {}, /Did you mean "issuedBefore"/],
    ['plain http', { targets }, { endpoint: 'http://ably.example' }, /"endpoint" must be https/],
    ['no URL', { targets }, { endpoint: 'main' }, /"endpoint" must be a base URL/],
    ['no function', { targets }, { fetch: 'x' }, /"fetch" must be a function/],
    ['an unknown transport option', { targets }, { url: 'x' }, /there is no option "url"/],
  ])('%s', async (_name, options, transport, says) => {
    const error = await errorOf(() =>
      revokeAblyTokens(key, options as RevokeAblyTokensOptions, transport as object),
    );
    expect(error.code).toBe('OPTION_INVALID');
    expect(said(error)).toMatch(says);
    expect(said(error)).not.toContain(secret);
  });
});
