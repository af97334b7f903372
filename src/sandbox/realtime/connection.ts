import { AblyJwtError } from '../../errors.js';
import { setBounded } from '../../util/maps.js';
import { type App, randomId } from '../auth/apps.js';
import { expiredText } from '../auth/authenticator.js';
import { assertMayDeclare, assertSameClient, type Identity, resolveClientId } from '../auth/identity.js';
import type { RateLimit } from '../channel/user-claims.js';
import { Timers } from '../clock.js';
import type { Context } from '../context.js';
import { type EventToken, identityDetails, type SandboxEvent } from '../events.js';
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
import { authenticateRenewal } from './renewal.js';
import { TokenWatch } from './token-timers.js';
import type { Transport } from './transport.js';

/** How long the members of a lost connection stay present, in milliseconds. */
const presenceLinger = 15_000;
/** How many answers are kept for a client that resumes and sends again what it has no answer to. */
const keptAnswers = 200;

/** How many frames wait while a token is verified. */
const maxWaiting = 1_000;

/** Why a transport ended, as an event. */
type EndType = 'disconnected' | 'expired' | 'revoked' | 'refused';

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
  /** The renewal that is going on. */
  #renewal: object | undefined;
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

  /** Opens a transport: the connection's first, or the one that resumes it. */
  open(transport: Transport, error?: ErrorInfo): void {
    this.#timers.clear();
    this.#transport = transport;
    transport.listen(
      (frame) => this.#receive(frame),
      () => void this.#lose('disconnected'),
    );
    this.#sendConnected(error);
    this.#watch.start(this.#identity.token?.expiresAt, true);
  }

  /**
   * Moves the connection to a new transport, for a client that sent its key. The client attaches its channels again with
   * the serials it has seen, so the attachments are dropped. The key is replaced, so that it works only once.
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

  pong(id: string | undefined): void {
    this.#transport?.pong(id);
  }

  /** Asks the client for a new token. */
  prompt(): void {
    this.send({ action: Action.AUTH });
  }

  /** Ends the transport because the token has expired. */
  expire(): void {
    this.disconnect(toErrorInfo(new AblyJwtError('TOKEN_EXPIRED', expiredText)), 'expired');
  }

  /** Ends the transport with an error after which the client comes back. */
  disconnect(error: ErrorInfo, type: EndType = 'disconnected'): void {
    this.#lose(type, error)?.end({ action: Action.DISCONNECTED, error });
  }

  /** Ends the connection for good, with an error after which the client stops. */
  fail(error: ErrorInfo, type: EndType = 'disconnected'): void {
    this.#lose(type, error)?.end({ action: Action.ERROR, error }, 1008);
    this.dispose();
  }

  /** Cuts the transport, as a network does. The connection can be resumed. */
  drop(): void {
    this.#lose('disconnected')?.cut();
  }

  /** Ends the connection at the client's request. */
  close(): void {
    this.#lose('disconnected')?.end({ action: Action.CLOSED });
    this.dispose();
  }

  /** Forgets the connection: its members leave, and its key no longer resumes it. */
  dispose(): void {
    this.drop();
    this.#timers.clear();
    this.attachments.clear();
    this.#leaveAll();
    this.#owner.onDispose(this);
  }

  /** Authenticates the new token of a client and continues with it (Ably spec RTC8). Frames that arrive meanwhile wait. */
  async renew(token: unknown): Promise<void> {
    const transport = this.#transport;
    const renewal = {};
    this.#renewal = renewal;
    try {
      const identity = await authenticateRenewal(this.context, this.clientId, token);
      if (identity === undefined) return this.drop();
      if (transport === this.#transport) {
        this.#adopt(identity);
        this.report('renewed', undefined, { text: token as string });
      }
    } catch (thrown) {
      const error = toErrorInfo(thrown);
      // A transport that is gone, or was replaced by a resume, gets no answer.
      if (transport !== this.#transport) return;
      this.report('refused', error, typeof token === 'string' ? { text: token } : undefined);
      // After a token error the client comes back with another token, to the same connection.
      if (isTokenError(error.code)) this.disconnect(error, 'refused');
      else this.fail(error, 'refused');
    } finally {
      if (this.#renewal === renewal) {
        this.#renewal = undefined;
        while (this.#renewal === undefined && this.#waiting.length > 0) this.#receive(this.#waiting.shift()!);
      }
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
    assertMayDeclare(identity, this.#transport?.params.declaresServer ?? false);
    this.#identity = identity;
    this.#sendConnected();
    this.#watch.start(identity.token?.expiresAt, false);
    this.attachments.reconcile();
  }

  #receive(frame: Frame): void {
    if (this.#renewal === undefined) this.#owner.onFrame(this, frame);
    else if (this.#waiting.length < maxWaiting) this.#waiting.push(frame);
    else this.drop();
  }

  #sendConnected(error?: ErrorInfo): void {
    const connectionDetails: ConnectionDetails = {
      clientId: this.clientId,
      connectionKey: this.#key,
      ...serverDetails,
    };
    this.send({ action: Action.CONNECTED, connectionId: this.id, connectionDetails, error });
  }

  /** Notes what has happened to the connection. */
  report(type: SandboxEvent['type'], error?: ErrorInfo, shown?: EventToken): void {
    this.context.events.add(
      {
        type,
        via: 'realtime',
        connectionId: this.id,
        ...identityDetails(this.#identity, this.clientId),
        agent: this.#transport?.params.agent,
        error,
      },
      shown ?? this.#identity.token,
    );
  }

  /** Lets go of the transport, and returns it. The client may come back with another one. */
  #lose(type: EndType, error?: ErrorInfo): Transport | undefined {
    const transport = this.#transport;
    if (transport === undefined) return undefined;
    // The refusal of a renewal was noted with the token that was refused.
    if (type !== 'refused') this.report(type, error);
    this.#transport = undefined;
    this.#waiting = [];
    this.#renewal = undefined;
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
