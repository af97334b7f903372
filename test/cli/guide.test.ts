import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { rules } from '../../src/cli/check/rules.js';
import { inherited, key, program, start, withKey } from './run.js';
import { testServers } from './serve.js';
import { handWritten } from './servers/node.js';

const serve = testServers();
let guide: string;
let folder: string;
let endpoint: string;

beforeAll(async () => {
  guide = await readFile(new URL('../../docs/command-line.md', import.meta.url), 'utf8');
  folder = await mkdtemp(join(tmpdir(), 'ably-jwt-guide-'));
  endpoint = new URL(await serve(handWritten(key, 'client-id-from-query'))).origin;
  await writeFile(
    join(folder, 'ably-jwt'),
    `#!/bin/sh\nexec "${process.execPath}" "${await program}" "$@"\n`,
  );
  await chmod(join(folder, 'ably-jwt'), 0o755);
  await writeFile(join(folder, 'alice.txt'), 'sid=one\n');
  await writeFile(join(folder, 'bob.txt'), 'sid=two\n');
});

/** What people type in the guide, and what they see. */
function sessions(): { command: string; shown: string }[] {
  const blocks = [...guide.matchAll(/```console\n(.*?)```/gs)].map(([, block]) => block!);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command = '', ...shown] = part.split('\n');
        return { command, shown: shown.join('\n') };
      }),
  );
}

/** Without what differs each time. */
const timeless = (text: string) => text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, 'TIME');

test('shows what the commands print, to the letter', async () => {
  const env = { ...inherited, PATH: `${folder}:${process.env.PATH}`, ABLY_API_KEY: key };
  const typed = sessions().filter(({ command }) => command !== 'ably-jwt sandbox');
  expect(typed.length).toBeGreaterThan(4);
  for (const { command, shown } of typed) {
    const there = command.replace('http://localhost:3000', endpoint);
    // Some exit with 1, since they find something.
    const script = `{ ${there}\n} 2>&1 || true`;
    const { stdout } = await promisify(execFile)('sh', ['-c', script], { cwd: folder, env });
    expect(timeless(stdout.replace(endpoint, 'http://localhost:3000')), command).toBe(timeless(shown));
  }
});

test('shows what the sandbox prints at first', async () => {
  const shown = sessions().find(({ command }) => command === 'ably-jwt sandbox')!.shown;
  const running = await start(['sandbox', '--port', '0'], withKey);
  await running.line((text) => text.startsWith('Watching.'));
  const { stdout } = await running.stop();
  const port = /localhost:(\d+)/.exec(stdout)![1]!;
  expect(stdout.replaceAll(port, '8081')).toBe(shown);
});

test('has every finding of check', () => {
  const named = [...guide.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code);
  expect(named.sort()).toEqual(Object.keys(rules).sort());
});
