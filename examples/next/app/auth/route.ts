import { createAuthHandler } from 'ably-jwt';
import { getUser } from '../../session';

/** Up to Next.js 14, a GET handler may be cached otherwise: everybody would get the first user's token. */
export const dynamic = 'force-dynamic';

// ABLY_API_KEY, never NEXT_PUBLIC_…: what is public is built into the page. `next build` loads this file, so the variable
// must be set there too; any well-formed key will do for the build.
export const GET = createAuthHandler(process.env.ABLY_API_KEY!, async (request) => {
  const user = await getUser(request);
  if (user === null) return null;
  return {
    clientId: user.id,
    capability: {
      'chat:*': user.isModerator ? ['*'] : ['subscribe', 'publish', 'presence'],
      news: ['subscribe'],
    },
  };
});
