'use client';

import * as Ably from 'ably';
import { AblyProvider } from 'ably/react';
import { createAuthCallback } from 'ably-jwt/client';
import { type ReactNode, useEffect, useState } from 'react';

/**
 * Connects to Ably for all components below it. The client is made in an effect, so never on the server, where a
 * relative URL leads nowhere, and closed with the component, also when StrictMode mounts it twice.
 */
export function Realtime({ children }: { children: ReactNode }) {
  const [client, setClient] = useState<Ably.Realtime>();

  useEffect(() => {
    const realtime = new Ably.Realtime({ authCallback: createAuthCallback('/auth') });
    setClient(realtime);
    return () => realtime.close();
  }, []);

  return client === undefined ? null : <AblyProvider client={client}>{children}</AblyProvider>;
}
