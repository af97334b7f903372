import { AblyJwtError } from '../../errors.js';
import { setBounded } from '../../util/maps.js';
import { type App, randomId } from '../auth/apps.js';
import { assertSameClient, type Identity, resolveClientId } from '../auth/identity.js';
import type { RateLimit } from '../channel/user-claims.js';
import { Timers } from '../clock.js';
import type { Context } from '../context.js';
import { plannedError } from '../faults.js';
import type { Format } from '../protocol/codec.js';
import { isTokenError, protocolError, toErrorInfo } from '../protocol/errors.js';
import {
  Action,
  type ConnectionDetails,
  connectionStateTtl,
  type ErrorInfo,
  type Frame,
  serverDetails,
} from '../protocol/protocol.js';
import { Attachments, type Holder } from './attachments.js';
import { TokenWatch } from './token-timers.js';
import type { Transport } from './transport.js';

/** How long the members of a lost connection stay present, in milliseconds. */
const presenceLinger = 15_000;
/** How many answers are kept for a client that resumes and sends again what it has no answer to. */
const keptAnswers = 200;

/** What a connection reports to its owner. */
interface ConnectionOwner {
  onFrame(connection: Connection, frame: Frame): void;
  onDispose(connection: Connection): void;
}

/** A client's connection. It outlives its transport for as long as it can be resumed. */
export class Connection implements Holder {
  readonly id = randomId(10);
  readonly app: App;
  readonly attachments: Attachments;
  /** The answers to the client's last frames, by `msgSerial`. */
  readonly answers = new Map<number, Frame>();
  /** How fast the client publishes, by channel. */
  readonly rates = new Map<string, RateLimit>();
  readonly context: Context;
  /** The client id that the client asked for when it connected. */
  readonly requestedClientId: string | undefined;
  #key = this.#newKey();
  #identity: Identity;
  #transport: Transport | undefined;
  #renewing = false;
  #waiting: Frame[] = [];
  readonly #timers: Timers<'presence' | 'retention'>;
  readonly #watch: TokenWatch;
  readonly #owner: ConnectionOwner;

  constructor(
    context: Context,
    identity: Identity,
    requestedClientId: string | undefined,
    owner: ConnectionOwner,
  ) {
    this.context = context;
    this.app = identity.key.app;
    this.#identity = identity;
    this.requestedClientId = requestedClientId;
    this.#owner = owner;
    this.attachments = new Attachments(this, context.channels);
    this.#timers = new Timers(context.clock);
    this.#watch = new TokenWatch(
      context.clock,
      () => this.prompt(),
      () => this.expire(),
    );
  }

  get identity(): Identity {
    return this.#identity;
  }

  get clientId(): string | undefined {
    return resolveClientId(this.#identity, this.requestedClientId);
  }

  get key(): string {
    return this.#key;
  }

  get live(): boolean {
    return this.#transport !== undefined;
  }

  get echo(): boolean {
    return this.#transport?.params.echo ?? false;
  }

  get format(): Format | undefined {
    return this.#transport?.params.format;
  }

  /** Takes a transport: the connection's first, or the one that resumes it. */
  open(transport: Transport, problem?: ErrorInfo): void {
    this.#timers.clear();
    this.#transport = transport;
    transport.listen(
      (frame) => this.#receive(frame),
      () => void this.#lose(),
    );
    this.#sendConnected(problem);
    this.#watch.start(this.#identity.token?.expiresAt, true);
  }

  /**
   * Gives the connection to a client that shows its key, on a new transport. The client attaches its channels again,
   * saying what it has seen of them, so the attachments go; the key is replaced, so that nobody else resumes by it.
   */
  resume(transport: Transport, identity: Identity, requestedClientId: string | undefined): void {
    assertSameClient(this.clientId, resolveClientId(identity, requestedClientId));
    const { info } = protocolError('CONNECTION_SUPERSEDED');
    this.#transport?.end({ action: Action.DISCONNECTED, error: info });
    this.#identity = identity;
    this.#key = this.#newKey();
    this.attachments.clear();
    this.open(transport);
  }

  send(frame: Frame): void {
    this.#transport?.send(frame);
  }

  write(bytes: string | Uint8Array): void {
    this.#transport?.write(bytes);
  }

  /** Keeps the answer to a frame, and sends it. */
  answer(msgSerial: number, answer: Frame): void {
    setBounded(this.answers, msgSerial, answer, keptAnswers);
    this.send(answer);
  }

  beat(): void {
    this.#transport?.beat();
  }

  /** Asks the client for a new token. */
  prompt(): void {
    this.send({ action: Action.AUTH });
  }

  /** Tells the client that its token has expired. */
  expire(): void {
    this.disconnect(toErrorInfo(new AblyJwtError('TOKEN_EXPIRED', 'Token expired')));
  }

  /** Ends the transport with an error after which the client comes back. */
  disconnect(error: ErrorInfo): void {
    this.#lose()?.end({ action: Action.DISCONNECTED, error });
  }

  /** Ends the connection for good: the client did something wrong. */
  fail(error: ErrorInfo): void {
    this.#lose()?.end({ action: Action.ERROR, error }, 1008);
    this.dispose();
  }

  /** Cuts the transport without a word. The connection can be resumed. */
  drop(): void {
    this.#lose()?.cut();
  }

  /** Ends the connection as the client wished. */
  close(): void {
    this.#lose()?.end({ action: Action.CLOSED });
    this.dispose();
  }

  /** Forgets the connection: its members leave, its key is worth nothing. */
  dispose(): void {
    this.drop();
    this.#timers.clear();
    this.attachments.clear();
    this.#leaveAll();
    this.#owner.onDispose(this);
  }

  /** Judges the new token of a client and goes on under it (Ably spec RTC8). Frames that come meanwhile wait. */
  async renew(token: unknown): Promise<void> {
    const transport = this.#transport;
    this.#renewing = true;
    try {
      const planned = this.context.failures.take();
      if (planned === 'close') return this.drop();
      if (planned !== undefined) throw plannedError(planned);
      if (typeof token !== 'string' || token.trim() === '') {
        throw protocolError('CREDENTIALS_REFUSED', 'Not authorized: the AUTH frame has no accessToken');
      }
      const identity = await this.context.authenticator.authenticate({ token }, 'realtime');
      if (transport === this.#transport) this.#adopt(identity);
    } catch (thrown) {
      const error = toErrorInfo(thrown);
      // Whose transport is gone, or has given way to another one, isn't told any more.
      if (transport !== this.#transport) return;
      // After a token error the client comes back with another token, to the same connection.
      if (isTokenError(error.code)) this.disconnect(error);
      else this.fail(error);
    } finally {
      this.#renewing = false;
      while (!this.#renewing && this.#waiting.length > 0) this.#receive(this.#waiting.shift()!);
    }
  }

  #adopt(identity: Identity): void {
    if (identity.key !== this.#identity.key) {
      throw new AblyJwtError(
        'CLIENT_ID_MISMATCH',
        'the new token was made with another key than the connection',
      );
    }
    assertSameClient(this.clientId, resolveClientId(identity, this.requestedClientId));
    this.#identity = identity;
    this.#sendConnected();
    this.#watch.start(identity.token?.expiresAt, false);
    this.attachments.reconcile();
  }

  #receive(frame: Frame): void {
    if (this.#renewing) this.#waiting.push(frame);
    else this.#owner.onFrame(this, frame);
  }

  #sendConnected(error?: ErrorInfo): void {
    const connectionDetails: ConnectionDetails = {
      clientId: this.clientId,
      connectionKey: this.#key,
      ...serverDetails,
    };
    this.send({ action: Action.CONNECTED, connectionId: this.id, connectionDetails, error });
  }

  /** Lets go of the transport, and gives it back. The client may come back with another one. */
  #lose(): Transport | undefined {
    const transport = this.#transport;
    if (transport === undefined) return undefined;
    this.#transport = undefined;
    this.#waiting = [];
    this.#watch.stop();
    this.#timers.set('presence', presenceLinger, () => this.#leaveAll());
    this.#timers.set('retention', connectionStateTtl, () => this.dispose());
    return transport;
  }

  #leaveAll(): void {
    for (const channel of this.context.channels.of(this.app)) channel.presence.leave(this.id);
  }

  #newKey(): string {
    return `${this.id}!${randomId(16)}`;
  }
}
