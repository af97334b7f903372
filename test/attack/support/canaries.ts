import { format, inspect } from 'node:util';
import { expect, onTestFinished, vi } from 'vitest';

/** What must never be seen, and every form in which it could be. */
export class Canaries {
  readonly #hidden: readonly string[];
  readonly #seen: [where: string, text: string][] = [];

  constructor(...secrets: readonly string[]) {
    this.#hidden = secrets.flatMap((secret) => [
      secret,
      // Half of it is too much.
      secret.slice(0, Math.ceil(secret.length / 2)),
      secret.slice(Math.floor(secret.length / 2)),
      btoa(secret),
      Buffer.from(secret).toString('base64url'),
      Buffer.from(secret).toString('hex'),
      encodeURIComponent(secret),
    ]);
    this.#watchConsole();
  }

  /** Keeps all that a log, a debugger or a response could show of a value. */
  see(where: string, value: unknown): void {
    this.#seen.push([where, everythingIn(value)]);
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
    const found = this.#seen.flatMap(([where, text]) => {
      const at = Math.max(...this.#hidden.map((hidden) => text.indexOf(hidden)));
      return at < 0 ? [] : [`${where}: …${text.slice(Math.max(0, at - 80), at + 40)}…`];
    });
    expect([...new Set(found)]).toEqual([]);
  }

  #watchConsole(): void {
    for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
      const spy = vi.spyOn(console, name).mockImplementation((...shown) => {
        this.#seen.push([`console.${name}`, format(...shown)]);
      });
      onTestFinished(() => spy.mockRestore());
    }
    for (const stream of [process.stdout, process.stderr]) {
      const write = stream.write.bind(stream);
      const spy = vi.spyOn(stream, 'write').mockImplementation((...shown: unknown[]) => {
        this.#seen.push(['a stream', String(shown[0])]);
        return Reflect.apply(write, stream, shown) as boolean;
      });
      onTestFinished(() => spy.mockRestore());
    }
  }
}

/** A value as `inspect`, JSON, its text, its stack, its causes and each of its properties show it. */
function everythingIn(value: unknown, seen = new Set<unknown>()): string {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value))
    return String(value);
  seen.add(value);
  const own = Reflect.ownKeys(value).map((name) => {
    // A getter may refuse, as those of a function's `caller` do.
    try {
      return `${String(name)}: ${everythingIn(Reflect.get(value, name), seen)}`;
    } catch {
      return String(name);
    }
  });
  const shown = inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true });
  return [shown, JSON.stringify(value), Object.prototype.toString.call(value), ...own].join('\n');
}
