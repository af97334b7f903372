// One of the servers of endpoint.mjs, by name; tells its parent the port.
import { createHmac, createSecretKey } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { createAblyJwt, createAuthEndpoint, createAuthListener } from 'ably-jwt';
import { apiKey, capability, clientId, kid, secret, signBare } from './peers.mjs';

const sessions = new Map([['session=s1', { user: clientId }]]);
/** @param {import('node:http').IncomingMessage} request */
const authorize = (request) => {
  const session = sessions.get(request.headers.cookie ?? '');
  return session === undefined ? null : { capability, clientId: session.user };
};

// The same headers for all, so that the bytes sent are the same and only the work differs.
const { headers: tokenHeaders } = await createAuthEndpoint(apiKey, () => ({ capability, clientId }))({});

/** A server on node:http around an endpoint: the same for both, so that only what the endpoint does differs. */
const serve = (auth) =>
  createServer(async (request, response) => {
    const { status, headers, body } = await auth(request);
    response.writeHead(status, { ...headers, 'Content-Length': body.length }).end(body);
  });

const servers = {
  'ably-jwt': () => serve(createAuthEndpoint(apiKey, authorize)),
  listener: () => createServer(createAuthListener(apiKey, authorize)),
  bare: () =>
    serve(async (request) => {
      const { capability, clientId } = /** @type {NonNullable<ReturnType<typeof authorize>>} */ (
        authorize(request)
      );
      const iat = Math.floor(Date.now() / 1000);
      const body = signBare({
        iat,
        exp: iat + 3600,
        'x-ably-capability': JSON.stringify(capability),
        'x-ably-clientId': clientId,
      });
      return { status: 200, headers: tokenHeaders, body };
    }),
  constant: async () => {
    const body = await createAblyJwt(apiKey, { capability, clientId });
    return serve(async (request) => {
      authorize(request);
      return { status: 200, headers: tokenHeaders, body };
    });
  },
  hmac: async () => {
    const body = await createAblyJwt(apiKey, { capability, clientId });
    const [input, signature] = [body.slice(0, body.lastIndexOf('.')), body.slice(body.lastIndexOf('.') + 1)];
    const keyObject = createSecretKey(Buffer.from(secret));
    return serve(async (request) => {
      authorize(request);
      const found = createHmac('sha256', keyObject).update(input).digest('base64url');
      return { status: found === signature ? 200 : 500, headers: tokenHeaders, body };
    });
  },
  tutorial: () => {
    const require = createRequire(new URL('peers/package.json', import.meta.url));
    const jsonwebtoken = require('jsonwebtoken');
    const app = require('express')();
    app.get('/auth', (request, response) => {
      const { user } = /** @type {{ user: string }} */ (sessions.get(request.headers.cookie));
      const claims = { 'x-ably-capability': JSON.stringify(capability), 'x-ably-clientId': user };
      response.setHeader('Content-Type', 'application/json');
      response.send(JSON.stringify(jsonwebtoken.sign(claims, secret, { expiresIn: 3600, keyid: kid })));
    });
    return createServer(app);
  },
};
const server = await servers[process.argv[2]]();
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
server.listen(0, '127.0.0.1', () =>
  process.send?.(/** @type {import('node:net').AddressInfo} */ (server.address()).port),
);
