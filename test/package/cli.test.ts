import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { verifyAblyJwt } from 'ably-jwt';
import { beforeAll, expect, test } from 'vitest';
import { version } from '../../package.json';
import { packed } from './packed.js';

const key = 'abcdef.ghijkl:CanarySecret0123456789xyz';
let project: string;

beforeAll(async () => {
  ({ project } = await packed());
}, 120_000);

/** Runs the command that the package installs. */
async function ablyJwt(...args: readonly string[]): Promise<string> {
  const command = join(project, 'node_modules/.bin/ably-jwt');
  const env = { PATH: process.env.PATH, ABLY_API_KEY: key };
  return (await promisify(execFile)(command, args, { cwd: project, env })).stdout;
}

test('the installed command runs on what is in the package', async () => {
  expect(await ablyJwt('--version')).toBe(`${version}\n`);
  const token = await ablyJwt('create', '--capability', '{"chat:*":["subscribe"]}', '--client-id', 'alice');
  expect((await verifyAblyJwt(token.trim(), key)).clientId).toBe('alice');
  expect(await ablyJwt('explain', token.trim())).toContain('Ably would accept this token.');
});

test('the installed sandbox starts, and Ctrl-C ends it', async () => {
  const command = join(project, 'node_modules/.bin/ably-jwt');
  const env = { PATH: process.env.PATH, ABLY_API_KEY: key };
  const child = spawn(command, ['sandbox', '--json', '--port', '0'], { cwd: project, env });
  const [first] = await once(child.stdout.setEncoding('utf8'), 'data');
  const { type, url } = JSON.parse(first);
  expect(type).toBe('listening');
  expect((await fetch(`${url}/time`)).status).toBe(200);
  child.kill('SIGINT');
  expect((await once(child, 'close'))[0]).toBe(0);
});
