// Holds `ably-jwt check` against hand-written endpoints in Python and PHP with one mistake each, as the suite does with
// those in Node. You need python3 and php: npm run test:languages
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileOf, key, run } from '../test/cli/run.js';
import defects from '../test/cli/servers/defects.json';

const folder = fileURLToPath(new URL('../test/cli/servers/', import.meta.url));
const sessions = ['--cookie-file', await fileOf('sid=one'), '--other-cookie-file', await fileOf('sid=two')];
const cases: Record<string, string[]> = { none: [], ...defects };

let wrong = 0;
wrong += await language('Python', (port) => ['python3', `${folder}servers.py`, String(port)]);
wrong += await language('PHP', (port) => ['php', '-S', `127.0.0.1:${port}`, `${folder}servers.php`]);
process.exitCode = wrong === 0 ? 0 : 1;

/** Runs the servers of a language, and gives how many were diagnosed wrongly. */
async function language(name: string, command: (port: number) => string[]): Promise<number> {
  const port = await freePort();
  const kept = await mkdtemp(join(tmpdir(), 'ably-jwt-kept-'));
  const [program, ...args] = command(port);
  const server = spawn(program!, args, {
    env: { ...process.env, ABLY_API_KEY: key, KEPT_FOLDER: kept },
    stdio: 'ignore',
  });
  await Promise.race([once(server, 'spawn'), once(server, 'error').then(([error]) => Promise.reject(error))]);
  try {
    await answering(`http://127.0.0.1:${port}/none`);
    let failed = 0;
    for (const [defect, expected] of Object.entries(cases)) {
      const url = `http://127.0.0.1:${port}/${defect}`;
      const { stdout } = await run(['check', url, ...sessions, '--json'], { env: { ABLY_API_KEY: key } });
      const found = JSON.parse(stdout).map(({ code }: { code: string }) => code);
      const right = found.join() === expected.join();
      if (!right) failed += 1;
      console.log(`${name.padEnd(8)}${right ? 'ok   ' : 'WRONG'} ${defect.padEnd(24)}${found.join(' ')}`);
    }
    console.log(`${name}: ${Object.keys(cases).length - failed} of ${Object.keys(cases).length} as expected`);
    return failed;
  } finally {
    server.kill();
    await rm(kept, { recursive: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Returns when a server that is starting answers. */
async function answering(url: string): Promise<void> {
  const end = Date.now() + 10_000;
  while (Date.now() < end) {
    const answered = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} doesn't answer.`);
}
