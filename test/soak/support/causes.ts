import type { SandboxFaultRule } from 'ably-jwt/testing';
import { suspended } from './endpoint.js';

/** Why a client may have stopped, and what its error says then. */
export interface Cause {
  readonly name: string;
  readonly says: RegExp;
}

export const otherKey: Cause = {
  name: 'the endpoint signs with another key (40102)',
  says: /the new token was made with another key than the connection/,
};

export const keyRevoked: Cause = {
  name: 'the key was revoked (40131)',
  says: /^Key\/token status changed \(revoke\)/,
};

export const banned: Cause = { name: 'the user is banned', says: new RegExp(`^${suspended}$`) };

export const aborted: Cause = {
  name: 'the page aborted its signal',
  says: /^The signal passed to createAuthCallback was aborted\.$/,
};

/** What Ably does to a client that connects, renews or makes a REST request, and whether that stops the client. */
export const faults: readonly {
  readonly rule: Pick<SandboxFaultRule, 'on' | 'with'>;
  readonly stops?: Cause;
}[] = [
  { rule: { on: 'connect', with: 503 } },
  { rule: { on: 'connect', with: 500 } },
  { rule: { on: 'connect', with: 40_142 } },
  { rule: { on: 'connect', with: 40_140 } },
  { rule: { on: 'connect', with: 'close' } },
  { rule: { on: 'connect', with: 'hang' } },
  { rule: { on: 'connect', with: { delay: '3s' } } },
  { rule: { on: 'connect', with: { delay: '1m' } } },
  { rule: { on: 'renew', with: 40_142 } },
  { rule: { on: 'renew', with: 'close' } },
  { rule: { on: 'renew', with: 'hang' } },
  { rule: { on: 'renew', with: { delay: '3s' } } },
  { rule: { on: 'request', with: 503 } },
  { rule: { on: 'request', with: 40_142 } },
  { rule: { on: 'request', with: 'close' } },
  { rule: { on: 'request', with: 'hang' } },
  { rule: { on: 'request', with: { delay: '3s' } } },
  // An error that is none of a token is final, whatever its number (Ably's specification, RTN14g).
  ...(['connect', 'renew'] as const).flatMap((on) =>
    [40_300, 50_003].map((code) => ({
      rule: { on, with: code },
      stops: { name: `Ably: ${code}`, says: new RegExp(`^failNext: error ${code}`) },
    })),
  ),
];

/** Mistakes in a page, with which no request can be sent. */
export const mistakes: readonly (Cause & {
  readonly source?: string;
  readonly options: { readonly body?: object | string };
})[] = [
  {
    name: 'mistake: a relative URL',
    source: '/auth',
    options: {},
    says: /^createAuthCallback needs an absolute URL without a password here, found "\/auth"\.$/,
  },
  {
    name: 'mistake: a body with GET',
    options: { body: 'a' },
    says: /^A GET request can't be made with a body\. Set "method" to "POST"\.$/,
  },
  {
    name: 'mistake: a body that JSON can’t hold',
    options: { body: { id: 1n } },
    says: /^The value of "body" is not JSON\.$/,
  },
];
