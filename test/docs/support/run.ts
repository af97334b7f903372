import { mkdir, writeFile } from 'node:fs/promises';
import { Server } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { build, type Plugin } from 'esbuild';
import { root, type Snippet } from './snippets.js';

const folder = `${root}node_modules/.cache/docs-snippets/`;

/** This package comes from its sources, Jest's functions from Vitest, which has the same; all else is installed. */
const sources: Record<string, string> = {
  'ably-jwt': `${root}src/index.ts`,
  'ably-jwt/client': `${root}src/client.ts`,
  'ably-jwt/testing': `${root}src/testing.ts`,
};
const packages: Plugin = {
  name: 'packages',
  setup({ onResolve }) {
    onResolve({ filter: /^[^.]/ }, ({ path, kind }) => {
      if (kind === 'entry-point') return undefined;
      const source = sources[path];
      if (source !== undefined) return { path: source };
      return { path: path === '@jest/globals' ? 'vitest' : path, external: true };
    });
  },
};

/** Makes a module of a snippet that Node can import. */
export async function makeModule({ file, line, code }: Snippet): Promise<string> {
  const path = `${folder}${file.replace(/\W/g, '-')}-${line}.mjs`;
  const { outputFiles } = await build({
    stdin: { contents: withClaims(code), loader: 'ts', resolveDir: `${root}test/docs/support` },
    plugins: [packages],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    write: false,
  });
  await mkdir(folder, { recursive: true });
  await writeFile(path, outputFiles[0]!.text);
  return path;
}

/** `something; // => value` says what comes out, and is held to it; so is `// => value` on the line below. */
function withClaims(code: string): string {
  return code.replace(
    /^( *)(?!\/\/)(.+);(?: |\n *)\/\/ => (.*)$/gm,
    (_, indent: string, statement: string, claim: string) => {
      const expression = /^console\.log\((.*)\)$/.exec(statement)?.[1] ?? statement;
      return `${indent}__claim(${expression}, ${JSON.stringify(claim)});`;
    },
  );
}

/** Holds a value to what the comment behind it says: its text, or JavaScript for an equal value. */
export function assertClaim(actual: unknown, claim: string): void {
  if (String(actual) === claim) return;
  if (isDeepStrictEqual(actual, new Function(`return (${claim})`)())) return;
  throw new Error(`"// => ${claim}" is not true: it is ${JSON.stringify(actual)}`);
}

/**
 * Runs code whose server wants port 3000: it gets a free one on loopback.
 *
 * @returns the servers that came up
 */
export async function catchServers(run: () => Promise<unknown>): Promise<Server[]> {
  const servers: Server[] = [];
  const { listen } = Server.prototype;
  Server.prototype.listen = function (this: Server, ...parameters: unknown[]) {
    const [first] = parameters;
    const port = typeof first === 'object' ? (first as { port?: unknown } | null)?.port : first;
    if (port !== 3000) return listen.apply(this, parameters as never);
    servers.push(this);
    const callback = parameters.find((parameter) => typeof parameter === 'function');
    return listen.apply(this, [0, '127.0.0.1', callback] as never);
  };
  try {
    await run();
  } finally {
    Server.prototype.listen = listen;
  }
  return servers;
}
