import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';

// Runs the core suite ten times: in five time zones, with the clock years off, in random order, two runs at once. A clock
// that is off for child processes too needs libfaketime: `apt-get install faketime`.
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
const library = ['x86_64', 'aarch64']
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`)
  .find(existsSync);
if (library === undefined) throw new Error('libfaketime is missing: apt-get install faketime');

const zones = ['UTC', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Kiritimati', 'Australia/Lord_Howe'];
const offsets = ['+0', '+3y', '-4y', '+11y', '-180d', '+2h'];

/** One run. Its output is shown if it fails. */
function run(number) {
  const [zone, offset, seed] = [
    zones[number % zones.length],
    offsets[number % offsets.length],
    String(Number(values.seed) + number),
  ];
  // Shared by two runs, the machine is slow. What waits for an event may take longer.
  const args = ['vitest', 'run', '--project', 'core', '--testTimeout', '60000', '--hookTimeout', '60000'];
  const child = spawn('npx', [...args, '--sequence.shuffle', '--sequence.seed', seed], {
    env: {
      ...process.env,
      TZ: zone,
      LD_PRELOAD: library,
      FAKETIME: offset,
      // Timers go on as they are.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      output += text;
    });
  }
  return new Promise((resolve) => {
    child.on('close', (code) => {
      console.log(
        `${code === 0 ? 'passed' : 'FAILED'}: run ${number + 1}, ${zone}, clock ${offset}, seed ${seed}`,
      );
      if (code !== 0) console.log(output);
      resolve(code === 0);
    });
  });
}

let next = 0;
let failed = 0;
const inTurn = async () => {
  while (next < Number(values.runs)) if (!(await run(next++))) failed += 1;
};
await Promise.all([inTurn(), inTurn()]);
console.log(`${failed} of ${values.runs} runs failed.`);
process.exitCode = failed === 0 ? 0 : 1;
