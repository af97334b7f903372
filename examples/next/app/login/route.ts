import { cookieOf } from '../../session';

/** Stands for your own login: `{ "username": "alice" }` logs in as alice. The place to check a password. */
export async function POST(request: Request): Promise<Response> {
  // A form on another site could log the user in under another name.
  const origin = request.headers.get('origin');
  if (origin !== null && origin.replace(/^https?:\/\//, '') !== request.headers.get('host')) {
    return new Response('Only pages of this site may log in.', { status: 403 });
  }
  const body = (await request.json().catch(() => null)) as { username?: unknown } | null;
  const username = body?.username;
  // To Ably, the clientId "*" is no name: it stands for every name.
  if (typeof username !== 'string' || !/^[\w-]{1,64}$/.test(username)) {
    return new Response('username must be 1 to 64 letters, digits, _ or -.', { status: 400 });
  }
  return new Response(null, { status: 204, headers: { 'Set-Cookie': cookieOf(username) } });
}
