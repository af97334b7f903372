import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { getHeapSnapshot } from 'node:v8';
import { createAblyJwt, parseAblyKey, verifyAblyJwt } from 'ably-jwt';

// A program that uses a key and drops it (or keeps it, as a check of the check), then writes a snapshot of its heap.
// It prints the key's secret with every bit turned, so that neither its heap nor its output hold the secret itself.
const [file, keeps] = process.argv.slice(2);
const turned = Buffer.from(randomBytes(24).toString('hex')).map((byte) => byte ^ 0xff);
const kept: unknown[] = [];

async function useKey(): Promise<void> {
  const secret = Buffer.from(turned.map((byte) => byte ^ 0xff)).toString('latin1');
  const key = parseAblyKey(`dumped.aKey01:${secret}`);
  const jwt = await createAblyJwt(key, { capability: { 'chat:*': ['subscribe'] }, clientId: 'alice' });
  await verifyAblyJwt(jwt, key);
  if (keeps === 'keep') kept.push(key);
}

await useKey();
// The runtime remembers the last text that a regular expression matched.
/x/.exec('x');
for (let n = 0; n < 5; n += 1) {
  (globalThis as { gc?: () => void }).gc?.();
  await new Promise((resolve) => setImmediate(resolve));
}
await pipeline(getHeapSnapshot(), createWriteStream(file!));
process.stdout.write(`${Buffer.from(turned).toString('hex')} ${kept.length}`);
