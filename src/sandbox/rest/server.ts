import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  agentOf,
  type Credentials,
  claimedClientId,
  declaresServer,
  readCredentials,
  requestedClientId,
} from '../auth/credentials.js';
import { assertMayDeclare, type Identity, resolveClientId } from '../auth/identity.js';
import { StaleTokens } from '../auth/stale-tokens.js';
import type { Context } from '../context.js';
import { identityDetails } from '../events.js';
import { plannedError } from '../faults.js';
import { encode, type Format } from '../protocol/codec.js';
import { isTokenError, toErrorInfo } from '../protocol/errors.js';
import type { ErrorInfo } from '../protocol/protocol.js';
import { parseRequestTarget, type RequestTarget } from '../protocol/target.js';
import type { Connections } from '../realtime/connections.js';
import { readBody } from './body.js';
import { findRoute } from './routes.js';
import type { RestResponse } from './types.js';

/** The version of the protocol that present clients speak. */
const presentVersion = 6;

const mimeTypes: Readonly<Record<Format, string>> = {
  json: 'application/json',
  msgpack: 'application/x-msgpack',
};

/** What is known of a request by the time that it is answered. */
interface Note {
  credentials: Credentials;
  identity?: Identity;
  /** The credentials were refused. */
  refused?: boolean;
}

/** Answers the REST requests of a server. */
export class Rest {
  readonly #context: Context;
  readonly #connections: Connections;
  readonly #stale = new StaleTokens();

  constructor(context: Context, connections: Connections) {
    this.#context = context;
    this.#connections = connections;
  }

  /** Answers one request; never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', headers } = request;
    const target = parseRequestTarget(request.url);
    allowOrigin(headers.origin, response);
    if (method === 'OPTIONS') return preflight(request, response);
    if (target.path === '/is-the-internet-up.txt') return plain(response, 200, 'yes\n');
    // Without an Ably code: one would tell browsers that fall back to it to give up, instead of to try again.
    if (target.path.startsWith('/comet/')) return plain(response, 501, '');

    const note: Note = { credentials: {} };
    const { faults, authenticator } = this.#context;
    const clientId = () => claimedClientId(authenticator, headers, target.query);
    const planned = await faults.take({ on: 'request', path: target.path, clientId });
    if (planned === 'hang') return this.#note(request, method, target, 0, note);
    if (planned === 'close' || (planned !== undefined && 'httpStatus' in planned)) {
      const status = planned === 'close' ? 0 : planned.httpStatus;
      this.#note(request, method, target, status, note);
      if (planned === 'close') response.destroy();
      else plain(response, status, '');
      return;
    }
    let format: Format = (headers.accept ?? '').includes('msgpack') ? 'msgpack' : 'json';
    let answer: RestResponse;
    let bytes: string | Uint8Array | undefined;
    try {
      if (planned !== undefined) throw plannedError(planned);
      answer = await this.#answer(request, method, target, format, note);
      bytes = answer.body === undefined ? undefined : encode(answer.body, format);
    } catch (thrown) {
      const error = toErrorInfo(thrown);
      answer = { status: error.statusCode, body: { error }, error };
      // Always: ably-js in browsers doesn't read an error in MessagePack.
      format = 'json';
      bytes = encode(answer.body, format);
    }
    const { status, error } = answer;
    this.#note(request, method, target, status, note, error);
    respond(response, answer, bytes, format);
  }

  async #answer(
    request: IncomingMessage,
    method: string,
    { path, query }: RequestTarget,
    format: Format,
    note: Note,
  ): Promise<RestResponse> {
    const { headers } = request;
    note.refused = true;
    const credentials = readCredentials(headers, query);
    note.refused = false;
    note.credentials = credentials;
    const { handler, params } = findRoute(method, path);
    return handler({
      context: this.#context,
      connections: this.#connections,
      params,
      query,
      credentials,
      version: Number(headers['x-ably-version'] ?? query.get('v') ?? presentVersion),
      format,
      body: () => readBody(request),
      authenticate: async (queryNamesClient = true) => {
        note.refused = true;
        const identity = await this.#authenticate(credentials);
        note.identity = identity;
        assertMayDeclare(identity, declaresServer(headers, query));
        const requested = requestedClientId(headers, queryNamesClient ? query : new URLSearchParams());
        const clientId = resolveClientId(identity, requested);
        note.refused = false;
        return { identity, clientId };
      },
    });
  }

  #note(
    { headers }: IncomingMessage,
    method: string,
    target: RequestTarget,
    status: number,
    { credentials, identity, refused = false }: Note,
    error?: ErrorInfo,
  ): void {
    const request = this.#context.requests.add({ method, target, status, credentials, identity, error });
    this.#context.events.add(
      {
        type: refused ? 'refused' : 'request',
        via: 'rest',
        ...(refused || identity === undefined ? {} : identityDetails(identity, identity.clientId)),
        agent: agentOf(headers, target.query),
        error,
        request,
      },
      credentials.token === undefined ? undefined : { text: credentials.token },
    );
  }

  async #authenticate(credentials: Credentials): Promise<Identity> {
    this.#stale.check(credentials.token);
    try {
      return await this.#context.authenticator.authenticate(credentials, 'rest');
    } catch (thrown) {
      const { code } = toErrorInfo(thrown);
      // Only a token has such an error.
      if (isTokenError(code)) this.#stale.count(credentials.token!, code);
      throw thrown;
    }
  }
}

function respond(
  response: ServerResponse,
  { status, headers, error, stream }: RestResponse,
  bytes: string | Uint8Array | undefined,
  format: Format,
): void {
  if (stream !== undefined) {
    response.writeHead(status, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.flushHeaders();
    stream(response);
    return;
  }
  if (bytes === undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  response.writeHead(status, {
    // Bare: with a charset, ably-js in Node doesn't read the body of an error.
    'Content-Type': mimeTypes[format],
    'Content-Length': Buffer.byteLength(bytes),
    ...headers,
    ...(error && {
      'X-Ably-ErrorCode': String(error.code),
      'X-Ably-ErrorMessage': asHeaderText(error.message),
    }),
  });
  response.end(bytes);
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain' }).end(text);
}

/** A header can't hold what a channel's name can. */
function asHeaderText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}

/** Browsers send credentials, for which `*` would not do. */
function allowOrigin(origin: string | undefined, response: ServerResponse): void {
  if (origin === undefined) return;
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Access-Control-Allow-Credentials', 'true');
  response.setHeader('Access-Control-Expose-Headers', 'Link, X-Ably-ErrorCode, X-Ably-ErrorMessage');
  response.setHeader('Vary', 'Origin');
}

function preflight(request: IncomingMessage, response: ServerResponse): void {
  const requested = request.headers['access-control-request-headers'];
  response.writeHead(204, {
    'Access-Control-Allow-Methods': 'GET, POST, PUT, PATCH, DELETE, OPTIONS',
    'Access-Control-Allow-Headers':
      requested ?? 'accept, ably-agent, authorization, content-type, x-ably-clientid, x-ably-version',
    'Access-Control-Max-Age': '600',
  });
  response.end();
}
