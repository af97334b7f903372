import type * as Ably from 'ably';
import type { Random } from '../../fuzz/support/random.js';
import type { Behavior } from './behaviors.js';
import type { Cause } from './causes.js';

/** A user: what is about to happen to them, what has happened, and what became of their client. */
export class User {
  readonly clientId: string;
  readonly ttl: '5m' | '15m' | '30m' | '1h';
  readonly group: string;
  /** Whether the page authorizes again after a change of the key, as docs/keys.md shows. */
  readonly authorizesAgain: boolean;
  /** Whether the user logs in again after the client has stopped. */
  readonly logsInAgain: boolean;
  readonly random: Random;
  readonly abort = new AbortController();
  /** The causes for which the client has stopped, the last one at the end. */
  readonly stops: string[] = [];
  isBanned = false;
  hasClosed = false;
  client!: Ably.Realtime;
  #planned: { readonly behavior: Behavior; times: number } | undefined;
  readonly #causes = new Map<string, Cause>();
  readonly #messages = new Map<string, RegExp>();

  constructor(number: number, random: Random) {
    this.random = random;
    this.clientId = `user-${number}`;
    this.group = `group-${number % 20}`;
    this.ttl = random.pick(['5m', '15m', '30m', '1h']);
    this.authorizesAgain = random.chance(0.9);
    this.logsInAgain = random.chance(0.7);
  }

  /** Plans how the endpoint answers this user's next requests; undefined ends it. */
  plan(behavior: Behavior | undefined, times = 1): void {
    this.#planned = behavior && { behavior, times };
  }

  /** The behavior that was planned for this step of a request, if there is one. From now on it may be a cause. */
  take(step: 'page' | 'endpoint', url: string): Behavior | undefined {
    const planned = this.#planned;
    if (planned === undefined || (planned.behavior.headers === undefined) !== (step === 'endpoint'))
      return undefined;
    planned.times -= 1;
    if (planned.times === 0) this.#planned = undefined;
    const { name, kind, says } = planned.behavior;
    if (says !== undefined) {
      const cause = { name: `endpoint: ${name}`, says: withUrl(says, url) };
      if (kind === 'final') this.mayStop(cause);
      else this.#messages.set(cause.name, cause.says);
    }
    return planned.behavior;
  }

  /** Notes that something was done to the client after which it may stop. */
  mayStop(cause: Cause): void {
    this.#causes.set(cause.name, cause);
    this.#messages.set(cause.name, cause.says);
  }

  /** Why the client has stopped, by what its error says; undefined if nothing that was done to it says so. */
  causeOf(text: string): string | undefined {
    return [...this.#causes.values()].find(({ says }) => says.test(text))?.name;
  }

  /** Whether something that was done to the client explains what an error of its callback says. */
  explains(message: string): boolean {
    return (
      [...this.#messages.values()].some((says) => says.test(message)) ||
      // After any answer with Retry-After.
      / is busy for \d+ s\. The client retries\.$/.test(message)
    );
  }
}

/** What an error says, with the endpoint's URL. */
function withUrl(says: string | RegExp, url: string): RegExp {
  const source = typeof says === 'string' ? `^${says.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$` : says.source;
  return new RegExp(source.replace('URL', url.replaceAll('.', '\\.')));
}
