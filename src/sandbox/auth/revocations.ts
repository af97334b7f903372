import { targetTypes } from '../../revoke/results.js';
import type { SandboxClock } from '../clock.js';
import type { App, AppKey } from './apps.js';
import type { Identity, Moment } from './identity.js';

/** How long clients have to renew when a revocation allows for it, in milliseconds. */
const reauthMargin = 30_000;

/** The kind of a revocation's target: in `clientId:bob`, `clientId`. */
export type TargetKind = (typeof targetTypes)[number];

/** Reads a target as Ably writes it; undefined if it is not one. */
export function parseRevocationTarget(target: unknown): [kind: TargetKind, value: string] | undefined {
  if (typeof target !== 'string') return undefined;
  const kind = targetTypes.find((known) => target.startsWith(`${known}:`));
  if (kind === undefined) return undefined;
  const value = target.slice(kind.length + 1);
  return value === '' ? undefined : [kind, value];
}

/** A revocation that applies, or will. */
export interface Revocation {
  readonly kind: TargetKind;
  readonly value: string;
  /** Tokens issued before it are revoked, in milliseconds since 1970. */
  readonly issuedBefore: number;
  /** When it takes effect, in milliseconds since 1970. */
  readonly appliesAt: number;
  readonly made: Moment;
  /** The key whose tokens it covers, or the app for all of its keys. */
  readonly scope: AppKey | App;
}

/** The revocations of a server, and the order of events, on which they depend. */
export class RevocationList {
  readonly #clock: SandboxClock;
  readonly #list: Revocation[] = [];
  #order = 0;

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  /** The current moment: after every earlier one, and before every later one. */
  moment(): Moment {
    return { at: this.#clock.now(), order: this.#order++ };
  }

  add(
    scope: AppKey | App,
    kind: TargetKind,
    value: string,
    issuedBefore: number | undefined,
    withMargin: boolean,
  ): Revocation {
    const made = this.moment();
    const revocation: Revocation = {
      kind,
      value,
      issuedBefore: issuedBefore ?? made.at,
      // One more, since clients are promised the whole margin from the time of their request.
      appliesAt: withMargin ? made.at + reauthMargin + 1 : made.at,
      made,
      scope,
    };
    this.#list.push(revocation);
    return revocation;
  }

  /** Whether a token is revoked now. */
  covers(identity: Identity): boolean {
    const now = this.#clock.now();
    return this.#list.some((revocation) => revocation.appliesAt <= now && concerns(revocation, identity));
  }
}

/** Whether a revocation is, or will be, about a token. */
export function concerns(revocation: Revocation, identity: Identity): boolean {
  const { token, key, clientId } = identity;
  if (token === undefined || (revocation.scope !== key && revocation.scope !== key.app)) return false;
  const { kind, value } = revocation;
  if (kind === 'clientId' && clientId !== value) return false;
  if (kind === 'revocationKey' && token.revocationKey !== value) return false;
  if (kind === 'channel' && !token.resources.includes(value)) return false;
  // A JWT states only the second of its issue. Within the second of `issuedBefore` a token is revoked if the server had
  // seen it by then. Otherwise a client that renews at once would have its new token revoked too.
  if (Math.floor(token.issuedAt / 1000) !== Math.floor(revocation.issuedBefore / 1000)) {
    return token.issuedAt < revocation.issuedBefore;
  }
  const { seen } = token;
  return (
    seen.at < revocation.issuedBefore ||
    (seen.at === revocation.issuedBefore && seen.order < revocation.made.order)
  );
}
