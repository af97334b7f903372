import type { Duration } from 'ably-jwt';
import type { AblySandbox } from 'ably-jwt/testing';
import { type Answer, errorAnswer } from './demo.js';

/** What a user of the demo has set with the buttons of the page. */
interface Settings {
  ttl: Duration;
  banned: boolean;
  /** What `/auth` answers in place of a token, and how often. */
  broken?: { answer: Answer; times: number };
}

const json = (status: number, body: unknown): Answer => ({
  status,
  headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
  body: JSON.stringify(body),
});

/** How an endpoint can fail. A 500 comes twice, since the client asks again at once. */
const brokenAnswers: Readonly<Record<string, { answer: Answer; times: number }>> = {
  500: { answer: errorAnswer(500, 'The session store is down.'), times: 2 },
  401: { answer: errorAnswer(401, 'Your session has ended. Log in again.'), times: 1 },
  html: {
    answer: {
      status: 200,
      headers: { 'Content-Type': 'text/html', 'Cache-Control': 'no-store' },
      body: '<!doctype html><title>Please log in</title>',
    },
    times: 1,
  },
};

/**
 * The buttons of the page: they make an endpoint fail, a user banned, a token expire. An application has none of this.
 *
 * @param defaultTtl - the lifetime of a token until the user chooses another one
 * @param sandbox - absent with a real API key: then tokens can't be expired or revoked from here
 */
export function createControls(defaultTtl: Duration = '1h', sandbox?: AblySandbox | undefined) {
  const users = new Map<string, Settings>();
  const settings = (user: string): Settings => {
    const found = users.get(user) ?? { ttl: defaultTtl, banned: false };
    users.set(user, found);
    return found;
  };
  const commands: Record<string, (user: string, value: unknown) => void> = {
    expire: (user) => sandbox?.expireNow({ clientId: user }),
    revoke: (user) => sandbox?.revoke({ clientId: user }),
    ban: (user) => {
      settings(user).banned = true;
    },
    answer: (user, value) => {
      const broken = brokenAnswers[String(value)];
      if (broken !== undefined) settings(user).broken = { ...broken };
    },
    ttl: (user, value) => {
      if (typeof value === 'string' && /^\d{1,4}[smh]$/.test(value)) settings(user).ttl = value as Duration;
    },
  };

  return {
    isBanned: (user: string) => settings(user).banned,
    ttlOf: (user: string) => settings(user).ttl,

    /** The broken answer that this user asked for, or nothing. */
    takeBrokenAnswer(user: string | undefined): Answer | undefined {
      const broken = user === undefined ? undefined : settings(user).broken;
      if (broken === undefined || broken.times === 0) return undefined;
      broken.times -= 1;
      return broken.answer;
    },

    /** Carries out what a button says. A new login starts afresh. */
    run(user: string | undefined, body: unknown): Answer {
      if (user === undefined) return errorAnswer(403, 'Log in first.');
      const { do: name, value } = (body ?? {}) as { do?: unknown; value?: unknown };
      const command = typeof name === 'string' && Object.hasOwn(commands, name) ? commands[name] : undefined;
      if (command === undefined) return errorAnswer(400, 'There is no such command.');
      command(user, value);
      return json(200, {});
    },

    forget: (user: string) => void users.delete(user),
  };
}
