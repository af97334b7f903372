// Asks Ably each open question of docs/fidelity.md and prints its answer beside the sandbox's:
//
//     ABLY_API_KEY=appId.keyId:secret node scripts/probe-live.mjs
//
// It needs a key with every right (a test app's), publishes a few messages to channels named `probe…`, and never runs in
// tests. With ABLY_ENDPOINT set, it asks another base URL.
import { register } from 'tsx/esm/api';

register();
const { startAblySandbox } = await import('../src/testing.js');
const { probeAll, rules } = await import('../test/fidelity/rules.js');

const { ABLY_API_KEY: key, ABLY_ENDPOINT: endpoint = 'https://main.realtime.ably.net' } = process.env;
if (!key) {
  console.error('Set ABLY_API_KEY to an API key of a test app, with every capability.');
  process.exit(2);
}
const sandbox = await startAblySandbox();
try {
  const [ably, ours] = await Promise.all([probeAll(endpoint, key), probeAll(sandbox.url, sandbox.apiKey)]);
  const width = Math.max(...rules.map(({ id }) => id.length));
  console.log(`${'rule'.padEnd(width)}  Ably       sandbox`);
  let different = 0;
  for (const { id } of rules) {
    const same = ably.get(id) === ours.get(id);
    if (!same) different += 1;
    console.log(
      `${id.padEnd(width)}  ${ably.get(id)?.padEnd(9)}  ${ours.get(id)}${same ? '' : '  ← differs'}`,
    );
  }
  console.log(`\n${rules.length} rules, ${different} answered differently.`);
} finally {
  await sandbox.close();
}
