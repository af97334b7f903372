// What a cold start pays: processes of their own, each of which imports one thing and says how long that took.
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { median, quantile, report, shuffled, versions } from './measure.mjs';
import { loadPeers } from './peers.mjs';

const { from } = await loadPeers();
const run = promisify(execFile);
const child = fileURLToPath(new URL('cold-start-one.mjs', import.meta.url));
const jsonwebtoken = pathToFileURL(createRequire(from).resolve('jsonwebtoken')).href;

const cases = {
  'import ably-jwt': ['ably-jwt'],
  'import ably-jwt, and the first token': ['ably-jwt', 'sign'],
  'import jose': ['jose'],
  'import jsonwebtoken': [jsonwebtoken],
  'import ably-jwt/client': ['ably-jwt/client'],
};
/** @type {Record<string, number[]>} */
const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
for (let round = 0; round < 15; round++) {
  for (const [name, args] of shuffled(Object.entries(cases))) {
    const { stdout } = await run(process.execPath, [child, ...args]);
    times[name].push(Number(stdout));
  }
}
const paired = (name, base) => median(times[name].map((value, i) => value / times[base][i]));

await report({
  name: 'cold-start',
  title: 'Cold start: milliseconds in a fresh process, its own start not counted',
  columns: ['', 'ms', '±', '× import jose'],
  rows: Object.entries(times).map(([name, values]) => [
    name,
    median(values).toFixed(1),
    `${(((quantile(values, 0.75) - quantile(values, 0.25)) / 2 / median(values)) * 100).toFixed(0)} %`,
    paired(name, 'import jose').toFixed(2),
  ]),
  limits: [
    {
      what: 'import ably-jwt, beside import jose',
      found: paired('import ably-jwt', 'import jose'),
      atMost: 0.25,
      unit: ' ×',
    },
    {
      what: 'import ably-jwt and the first token, beside import jsonwebtoken alone',
      found: paired('import ably-jwt, and the first token', 'import jsonwebtoken'),
      atMost: 1,
      unit: ' ×',
    },
  ],
  versions: { ...versions(['jose']), ...versions(['jsonwebtoken'], from) },
});
