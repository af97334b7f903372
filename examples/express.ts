import { createServer, type Server } from 'node:http';
import { createAuthListener, deny } from 'ably-jwt';
import express, { type ErrorRequestHandler, type Response } from 'express';
import { type Answer, bodyLimit, type DemoOptions, refuse, refuseForeign } from './shared/demo.js';
import { createSessions } from './shared/sessions.js';
import { loadSite } from './shared/site.js';

/** The demo on Express 5. */
export async function createApp({ apiKey, ttl, clientOptions }: DemoOptions): Promise<Server> {
  const sessions = createSessions();
  const site = await loadSite(clientOptions);
  const app = express().disable('x-powered-by');

  app.use((request, response, next) => {
    const foreign = refuseForeign(request);
    if (foreign === undefined) next();
    else send(response, foreign);
  });

  const auth = createAuthListener(apiKey, (request: express.Request) => {
    const { user, reason } = sessions.of(request);
    if (user === undefined) throw deny(reason);
    return {
      clientId: user,
      capability: { 'demo:chat:*': ['subscribe', 'publish', 'presence'], 'demo:news': ['subscribe'] },
      ttl,
    };
  });

  app.post(
    '/auth',
    express.json({ limit: bodyLimit }),
    (request, response, next) => {
      sessions.attach(request, response, request.body);
      next();
    },
    auth,
  );
  app.post('/logout', (request, response) => send(response, sessions.close(request.headers)));
  app.use((request, response) => send(response, site(request.method, request.url)));

  const onError: ErrorRequestHandler = (error, _request, response, _next) => send(response, refuse(error));
  app.use(onError);
  return createServer(app);
}

function send(response: Response, { status, headers, body }: Answer): void {
  response.writeHead(status, headers).end(body);
}
