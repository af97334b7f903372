import type { IncomingHttpHeaders } from 'node:http';
import { getUser } from './session.js';

export interface SessionRequest {
  headers: IncomingHttpHeaders;
}

/** What the guide about keys calls `getSession`: stands for the reader's session store. */
export async function getSession(
  request: SessionRequest,
): Promise<{ userId: string; startedAt: Date } | null> {
  const user = await getUser(request);
  return user && { userId: user.id, startedAt: new Date('2025-12-24T12:00:00Z') };
}
