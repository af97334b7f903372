import { createHmac, timingSafeEqual } from 'node:crypto';

/** A logged-in user. */
export interface User {
  id: string;
  isModerator: boolean;
}

/** Stands for your own sessions: who sent this request, or null. The cookie is signed, so that users can't write another name into it. */
export async function getUser(request: Request): Promise<User | null> {
  const cookie = /(?:^|; )user=([\w-]+)\.([\w-]+)(?:;|$)/.exec(request.headers.get('cookie') ?? '');
  if (cookie === null) return null;
  const [, id = '', signature = ''] = cookie;
  if (!isEqual(signature, sign(id))) return null;
  return { id, isModerator: id === 'mod' };
}

/** The cookie for a user whose login you have checked. */
export function cookieOf(id: string): string {
  const secure = process.env.NODE_ENV === 'production' ? '; Secure' : '';
  return `user=${id}.${sign(id)}; Path=/; HttpOnly; SameSite=Strict${secure}`;
}

/** Signs with SESSION_SECRET, a long random text: `openssl rand -base64 32` makes one. */
function sign(id: string): string {
  const secret = process.env.SESSION_SECRET ?? '';
  if (secret.length < 32) throw new Error('Set SESSION_SECRET to a random text of 32 characters or more.');
  return createHmac('sha256', secret).update(id).digest('base64url');
}

function isEqual(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
