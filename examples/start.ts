import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createAblyJwt, type Duration, isAblyJwtError, parseAblyKey, verifyAblyJwt } from 'ably-jwt';
import type { AblySandbox } from 'ably-jwt/testing';

const apps = {
  'node-http': () => import('./node-http.js'),
  express: () => import('./express.js'),
  fastify: () => import('./fastify.js'),
};

/** A mistake of the person who starts the demo: shown without a stack. */
class StartError extends Error {}

async function start(name = 'node-http'): Promise<void> {
  const load = Object.hasOwn(apps, name) ? apps[name as keyof typeof apps] : undefined;
  if (load === undefined) {
    throw new StartError(`There is no example "${name}". There are: ${Object.keys(apps).join(', ')}.`);
  }
  const envFile = fileURLToPath(new URL('../.env', import.meta.url));
  if (existsSync(envFile)) process.loadEnvFile(envFile);
  const port = readPort(variable('PORT'));
  let ttl = variable('TOKEN_TTL') as Duration | undefined;
  let apiKey = variable('ABLY_API_KEY');
  let sandbox: AblySandbox | undefined;
  let server: Server | undefined;
  const stop = async () => {
    server?.close();
    server?.closeAllConnections();
    await sandbox?.close();
  };
  try {
    if (apiKey === undefined) {
      const { startAblySandbox } = await import('ably-jwt/testing');
      sandbox = await startAblySandbox();
      apiKey = sandbox.apiKey;
      ttl ??= '60s'; // short enough to watch a renewal
    }
    await check(apiKey, ttl);
    const { createApp } = await load();
    server = await createApp({ apiKey, ttl, clientOptions: sandbox?.clientOptions, sandbox });
    const url = await listen(server, port);
    const backend =
      sandbox === undefined
        ? `with the API key ${parseAblyKey(apiKey).name}`
        : `without ABLY_API_KEY: an Ably sandbox on this machine (port ${sandbox.port}) stands in for Ably`;
    console.log(`The ${name} example runs ${backend}. Open ${url}`);
    process.once('SIGINT', stop).once('SIGTERM', stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

/** An environment variable. An empty one counts as none: that is how a shell or an .env file switches it off. */
function variable(name: string): string | undefined {
  return process.env[name] === '' ? undefined : process.env[name];
}

function readPort(text = '3000'): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new StartError(
    `PORT must be a whole number from 0 to 65535, found "${text}". Example: PORT=3001 npm start`,
  );
}

/** Signs a token once, so that a bad key or TOKEN_TTL fails now and not at the first login. */
async function check(apiKey: string, ttl: Duration | undefined): Promise<void> {
  try {
    const jwt = await createAblyJwt(apiKey, { capability: { demo: ['subscribe'] }, ttl });
    const { issuedAt, expiresAt } = await verifyAblyJwt(jwt, apiKey);
    if (expiresAt.getTime() - issuedAt.getTime() > 30_000) return;
  } catch (error) {
    if (!isAblyJwtError(error)) throw error;
    const name = error.code === 'KEY_MALFORMED' ? 'ABLY_API_KEY' : 'TOKEN_TTL';
    throw new StartError([`${name}: ${error.message}`, error.hint].filter(Boolean).join('\n'));
  }
  throw new StartError(
    `TOKEN_TTL: must be longer than 30 s, found "${ttl}": Ably asks for a new token 30 s before the old one expires, ` +
      'so there would be no pause between renewals. Example: TOKEN_TTL=40s npm start',
  );
}

/** Listens on this machine only, since the demo lets everybody in. Returns the URL. */
async function listen(server: Server, port: number): Promise<string> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch((error) => {
    if (error.code === 'EADDRINUSE') {
      throw new StartError(
        `Port ${port} is in use. Choose another one, such as PORT=3001, or PORT=0 for any free one: PORT=0 npm start`,
      );
    }
    if (error.code === 'EACCES') {
      throw new StartError(
        `Port ${port} needs more rights than you have. Choose one above 1023: PORT=3000 npm start`,
      );
    }
    throw error;
  });
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

try {
  await start(process.argv[2]);
} catch (error) {
  console.error(error instanceof StartError ? error.message : error);
  process.exitCode = 1;
}
