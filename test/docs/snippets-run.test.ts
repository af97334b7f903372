import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verifyAblyJwt } from 'ably-jwt';
import { type AblySandbox, startAblySandbox } from 'ably-jwt/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
  if (handle !== undefined) await assertServesTokens(handle);
  for (const server of servers) {
    if (!server.listening) await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await assertServesTokens(({ headers }) => fetch(`http://127.0.0.1:${port}/auth`, { headers }));
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

/** Asks a server as somebody whom the reader's own code knows, and as nobody. */
async function assertServesTokens(handle: Handler): Promise<void> {
  const ask = (headers: Record<string, string>) =>
    handle(new Request('http://localhost/auth', { headers }), { ABLY_API_KEY: sandbox.apiKey });
  const granted = await ask({ cookie: 'session=alice', authorization: 'Bearer secret of 42' });
  expect(granted.status).toBe(200);
  expect(granted.headers.get('content-type')).toBe('application/jwt');
  const { clientId } = await verifyAblyJwt(await granted.text(), sandbox.apiKey);
  expect(['alice', '42']).toContain(clientId);

  const refused = await ask({});
  expect(refused.status).toBe(403);
  expect(refused.headers.get('content-type')).toBe('application/json');
  expect(refused.headers.get('cache-control')).toContain('no-store');
  expect(await refused.json()).toMatchObject({ error: { code: 40300, statusCode: 403 } });
}
