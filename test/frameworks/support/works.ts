import * as Ably from 'ably';
import type { AblySandbox } from 'ably-jwt/testing';
import { expect } from 'vitest';
import { alice, assertServesTokens } from '../../support/serves-tokens.js';

export type Method = 'GET' | 'POST';

/** Asks an endpoint of the guides for tokens, and connects the Ably client with them, by each of the methods. */
export async function assertWorks(
  url: string,
  methods: readonly Method[],
  sandbox: AblySandbox,
  errorType?: string,
): Promise<void> {
  await assertServesTokens((headers) => fetch(url, { headers }), sandbox.apiKey, errorType);
  const head = await fetch(url, { method: 'HEAD', headers: alice });
  expect([head.status, head.headers.get('content-type')]).toEqual([200, 'application/jwt']);
  for (const method of methods) await assertConnects(url, method, sandbox);
}

/**
 * By the client's own `authUrl`, which is less forgiving than `createAuthCallback`: it reads the error in a response of
 * exactly `application/json` only.
 */
async function assertConnects(authUrl: string, authMethod: Method, sandbox: AblySandbox): Promise<void> {
  const connect = async (authHeaders: Record<string, string>, state: Ably.ConnectionState) => {
    const options = { ...sandbox.clientOptions, authUrl, authMethod, authHeaders, logLevel: 0 };
    const client = new Ably.Realtime(options);
    try {
      await client.connection.whenState(state);
      return { clientId: client.auth.clientId, cause: client.connection.errorReason?.cause };
    } finally {
      client.close();
    }
  };
  expect(await connect(alice, 'connected')).toMatchObject({ clientId: 'alice' });
  expect(await connect({}, 'failed')).toMatchObject({ cause: { code: 40300, statusCode: 403 } });
}
