import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createAuthListener, deny } from 'ably-jwt';
import { createControls } from './shared/controls.js';
import { type Answer, bodyLimit, type DemoOptions, refuse, refuseForeign } from './shared/demo.js';
import { createSessions } from './shared/sessions.js';
import { loadSite } from './shared/site.js';

/** The demo on Node's own http module, without a framework. */
export async function createApp({ apiKey, ...options }: DemoOptions): Promise<Server> {
  const sessions = createSessions();
  const controls = createControls(options.ttl, options.sandbox);
  const site = await loadSite({ ...options, file: import.meta.url, sessions });

  // #region server
  const auth = createAuthListener(apiKey, (request: IncomingMessage) => {
    const { user, reason } = sessions.of(request);
    if (user === undefined) throw deny(reason);
    if (controls.isBanned(user)) throw deny('Your account is suspended.');
    return {
      clientId: user,
      capability: { 'demo:chat:*': ['subscribe', 'publish', 'presence'], 'demo:news': ['subscribe'] },
      ttl: controls.ttlOf(user),
    };
  });
  // #endregion

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const foreign = refuseForeign(request);
    if (foreign !== undefined) return send(response, foreign);
    // The path alone: a query may follow it.
    const path = request.url?.split('?', 1)[0];
    if (request.method === 'POST' && path === '/auth') {
      const { user } = sessions.attach(request, response, await readJson(request));
      const broken = controls.takeBrokenAnswer(user);
      return broken === undefined ? auth(request, response) : send(response, broken);
    }
    if (request.method === 'POST' && path === '/demo')
      return send(response, controls.run(sessions.userOf(request.headers), await readJson(request)));
    if (request.method === 'POST' && path === '/logout')
      return send(response, sessions.close(request.headers));
    return send(response, site(request));
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
