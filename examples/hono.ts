// An auth endpoint on web standards alone: one file for Node, Bun, Deno and Cloudflare Workers. It needs ABLY_API_KEY,
// and SESSION_SECRET, a long random text that signs the login cookie: `openssl rand -base64 32` makes one.
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

type Settings = { ABLY_API_KEY: string; SESSION_SECRET?: string };

/** A short secret can be guessed from a cookie, and signs a cookie for any user. */
function sessionSecret({ SESSION_SECRET = '' }: Settings): string {
  if (SESSION_SECRET.length >= 32) return SESSION_SECRET;
  throw new Error('Set SESSION_SECRET to a random text of 32 characters or more.');
}

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
  await setSignedCookie(context, 'user', username, sessionSecret(env(context)), {
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
  async (request, settings: Settings) => {
    const { user } = await parseSigned(request.headers.get('cookie') ?? '', sessionSecret(settings), 'user');
    // false: the cookie was changed.
    if (user === undefined || user === false) return null;
    return { clientId: user, capability: { 'chat:*': ['subscribe', 'publish', 'presence'] } };
  },
);
app.all('/auth', (context) => auth(context.req.raw, env<Settings>(context)));

export default app;
