import type { ServerResponse } from 'node:http';
import type { Credentials } from '../auth/credentials.js';
import type { Identity } from '../auth/identity.js';
import type { Context } from '../context.js';
import type { Format } from '../protocol/codec.js';
import type { ErrorInfo } from '../protocol/protocol.js';
import type { Connections } from '../realtime/connections.js';

/** A REST request as its handler sees it. */
export interface RestRequest {
  readonly context: Context;
  readonly connections: Connections;
  /** The parts of the path that its route names. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly credentials: Credentials;
  /** The version of the protocol that the client speaks; the current one if it doesn't say. */
  readonly version: number;
  /** The format of the answer. */
  readonly format: Format;
  /**
   * Reads and decodes the body; undefined without a body. Authenticate first wherever the request must be authenticated,
   * so that a stranger can't have a body read.
   *
   * @throws {@link ProtocolError} for a body that is too large or not of its format
   */
  body(): Promise<unknown>;
  /**
   * Authenticates the request.
   *
   * @param queryNamesClient - whether `clientId` in the query is the identity the request acts as; default true
   * @throws when the credentials are not accepted, or don't allow the client id that the request names
   */
  authenticate(queryNamesClient?: boolean): Promise<Requester>;
}

/** Who makes a REST request. */
export interface Requester {
  readonly identity: Identity;
  readonly clientId: string | undefined;
}

/** The answer of a handler. */
export interface RestResponse {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Writes the answer piece by piece, in place of `body`. */
  readonly stream?: (response: ServerResponse) => void;
  /** The error in `body`, repeated in the headers. */
  readonly error?: ErrorInfo;
}
