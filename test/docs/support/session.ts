import type { IncomingHttpHeaders } from 'node:http';

export interface User {
  id: string;
  suspended: boolean;
}

/** What the guides call `getUser`: stands for the reader's own code, which finds the user of a request's session. */
export async function getUser(request: { headers: Headers | IncomingHttpHeaders }): Promise<User | null> {
  const { headers } = request;
  const cookie = headers instanceof Headers ? headers.get('cookie') : headers.cookie;
  const id = /(?:^|; )session=(\w+)/.exec(cookie ?? '')?.[1];
  return id === undefined ? null : { id, suspended: false };
}
