import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createAuthEndpoint, deny } from 'ably-jwt';
import { type Answer, bodyLimit, type DemoOptions, refuse } from './shared/demo.js';
import { createSessions, type Session } from './shared/sessions.js';
import { loadSite } from './shared/site.js';

/** The demo on Node's own http module, without a framework. */
export async function createApp({ apiKey, ttl, clientOptions }: DemoOptions): Promise<Server> {
  const sessions = createSessions();
  const site = await loadSite(clientOptions);

  const auth = createAuthEndpoint(apiKey, (session: Session) => {
    if (session.user === undefined) throw deny(session.problem);
    return {
      clientId: session.user,
      capability: { 'demo:chat:*': ['subscribe', 'publish', 'presence'], 'demo:news': ['subscribe'] },
      ttl,
    };
  });

  async function answer(request: IncomingMessage): Promise<Answer> {
    if (request.method === 'POST' && request.url === '/logout') return sessions.close(request.headers);
    if (request.method !== 'POST' || request.url !== '/auth') return site(request.method, request.url);

    const session = sessions.open(request.headers, await readJson(request));
    const { status, headers, body } = await auth(session);
    return { status, headers: { ...headers, ...session.headers }, body };
  }

  return createServer(async (request, response) => {
    const { status, headers, body } = await answer(request).catch(refuse);
    response.writeHead(status, headers).end(body);
  });
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
