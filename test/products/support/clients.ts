import * as Ably from 'ably';
import { type Capability, createAblyJwt } from 'ably-jwt';
import { createAuthCallback } from 'ably-jwt/client';
import type { AblySandbox } from 'ably-jwt/testing';

/** A client that may do what a capability says. */
export function connect(
  { apiKey, clientOptions }: AblySandbox,
  clientId: string,
  capability: Capability,
  options: Ably.ClientOptions = {},
): Ably.Realtime {
  const authCallback = createAuthCallback(() => createAblyJwt(apiKey, { clientId, capability }));
  return new Ably.Realtime({ ...clientOptions, logLevel: 0, authCallback, ...options });
}

/**
 * Waits until the server has read what these clients have sent, and they have read what the server sent them: frames keep
 * their order, and the answer to a ping is the last of them. Then until what the SDK does with them is done.
 */
export async function settle(...clients: readonly Ably.Realtime[]): Promise<void> {
  for (let round = 0; round < 2; round++) {
    for (const client of clients) await client.connection.ping();
    // Behind every timer that was set without a delay.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
