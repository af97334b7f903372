import { createServer, type Server } from 'node:http';
import { createAuthListener, deny } from 'ably-jwt';
import express, { type ErrorRequestHandler, type Response } from 'express';
import { createControls } from './shared/controls.js';
import { type Answer, bodyLimit, type DemoOptions, refuse, refuseForeign } from './shared/demo.js';
import { createSessions } from './shared/sessions.js';
import { loadSite } from './shared/site.js';

/** The demo on Express 5. */
export async function createApp({ apiKey, ...options }: DemoOptions): Promise<Server> {
  const sessions = createSessions();
  const controls = createControls(options.ttl, options.sandbox);
  const site = await loadSite({ ...options, file: import.meta.url, sessions });
  const app = express().disable('x-powered-by');

  app.use((request, response, next) => {
    const foreign = refuseForeign(request);
    if (foreign === undefined) next();
    else send(response, foreign);
  });

  // #region server
  const auth = createAuthListener(apiKey, (request: express.Request) => {
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

  app.post(
    '/auth',
    express.json({ limit: bodyLimit }),
    (request, response, next) => {
      const { user } = sessions.attach(request, response, request.body);
      const broken = controls.takeBrokenAnswer(user);
      if (broken === undefined) next();
      else send(response, broken);
    },
    auth,
  );
  app.post('/demo', express.json({ limit: bodyLimit }), (request, response) =>
    send(response, controls.run(sessions.userOf(request.headers), request.body)),
  );
  app.post('/logout', (request, response) => send(response, sessions.close(request.headers)));
  app.use((request, response) => send(response, site(request)));

  const onError: ErrorRequestHandler = (error, _request, response, _next) => send(response, refuse(error));
  app.use(onError);
  return createServer(app);
}

function send(response: Response, { status, headers, body }: Answer): void {
  response.writeHead(status, headers).end(body);
}
