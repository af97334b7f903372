import * as Ably from 'ably';
import type { AblySandbox } from 'ably-jwt/testing';
import { expect } from 'vitest';
import { alice } from '../../support/serves-tokens.js';

/**
 * Connects Ably's client through an endpoint of the guides, as somebody it knows, and as nobody. By its own `authUrl`,
 * which is less forgiving than `createAuthCallback`: it reads the error in a response of exactly `application/json` only.
 */
export async function assertConnects(
  authUrl: string,
  authMethod: 'GET' | 'POST',
  sandbox: AblySandbox,
): Promise<void> {
  const connect = async (authHeaders: Record<string, string>, state: Ably.ConnectionState) => {
    const client = new Ably.Realtime({
      ...sandbox.clientOptions,
      authUrl,
      authMethod,
      authHeaders,
      logLevel: 0,
    });
    try {
      await client.connection.whenState(state);
      return { clientId: client.auth.clientId, code: client.connection.errorReason?.cause };
    } finally {
      client.close();
    }
  };
  expect(await connect(alice, 'connected')).toMatchObject({ clientId: 'alice' });
  const { code } = await connect({}, 'failed');
  expect(code).toMatchObject({ code: 40300, statusCode: 403 });
}
