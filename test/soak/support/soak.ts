import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type * as Ably from 'ably';
import { type AuthCallbackError, createAuthCallback } from 'ably-jwt/client';
import { type AblySandbox, startAblySandbox } from 'ably-jwt/testing';
import { Random } from '../../fuzz/support/random.js';
import { mistakes } from './causes.js';
import { startEndpoint } from './endpoint.js';
import { arrival, hour, minute, planUser, planWorld, type World } from './plan.js';
import { User } from './user.js';
import { VirtualTime } from './virtual-time.js';

export interface SoakOptions {
  readonly clients: number;
  readonly hours: number;
  readonly seed: number;
  /** Called at every hour of the run. */
  readonly onHour?: (hour: number, connections: number) => void;
}

export interface SoakResult {
  /** How clients ended, state and cause, with their number. */
  readonly ends: ReadonlyMap<string, number>;
  /** What happened on the way, and how often. */
  readonly counts: ReadonlyMap<string, number>;
  /** What must not happen. */
  readonly violations: readonly string[];
}

/** How long before the end nothing is done to clients any more. */
const calm = 20 * minute;
/** 2026-01-02T03:04:05Z, so that every run sees the same times. */
const start = 1_767_323_045_000;

/** Runs clients and servers for some hours, and returns with all of them closed. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  await compileFetch();
  const time = new VirtualTime(start);
  const violations: string[] = [];
  const note = (what: string) => (error: unknown) => void violations.push(`${what}: ${textOf(error)}`);
  const listeners = {
    unhandledRejection: note('unhandled rejection'),
    uncaughtException: note('uncaught exception'),
  };
  for (const [event, listener] of Object.entries(listeners)) process.on(event, listener);
  try {
    const sandbox = await startAblySandbox({
      keys: Array.from({ length: 3 }, () => ({ revocableTokens: true })),
      clock: time.clock,
    });
    return await new Soak(time, sandbox, options, violations).run();
  } finally {
    for (const [event, listener] of Object.entries(listeners)) process.off(event, listener);
    time.restore();
  }
}

/** The first request of Node's fetch waits for its parser to be compiled, in a thread of its own. */
async function compileFetch(): Promise<void> {
  const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)).text();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

const textOf = (error: unknown) => (error instanceof Error ? error.stack : String(error));

class Soak implements World {
  readonly sandbox: AblySandbox;
  readonly users: readonly User[];
  readonly hours: number;
  readonly calm: number;
  keyNumber = 0;
  serverOffset = 0;
  readonly #time: VirtualTime;
  readonly #options: SoakOptions;
  readonly #counts = new Map<string, number>();
  readonly #violations: string[];
  #url = '';

  constructor(time: VirtualTime, sandbox: AblySandbox, options: SoakOptions, violations: string[]) {
    this.sandbox = sandbox;
    this.#time = time;
    this.#options = options;
    this.#violations = violations;
    this.hours = options.hours;
    this.calm = options.hours * hour - calm;
    this.users = Array.from(
      { length: options.clients },
      (_, n) => new User(n, new Random(options.seed, n + 2)),
    );
  }

  get wallOffset(): number {
    return this.#time.wallOffset;
  }

  set wallOffset(milliseconds: number) {
    this.#time.wallOffset = milliseconds;
  }

  async run(): Promise<SoakResult> {
    const time = this.#time;
    // Loaded now, so that it keeps the virtual Date.now.
    const { Realtime, Rest } = await import('ably');
    const server = new Rest({ ...this.#connection, key: this.sandbox.apiKey });
    const endpoint = await startEndpoint({
      users: new Map(this.users.map((user) => [user.clientId, user])),
      key: () => this.#key,
      now: () => time.clock.now() + this.serverOffset,
      tokenRequest: (clientId) =>
        server.auth.createTokenRequest({ clientId, timestamp: time.clock.now() }, { key: this.#key }),
      onAnswer: (name) => this.count(`endpoint: ${name}`),
    });
    this.#url = endpoint.url;
    for (const [n, user] of this.users.entries()) {
      this.#addClient(n, user, Realtime);
      planUser(this, user);
    }
    planWorld(this, new Random(this.#options.seed));
    for (let n = 1; n <= this.hours; n += 1)
      this.at(n * hour, () => this.#options.onHour?.(n, this.sandbox.connections.length));

    await time.runUntil(start + this.hours * hour);
    await time.settle();
    const ends = this.#judge();

    for (const { client } of this.users) client.close();
    await time.runUntil(time.clock.now() + minute);
    await this.sandbox.close();
    await endpoint.close();
    await time.settle();
    if (time.pending > 0) this.#violations.push(`${time.pending} timers are left.`);
    return { ends, counts: this.#counts, violations: this.#violations };
  }

  at(time: number, act: () => unknown): void {
    setTimeout(async () => {
      try {
        await act();
      } catch (error) {
        this.#violations.push(`at ${new Date().toISOString()}: ${textOf(error)}`);
      }
    }, time).unref();
  }

  count(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  get #key(): string {
    return this.sandbox.keys[this.keyNumber]!.key;
  }

  /** An address instead of a name, which would be looked up in a thread of its own. */
  get #connection() {
    return { ...this.sandbox.clientOptions, endpoint: '127.0.0.1', logLevel: 0 };
  }

  #addClient(n: number, user: User, Realtime: typeof Ably.Realtime): void {
    const { random, clientId } = user;
    const mistake = n % 50 === 7 ? mistakes[Math.floor(n / 50) % mistakes.length] : undefined;
    if (mistake !== undefined) user.mayStop(mistake);
    const posts = mistake === undefined && random.chance(0.3);
    const authCallback = createAuthCallback(mistake?.source ?? this.#url, {
      ...(posts ? { method: 'POST', body: () => ({ page: '/' }) } : {}),
      ...mistake?.options,
      headers: async () => {
        const behavior = user.take('page', this.#url);
        if (behavior !== undefined) this.count(`endpoint: ${behavior.name}`);
        return { authorization: `Bearer ${clientId}`, ...(await behavior?.headers?.()) };
      },
      ...(random.chance(0.3) ? { onUnauthorized: () => this.count('sessions refreshed after a 401') } : {}),
      signal: user.abort.signal,
      onError: (error) => this.#checkError(user, error),
    });
    const useBinaryProtocol = random.chance(0.5);
    // Not all at once.
    this.at(random.int(arrival), () => {
      user.client = new Realtime({ ...this.#connection, clientId, useBinaryProtocol, authCallback });
      this.#watch(user);
      const channel = user.client.channels.get(`room:${n % 50}`);
      // A client that stops before it is attached rejects; so does the other call, for the same reason.
      channel.attach().catch(() => this.count('channels that were not attached'));
      channel.subscribe(() => {}).catch(() => {});
    });
  }

  #checkError(user: User, { message, statusCode }: AuthCallbackError): void {
    const isFinal = statusCode === 403;
    this.count(isFinal ? 'final errors of the callback' : 'temporary errors of the callback');
    if (!user.explains(message))
      this.#violations.push(`${user.clientId}: nothing explains the error "${message}"`);
    if (!isFinal) return;
    const stops = user.stops.length;
    const assertStopped = (isFirstLook: boolean) => {
      const { state } = user.client.connection;
      if (user.stops.length > stops || state === 'failed' || user.hasClosed) return;
      // A REST request met the error while the connection was at an attempt of its own, which meets it next.
      if (state === 'connecting' && isFirstLook) setTimeout(() => assertStopped(false), 2 * minute).unref();
      else this.#violations.push(`${user.clientId} is ${state} after the final error "${message}"`);
    };
    setTimeout(() => assertStopped(true), 2000).unref();
  }

  #watch(user: User): void {
    const { connection, auth } = user.client;
    connection.on(({ current, reason }) => {
      if (current === 'connected' || current === 'suspended') this.count(current);
      if (current === 'disconnected') this.count(`disconnected (${reason?.code})`);
    });
    connection.on('update', () => this.count('renewed'));
    connection.on('failed', ({ previous, reason }) => {
      const text = (reason?.cause as Error | undefined)?.message ?? reason?.message ?? '';
      const cause = user.causeOf(text);
      if (cause === undefined)
        this.#violations.push(
          `${user.clientId} stopped (${reason?.code}), and nothing explains why: "${text}"`,
        );
      user.stops.push(cause ?? text);
      this.count('stopped');
      const isOtherKey = reason?.code === 40102 || reason?.code === 40131;
      if (isOtherKey && previous === 'connected' && user.authorizesAgain) {
        this.count('pages that authorized again after a change of the key');
        auth.authorize().catch(() => {}); // as docs/keys.md shows
      } else if (user.logsInAgain) this.#logInLater(user);
    });
  }

  #logInLater(user: User): void {
    const delay = user.random.int(30 * minute);
    if (this.#time.clock.now() + delay >= start + this.calm) return;
    setTimeout(() => {
      if (user.hasClosed || user.client.connection.state !== 'failed') return;
      this.count('users who logged in again');
      user.client.connect();
    }, delay).unref();
  }

  /** How every client has ended. */
  #judge(): Map<string, number> {
    const ends = new Map<string, number>();
    let connected = 0;
    for (const user of this.users) {
      const { state } = user.client.connection;
      const cause = causeOfEnd(user);
      if (state === 'connected') {
        connected += 1;
        if (user.isBanned) this.#violations.push(`${user.clientId} is connected, though it was banned.`);
      }
      if (cause === undefined) {
        const { errorReason } = user.client.connection;
        this.#violations.push(`${user.clientId} is ${state} without a cause: ${errorReason?.message}`);
      }
      const row = `${state}, ${cause ?? 'WITHOUT A CAUSE'}`;
      ends.set(row, (ends.get(row) ?? 0) + 1);
    }
    const live = this.sandbox.connections.length;
    if (live !== connected)
      this.#violations.push(`${connected} clients are connected, the sandbox says ${live}.`);
    return ends;
  }
}

function causeOfEnd({ client, stops, hasClosed }: User): string | undefined {
  switch (client.connection.state) {
    case 'connected':
      return stops.length === 0 ? 'never stopped' : 'again, after it had stopped';
    case 'failed':
      return stops.at(-1);
    case 'closed':
      return hasClosed ? 'the page closed it' : undefined;
    default:
      return undefined;
  }
}
