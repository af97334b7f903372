// An auth endpoint on web standards alone: one file for Node, Bun, Deno and Cloudflare Workers. It needs ABLY_API_KEY,
// and SESSION_SECRET, a long random text that signs the login cookie.
//
//   Bun       bun run examples/hono.ts
//   Deno      deno serve --allow-env examples/hono.ts
//   Workers   wrangler dev examples/hono.ts
//   Node      npm install @hono/node-server, then: serve({ fetch: app.fetch })
import { createAuthHandler } from 'ably-jwt';
import { Hono } from 'hono';
import { env } from 'hono/adapter';
import { setSignedCookie } from 'hono/cookie';
import { csrf } from 'hono/csrf';
import { parseSigned } from 'hono/utils/cookie';

type Settings = { ABLY_API_KEY: string; SESSION_SECRET: string };

const app = new Hono();

// Refuses forms of other sites: one could log the user in as another user.
app.use(csrf());

/** Stands for your own login. The cookie is signed, so that users can't write another name into it. */
app.post('/login', async (context) => {
  const body = await context.req.json<{ username?: unknown } | null>().catch(() => null);
  const username = body?.username;
  // To Ably, the clientId "*" is no name: it stands for every name.
  if (typeof username !== 'string' || !/^[\w-]{1,64}$/.test(username)) {
    return context.text('username must be 1 to 64 letters, digits, _ or -.', 400);
  }
  await setSignedCookie(context, 'user', username, env<Settings>(context).SESSION_SECRET, {
    path: '/',
    httpOnly: true,
    sameSite: 'Strict',
    secure: new URL(context.req.url).protocol === 'https:',
  });
  return context.body(null, 204);
});

// Workers know their secrets only while they answer a request, so the key is a function of the settings.
const auth = createAuthHandler(
  (_request, settings: Settings) => settings.ABLY_API_KEY,
  async (request, { SESSION_SECRET }: Settings) => {
    const { user } = await parseSigned(request.headers.get('cookie') ?? '', SESSION_SECRET, 'user');
    // false: the cookie was changed.
    if (user === undefined || user === false) return null;
    return { clientId: user, capability: { 'chat:*': ['subscribe', 'publish', 'presence'] } };
  },
);
app.all('/auth', (context) => auth(context.req.raw, env<Settings>(context)));

export default app;
