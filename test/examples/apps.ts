import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createApp as createExpressApp } from '../../examples/express.js';
import { createApp as createFastifyApp } from '../../examples/fastify.js';
import { createApp as createNodeApp } from '../../examples/node-http.js';
import type { DemoOptions } from '../../examples/shared/demo.js';

export const apps = { 'node-http': createNodeApp, express: createExpressApp, fastify: createFastifyApp };
export const appNames = Object.keys(apps) as (keyof typeof apps)[];

/** An example server on a free loopback port. */
export async function startApp(name: keyof typeof apps, options: DemoOptions) {
  const server = await apps[name](options);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let closed: Promise<unknown> | undefined;
  return {
    port,
    url: `http://localhost:${port}`,
    close() {
      closed ??= once(server, 'close');
      server.close();
      server.closeAllConnections();
      return closed;
    },
  };
}
