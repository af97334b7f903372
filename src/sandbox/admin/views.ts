import { isMovable } from './clock.js';
import type { AdminContext } from './types.js';

/** How many requests are listed. */
const listedRequests = 1_000;
/** Clients are asked for a new token this long before the old one expires, in milliseconds. */
const renewalMargin = 30_000;

/** What can be read, by path. */
export const views: Readonly<Record<string, (admin: AdminContext) => unknown>> = {
  connections: ({ context, sandbox, seen }) => ({
    now: new Date(context.clock.now()),
    connections: sandbox.connections.map(({ close: _, ...connection }) => ({
      ...connection,
      ...renewal(connection),
      ...seen.speaker(connection.connectionId),
    })),
  }),
  tokens: ({ seen }) => ({ tokens: seen.tokens }),
  requests: ({ sandbox }) => ({ requests: sandbox.requests.slice(-listedRequests) }),
  keys: ({ context, sandbox }) => ({
    keys: sandbox.keys.map(({ name, capability, revocableTokens }) => {
      const { revoked, app } = context.apps.key(name)!;
      return { name, capability, revocableTokens, revoked, appDisabled: app.disabled };
    }),
  }),
  clock: clockView,
};

export function clockView({ context: { clock } }: AdminContext) {
  return { now: new Date(clock.now()), movable: isMovable(clock) };
}

/** When a client is asked for a new token: at half its life, if the token lives for less than a minute. */
function renewal({ tokenIssuedAt, tokenExpiresAt }: { tokenIssuedAt?: Date; tokenExpiresAt?: Date }) {
  if (tokenIssuedAt === undefined || tokenExpiresAt === undefined) return {};
  const life = tokenExpiresAt.getTime() - tokenIssuedAt.getTime();
  return { renewsAt: new Date(tokenExpiresAt.getTime() - Math.min(renewalMargin, life / 2)) };
}
