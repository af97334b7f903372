import { format, inspect } from 'node:util';
import { serialize } from 'node:v8';
import { expect, onTestFinished, vi } from 'vitest';

/** What must never be seen, and every form in which it could be. */
export class Canaries {
  readonly #hidden = new Set<string>();
  readonly #seen: [where: string, text: string][] = [];

  constructor(...secrets: readonly string[]) {
    this.hide(...secrets);
    watch((where, value) => this.see(where, value));
  }

  /** Adds secrets, such as a session that a server has just made. They must not have been seen before either. */
  hide(...secrets: readonly string[]): void {
    for (const secret of secrets) {
      const half = Math.ceil(secret.length / 2);
      // Half of it is too much.
      const parts = [secret, secret.slice(0, half), secret.slice(-half), encodeURIComponent(secret)];
      const encoded = [...base64Forms(secret), Buffer.from(secret).toString('hex')];
      for (const form of [...parts, ...encoded]) this.#hidden.add(form);
    }
  }

  /** Keeps all that a log, a debugger or a response could show of a value. */
  see(where: string, value: unknown): void {
    this.#seen.push([where, everythingIn(value)]);
  }

  /** Keeps all that a response shows: status, its text, headers, body. Returns the body. */
  async seeResponse(where: string, response: Response): Promise<string> {
    const { status, statusText, headers } = response;
    const body = await response.text();
    this.see(where, [status, statusText, ...headers, body].join('\n'));
    return body;
  }

  /** Runs an action that should fail, and keeps what it throws. */
  async fails(where: string, action: () => unknown): Promise<void> {
    let thrown: unknown;
    try {
      this.see(where, await action());
    } catch (error) {
      thrown = error;
    }
    expect(thrown, `${where} threw nothing`).toBeDefined();
    this.see(where, thrown);
  }

  /** How much was seen. */
  get count(): number {
    return this.#seen.length;
  }

  /** Fails with the places where a secret was seen. */
  expectUnseen(): void {
    // Servers repeat their answers: each text is searched once.
    const places = new Map(this.#seen.map(([where, text]) => [text, where]));
    const found = [...places].flatMap(([text, where]) => {
      const at = Math.max(...[...this.#hidden].map((hidden) => text.indexOf(hidden)));
      return at < 0 ? [] : [`${where}: …${text.slice(Math.max(0, at - 80), at + 40)}…`];
    });
    expect([...new Set(found)]).toEqual([]);
  }
}

type Watcher = (where: string, value: unknown) => void;
const watchers = new Set<Watcher>();

/** Passes on all that the process shows by itself until the test ends: consoles, streams and warnings. */
function watch(watcher: Watcher): void {
  if (watchers.size === 0) watchProcess();
  watchers.add(watcher);
  onTestFinished(() => void watchers.delete(watcher));
}

function watchProcess(): void {
  const show: Watcher = (where, value) => {
    for (const watcher of watchers) watcher(where, value);
  };
  const spies = (['log', 'info', 'warn', 'error', 'debug', 'trace'] as const).map((name) =>
    vi.spyOn(console, name).mockImplementation((...shown) => show(`console.${name}`, format(...shown))),
  );
  const streams = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text, ...others: unknown[]) => {
      show('a stream', String(text));
      for (const other of others) if (typeof other === 'function') other();
      return true;
    }),
  );
  const printing = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => show('a warning of the process', warning));
  // Stacks as the runtime writes them: a test runner puts other texts there.
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = undefined as never;
  onTestFinished(() => {
    for (const spy of [...spies, ...streams]) spy.mockRestore();
    process.removeAllListeners('warning');
    for (const listener of printing) process.on('warning', listener);
    Error.prepareStackTrace = prepareStackTrace;
  });
}

/** A text in base64, wherever it stands in what was encoded: three bytes make four characters, so there are three ways. */
function base64Forms(text: string): string[] {
  return (['base64', 'base64url'] as const).flatMap((encoding) =>
    [0, 1, 2].map((offset) => {
      const whole = Buffer.from('x'.repeat(offset) + text).toString(encoding);
      // The characters at both ends hold bits of what stands around.
      return whole
        .slice(offset === 0 ? 0 : offset + 1)
        .replace(/=*$/, '')
        .slice(0, -1);
    }),
  );
}

/** A value as `inspect`, JSON, clones, its text, its stack, its causes and each of its properties and getters show it. */
function everythingIn(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value === 'symbol') return value.toString();
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value))
    return String(value);
  seen.add(value);
  const shown = inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true });
  const cloned = attempt(() => inspect(structuredClone(value), { depth: Number.POSITIVE_INFINITY }));
  const serialized = attempt(() => serialize(value).toString('latin1'));
  const own = names(value).map((name) => {
    // A getter may throw, as those of a function's `caller` do.
    return `${String(name)}: ${attempt(() => everythingIn(Reflect.get(value, name), seen))}`;
  });
  const texts = [JSON.stringify(value), Object.prototype.toString.call(value), attempt(() => String(value))];
  return [shown, cloned, serialized, ...texts, ...own].join('\n');
}

/** The names of all properties of an object: its own, and those of the classes that it is an instance of. */
function names(value: object): (string | symbol)[] {
  const found = Reflect.ownKeys(value);
  const prototype: object | null = Object.getPrototypeOf(value);
  // What all objects and functions inherit says nothing about this one.
  const isCommon = prototype === null || prototype === Function.prototype || prototype === Object.prototype;
  return isCommon ? found : [...found, ...names(prototype)];
}

/** What an action returns, or nothing when it throws: not everything can be cloned. */
function attempt(action: () => string): string {
  try {
    return action();
  } catch {
    return '';
  }
}
