import type { Capability } from '../../capability/capability.js';
import type { Finding } from '../../jwt/explain.js';
import { setBounded } from '../../util/maps.js';
import type { SandboxEvent, SandboxToken } from '../events.js';
import type { ErrorInfo } from '../protocol/protocol.js';
import { claimedRights } from './rights.js';

/** How many tokens are kept. The oldest are forgotten. */
const keptTokens = 1_000;

/** A token that clients have shown: never its text and never its signature. */
export interface SeenToken extends SandboxToken {
  /** What the sandbox decided the last time: `'unchecked'` for a request that needs no credentials. */
  readonly verdict: 'accepted' | 'refused' | 'unchecked';
  readonly findings: readonly Finding[];
  /** What it says that it grants. */
  readonly capability?: Capability;
  /** The error, if it was refused. */
  readonly error?: ErrorInfo;
  readonly clientId?: string;
  readonly keyName?: string;
  readonly expiresAt?: Date;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
}

/** What a connection has said of itself. */
interface Speaker {
  readonly tokenFingerprint?: string;
  readonly agent?: string;
}

/** What the events of a server tell about tokens and connections, put together. */
export class Seen {
  readonly #tokens = new Map<string, SeenToken>();
  readonly #speakers = new Map<string, Speaker>();

  /** The tokens, the one that was shown last at the end. */
  get tokens(): readonly SeenToken[] {
    return [...this.#tokens.values()];
  }

  /** The token and the agent of a connection. */
  speaker(connectionId: string): Speaker {
    return this.#speakers.get(connectionId) ?? {};
  }

  note(event: SandboxEvent): void {
    const { type, connectionId, token } = event;
    // Only where a client shows it: an expiry repeats the token that expired.
    if (token !== undefined && event.findings !== undefined) this.#noteToken(event, token, event.findings);
    if (connectionId === undefined) return;
    if (type === 'connected' || type === 'renewed') {
      const { agent = this.#speakers.get(connectionId)?.agent } = event;
      this.#speakers.set(connectionId, {
        ...(token === undefined ? {} : { tokenFingerprint: token.fingerprint }),
        ...(agent === undefined ? {} : { agent }),
      });
    } else if (type !== 'refused' && type !== 'request') this.#speakers.delete(connectionId);
  }

  #noteToken(
    { type, at, error, clientId, keyName, expiresAt }: SandboxEvent,
    token: SandboxToken,
    findings: readonly Finding[],
  ): void {
    const before = this.#tokens.get(token.fingerprint);
    const refused = type === 'refused';
    const entry: SeenToken = {
      ...token,
      ...claimedRights(token),
      verdict: refused ? 'refused' : keyName === undefined ? (before?.verdict ?? 'unchecked') : 'accepted',
      findings,
      ...(refused && error !== undefined ? { error } : {}),
      ...(clientId === undefined ? {} : { clientId }),
      ...(keyName === undefined ? {} : { keyName }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
      firstSeen: before?.firstSeen ?? at,
      lastSeen: at,
    };
    this.#tokens.delete(token.fingerprint);
    setBounded(this.#tokens, token.fingerprint, entry, keptTokens);
  }
}
