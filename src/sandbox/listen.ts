import type { IncomingMessage } from 'node:http';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { AblyJwtError } from '../errors.js';

/** How often another free port is tried, when the one that IPv4 gave is taken on IPv6. */
const attempts = 20;

/** How many clients may knock at once: with Node's 511, more of them would wait for seconds. */
const backlog = 4_096;

/**
 * Whether a request names this machine as its host. A page of another site can have its name resolve to 127.0.0.1 (DNS
 * rebinding), and would otherwise read what a sandbox answers.
 */
function isForLoopback({ headers }: IncomingMessage): boolean {
  const { host } = headers;
  return host === undefined || /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i.test(host);
}

const foreignHost = 'The sandbox answers requests for localhost only.\n';

/** A page that this machine serves, whatever the port, and shells of apps such as `capacitor://localhost`. */
const loopbackOrigin =
  /^[a-z][a-z0-9+.-]*:\/\/(([a-z0-9-]+\.)*localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i;

const foreignOrigin =
  'The sandbox answers pages of localhost only. To let this page use it, name its origin in the option "origins" of startAblySandbox, or with --origin on the command line.\n';

/**
 * Whether a page of another site loads this as an image or a script. It couldn't read it, but would use up a planned
 * failure, or hold a stream of events open. Browsers send no `Origin` then. Links are followed.
 */
function isLoadedElsewhere({ headers }: IncomingMessage): boolean {
  return headers['sec-fetch-site'] === 'cross-site' && headers['sec-fetch-mode'] !== 'navigate';
}

/** Why a request isn't answered; undefined if it is. */
type Guard = (request: IncomingMessage) => string | undefined;

/** Lets programs and pages of this machine in. Any page that the developer has open could send requests here. */
function guard(origins: readonly string[]): Guard {
  const named = new Set(origins);
  return (request) => {
    if (!isForLoopback(request)) return foreignHost;
    const { origin } = request.headers;
    const isKnown =
      origin === undefined ? !isLoadedElsewhere(request) : loopbackOrigin.test(origin) || named.has(origin);
    return isKnown ? undefined : foreignOrigin;
  };
}

/** What listens on the loopback interface. */
export interface Listener {
  readonly port: number;
  /** Stops listening, and ends what is connected. */
  close(): Promise<void>;
}

/**
 * Listens on `127.0.0.1`, and on the same port of `::1` where there is one: `localhost` may mean either. Never on an
 * address that other machines can reach.
 *
 * @param where - the port, 0 for a free one, and the origins of pages of elsewhere that may send requests
 */
export async function listenOnLoopback(
  { port, origins }: { readonly port: number; readonly origins: readonly string[] },
  onRequest: RequestListener,
  onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
): Promise<Listener> {
  const refusal = guard(origins);
  for (let attempt = 1; ; attempt++) {
    const first = await open(port, '127.0.0.1', refusal, onRequest, onUpgrade).catch((error) => {
      throw inUse(port, error);
    });
    const chosen = (first.address() as AddressInfo).port;
    try {
      const second = await open(chosen, '::1', refusal, onRequest, onUpgrade);
      return listener(chosen, [first, second]);
    } catch (error) {
      // Only a port in use matters: elsewhere the machine has no IPv6.
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return listener(chosen, [first]);
      await close(first);
      if (port !== 0 || attempt === attempts) throw inUse(chosen, error);
    }
  }
}

function inUse(port: number, cause: unknown): unknown {
  if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') return cause;
  return new AblyJwtError('OPTION_INVALID', `"port" is ${port}, where another program listens already.`, {
    hint: 'Leave "port" out to take a free one.',
    cause,
  });
}

function open(
  port: number,
  host: string,
  refusal: Guard,
  onRequest: RequestListener,
  onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
): Promise<Server> {
  const server = createServer((request, response) => {
    const refused = refusal(request);
    if (refused === undefined) onRequest(request, response);
    else response.writeHead(403, { 'Content-Type': 'text/plain' }).end(refused);
  }).on('upgrade', (request, socket, head) => {
    if (refusal(request) === undefined) onUpgrade(request, socket, head);
    else socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog }, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

function listener(port: number, servers: readonly Server[]): Listener {
  return { port, close: async () => void (await Promise.all(servers.map(close))) };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
