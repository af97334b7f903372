import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAuthListener, deny } from 'ably-jwt';

/** The server behind the guide's React app: one browser's session, and the endpoint. */
export interface Backend extends AsyncDisposable {
  readonly url: string;
  /** Who is logged in; null if the session has ended. */
  user: { id: string } | null;
  suspended: boolean;
}

export async function startBackend(apiKey: string): Promise<Backend> {
  const auth = createAuthListener(apiKey, () => {
    if (backend.suspended) throw deny('Your account is suspended.');
    return backend.user && { clientId: backend.user.id, capability: { 'chat:*': ['subscribe', 'publish'] } };
  });
  const server = createServer(async (request, response) => {
    if (request.url === '/auth') return auth(request, response);
    if (request.url === '/login')
      backend.user = { id: new URLSearchParams(await bodyOf(request)).get('id')! };
    if (request.url === '/logout') backend.user = null;
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(backend.user));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const backend: Backend = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    user: null,
    suspended: false,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return backend;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  return Buffer.concat(await request.toArray()).toString();
}
