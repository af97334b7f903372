// How the cost of a signature grows with the number of resources, up to the 8 KiB that a token may have.
import { createAblyJwt } from 'ably-jwt';
import { compare, report, short } from './measure.mjs';
import { apiKey } from './peers.mjs';

const counts = [1, 2, 5, 10, 30, 60, 120, 240];
const options = Object.fromEntries(
  counts.map((count) => {
    const resources = Array.from({ length: count }, (_, i) => [`c:${100 + i}`, ['publish']]);
    return [count, { capability: Object.fromEntries(resources) }];
  }),
);
const sizes = {};
for (const count of counts) sizes[count] = (await createAblyJwt(apiKey, options[count])).length;

const rows = await compare(
  Object.fromEntries(
    counts.map((count) => [
      String(count),
      async (times) => {
        for (let i = 0; i < times; i++) await createAblyJwt(apiKey, options[count]);
      },
    ]),
  ),
  { base: '1' },
);
const cost = Object.fromEntries(rows.map(({ name, microseconds }) => [name, microseconds]));
/** What one more resource costs between two counts. */
const slope = (from, to) => (cost[to] - cost[from]) / (to - from);

await report({
  name: 'growth',
  title: 'One signature, by the number of resources in its capability',
  columns: ['resources', 'bytes', 'µs', '±', 'µs for one more'],
  rows: rows.map(({ name, microseconds, spread }, i) => [
    name,
    sizes[name],
    short(microseconds),
    `${(spread * 100).toFixed(0)} %`,
    i === 0 ? '' : slope(counts[i - 1], counts[i]).toFixed(2),
  ]),
  limits: [
    {
      what: 'one more resource among 120 to 240, beside one more among 10 to 60',
      found: slope(120, 240) / slope(10, 60),
      atMost: 1.5,
      unit: ' ×',
    },
  ],
  data: rows.map(({ name, microseconds }) => ({ resources: Number(name), microseconds })),
});
