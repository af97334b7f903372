import type { AblyJwtOptions } from 'ably-jwt';
import { createAuthHandler, createAuthListener } from 'ably-jwt';
import { describe, expect, test, vi } from 'vitest';
import { ablyError, endpoint, request } from '../support/endpoint.js';
import { key } from '../support/tokens.js';

const internal = ablyError(50000, 500, 'The auth endpoint failed. Its own log says why.');
const capability = { '*': ['subscribe'] } as const;
type User = { id: string };
const getUser = async () => ({ id: 'alice' });

/** What people write when an identity goes missing, and what the error must say. */
const mistakes: [name: string, authorize: (asked: never) => unknown, says: RegExp][] = [
  [
    'a session lookup without await',
    () => {
      const user = getUser() as unknown as User;
      return { clientId: user.id, capability };
    },
    /"clientId" is undefined\. Did you forget to await/,
  ],
  [
    'a session without a user',
    () => ({ clientId: ({} as { userId?: string }).userId, capability }),
    /"clientId" is undefined/,
  ],
  [
    'a Request of the Fetch API, read as one of Node',
    () => {
      const { headers } = new Request('https://example.com/', { headers: { 'x-user': 'alice' } });
      return { clientId: (headers as unknown as { 'x-user': string })['x-user'], capability };
    },
    /"clientId" is undefined/,
  ],
  ['a right that went missing', () => ({ clientId: 'alice', capability: undefined }), /"capability" is /],
  [
    'a revocation key that went missing',
    () => ({ clientId: 'alice', capability, revocationKey: undefined }),
    /"revocationKey" is undefined/,
  ],
  [
    'a clientId that is a Promise',
    () => ({ clientId: getUser().then(({ id }) => id), capability }),
    /"clientId" is a Promise\. .*await/,
  ],
  [
    'a capability that is a Promise',
    () => ({ clientId: 'alice', capability: Promise.resolve(capability) }),
    /"capability" is a Promise\. .*await/,
  ],
];

describe.each(mistakes)('%s', (_, authorize, says) => {
  test('is a 500 for the client, and onError is told the cause: nobody gets a token', async () => {
    for (const decide of [authorize, async () => (authorize as () => unknown)()]) {
      const { auth, onError } = endpoint(decide);
      expect(await auth(request)).toEqual(internal);
      expect(onError.mock.calls).toEqual([
        [expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringMatching(says) }), request],
      ]);
    }
  });

  test('is so in the handler and the listener too', async () => {
    const onError = vi.fn();
    const decide = authorize as () => AblyJwtOptions;
    const response = await createAuthHandler(key, decide, { onError })(
      new Request('https://example.com/auth'),
    );
    expect(response.status).toBe(500);
    const sent = await new Promise((resolve) => {
      createAuthListener(key, decide, { onError })(
        { method: 'GET', headers: {} },
        { getHeader: () => undefined, writeHead: (status) => resolve(status), end: () => {} },
      );
    });
    expect(sent).toBe(500);
    expect(onError).toHaveBeenCalledTimes(2);
  });
});
