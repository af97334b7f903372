import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createAuthListener, deny } from 'ably-jwt';
import { type Answer, bodyLimit, type DemoOptions, refuse, refuseForeign } from './shared/demo.js';
import { createSessions } from './shared/sessions.js';
import { loadSite } from './shared/site.js';

/** The demo on Node's own http module, without a framework. */
export async function createApp({ apiKey, ttl, clientOptions }: DemoOptions): Promise<Server> {
  const sessions = createSessions();
  const site = await loadSite(clientOptions);

  const auth = createAuthListener(apiKey, (request: IncomingMessage) => {
    const { user, reason } = sessions.of(request);
    if (user === undefined) throw deny(reason);
    return {
      clientId: user,
      capability: { 'demo:chat:*': ['subscribe', 'publish', 'presence'], 'demo:news': ['subscribe'] },
      ttl,
    };
  });

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const foreign = refuseForeign(request);
    if (foreign !== undefined) return send(response, foreign);
    // The path alone: a query may follow it.
    const path = request.url?.split('?', 1)[0];
    if (request.method === 'POST' && path === '/auth') {
      sessions.attach(request, response, await readJson(request));
      return auth(request, response);
    }
    if (request.method === 'POST' && path === '/logout')
      return send(response, sessions.close(request.headers));
    return send(response, site(request.method, request.url));
  }

  return createServer((request, response) => {
    respond(request, response).catch((error) => send(response, refuse(error)));
  });
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, headers).end(body);
}

/** A request's JSON body, read no further than the limit. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const fail = (statusCode: number) => Object.assign(new Error(`HTTP ${statusCode}`), { statusCode });
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) throw fail(415);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > bodyLimit) throw fail(413);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw fail(400);
  }
}
