import { fingerprint } from './auth/authenticator.js';
import { type Credentials, kindOf } from './auth/credentials.js';
import type { Identity } from './auth/identity.js';
import type { SandboxClock } from './clock.js';
import { isSecretParameter, maskCredentials, maskPath } from './protocol/mask.js';
import type { ErrorInfo } from './protocol/protocol.js';
import type { RequestTarget } from './protocol/target.js';

/** How many requests are kept. */
const keptRequests = 10_000;

/** A request that an Ably sandbox has answered: a REST call, or a connection attempt over WebSocket. */
export interface SandboxRequest {
  /** When it was answered, by the sandbox's clock. */
  readonly at: Date;
  /** The HTTP method; a connection attempt is a GET. */
  readonly method: string;
  /** The path, as it was sent but for credentials; 2,000 characters at most. */
  readonly path: string;
  /** The query, without credentials. Values have 2,000 characters at most. */
  readonly query: Readonly<Record<string, string>>;
  /** The HTTP status of the answer; 101 for WebSockets, also when an ERROR frame then refused the client; 0 for none. */
  readonly status: number;
  /** Its credentials: an API key, a token, or none. The credentials themselves are not kept. */
  readonly credentials: 'key' | 'token' | 'none';
  /** The name of the key that the credentials are, or were made with. Only if they were accepted. */
  readonly keyName?: string;
  /** The client id of the credentials, `'*'` for any. Only if they were accepted. */
  readonly clientId?: string;
  /** Equal for requests with the same token, different for others. */
  readonly tokenFingerprint?: string;
  /** The error in the answer. */
  readonly error?: ErrorInfo;
}

/** @internal What the log keeps of a request. */
export interface Notes {
  readonly method: string;
  readonly target: RequestTarget;
  readonly status: number;
  readonly credentials: Credentials;
  readonly identity?: Identity | undefined;
  readonly error?: ErrorInfo | undefined;
}

/** The longest path, and the longest value of a parameter, that is kept. */
const keptCharacters = 2_000;

/** @internal The requests that a server has answered. */
export class RequestLog {
  readonly #clock: SandboxClock;
  readonly #entries: SandboxRequest[] = [];

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  get entries(): readonly SandboxRequest[] {
    return [...this.#entries];
  }

  add({ method, target, status, credentials, identity, error }: Notes): SandboxRequest {
    const query = [...target.query]
      .filter(([name]) => !isSecretParameter(name))
      .map(([name, value]) => [maskCredentials(name), maskCredentials(value).slice(0, keptCharacters)]);
    const entry: SandboxRequest = {
      at: new Date(this.#clock.now()),
      method,
      path: maskPath(target.path).slice(0, keptCharacters),
      query: Object.fromEntries(query),
      status,
      credentials: kindOf(credentials),
      ...(identity === undefined ? {} : { keyName: identity.key.name }),
      ...(identity?.clientId === undefined ? {} : { clientId: identity.clientId }),
      ...(credentials.token === undefined ? {} : { tokenFingerprint: fingerprint(credentials.token) }),
      ...(error === undefined ? {} : { error }),
    };
    this.#entries.push(entry);
    if (this.#entries.length > keptRequests) this.#entries.splice(0, keptRequests / 2);
    return entry;
  }
}
