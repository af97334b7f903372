import type { IncomingMessage, ServerResponse } from 'node:http';
import { isAblyJwtError } from '../../errors.js';
import type { Context } from '../context.js';
import { protocolError, toErrorInfo } from '../protocol/errors.js';
import { maskPath } from '../protocol/mask.js';
import type { ErrorInfo } from '../protocol/protocol.js';
import { parseRequestTarget } from '../protocol/target.js';
import { readBody } from '../rest/body.js';
import { controlNames, isControl, runControl } from './controls.js';
import { Feed } from './feed.js';
import { type Asset, assets, securityHeaders } from './page.js';
import { Seen } from './seen.js';
import { shownJson } from './shown.js';
import type { AdminContext, AdminTarget } from './types.js';
import { views } from './views.js';

/** Everything of the admin interface but the page is below this path, where Ably has nothing. */
const base = '/admin/';

/** The admin interface of a sandbox: it shows over HTTP what happens, and does over HTTP what the sandbox's methods do. */
export class Admin {
  readonly #context: Context;
  readonly #seen = new Seen();
  readonly #feed: Feed;
  readonly #opened: Promise<AdminContext>;
  #open: (admin: AdminContext) => void = () => {};

  constructor(context: Context) {
    this.#context = context;
    this.#feed = new Feed(context.events, (event) => shownJson(event, context.apps));
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
    context.events.listen((event) => {
      this.#seen.note(event);
      this.#feed.send(event);
    });
  }

  /** Begins to answer, when the server is listening. */
  open(sandbox: AdminTarget): void {
    this.#open({ context: this.#context, sandbox, seen: this.#seen, rules: new Map() });
  }

  /** Whether a request is for the admin interface or its page. */
  takes({ method, url, headers }: IncomingMessage): boolean {
    const { path } = parseRequestTarget(url);
    if (path === '/') return method === 'GET' && (headers.accept ?? '').includes('text/html');
    return path.startsWith(base);
  }

  /** Answers one request; never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      assertOwnOrigin(request);
      await this.#answer(request, response, await this.#opened);
    } catch (thrown) {
      const error = asErrorInfo(thrown);
      this.#respond(response, error.statusCode, { error });
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse, admin: AdminContext): Promise<void> {
    const { method = 'GET', headers, url } = request;
    const { path } = parseRequestTarget(url);
    const name = path.slice(base.length);
    if (method === 'GET') {
      if (Object.hasOwn(assets, path)) return respondAsset(response, assets[path]!);
      if (name === 'events') return this.#feed.open(response, headers['last-event-id'] as string | undefined);
      if (Object.hasOwn(views, name)) return this.#respond(response, 200, views[name]!(admin));
    }
    if (method === 'POST' && isControl(name)) {
      const result = await runControl(admin, name, await readBody(request));
      if (name === 'stop')
        response.on('close', () => void admin.sandbox.close()).setHeader('Connection', 'close');
      return this.#respond(response, name === 'stop' ? 202 : result === undefined ? 204 : 200, result);
    }
    throw protocolError(
      'NOT_FOUND',
      `not found: ${method} ${maskPath(path)}. There are GET ${Object.keys(views).join(', ')}, events; POST ${controlNames.join(', ')}.`,
    );
  }

  #respond(response: ServerResponse, status: number, body: unknown): void {
    if (body === undefined) {
      response.writeHead(status, { 'Cache-Control': 'no-store' }).end();
      return;
    }
    // Before anything is written, so that an error here can still be answered.
    const text = shownJson(body, this.#context.apps);
    response.writeHead(status, {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    });
    response.end(text);
  }
}

/** A page of another site can send requests here, and must not be answered. Browsers say whose page it is. */
function assertOwnOrigin({ headers: { origin, host } }: IncomingMessage): void {
  if (origin === undefined || (host !== undefined && origin === `http://${host}`)) return;
  throw protocolError(
    'BAD_REQUEST',
    'The admin interface answers no page of another origin. Open the page of the sandbox itself, or call it without a browser.',
    403,
  );
}

/** What was thrown, in Ably's form: a wrong body is the caller's mistake. */
function asErrorInfo(thrown: unknown): ErrorInfo {
  if (!isAblyJwtError(thrown) || thrown.ablyCode !== undefined) return toErrorInfo(thrown);
  const { message, hint } = thrown;
  return protocolError('PARAMETER_INVALID', hint === undefined ? message : `${message} ${hint}`).info;
}

function respondAsset(response: ServerResponse, { type, text }: Asset): void {
  response.writeHead(200, { ...securityHeaders, 'Content-Type': type }).end(text);
}
