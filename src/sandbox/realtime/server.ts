import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { finishAll } from '../../util/finish.js';
import {
  agentOf,
  type Credentials,
  claimedClientId,
  declaresServer,
  readCredentials,
} from '../auth/credentials.js';
import { assertMayDeclare, type Identity, resolveClientId } from '../auth/identity.js';
import type { Context } from '../context.js';
import { plannedError } from '../faults.js';
import { isTokenError, protocolError, toErrorInfo } from '../protocol/errors.js';
import { Action, type ErrorInfo, maxFrameSize, maxIdleInterval } from '../protocol/protocol.js';
import { parseRequestTarget, type RequestTarget } from '../protocol/target.js';
import type { Notes, SandboxRequest } from '../request-log.js';
import { WebSocketServer } from '../vendor.js';
import type { Connection } from './connection.js';
import type { Connections } from './connections.js';
import { Heartbeats, heartbeatInterval } from './heartbeat.js';
import { Transport, type TransportParams } from './transport.js';

/** Takes in WebSocket connections, for as long as the server runs. */
export class Realtime {
  readonly #context: Context;
  readonly #connections: Connections;
  readonly #heartbeats: Heartbeats;
  /** The sockets of requests that have no answer yet. */
  readonly #undecided = new Set<Duplex>();
  readonly #sockets = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    perMessageDeflate: false,
    maxPayload: 2 * maxFrameSize,
  });

  constructor(context: Context, connections: Connections) {
    this.#context = context;
    this.#heartbeats = new Heartbeats(context.clock);
    this.#connections = connections;
  }

  /** Answers the request for a WebSocket. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // A client that is refused may be gone already.
    socket.on('error', () => {});
    const target = parseRequestTarget(request.url);
    const { faults, authenticator } = this.#context;
    const clientId = () => claimedClientId(authenticator, request.headers, target.query);
    this.#undecided.add(socket);
    socket.once('close', () => this.#undecided.delete(socket));
    const taken = faults.take({ on: 'connect', clientId });
    const planned = taken instanceof Promise ? await whileReading(socket, taken) : taken;
    if (planned === 'hang') {
      this.#note(request, target, 0);
      return whileReading(socket, new Promise(() => {}));
    }
    this.#undecided.delete(socket);
    if (planned === 'close') {
      this.#note(request, target, 0);
      socket.destroy();
    } else if (planned !== undefined && 'httpStatus' in planned) {
      this.#refuseUpgrade(request, target, socket, planned.httpStatus);
    } else if (target.path !== '/') {
      this.#refuseUpgrade(request, target, socket, 404);
    } else {
      this.#sockets.handleUpgrade(request, socket, head, (accepted) => {
        void this.#connect(accepted, request, target, planned && plannedError(planned));
      });
    }
  }

  /** Ends everything, also when something in it throws. */
  close(): void {
    finishAll([
      ...this.#connections.of().map((connection) => () => connection.dispose()),
      () => this.#connections.endStreams(() => true),
      ...[...this.#sockets.clients].map((socket) => () => socket.terminate()),
      ...[...this.#undecided].map((socket) => () => socket.destroy()),
      () => this.#sockets.close(),
    ]);
  }

  async #connect(
    socket: WebSocket,
    request: IncomingMessage,
    target: RequestTarget,
    planned: Error | undefined,
  ): Promise<void> {
    const query = target.query;
    const transport = new Transport(socket, transportParams(request.headers, query), this.#heartbeats);
    let credentials: Credentials = {};
    let identity: Identity | undefined;
    let error: ErrorInfo | undefined;
    let connection: Connection | undefined;
    try {
      credentials = readCredentials(request.headers, query);
      if (planned !== undefined) throw planned;
      identity = await this.#context.authenticator.authenticate(credentials, 'realtime');
      assertMayDeclare(identity, transport.params.declaresServer);
      const requested = query.get('clientId') ?? undefined;
      resolveClientId(identity, requested);
      const key = query.get('resume') ?? query.get('recover') ?? undefined;
      if (transport.open) connection = this.#openConnection(transport, identity, requested, key);
    } catch (thrown) {
      error = toErrorInfo(thrown);
      // In a frame, after the upgrade: an HTTP error would look to the client like a network that is down.
      transport.end({ action: Action.ERROR, error }, isTokenError(error.code) ? 1000 : 1008);
    }
    const entry = this.#note(request, target, 101, { credentials, identity, error });
    const shown = credentials.token === undefined ? undefined : { text: credentials.token };
    if (error === undefined) connection?.report('connected', undefined, shown);
    else
      this.#context.events.add(
        { type: 'refused', via: 'realtime', agent: transport.params.agent, error, request: entry },
        shown,
      );
  }

  #openConnection(
    transport: Transport,
    identity: Identity,
    requestedClientId: string | undefined,
    connectionKey: string | undefined,
  ): Connection {
    const known =
      connectionKey === undefined
        ? undefined
        : this.#connections.find(identity.key.app, connectionKey.split('!', 1)[0]!);
    if (known !== undefined && known.key === connectionKey) {
      known.resume(transport, identity, requestedClientId);
      return known;
    }
    const connection = this.#connections.create(identity, requestedClientId);
    const error = connectionKey === undefined ? undefined : protocolError('CONNECTION_KEY_INVALID').info;
    connection.open(transport, error);
    return connection;
  }

  #refuseUpgrade(request: IncomingMessage, target: RequestTarget, socket: Duplex, status: number): void {
    this.#note(request, target, status);
    socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }

  #note(
    { method = 'GET' }: IncomingMessage,
    target: RequestTarget,
    status: number,
    rest: Partial<Notes> = {},
  ): SandboxRequest {
    return this.#context.requests.add({ method, target, status, credentials: {}, ...rest });
  }
}

/**
 * Waits for something, and meanwhile reads a socket, so that the client's end is noticed. Nothing else comes: a client
 * sends nothing before it has an answer.
 */
async function whileReading<Value>(socket: Duplex, awaited: Promise<Value>): Promise<Value> {
  const destroy = () => void socket.destroy();
  socket.resume().once('end', destroy);
  const value = await awaited;
  socket.pause().off('end', destroy);
  return value;
}

function transportParams(headers: IncomingHttpHeaders, query: URLSearchParams): TransportParams {
  const heartbeats = query.get('heartbeats');
  return {
    format: query.get('format') === 'msgpack' ? 'msgpack' : 'json',
    echo: query.get('echo') !== 'false',
    heartbeats: heartbeats === 'true' ? 'frames' : heartbeats === 'bounce' ? 'bounce' : 'pings',
    heartbeatInterval: heartbeatInterval(query.get('heartbeatInterval'), maxIdleInterval),
    declaresServer: declaresServer(headers, query),
    agent: agentOf(headers, query),
  };
}
