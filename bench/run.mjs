// Runs every benchmark, one after the other, against the built package, and says at the end which limits are met.
//
//   npm run bench             prints the tables, writes bench/results/*.json
//   npm run bench -- --docs   also writes the figures and the plot of docs/performance.md
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { writeDocs } from './docs.mjs';
import { limitText } from './measure.mjs';

const programs = [
  'sign',
  'webcrypto',
  'growth',
  'memory',
  'cold-start',
  'client-size',
  'endpoint',
  'sandbox',
];
const here = fileURLToPath(new URL('.', import.meta.url));

if (!existsSync(`${here}../dist/index.js`)) throw new Error('dist/ is missing. Run `npm run build` first.');
const [load] = loadavg();
if (load > 1) console.log(`This machine is busy (load ${load.toFixed(1)}): take the ratios, not the times.`);

const start = performance.now();
await rm(`${here}results`, { recursive: true, force: true });
const results = [];
for (const program of programs) {
  const child = spawn(process.execPath, [`${here}${program}.mjs`], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`bench/${program}.mjs failed.`);
  results.push(JSON.parse(await readFile(`${here}results/${program}.json`, 'utf8')));
}
if (process.argv.includes('--docs')) await writeDocs(results);

const limits = results.flatMap((result) => result.limits);
const missed = limits.filter(({ met }) => !met);
console.log(
  `\n${limits.length - missed.length} of ${limits.length} limits met, in ${((performance.now() - start) / 1000).toFixed(0)} s.`,
);
for (const limit of missed) console.log(`NOT MET  ${limitText(limit)}`);
