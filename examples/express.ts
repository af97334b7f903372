import { createServer, type Server } from 'node:http';
import { createAuthEndpoint, deny } from 'ably-jwt';
import express, { type ErrorRequestHandler, type Response } from 'express';
import { type Answer, bodyLimit, type DemoOptions, refuse } from './shared/demo.js';
import { createSessions, type Session } from './shared/sessions.js';
import { loadSite } from './shared/site.js';

/** The demo on Express 5. */
export async function createApp({ apiKey, ttl, clientOptions }: DemoOptions): Promise<Server> {
  const sessions = createSessions();
  const site = await loadSite(clientOptions);
  const app = express().disable('x-powered-by');

  const auth = createAuthEndpoint(apiKey, (session: Session) => {
    if (session.user === undefined) throw deny(session.problem);
    return {
      clientId: session.user,
      capability: { 'demo:chat:*': ['subscribe', 'publish', 'presence'], 'demo:news': ['subscribe'] },
      ttl,
    };
  });

  app.post('/auth', express.json({ limit: bodyLimit }), async (request, response) => {
    const session = sessions.open(request.headers, request.body);
    const { status, headers, body } = await auth(session);
    send(response, { status, headers: { ...headers, ...session.headers }, body });
  });
  app.post('/logout', (request, response) => send(response, sessions.close(request.headers)));
  app.use((request, response) => send(response, site(request.method, request.url)));

  const onError: ErrorRequestHandler = (error, _request, response, _next) => send(response, refuse(error));
  app.use(onError);
  return createServer(app);
}

/** Not `response.set().send()`: they add "; charset=utf-8" to JSON, and Ably's Node client then ignores the error in it. */
function send(response: Response, { status, headers, body }: Answer): void {
  response.writeHead(status, headers).end(body);
}
