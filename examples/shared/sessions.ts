import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './demo.js';

/** Who sent a request; or, without a `user`, the reason for the person at the page. */
export interface Session {
  user?: string;
  reason: string;
  /** To be sent with the answer: the cookie of a new session. */
  headers: Record<string, string>;
}

/** A page can hold two sessions, so that you see two users side by side: each has a cookie of its own. */
const cookieOf = (headers: IncomingHttpHeaders) =>
  headers['x-demo-seat'] === '2' ? 'demo_session_2' : 'demo_session';
// HttpOnly: no script can read it. SameSite=Strict: no other site can use it. Add "Secure" where there is https.
const cookieRules = 'Path=/; HttpOnly; SameSite=Strict';

/**
 * The login of the examples. The first request brings name and password and gets a session cookie; every later one,
 * for a renewal, brings only the cookie. So the page can forget the password as soon as it is connected.
 *
 * Your application has all this already: use its own sessions in place of this file.
 */
export function createSessions() {
  const users = new Map<string, string>();
  const idOf = (headers: IncomingHttpHeaders) =>
    new RegExp(`(?:^|; )${cookieOf(headers)}=([\\w-]+)`).exec(headers.cookie ?? '')?.[1] ?? '';

  const opened = new WeakMap<IncomingMessage, Session>();

  const sessions = {
    /** Who is logged in, by the cookie of a request. */
    userOf: (headers: IncomingHttpHeaders): string | undefined => users.get(idOf(headers)),

    /** Logs in if the body holds a username and a password, else finds the session of the cookie. */
    open(headers: IncomingHttpHeaders, body: unknown): Session {
      const { username, password } = (body ?? {}) as { username?: unknown; password?: unknown };
      if (username === undefined && password === undefined) {
        const user = sessions.userOf(headers);
        const reason =
          'Nobody is logged in here, or the session has ended. Log in with username and password.';
        return user === undefined ? { reason, headers: {} } : { user, reason: '', headers: {} };
      }
      const reason = findMistake(username, password);
      if (reason !== undefined) return { reason, headers: {} };

      users.delete(idOf(headers));
      // A demo's memory: the oldest session goes when there are too many.
      if (users.size >= 1000) users.delete(users.keys().next().value as string);
      const id = randomBytes(24).toString('base64url');
      users.set(id, username as string);
      return {
        user: username as string,
        reason: '',
        headers: { 'Set-Cookie': `${cookieOf(headers)}=${id}; ${cookieRules}` },
      };
    },

    /** Does so for a Node request whose body was read, and puts the cookie into the response. */
    attach(request: IncomingMessage, response: ServerResponse, body: unknown): Session {
      const session = sessions.open(request.headers, body);
      for (const [name, value] of Object.entries(session.headers)) response.setHeader(name, value);
      opened.set(request, session);
      return session;
    },

    /** The session that was attached to a request. */
    of: (request: IncomingMessage) => opened.get(request) as Session,

    /** Logs out. The token in use lives on until it expires, but there won't be another one. */
    close(headers: IncomingHttpHeaders): Answer {
      users.delete(idOf(headers));
      return {
        status: 204,
        headers: { 'Set-Cookie': `${cookieOf(headers)}=; ${cookieRules}; Max-Age=0` },
        body: '',
      };
    },
  };
  return sessions;
}

/** What is wrong with a login, for the person who tries it. */
function findMistake(username: unknown, password: unknown): string | undefined {
  if (typeof username !== 'string' || typeof password !== 'string')
    return 'username and password must be strings.';
  if (username.trim() === '' || password.trim() === '') return 'Username and password must not be empty.';
  if (username.length > 64 || !username.isWellFormed()) return 'A username has at most 64 characters.';
  // To Ably, the clientId "*" is no name: it stands for every name.
  if (username === '*') return 'The username must not be "*".';

  // The place for the real check: look the user up, and compare the password with its salted hash.
  return undefined;
}
