'use client';

import * as Ably from 'ably';
import { AblyProvider } from 'ably/react';
import { createAuthCallback } from 'ably-jwt/client';
import { type ReactNode, useLayoutEffect, useState } from 'react';

/**
 * Connects to Ably for all components below it, and closes the client with the component. The client is created unconnected, so
 * that the server can render the page with its content, and StrictMode can render it twice.
 */
export function Realtime({ children }: { children: ReactNode }) {
  const [client] = useState(
    () => new Ably.Realtime({ autoConnect: false, authCallback: createAuthCallback('/auth') }),
  );

  // A layout effect, so that the effects of the components below find a client that is connecting.
  useLayoutEffect(() => {
    client.connect();
    return () => client.close();
  }, [client]);

  return <AblyProvider client={client}>{children}</AblyProvider>;
}
