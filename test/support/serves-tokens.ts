import { verifyAblyJwt } from 'ably-jwt';
import { expect } from 'vitest';

/** The session that the guides' examples know. */
export const alice = { cookie: 'session=alice' };

/**
 * Asks an endpoint of the guides as somebody whom the reader's own code knows, and as nobody.
 *
 * @param errorType - the type of an error's JSON, where the framework changes it
 */
export async function assertServesTokens(
  ask: (headers: Record<string, string>) => Response | Promise<Response>,
  apiKey: string,
  errorType = 'application/json',
): Promise<void> {
  const granted = await ask({ ...alice, authorization: 'Bearer secret of 42' });
  expect(granted.status).toBe(200);
  expect(granted.headers.get('content-type')).toBe('application/jwt');
  expectSafeHeaders(granted);
  const { clientId } = await verifyAblyJwt(await granted.text(), apiKey);
  expect(['alice', '42']).toContain(clientId);

  const denied = await ask({});
  expect(denied.status).toBe(403);
  expect(denied.headers.get('content-type')).toBe(errorType);
  expectSafeHeaders(denied);
  expect(await denied.json()).toMatchObject({ error: { code: 40300, statusCode: 403 } });
}

function expectSafeHeaders({ headers }: Response): void {
  expect(headers.get('cache-control')).toContain('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
}
