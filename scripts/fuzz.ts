import { parseArgs } from 'node:util';
import { fuzz } from '../test/fuzz/support/run.js';

const usage = `Tries the package with random input, until something is wrong or the time is up.

  npm run fuzz                                  every target, a minute each
  npm run fuzz -- tokens keys --minutes 60      some targets, longer
  npm run fuzz -- tokens --runs 1000000         a number of inputs
  npm run fuzz -- tokens --webcrypto            on the engine of runtimes without node:crypto
  npm run fuzz -- tokens --seed 1 --from 7 --runs 1   one input again, as the message of a failure says

Each run has a new seed unless you give one.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean' },
    minutes: { type: 'string' },
    runs: { type: 'string' },
    seed: { type: 'string' },
    from: { type: 'string' },
    webcrypto: { type: 'boolean' },
  },
});

// Before the package looks for it.
if (values.webcrypto) Object.assign(process, { getBuiltinModule: undefined });
const tried = await import('ably-jwt');
const { targets } = await import('../test/fuzz/targets/index.js');

const number = (name: 'minutes' | 'runs' | 'seed' | 'from', otherwise: number) => {
  const value = Number(values[name] ?? otherwise);
  if (!(value >= 0)) throw new Error(`--${name} must be a number, found ${values[name]}.`);
  return value;
};
const unknown = positionals.filter((name) => !targets.some((target) => target.name === name));
if (values.help || unknown.length > 0) {
  console.log(usage);
  console.log(`\nThe targets are ${targets.map(({ name }) => name).join(', ')}.`);
  process.exit(unknown.length > 0 ? 1 : 0);
}

const seed = number('seed', Date.now() % 2 ** 31);
const limits = {
  seed,
  from: number('from', 0),
  ...(values.runs === undefined ? {} : { runs: number('runs', 0) }),
  ...(values.runs === undefined || values.minutes !== undefined
    ? { milliseconds: number('minutes', 1) * 60_000 }
    : {}),
};
const rows: Record<string, string | number>[] = [];
for (const target of targets) {
  if (positionals.length > 0 && !positionals.includes(target.name)) continue;
  const start = performance.now();
  try {
    const counts = await fuzz(target, tried, limits);
    const inputs = Object.values(counts).reduce((sum, count) => sum + count, 0);
    rows.push({
      target: target.name,
      seed,
      inputs,
      seconds: Math.round((performance.now() - start) / 1000),
      ...counts,
    });
  } catch (error) {
    console.error(error instanceof Error ? error.stack : error);
    process.exitCode = 1;
  }
}
for (const row of rows) console.log(JSON.stringify(row));
