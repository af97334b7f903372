import { createAuthHandler } from 'ably-jwt';
import { getUser } from '../../session';

// A function, since `next build` loads this file where the variable need not be set. ABLY_API_KEY, never NEXT_PUBLIC_…: what
// is public is built into the page.
export const GET = createAuthHandler(
  () => process.env.ABLY_API_KEY!,
  async (request) => {
    const user = await getUser(request);
    if (user === null) return null;
    return {
      clientId: user.id,
      capability: {
        'chat:*': user.isModerator ? ['*'] : ['subscribe', 'publish', 'presence'],
        news: ['subscribe'],
      },
    };
  },
);
