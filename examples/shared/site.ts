import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Answer, type DemoOptions, errorAnswer } from './demo.js';
import type { createSessions } from './sessions.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Every file that the demo serves, by its URL. What is not listed here can't be reached, whatever the path. */
const files: Record<string, [path: string, type: string]> = {
  '/': ['examples/shared/public/index.html', 'text/html; charset=utf-8'],
  '/style.css': ['examples/shared/public/style.css', 'text/css; charset=utf-8'],
  '/favicon.svg': ['examples/shared/public/favicon.svg', 'image/svg+xml'],
  ...Object.fromEntries(
    ['actions', 'app', 'chat', 'code', 'dom', 'token', 'view'].map((name) => [
      `/${name}.js`,
      [`examples/shared/public/${name}.js`, 'text/javascript; charset=utf-8'],
    ]),
  ),
  '/vendor/ably.min.js': ['node_modules/ably/build/ably.min.js', 'text/javascript; charset=utf-8'],
};

/** What the page needs to know of its server. */
interface SiteOptions extends Omit<DemoOptions, 'apiKey'> {
  /** The URL of the example's own file, whose lines the page shows. */
  file: string;
  sessions: Pick<ReturnType<typeof createSessions>, 'userOf'>;
}

/** Loads the page and all it needs into memory; the function returned answers a request for any of it. */
export async function loadSite({ clientOptions, sandbox, ttl = '1h', file, sessions }: SiteOptions) {
  const headers = {
    'Cache-Control': 'no-cache',
    'Content-Security-Policy': contentSecurityPolicy(clientOptions),
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  };
  const pages = new Map<string, Answer>();
  const add = (url: string, type: string, body: string | Buffer) =>
    pages.set(url, { status: 200, headers: { ...headers, 'Content-Type': type }, body: Buffer.from(body) });

  for (const [url, [path, type]] of Object.entries(files)) add(url, type, await readFile(root + path));
  add('/vendor/ably-jwt-client.js', 'text/javascript; charset=utf-8', await bundleClient());
  const code = { server: await region(fileURLToPath(file), 'server'), client: await region(app, 'client') };
  add('/code.json', 'application/json', JSON.stringify(code));

  return ({ method = 'GET', url = '/', headers }: IncomingMessage): Answer => {
    const path = url.split('?', 1)[0]!;
    if (path === '/config.json') {
      const user = sessions.userOf(headers) ?? null;
      const config = { clientOptions: clientOptions ?? {}, sandbox: sandbox !== undefined, ttl, user };
      add(path, 'application/json', JSON.stringify(config));
    }
    const page = pages.get(path);
    if (page === undefined) return errorAnswer(404, 'There is nothing here.');
    if (method === 'GET' || method === 'HEAD') return page;
    const refusal = errorAnswer(405, 'Only GET and HEAD work here.');
    return { ...refusal, headers: { ...refusal.headers, Allow: 'GET, HEAD' } };
  };
}

const app = `${root}examples/shared/public/app.js`;

/** The lines of a file between `#region` and `#endregion`. */
async function region(path: string, name: string): Promise<{ file: string; text: string }> {
  const [, lines = ''] = (await readFile(path, 'utf8')).split(new RegExp(`^ *// #region ${name}\\n`, 'm'));
  const text = lines.split(/^ *\/\/ #endregion/m, 1)[0]!;
  const indent = /^ */.exec(text)![0].length;
  return {
    file: relative(root, path),
    text: text.replaceAll(new RegExp(`^ {${indent}}`, 'gm'), '').trimEnd(),
  };
}

/** `ably-jwt/client` as one file, the way your bundler would pack it. */
async function bundleClient(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: "export { createAuthCallback } from 'ably-jwt/client';", resolveDir: root },
    tsconfig: `${root}tsconfig.json`,
    bundle: true,
    format: 'esm',
    write: false,
  });
  return outputFiles[0]!.text;
}

/** The page may load its own files and connect to Ably, or to the sandbox in its place, and to no other host. */
function contentSecurityPolicy(clientOptions: DemoOptions['clientOptions']): string {
  const ably =
    clientOptions === undefined
      ? 'https://*.ably.net wss://*.ably.net https://*.ably-realtime.com wss://*.ably-realtime.com'
      : `http://${clientOptions.endpoint}:${clientOptions.port} ws://${clientOptions.endpoint}:${clientOptions.port}`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${ably}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
