import { type SandboxClock, Timers } from '../clock.js';

/** How long before a token's expiry its client is asked for a new one, in milliseconds. */
const promptMargin = 30_000;
/** With less left than this when it connects, a client isn't asked: the answer would come too late. */
const noPromptMargin = 5_500;

/** Watches over the token of a live connection. */
export class TokenWatch {
  readonly #clock: SandboxClock;
  readonly #timers: Timers<'prompt' | 'expiry'>;
  readonly #prompt: () => void;
  readonly #expire: () => void;

  /**
   * @param prompt - asks the client for a new token
   * @param expire - ends the connection of a token that has expired
   */
  constructor(clock: SandboxClock, prompt: () => void, expire: () => void) {
    this.#clock = clock;
    this.#timers = new Timers(clock);
    this.#prompt = prompt;
    this.#expire = expire;
  }

  /**
   * Starts the timers of a token. A client that connects with a token near its end is asked to renew at once.
   *
   * @param expiresAt - undefined when the client uses the key itself, which doesn't expire
   * @param connecting - the client has just connected; otherwise it has just renewed
   */
  start(expiresAt: number | undefined, connecting: boolean): void {
    this.stop();
    if (expiresAt === undefined) return;
    const left = expiresAt - this.#clock.now();
    this.#timers.set('expiry', left, this.#expire);
    if (left > promptMargin) this.#timers.set('prompt', left - promptMargin, this.#prompt);
    // A token that lives for less than the margin is renewed at half of its life: asking at once each time would make
    // client and server go round as fast as they can.
    else if (!connecting) this.#timers.set('prompt', left / 2, this.#prompt);
    else if (left > noPromptMargin) this.#prompt();
  }

  stop(): void {
    this.#timers.clear();
  }
}
