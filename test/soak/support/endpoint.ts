import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AblyJwtOptions, createAblyJwt, createAuthListener, deny } from 'ably-jwt';
import type { Behavior, Exchange } from './behaviors.js';
import type { User } from './user.js';

/** What the auth server needs of the rest. */
export interface EndpointOptions {
  readonly users: ReadonlyMap<string, User>;
  /** The key that signs now. */
  readonly key: () => string;
  /** The server's time, in milliseconds since 1970. */
  readonly now: () => number;
  readonly tokenRequest: (clientId: string) => Promise<object>;
  /** Counts the answers. */
  readonly onAnswer: (name: string) => void;
}

/** What a user may do. Every token differs, so that a new one isn't the one that was revoked. */
function grants({ clientId, ttl, group }: User, now: number, serial: number): AblyJwtOptions {
  return {
    clientId,
    ttl,
    capability: { 'room:*': ['subscribe', 'publish', 'presence', 'history'] },
    revocationKey: group,
    revocable: true,
    issuedAt: new Date(now),
    claims: { jti: String(serial) },
  };
}

export const suspended = 'This account is suspended.';

/**
 * The product's auth server: `createAuthListener`, and before it what makes it fail. The user is in the header
 * `Authorization`, as with any session.
 */
export async function startEndpoint({ users, key, now, tokenRequest, onAnswer }: EndpointOptions) {
  let serial = 0;
  let url = '';
  const behaviorOf = new WeakMap<IncomingMessage, Behavior>();
  const userOf = ({ headers }: IncomingMessage) =>
    users.get(`${headers.authorization}`.replace('Bearer ', ''));
  const auth = createAuthListener(
    (request: IncomingMessage) => {
      if (behaviorOf.get(request)?.failsToFindKey) throw new Error('The secrets manager is down.');
      return key();
    },
    (request) => {
      const user = userOf(request);
      if (user === undefined) return null;
      if (user.isBanned) throw deny(suspended);
      const authorize = behaviorOf.get(request)?.authorize;
      return authorize === undefined ? grants(user, now(), serial++) : authorize();
    },
    { timeout: '5s', onError: () => {} },
  );
  const server = createServer((request, response) => {
    response.on('error', () => {});
    const user = userOf(request);
    // A ban is a matter of authorize alone.
    const behavior = user?.isBanned ? undefined : user?.take('endpoint', url);
    onAnswer(user?.isBanned ? 'deny, as the user is banned' : (behavior?.name ?? 'a token'));
    if (behavior !== undefined) behaviorOf.set(request, behavior);
    if (behavior?.answer === undefined) return auth(request, response);
    const { clientId } = user!;
    const exchange: Exchange = {
      request,
      response,
      clientId,
      key: key(),
      now: now(),
      token: (other = clientId) =>
        createAblyJwt(key(), { ...grants(user!, now(), serial++), clientId: other }),
      tokenRequest: () => tokenRequest(clientId),
    };
    void behavior.answer(exchange);
  });
  // Kept alive until the client hangs up: the server's limits are in real time.
  Object.assign(server, { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/auth`;
  return {
    url,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
