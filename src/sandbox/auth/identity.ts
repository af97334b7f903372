import type { Capability } from '../../capability/capability.js';
import { AblyJwtError } from '../../errors.js';
import { protocolError } from '../protocol/errors.js';
import type { AppKey } from './apps.js';

/** A point in the server's history. `order` tells what came first within one millisecond. */
export interface Moment {
  readonly at: number;
  readonly order: number;
}

/** What is known of a token, except for its rights. */
interface TokenFacts {
  /** A short name for the token, which doesn't reveal it. */
  readonly fingerprint: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** When the server first saw it; for a token that the server issued, when it did. */
  readonly seen: Moment;
  readonly revocationKey: string | undefined;
  /** The resources that its capability names. */
  readonly resources: readonly string[];
}

/** The identity behind the credentials of a request or a connection. */
export interface Identity {
  readonly key: AppKey;
  /** `*` for any client id, undefined for an anonymous client. */
  readonly clientId: string | undefined;
  /** What the token and its key both grant. */
  readonly capability: Capability;
  /** Whether the client may declare itself a server: with the key itself, or a token that says so. */
  readonly mayBeServer: boolean;
  /** Undefined when the credentials are the key itself. */
  readonly token: TokenFacts | undefined;
  readonly channelClaims: Readonly<Record<string, string>>;
  readonly roomClaims: Readonly<Record<string, string>>;
  readonly publishRateLimits: Readonly<Record<string, number>>;
}

/**
 * The client id that a request runs under.
 *
 * @param identity - the identity of its credentials
 * @param requested - the client id in the request, if there is one
 * @throws {@link AblyJwtError} `CLIENT_ID_MISMATCH` when the credentials don't allow that
 */
export function resolveClientId(identity: Identity, requested: string | undefined): string | undefined {
  const { clientId } = identity;
  if (requested === undefined || requested === clientId) {
    if (requested !== '*') return clientId;
  } else if (clientId === '*' && requested !== '') {
    return requested;
  }
  const held =
    clientId === undefined ? 'name no clientId' : `are for the clientId ${JSON.stringify(clientId)}`;
  throw new AblyJwtError(
    'CLIENT_ID_MISMATCH',
    `Invalid clientId for credentials: the client asks to be ${JSON.stringify(requested)}, its credentials ${held}.`,
  );
}

/**
 * The client id that a message or a presence message goes out with.
 *
 * @param holder - the sender's client id
 * @param given - the client id in the message
 * @throws {@link AblyJwtError} `CLIENT_ID_INVALID` when the sender may not use that one
 */
export function stampClientId(holder: string | undefined, given: unknown): string | undefined {
  if (given === undefined || given === null) return holder === '*' ? undefined : holder;
  if (typeof given === 'string' && given !== '' && given !== '*' && (holder === '*' || holder === given)) {
    return given;
  }
  const who = holder === undefined ? 'an anonymous client' : `the client ${JSON.stringify(holder)}`;
  throw new AblyJwtError(
    'CLIENT_ID_INVALID',
    `invalid clientId: ${who} can't send a message as ${JSON.stringify(given)}`,
  );
}

/**
 * A server's traffic is counted in another way than a device's, so a client needs its token's leave to call itself one.
 *
 * @throws {@link ProtocolError} 40167 when the client declares itself a server, and may not
 */
export function assertMayDeclare(identity: Identity, declaresServer: boolean): void {
  if (declaresServer && !identity.mayBeServer) throw protocolError('SERVER_NOT_GRANTED');
}

/**
 * A connection keeps its identity, or its lack of one.
 *
 * @param clientId - what it is now
 * @param nextClientId - what it would be
 * @throws {@link AblyJwtError} `CLIENT_ID_MISMATCH` when that is another
 */
export function assertSameClient(clientId: string | undefined, nextClientId: string | undefined): void {
  if (clientId === nextClientId) return;
  throw new AblyJwtError(
    'CLIENT_ID_MISMATCH',
    `Invalid clientId for credentials: the connection is ${named(clientId)}, the new token ${named(nextClientId)}.`,
    { hint: 'To change the identity, close the client and make a new one.' },
  );
}

function named(clientId: string | undefined): string {
  return clientId === undefined ? 'anonymous' : `for ${JSON.stringify(clientId)}`;
}
