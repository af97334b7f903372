import { openToken } from '../jwt/embedded.js';
import { explainAblyJwt, type Finding } from '../jwt/explain.js';
import { isAblyToken } from '../jwt/pasted.js';
import { setBounded } from '../util/maps.js';
import type { Apps } from './auth/apps.js';
import { fingerprint } from './auth/authenticator.js';
import type { Identity } from './auth/identity.js';
import type { SandboxClock } from './clock.js';
import { maskCredentials } from './protocol/mask.js';
import type { ErrorInfo } from './protocol/protocol.js';
import type { SandboxRequest } from './request-log.js';

/** How many events, and how many tokens, are kept. The oldest are forgotten. */
const kept = 1_000;

/** A token as an event shows it: never its text and never its signature. */
export interface SandboxToken {
  /** Equal for the same token, different for others. It is the `tokenFingerprint` of {@link SandboxRequest}. */
  readonly fingerprint: string;
  /** The JOSE header. Absent if it can't be read, as in an opaque Ably Token. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** The claims: of an embedded token, those of the Ably JWT inside. Absent if they can't be read. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** Something that happened in a sandbox. Get each one with the option `onEvent` of {@link startAblySandbox}. */
export interface SandboxEvent {
  /** When it happened, by the sandbox's clock. */
  readonly at: Date;
  /**
   * - `'connected'`: a client connected or resumed its connection
   * - `'refused'`: the sandbox refused a client's credentials, of a connection, a renewal or a REST request
   * - `'renewed'`: a connected client sent a new token, and the sandbox accepted it
   * - `'expired'`: a connection, or a stream of server-sent events, ended because its token had expired
   * - `'revoked'`: a connection, or a stream of server-sent events, ended because its token or key was revoked
   * - `'disconnected'`: a connection ended or was lost for another reason
   * - `'request'`: the sandbox answered a REST request whose credentials it did not refuse
   */
  readonly type: 'connected' | 'refused' | 'renewed' | 'expired' | 'revoked' | 'disconnected' | 'request';
  /** How the client speaks to the sandbox: over WebSocket, or with single requests. */
  readonly via: 'realtime' | 'rest';
  /** The connection's id. Absent for REST, and for a client that was refused before it had one. */
  readonly connectionId?: string;
  /** The client's identity, `'*'` for any. Absent for an anonymous client and for refused credentials. */
  readonly clientId?: string;
  /** The name of the key that the credentials are, or were made with. Absent for refused credentials. */
  readonly keyName?: string;
  /** The SDK, as it names itself: `'ably-js/2.28.0 nodejs/20.20.2'`. */
  readonly agent?: string;
  /** When the token expires. Absent without an accepted token. */
  readonly expiresAt?: Date;
  /** The token. Absent if the client uses the key itself, or nothing. */
  readonly token?: SandboxToken;
  /** The error that the client received. */
  readonly error?: ErrorInfo;
  /**
   * What `explainAblyJwt` finds in the token: for a refused token the reason, for an accepted one its warnings. Present
   * when a client sends a token: in `'connected'`, `'renewed'`, `'refused'` and `'request'`.
   */
  readonly findings?: readonly Finding[];
  /** The REST request or the connection attempt. Present in `'request'`, and in `'refused'` except for a renewal. */
  readonly request?: SandboxRequest;
}

/** Receives the events of a sandbox. */
export type SandboxEventListener = (event: SandboxEvent) => void;

/** @internal An event before its time and its token are filled in. Properties that are undefined are left out. */
export type EventDetails = {
  [Name in keyof Omit<SandboxEvent, 'at' | 'token' | 'findings'>]: SandboxEvent[Name] | undefined;
} & Pick<SandboxEvent, 'type' | 'via'>;

/** @internal The token of an event: the text that a client has just sent, or the fingerprint of one that it sent before. */
export type EventToken = { readonly text: string } | { readonly fingerprint: string };

/**
 * @internal The latest events of a server, oldest first. It is off until a listener is added, so that a sandbox without
 * one does no work for it. Events are delivered in order, a moment after they happened: a token is explained first.
 */
export class EventLog {
  readonly #clock: SandboxClock;
  readonly #apps: Apps;
  readonly #entries: SandboxEvent[] = [];
  readonly #listeners = new Set<SandboxEventListener>();
  readonly #tokens = new Map<string, SandboxToken>();
  #delivered: Promise<void> = Promise.resolve();
  #on = false;

  constructor(clock: SandboxClock, apps: Apps) {
    this.#clock = clock;
    this.#apps = apps;
  }

  /** The latest events, since the first listener was added. */
  get entries(): readonly SandboxEvent[] {
    return [...this.#entries];
  }

  /** Passes each event to a listener from now on, and turns the log on. What a listener throws is ignored. */
  listen(listener: SandboxEventListener): () => void {
    this.#on = true;
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Notes an event. */
  add(details: EventDetails, token?: EventToken): void {
    if (!this.#on) return;
    const at = new Date(this.#clock.now());
    const given = token !== undefined && 'text' in token ? token.text : undefined;
    const view = given === undefined ? this.#known(token) : this.#view(given);
    // Explained at once, so that a clock which moves on doesn't change what is found.
    // It fails for a clock without a valid time, which is no reason to lose the event, or the process.
    const findings = given === undefined ? undefined : this.#explain(given, at).catch(() => []);
    this.#delivered = this.#delivered.then(async () => {
      this.#deliver({ at, ...details, token: view, findings: await findings });
    });
  }

  /** What an event would say of a token, without noting one. */
  async describe(text: string): Promise<{ token: SandboxToken; findings: readonly Finding[] }> {
    return { token: this.#view(text), findings: await this.#explain(text, new Date(this.#clock.now())) };
  }

  #deliver(event: { [Name in keyof SandboxEvent]: SandboxEvent[Name] | undefined }): void {
    const entry = Object.fromEntries(
      Object.entries(event).filter(([, value]) => value !== undefined),
    ) as unknown as SandboxEvent;
    this.#entries.push(entry);
    if (this.#entries.length > kept) this.#entries.shift();
    for (const listener of this.#listeners) {
      try {
        // A listener may be an async function, whose rejection would end the process.
        Promise.resolve(listener(entry) as unknown).catch(() => {});
      } catch {}
    }
  }

  async #explain(token: string, at: Date): Promise<readonly Finding[]> {
    // An Ably Token is opaque, and no defect of a JWT.
    if (isAblyToken(token)) return [];
    const kid = openToken(token).token.header?.kid;
    const key = typeof kid === 'string' ? this.#apps.key(kid) : undefined;
    return explainAblyJwt(token, key?.parsed ?? this.#apps.parsedKeys, {
      currentDate: at,
      revocable: key?.revocableTokens,
    });
  }

  #view(given: string): SandboxToken {
    const { text, header, payload } = openToken(given).token;
    const print = fingerprint(text === '' ? given : text);
    const view: SandboxToken = {
      fingerprint: print,
      ...(header === undefined ? {} : { header: withoutCredentials(header) }),
      ...(payload === undefined ? {} : { claims: withoutCredentials(payload) }),
    };
    setBounded(this.#tokens, print, view, kept);
    return view;
  }

  #known(token: EventToken | undefined): SandboxToken | undefined {
    if (token === undefined || 'text' in token) return undefined;
    return this.#tokens.get(token.fingerprint) ?? { fingerprint: token.fingerprint };
  }
}

/** A copy without credentials: people put whole keys into `kid`, and tokens into claims. */
function withoutCredentials(object: object): Record<string, unknown> {
  const copy = JSON.parse(maskCredentials(JSON.stringify(object))) as Record<string, unknown>;
  // What follows a colon in a key's name is its secret, however short.
  if (typeof copy.kid === 'string') copy.kid = copy.kid.replace(/:.*$/s, ':…');
  return copy;
}

/** @internal What an event says of the client whose credentials were accepted. */
export function identityDetails(
  { key, token }: Identity,
  clientId: string | undefined,
): Pick<EventDetails, 'clientId' | 'keyName' | 'expiresAt'> {
  return {
    clientId,
    keyName: key.name,
    expiresAt: token === undefined ? undefined : new Date(token.expiresAt),
  };
}
