import type { ServerResponse } from 'node:http';
import { AblyJwtError } from '../../errors.js';
import { getOrMake } from '../../util/maps.js';
import type { App } from '../auth/apps.js';
import type { Identity } from '../auth/identity.js';
import { concerns, type Revocation } from '../auth/revocations.js';
import type { Context } from '../context.js';
import { protocolError, toErrorInfo } from '../protocol/errors.js';
import type { ErrorInfo } from '../protocol/protocol.js';
import { Connection } from './connection.js';
import type { EventStream } from './event-stream.js';
import { handleFrame } from './frames.js';

/** The connections of a server: every one that is live, or can still be resumed. */
export class Connections {
  readonly #context: Context;
  readonly #byApp = new Map<App, Map<string, Connection>>();
  readonly #streams = new Set<EventStream>();
  /** How many live connections one token may have. */
  perToken = Number.POSITIVE_INFINITY;

  constructor(context: Context) {
    this.#context = context;
  }

  /**
   * Creates a connection. It is kept until it is disposed of.
   *
   * @throws {@link ProtocolError} 40151 when its token has too many
   */
  create(identity: Identity, requestedClientId: string | undefined): Connection {
    const { app } = identity.key;
    this.#assertFewConnections(identity);
    const connections = getOrMake(this.#byApp, app, () => new Map<string, Connection>());
    const connection = new Connection(this.#context, identity, requestedClientId, {
      onFrame: handleFrame,
      onDispose: ({ id }) => connections.delete(id),
    });
    connections.set(connection.id, connection);
    return connection;
  }

  /** Keeps a stream of server-sent events until it ends. */
  addStream(stream: EventStream, response: ServerResponse): void {
    this.#streams.add(stream);
    response.once('close', () => {
      this.#streams.delete(stream);
      stream.end();
    });
  }

  /** Ends the streams of server-sent events that fit. */
  endStreams(fits: (stream: EventStream) => boolean, error?: ErrorInfo, type?: 'revoked'): void {
    for (const stream of this.#streams) if (fits(stream)) stream.end(error, type);
  }

  /** The connection of an id. */
  find(app: App, id: string): Connection | undefined {
    return this.#byApp.get(app)?.get(id);
  }

  /** The connections of one app, or of all. */
  of(app?: App): Connection[] {
    const maps = app === undefined ? [...this.#byApp.values()] : [this.#byApp.get(app) ?? new Map()];
    return maps.flatMap((connections) => [...connections.values()]);
  }

  /** Ends the live connections that fit, for good. */
  fail(fits: (client: Connection | EventStream) => boolean, error: ErrorInfo, type?: 'revoked'): void {
    this.endStreams(fits, error, type);
    for (const connection of this.of()) if (fits(connection)) connection.fail(error, type);
  }

  /** Enforces a revocation on the connections of its tokens: at once, or after they had time to renew. */
  enforce(app: App, revocation: Revocation): void {
    const affected = () =>
      this.of(app).filter((connection) => connection.live && concerns(revocation, connection.identity));
    const end = () => {
      const error = toErrorInfo(new AblyJwtError('TOKEN_REVOKED', 'token revoked'));
      for (const connection of affected()) connection.disconnect(error, 'revoked');
      const isConcerned = (stream: EventStream) =>
        stream.app === app && concerns(revocation, stream.identity);
      this.endStreams(isConcerned, error, 'revoked');
    };
    const margin = revocation.appliesAt - this.#context.clock.now();
    if (margin > 0) {
      for (const connection of affected()) connection.prompt();
      this.#context.timers.add(margin, end);
    } else {
      end();
    }
  }

  #assertFewConnections({ key, token }: Identity): void {
    if (token === undefined || this.perToken === Number.POSITIVE_INFINITY) return;
    const same = this.of(key.app).filter(
      ({ live, identity }) => live && identity.token?.fingerprint === token.fingerprint,
    );
    if (same.length < this.perToken) return;
    throw protocolError(
      'TOKEN_CONNECTIONS',
      `the token has ${same.length} connections already, which is the limit that was set for one token`,
    );
  }
}
