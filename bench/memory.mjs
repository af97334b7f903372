// Whether memory stays flat over a million tokens, and over a million different keys.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createAblyJwt } from 'ably-jwt';
import { report } from './measure.mjs';
import { apiKey, capability, clientId } from './peers.mjs';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

/** What is alive after a full collection, also outside of the JavaScript heap, in MB. */
function alive() {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}
const resident = () => process.memoryUsage().rss / 1e6;

const total = 1_000_000;
const cases = {
  'one key': () => apiKey,
  'a key of its own for each': (i) => `aBcDeF.k${i}:mNoPqRsTuVwXyZ0123456789aBcDeFgHiJkLmNoP${i}`,
};
const rows = [];
const limits = [];
for (const [name, keyOf] of Object.entries(cases)) {
  const start = performance.now();
  let before = [0, 0];
  for (let i = 1; i <= total; i++) {
    await createAblyJwt(keyOf(i), { capability, clientId });
    if (i === total / 10) before = [alive(), resident()];
  }
  const seconds = (performance.now() - start) / 1000;
  const after = [alive(), resident()];
  const sizes = [...before, ...after].map((size) => `${size.toFixed(1)} MB`);
  rows.push([name, ...sizes, `${seconds.toFixed(1)} s`]);
  limits.push({
    what: `${name}: growth of what is alive, from token 100,000 to token 1,000,000`,
    found: after[0] - before[0],
    atMost: 1,
    unit: ' MB',
  });
}
await report({
  name: 'memory',
  title: 'Memory over 1,000,000 tokens',
  columns: ['', 'alive at 100,000', 'resident', 'alive at 1,000,000', 'resident', 'took'],
  rows,
  limits,
});
