import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AblySandbox, startAblySandbox } from 'ably-jwt/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { assertServesTokens } from '../support/serves-tokens.js';
import { assertClaim, catchServers, makeModule } from './support/run.js';
import { collectSnippets } from './support/snippets.js';

const snippets = await Promise.all(
  collectSnippets()
    .filter(({ flag }) => flag === 'run')
    .map(async (snippet) => ({
      name: `${snippet.file}:${snippet.line}`,
      isTest: /from '(vitest|@jest\/globals)'/.test(snippet.code),
      path: await makeModule(snippet),
    })),
);

let sandbox: AblySandbox;
beforeAll(async () => {
  sandbox = await startAblySandbox();
  Object.assign(globalThis, { __claim: assertClaim });
  Object.assign(process.env, { ABLY_API_KEY: sandbox.apiKey, ABLY_REST_URL: sandbox.url });
});
afterAll(() => sandbox.close());

describe.each(snippets.filter(({ isTest }) => isTest))('$name', ({ path }) => import(path));

test.each(snippets.filter(({ isTest }) => !isTest))('$name runs', async ({ path }) => {
  let exported: Exports = {};
  const servers = (await catchServers(async () => {
    exported = await import(path);
  })) as Server[];
  const handle = handlerOf(exported);
  if (handle !== undefined) {
    const ask = (headers: Record<string, string>) =>
      handle(new Request('http://localhost/auth', { headers }), { ABLY_API_KEY: sandbox.apiKey });
    await assertServesTokens(ask, sandbox.apiKey);
  }
  for (const server of servers) {
    if (!server.listening) await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const ask = (headers: Record<string, string>) => fetch(`http://127.0.0.1:${port}/auth`, { headers });
    await assertServesTokens(ask, sandbox.apiKey);
    server.close();
    server.closeAllConnections();
  }
});

type Handler = (request: Request, env?: object) => Response | Promise<Response>;
interface Exports {
  default?: { fetch?: Handler };
  GET?: Handler;
  POST?: Handler;
}

/** The function with which a module serves requests, if it is a server: that of Workers, Bun, Deno, Hono or Next.js. */
const handlerOf = ({ default: main, GET, POST }: Exports): Handler | undefined =>
  GET ?? POST ?? main?.fetch?.bind(main);
