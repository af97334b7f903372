import type { Server } from 'node:http';
import { createAuthEndpoint, deny } from 'ably-jwt';
import fastify, { type FastifyReply } from 'fastify';
import { createControls } from './shared/controls.js';
import { type Answer, bodyLimit, type DemoOptions, refuse, refuseForeign } from './shared/demo.js';
import { createSessions, type Session } from './shared/sessions.js';
import { loadSite } from './shared/site.js';

/** The demo on Fastify 5. */
export async function createApp({ apiKey, ...options }: DemoOptions): Promise<Server> {
  const sessions = createSessions();
  const controls = createControls(options.ttl, options.sandbox);
  const site = await loadSite({ ...options, file: import.meta.url, sessions });
  const app = fastify({ bodyLimit });

  // #region server
  const auth = createAuthEndpoint(apiKey, (session: Session) => {
    const { user, reason } = session;
    if (user === undefined) throw deny(reason);
    if (controls.isBanned(user)) throw deny('Your account is suspended.');
    return {
      clientId: user,
      capability: { 'demo:chat:*': ['subscribe', 'publish', 'presence'], 'demo:news': ['subscribe'] },
      ttl: controls.ttlOf(user),
    };
  });
  // #endregion

  app.addHook('onRequest', async (request, reply) => {
    const foreign = refuseForeign(request.raw);
    if (foreign !== undefined) return send(reply, foreign);
  });
  app.post('/auth', async (request, reply) => {
    const session = sessions.open(request.headers, request.body);
    const broken = controls.takeBrokenAnswer(session.user);
    if (broken !== undefined) return send(reply, broken);
    const { status, headers, body } = await auth(session);
    return send(reply, { status, headers: { ...headers, ...session.headers }, body });
  });
  app.post('/logout', (request, reply) => send(reply, sessions.close(request.headers)));
  app.post('/demo', (request, reply) =>
    send(reply, controls.run(sessions.userOf(request.headers), request.body)),
  );
  app.setNotFoundHandler((request, reply) => send(reply, site(request.raw)));
  app.setErrorHandler((error, _request, reply) => send(reply, refuse(error)));

  await app.ready();
  return app.server;
}

/** A Buffer, since Fastify adds "; charset=utf-8" to a JSON string, and Ably's Node client then ignores the error in it. */
function send(reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  return reply.code(status).headers(headers).send(Buffer.from(body));
}
