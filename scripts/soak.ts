// Clients and servers for a day: 1,000 unmodified `ably` clients with `createAuthCallback`, an auth server made with
// `createAuthListener`, and a sandbox. All of it is in this process, over real sockets. On the way keys are rotated and
// leak, tokens are revoked, users are banned, clocks jump by an hour, and the endpoint fails in every way of the tables
// in docs/renewal-and-errors.md. Every client must end connected, or stopped with a cause that was really given to it.
//
// Time is virtual: `setTimeout`, `Date` and the sandbox's clock are one clock, which advances to the next timer when
// nothing is under way (see test/soak/support/virtual-time.ts). So every limit is the one that users have: Ably's 15 s
// between attempts, the 8 s of the callback, the minutes of `Retry-After`, each to a whole second.
//
// The same seed gives the same table, on a busy machine too: virtual time waits until every byte that was written to a
// socket has been read, and `Math.random` is no longer random. Only the count of broken connections (80003) may differ by
// one: the operating system decides whether a socket breaks before its last frame. Real time ends a run only if a byte
// takes ten seconds.
import { parseArgs } from 'node:util';

const usage = `Runs clients against an auth server and a sandbox for hours of virtual time.

  npm run soak                                     1,000 clients, 24 hours
  npm run soak -- --clients 100 --hours 6 --seed 7
`;
const { values } = parseArgs({
  options: {
    help: { type: 'boolean' },
    clients: { type: 'string', default: '1000' },
    hours: { type: 'string', default: '24' },
    seed: { type: 'string', default: '1' },
  },
});
if (values.help) {
  console.log(usage);
  process.exit();
}
const number = (name: 'clients' | 'hours' | 'seed', least: number) => {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < least)
    throw new Error(`--${name} must be a whole number, ${least} or more, found ${values[name]}.`);
  return value;
};
// Two hours at least: a key is revoked an hour after its rotation.
const options = { clients: number('clients', 1), hours: number('hours', 2), seed: number('seed', 0) };

const before = process.getActiveResourcesInfo();
const began = performance.now();
const { behaviors } = await import('../test/soak/support/behaviors.js');
const { soak } = await import('../test/soak/support/soak.js');
const { ends, counts, violations } = await soak({
  ...options,
  onHour: (hour, connections) =>
    process.stderr.write(`hour ${hour}: ${connections} connected, ${seconds()} s\n`),
});
const found = [...violations];
const left = process.getActiveResourcesInfo().filter((name) => !before.includes(name));
if (left.length > 0) found.push(`Left open: ${left.join(', ')}.`);
const sum = [...ends.values()].reduce((total, clients) => total + clients, 0);
if (sum !== options.clients) found.push(`The table has ${sum} clients, of ${options.clients}.`);
const met = behaviors.filter(({ name }) => counts.has(`endpoint: ${name}`)).length;

console.log(`\n${options.clients} clients, ${options.hours} hours, seed ${options.seed}\n`);
print('how clients ended', ends);
print('what happened', counts);
console.log(`${met} of ${behaviors.length} ways in which the endpoint answers were met.`);
for (const violation of found.slice(0, 100)) console.log(`NOT MET  ${violation}`);
console.log(`${found.length} violations`);
process.stderr.write(`${seconds()} s, ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB\n`);
if (found.length > 0) process.exitCode = 1;

function seconds(): string {
  return ((performance.now() - began) / 1000).toFixed(0);
}

function print(title: string, rows: ReadonlyMap<string, number>): void {
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
  const width = Math.max(...sorted.map(([name]) => name.length), title.length);
  const total = sorted.reduce((all, [, count]) => all + count, 0);
  console.log(title);
  for (const [name, count] of sorted) console.log(`  ${name.padEnd(width)}  ${String(count).padStart(7)}`);
  if (rows === ends) console.log(`  ${'sum'.padEnd(width)}  ${String(total).padStart(7)}`);
  console.log('');
}
