import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { App } from '../auth/apps.js';
import type { Credentials } from '../auth/authenticator.js';
import { readCredentials } from '../auth/credentials.js';
import { type Identity, resolveClientId } from '../auth/identity.js';
import { type SandboxClock, systemClock } from '../clock.js';
import { allConnections, type World } from '../context.js';
import { plannedRefusal } from '../faults.js';
import { ws } from '../peers.js';
import { isTokenError, refusal, toErrorInfo } from '../protocol/errors.js';
import { Action, type ErrorInfo, maxFrameSize, maxIdleInterval } from '../protocol/protocol.js';
import type { Notes } from '../request-log.js';
import { parseTarget, type Target } from '../rest/target.js';
import { Timers } from '../timers.js';
import { Connection } from './connection.js';
import { Transport } from './transport.js';

/** Takes in WebSocket connections, for as long as the server runs. */
export class Realtime {
  readonly #world: World;
  readonly #sockets = new ws.WebSocketServer({
    noServer: true,
    clientTracking: true,
    perMessageDeflate: false,
    maxPayload: 2 * maxFrameSize,
  });
  readonly #heartbeats: Timers<'beat'>[];
  #beating: NodeJS.Immediate | undefined;

  constructor(world: World) {
    this.#world = world;
    // Clients watch for signs of life on real time, and a test that moves its own clock may count on them too.
    this.#heartbeats = [...new Set([systemClock, world.clock])].map((clock) => this.#startHeartbeats(clock));
  }

  /** Answers the request for a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const target = parseTarget(request.url);
    const planned = this.#world.failures.take();
    if (planned === 'close') {
      this.#note(request, target, 0);
      socket.destroy();
    } else if (planned !== undefined && 'httpStatus' in planned) {
      this.#refuseUpgrade(request, target, socket, planned.httpStatus);
    } else if (target.path !== '/') {
      this.#refuseUpgrade(request, target, socket, 404);
    } else {
      this.#sockets.handleUpgrade(request, socket, head, (accepted) => {
        void this.#connect(accepted, request, target, planned && plannedRefusal(planned));
      });
    }
  }

  /** Ends every connection, of one app or of all. */
  disposeAll(app?: App): void {
    for (const connection of allConnections(this.#world, app)) connection.dispose();
  }

  /** Ends everything. */
  close(): void {
    for (const timers of this.#heartbeats) timers.clear();
    clearImmediate(this.#beating);
    this.disposeAll();
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
  }

  async #connect(
    socket: WebSocket,
    request: IncomingMessage,
    target: Target,
    planned: Error | undefined,
  ): Promise<void> {
    const query = target.query;
    const transport = new Transport(socket, {
      format: query.get('format') === 'msgpack' ? 'msgpack' : 'json',
      echo: query.get('echo') !== 'false',
      heartbeats: query.get('heartbeats') === 'true',
    });
    let credentials: Credentials = {};
    let identity: Identity | undefined;
    let error: ErrorInfo | undefined;
    try {
      credentials = readCredentials(request.headers, query);
      if (planned !== undefined) throw planned;
      identity = await this.#world.authenticator.authenticate(credentials, 'realtime');
      const requested = query.get('clientId') ?? undefined;
      resolveClientId(identity, requested);
      const key = query.get('resume') ?? query.get('recover') ?? undefined;
      if (transport.open) this.#openConnection(transport, identity, requested, key);
    } catch (thrown) {
      error = toErrorInfo(thrown);
      // In a frame, after the upgrade: an HTTP error would look to the client like a network that is down.
      transport.end({ action: Action.ERROR, error }, isTokenError(error.code) ? 1000 : 1008);
    }
    this.#note(request, target, 101, { credentials, identity, error });
  }

  #openConnection(
    transport: Transport,
    identity: Identity,
    requestedClientId: string | undefined,
    connectionKey: string | undefined,
  ): void {
    if (connectionKey === undefined) {
      new Connection(this.#world, identity, requestedClientId).open(transport);
      return;
    }
    const connection = identity.key.app.connections.get(connectionKey.split('!', 1)[0]!);
    if (connection === undefined || connection.key !== connectionKey) {
      new Connection(this.#world, identity, requestedClientId).open(
        transport,
        refusal('CONNECTION_KEY_INVALID').info,
      );
      return;
    }
    connection.resume(transport, identity, requestedClientId);
  }

  #startHeartbeats(clock: SandboxClock): Timers<'beat'> {
    const timers = new Timers<'beat'>(clock);
    const beat = () => {
      // Once for all that falls due together: when a test's clock moves on by an hour, clients don't want 240.
      this.#beating ??= setImmediate(() => {
        this.#beating = undefined;
        for (const connection of allConnections(this.#world)) connection.beat();
      });
      timers.set('beat', maxIdleInterval, beat);
    };
    timers.set('beat', maxIdleInterval, beat);
    return timers;
  }

  #refuseUpgrade(request: IncomingMessage, target: Target, socket: Duplex, status: number): void {
    this.#note(request, target, status);
    // Who is refused may be gone already, which is nobody's concern.
    socket.on('error', () => {});
    socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }

  #note(
    { method = 'GET' }: IncomingMessage,
    target: Target,
    status: number,
    rest: Partial<Notes> = {},
  ): void {
    this.#world.requests.add({ method, target, status, credentials: {}, ...rest });
  }
}
