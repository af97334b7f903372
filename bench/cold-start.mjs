// What a cold start pays: processes of their own, each of which imports one thing and says how long that took.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median, quantile, report, shuffled, versions } from './measure.mjs';
import { apiKey, loadPeers } from './peers.mjs';

const { from } = await loadPeers();
const run = promisify(execFile);
const peers = fileURLToPath(new URL('peers/', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));

const sign = `await createAblyJwt('${apiKey}', { capability: { 'chat:*': ['subscribe'] }, clientId: 'alice' })`;
const cases = {
  'import ably-jwt': [here, `await import('ably-jwt')`],
  'import ably-jwt, and the first token': [
    here,
    `const { createAblyJwt } = await import('ably-jwt'); ${sign}`,
  ],
  'import jose': [here, `await import('jose')`],
  'import jsonwebtoken': [peers, `await import('jsonwebtoken')`],
  'import ably-jwt/client': [here, `await import('ably-jwt/client')`],
};
const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
for (let round = 0; round < 15; round++) {
  for (const [name, [cwd, source]] of shuffled(Object.entries(cases))) {
    const script = `const start = performance.now(); ${source}; console.log(performance.now() - start);`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd });
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
