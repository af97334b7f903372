/** Compiled with `exactOptionalPropertyTypes` by `tsc -p .`: a line that should not compile and does is an error. */
import * as Ably from 'ably';
import type * as root from 'ably-jwt';
import {
  type AuthCallback,
  type AuthCallbackError,
  createAuthCallback,
  type TokenDetails,
  type TokenParams,
  type TokenRequest,
} from 'ably-jwt/client';

type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <Claim extends true>(claim?: Claim) => claim;

// It is what Ably's clients take.
new Ably.Realtime({ authCallback: createAuthCallback('/auth') });
new Ably.Rest({ authCallback: createAuthCallback('/auth'), clientId: 'alice' });
const authCallback: NonNullable<Ably.ClientOptions['authCallback']> = createAuthCallback('/auth');
export const authOptions: Ably.AuthOptions = { authCallback };

// It is assignable without the laxness that TypeScript grants to methods.
type AblyCallback = Parameters<NonNullable<Ably.ClientOptions['authCallback']>>[1];
export const strictly: (data: Ably.TokenParams, callback: AblyCallback) => void = createAuthCallback('/auth');
export const error: Ably.ErrorInfo = {} as AuthCallbackError;
export const details: Ably.TokenDetails = {} as TokenDetails;
export const tokenRequest: Ably.TokenRequest = {} as TokenRequest;
export const ablyTokenRequest: TokenRequest = {} as Ably.TokenRequest;
export const params: Ably.TokenParams = {} as TokenParams;
export const ablyParams: TokenParams = {} as Ably.TokenParams;

// One function, in both entries.
holds<Equals<typeof root.createAuthCallback, typeof createAuthCallback>>();
holds<Equals<ReturnType<typeof createAuthCallback>, AuthCallback>>();

// Sources.
createAuthCallback(new URL('https://example.com/auth'));
createAuthCallback(() => 'a.b.c');
createAuthCallback(async ({ clientId }) => `${clientId}.b.c`);
createAuthCallback(() => ({ token: 'a.b.c' }));
createAuthCallback(async (tokenParams) => {
  const ably = new Ably.Rest({ key: 'appId.keyId:secret' });
  return ably.auth.requestToken(tokenParams);
});
// @ts-expect-error a source is required
createAuthCallback();
// @ts-expect-error a source is no options
createAuthCallback({ url: '/auth' });
// @ts-expect-error a function must give something
createAuthCallback(() => {});
// @ts-expect-error a response is no token
createAuthCallback(() => fetch('/auth'));
createAuthCallback((tokenParams) => new Ably.Rest('key').auth.createTokenRequest(tokenParams));

// Options, each of which may be undefined.
createAuthCallback('/auth', {
  method: 'POST',
  headers: { authorization: 'Bearer x' },
  body: { room: 'lobby' },
  credentials: 'include',
  timeout: 5000,
  signal: AbortSignal.timeout(60_000),
  fetch,
  retries: 0,
  onUnauthorized: async () => {},
  onError: ({ code, statusCode, status, url, contentType, message, cause }) => {
    holds<Equals<typeof code, number>>();
    holds<Equals<typeof statusCode, number>>();
    holds<Equals<typeof status, number | undefined>>();
    holds<Equals<typeof url, string | undefined>>();
    holds<Equals<typeof contentType, string | undefined>>();
    console.warn(message, cause);
  },
});
createAuthCallback('/auth', {
  method: undefined,
  headers: undefined,
  body: undefined,
  credentials: undefined,
  timeout: undefined,
  signal: undefined,
  fetch: undefined,
  retries: undefined,
  onUnauthorized: undefined,
  onError: undefined,
});
interface Login {
  user: string;
}
declare const login: Login;
declare const session: { token: string } | undefined;
createAuthCallback('/auth', {
  headers: ({ clientId }) => ({ 'x-user': clientId ?? '' }),
  body: async ({ ttl }) => {
    holds<Equals<typeof ttl, number | undefined>>();
    return login;
  },
});
createAuthCallback('/auth', { headers: async () => session && { authorization: session.token } });
for (const body of ['text', new URLSearchParams(), new FormData(), login])
  createAuthCallback('/auth', { body });
// @ts-expect-error headers are a plain object
createAuthCallback('/auth', { headers: new Headers() });
// @ts-expect-error a header is text
createAuthCallback('/auth', { headers: { 'x-count': 1 } });
// @ts-expect-error a body is no number
createAuthCallback('/auth', { body: 1 });
// @ts-expect-error a timeout is a number of milliseconds
createAuthCallback('/auth', { timeout: '8s' });
// @ts-expect-error credentials are those of fetch
createAuthCallback('/auth', { credentials: true });
// @ts-expect-error retries are counted
createAuthCallback('/auth', { retries: true });
// @ts-expect-error no such option, as Ably's authUrl has
createAuthCallback('/auth', { authHeaders: {} });
// @ts-expect-error the status is a number
createAuthCallback('/auth', { onError: ({ status }) => status.length });
