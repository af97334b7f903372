import type { Server } from 'node:http';
import { createAuthEndpoint, deny } from 'ably-jwt';
import fastify, { type FastifyReply } from 'fastify';
import { type Answer, bodyLimit, type DemoOptions, refuse, refuseForeign } from './shared/demo.js';
import { createSessions, type Session } from './shared/sessions.js';
import { loadSite } from './shared/site.js';

/** The demo on Fastify 5. */
export async function createApp({ apiKey, ttl, clientOptions }: DemoOptions): Promise<Server> {
  const sessions = createSessions();
  const site = await loadSite(clientOptions);
  const app = fastify({ bodyLimit });

  const auth = createAuthEndpoint(apiKey, (session: Session) => {
    if (session.user === undefined) throw deny(session.reason);
    return {
      clientId: session.user,
      capability: { 'demo:chat:*': ['subscribe', 'publish', 'presence'], 'demo:news': ['subscribe'] },
      ttl,
    };
  });

  app.addHook('onRequest', async (request, reply) => {
    const foreign = refuseForeign(request.raw);
    if (foreign !== undefined) return send(reply, foreign);
  });
  app.post('/auth', async (request, reply) => {
    const session = sessions.open(request.headers, request.body);
    const { status, headers, body } = await auth(session);
    return send(reply, { status, headers: { ...headers, ...session.headers }, body });
  });
  app.post('/logout', (request, reply) => send(reply, sessions.close(request.headers)));
  app.setNotFoundHandler((request, reply) => send(reply, site(request.method, request.url)));
  app.setErrorHandler((error, _request, reply) => send(reply, refuse(error)));

  await app.ready();
  return app.server;
}

/** A Buffer, since Fastify adds "; charset=utf-8" to a JSON string, and Ably's Node client then ignores the error in it. */
function send(reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  return reply.code(status).headers(headers).send(Buffer.from(body));
}
