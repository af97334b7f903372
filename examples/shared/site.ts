import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Answer, type DemoOptions, errorAnswer } from './demo.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Every file that the demo serves, by its URL. What is not listed here can't be reached, whatever the path. */
const files: Record<string, [path: string, type: string]> = {
  '/': ['examples/shared/public/index.html', 'text/html; charset=utf-8'],
  '/style.css': ['examples/shared/public/style.css', 'text/css; charset=utf-8'],
  '/favicon.svg': ['examples/shared/public/favicon.svg', 'image/svg+xml'],
  '/app.js': ['examples/shared/public/app.js', 'text/javascript; charset=utf-8'],
  '/view.js': ['examples/shared/public/view.js', 'text/javascript; charset=utf-8'],
  '/vendor/ably.min.js': ['node_modules/ably/build/ably.min.js', 'text/javascript; charset=utf-8'],
};

/** Loads the page and all it needs into memory; the function returned answers a request for any of it. */
export async function loadSite(clientOptions: DemoOptions['clientOptions'] = undefined) {
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
  add('/config.json', 'application/json', JSON.stringify({ clientOptions: clientOptions ?? {} }));

  return (method = 'GET', url = '/'): Answer => {
    const page = pages.get(url.split('?', 1)[0]!);
    if (page === undefined) return errorAnswer(404, 'There is nothing here.');
    if (method === 'GET' || method === 'HEAD') return page;
    const refusal = errorAnswer(405, 'Only GET and HEAD work here.');
    return { ...refusal, headers: { ...refusal.headers, Allow: 'GET, HEAD' } };
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

/** The page may load its own files and talk to Ably, or to the sandbox in its place, and to nobody else. */
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
