/** What a runtime says about itself and about the cases it ran. */
export interface Report {
  /** Such as `node 22.23.3`; the runner checks that it is the one it meant to start. */
  readonly runtime: string;
  /** Whether the package signs with node:crypto here, or with WebCrypto. */
  readonly nodeCrypto: boolean;
  readonly passed: readonly string[];
  /** Name and reason. */
  readonly failed: readonly string[];
}

export async function runCases(cases: Readonly<Record<string, () => unknown>>): Promise<Report> {
  const passed: string[] = [];
  const failed: string[] = [];
  for (const [name, test] of Object.entries(cases)) {
    try {
      await test();
      passed.push(name);
    } catch (error) {
      failed.push(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }
  return { runtime: whereAmI(), nodeCrypto: hasNodeCrypto(), passed, failed };
}

interface Globals {
  readonly Bun?: { readonly version: string };
  readonly Deno?: { readonly version: { readonly deno: string } };
  readonly EdgeRuntime?: string;
  readonly navigator?: { readonly userAgent?: string };
  readonly process?: {
    readonly versions?: { readonly node?: string };
    readonly getBuiltinModule?: (id: string) => { readonly createHmac?: unknown } | undefined;
  };
}

/** Asks what only that runtime has; Node's names last, since the others imitate them. */
function whereAmI(): string {
  const { Bun, Deno, EdgeRuntime, navigator, process } = globalThis as Globals;
  const agent = navigator?.userAgent ?? '';
  if (Bun !== undefined) return `bun ${Bun.version}`;
  if (Deno !== undefined) return `deno ${Deno.version.deno}`;
  if (EdgeRuntime !== undefined) return `edge ${EdgeRuntime}`;
  if (agent === 'Cloudflare-Workers') return 'workerd';
  if (/\b(Headless)?Chrome\//.test(agent)) return `chromium ${/Chrome\/([\d.]+)/.exec(agent)?.[1]}`;
  return `node ${process?.versions?.node}`;
}

function hasNodeCrypto(): boolean {
  const { process } = globalThis as Globals;
  return typeof process?.getBuiltinModule?.('node:crypto')?.createHmac === 'function';
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** Compares plain data. */
export function equal(found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  assert(a === b, `found ${a}, expected ${b}`);
}

/** What a promise rejects with; that it does not is a failure. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  const value = await promise.catch((error: unknown) => {
    if (error instanceof Error) return error;
    throw new Error(`rejected with ${typeof error}, not an Error`);
  });
  if (value instanceof Error) return value;
  throw new Error('did not reject');
}
