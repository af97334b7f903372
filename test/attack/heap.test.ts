import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const run = promisify(execFile);
const program = fileURLToPath(new URL('support/heap.ts', import.meta.url));

/** Whether the secret of a key is in the heap of a process that used it. */
async function secretIsInHeap(...args: readonly string[]): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'ably-jwt-heap-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'heap.json');
  const { stdout } = await run(process.execPath, ['--expose-gc', '--import', 'tsx', program, file, ...args]);
  const [turned = '', kept] = stdout.split(' ');
  expect(kept).toBe(String(args.length));
  const secret = Buffer.from(Buffer.from(turned, 'hex').map((byte) => byte ^ 0xff));
  expect(secret).toHaveLength(48);
  const heap = await readFile(file);
  // It is the heap of that very program.
  expect(heap.includes('dumped.aKey01') || args.length === 0).toBe(true);
  expect(heap.includes('parseAblyKey')).toBe(true);
  return heap.includes(secret);
}

test('the secret of a key is gone from memory when its AblyKey is', async () => {
  expect(await secretIsInHeap()).toBe(false);
}, 60_000);

test('a heap snapshot would show it: a key that is kept is in it', async () => {
  expect(await secretIsInHeap('keep')).toBe(true);
}, 60_000);
