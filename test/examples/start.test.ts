import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { decodeAblyJwt } from 'ably-jwt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { appNames } from './apps.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const secret = 'a-secret-that-nobody-may-see';
const apiKey = `demoApp.demoKey:${secret}`;

const running = new Set<ChildProcessByStdio<null, Readable, Readable>>();
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** `npm start`, as npm runs it. Variables are set to nothing first, so that the developer's own .env has no say. */
function run(args: string[], env: Record<string, string | undefined>, cwd = root) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/start.ts', ...args], {
    cwd,
    env: { PATH: process.env.PATH, ABLY_API_KEY: '', TOKEN_TTL: '', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let output = '';
  const opened = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        const url = /Open (http:\/\/localhost:\d+)/.exec(output)?.[1];
        if (url !== undefined) resolve(url);
      });
    }
  });
  const closed = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    return { code, signal, output };
  });
  return {
    closed,
    /** The URL it says to open. */
    url: () =>
      Promise.race([
        opened,
        closed.then((end) => {
          throw new Error(`It ended with ${end.code}: ${end.output}`);
        }),
      ]),
    stop() {
      child.kill('SIGINT');
      return closed;
    },
  };
}

/** Logs in and returns the token. */
async function logIn(url: string) {
  const response = await fetch(`${url}/auth`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'ann', password: 'a password to keep' }),
  });
  expect(response.status).toBe(200);
  return decodeAblyJwt(await response.text());
}

const config = async (url: string) => (await fetch(`${url}/config.json`)).json();

describe('npm start', () => {
  it.each([[], ...appNames.map((name) => [name])])(
    'runs on a sandbox without a key %s',
    async (...args: string[]) => {
      const demo = run(args, { TOKEN_TTL: '40s' });
      const url = await demo.url();
      const jwt = await logIn(url);
      expect(jwt.expiresAt.getTime() - jwt.issuedAt.getTime()).toBe(40_000);
      const { clientOptions } = (await config(url)) as { clientOptions: { port: number } };
      expect(clientOptions).toMatchObject({ endpoint: 'localhost', port: expect.any(Number), tls: false });

      const { code, output } = await demo.stop();
      expect(code).toBe(0);
      expect(output).toBe(
        `The ${args[0] ?? 'node-http'} example runs without ABLY_API_KEY: an Ably sandbox on this machine ` +
          `(port ${clientOptions.port}) stands in for Ably. Open ${url}\n`,
      );
    },
  );

  it('runs against Ably with a key, and shows only its name', async () => {
    const demo = run([], { ABLY_API_KEY: apiKey });
    const url = await demo.url();
    expect((await logIn(url)).keyName).toBe('demoApp.demoKey');
    expect(await config(url)).toEqual({ clientOptions: {}, sandbox: false, ttl: '1h', user: null });
    const { code, output } = await demo.stop();
    expect(code).toBe(0);
    expect(output).toBe(`The node-http example runs with the API key demoApp.demoKey. Open ${url}\n`);
  });

  it.each([
    ['an unknown example', ['koa'], {}, 'There is no example "koa". There are: node-http, express, fastify.'],
    ['a name every object has', ['constructor'], {}, 'There is no example "constructor".'],
    ['a PORT in words', [], { PORT: 'http' }, 'PORT must be a whole number from 0 to 65535, found "http".'],
    ['a PORT that is too large', [], { PORT: '65536' }, 'PORT must be a whole number from 0 to 65535'],
    ['a TOKEN_TTL without a unit', [], { TOKEN_TTL: '40' }, 'TOKEN_TTL: "ttl" must be'],
    ['a TOKEN_TTL above a day', [], { TOKEN_TTL: '2d' }, 'TOKEN_TTL: '],
    [
      'a TOKEN_TTL that renews without a pause',
      [],
      { TOKEN_TTL: '30s' },
      'must be longer than 30 s, found "30s"',
    ],
    ['a key in quotes', [], { ABLY_API_KEY: `"${apiKey}"` }, 'ABLY_API_KEY: "key" must be an Ably API key'],
    ['the key of env.example', [], { ABLY_API_KEY: '<appId.keyId:secret>' }, 'it looks like a placeholder'],
  ])('ends with a message for %s', async (_, args, env, message) => {
    const { code, output } = await run(args, env).closed;
    expect(output).toContain(message);
    expect(output).not.toContain(secret);
    expect(output).not.toMatch(/^ +at /m); // no stack
    expect(code).toBe(1);
  });

  it('tells that the port is in use, and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    try {
      const { code, output } = await run(['express'], { PORT: String(port) }).closed;
      expect(output).toBe(
        `Port ${port} is in use. Choose another one, such as PORT=3001, or PORT=0 for any free one: PORT=0 npm start\n`,
      );
      expect(code).toBe(1);
    } finally {
      other.close();
    }
  });

  describe('with an .env file', () => {
    let copy: string;
    beforeAll(async () => {
      copy = await mkdtemp(join(tmpdir(), 'ably-jwt-demo-'));
      for (const path of ['examples', 'package.json', 'tsconfig.json']) {
        await cp(join(root, path), join(copy, path), { recursive: true });
      }
      for (const path of ['src', 'node_modules']) await symlink(join(root, path), join(copy, path));
      await writeFile(join(copy, '.env'), `ABLY_API_KEY=${apiKey}\nTOKEN_TTL=90s\n`);
    });
    afterAll(() => rm(copy, { recursive: true }));

    it('takes key and TTL from it, and does not serve it', async () => {
      const demo = run([], { ABLY_API_KEY: undefined, TOKEN_TTL: undefined }, copy);
      const url = await demo.url();
      const jwt = await logIn(url);
      expect(jwt.keyName).toBe('demoApp.demoKey');
      expect(jwt.expiresAt.getTime() - jwt.issuedAt.getTime()).toBe(90_000);
      expect((await fetch(`${url}/.env`)).status).toBe(404);
      expect((await demo.stop()).output).not.toContain(secret);
    });

    it('lets the environment go first', async () => {
      const demo = run([], { TOKEN_TTL: '50s' }, copy);
      const jwt = await logIn(await demo.url());
      expect(jwt.keyName).not.toBe('demoApp.demoKey');
      expect(jwt.expiresAt.getTime() - jwt.issuedAt.getTime()).toBe(50_000);
      await demo.stop();
    });
  });
});
