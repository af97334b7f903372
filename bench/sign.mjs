// How long one signature takes on Node, beside a loop that does only what nobody can leave out, and beside other libraries.
import { createAblyJwt } from 'ably-jwt';
import { compare, report, short, versions } from './measure.mjs';
import { apiKey, capability, capabilityText, clientId, loadPeers, signBare } from './peers.mjs';

const { signers, from } = await loadPeers();

const ours = 'ably-jwt';
const floor = 'the floor';
const candidates = {
  [floor]: (times) => {
    for (let i = 0; i < times; i++) {
      const iat = Math.floor(Date.now() / 1000);
      signBare({
        iat,
        exp: iat + 3600,
        'x-ably-capability': JSON.stringify({
          'chat:*': ['presence', 'publish', 'subscribe'],
          news: ['subscribe'],
        }),
        'x-ably-clientId': clientId,
      });
    }
  },
  'the floor, capability text ready-made': (times) => {
    for (let i = 0; i < times; i++) {
      const iat = Math.floor(Date.now() / 1000);
      signBare({ iat, exp: iat + 3600, 'x-ably-capability': capabilityText, 'x-ably-clientId': clientId });
    }
  },
  [ours]: async (times) => {
    for (let i = 0; i < times; i++) await createAblyJwt(apiKey, { capability, clientId });
  },
  ...signers,
};

const rows = await compare(candidates, { base: floor });
const cost = Object.fromEntries(rows.map(({ name, microseconds }) => [name, microseconds]));
const byCost = [...rows].sort((a, b) => a.microseconds - b.microseconds);
const [self] = rows.filter(({ name }) => name === ours);
const [fastestPeer] = byCost.filter(({ name }) => name in signers);

await report({
  name: 'sign',
  title: 'One signature: two resources, a clientId, one hour (node:crypto)',
  columns: ['', 'µs', '±', '× floor', '× ably-jwt', 'per second'],
  rows: byCost.map(({ name, microseconds, spread, ratio }) => [
    name,
    short(microseconds),
    `${(spread * 100).toFixed(0)} %`,
    ratio.toFixed(2),
    (microseconds / cost[ours]).toFixed(2),
    Math.round(1e6 / microseconds).toLocaleString('en'),
  ]),
  limits: [
    { what: 'ably-jwt, beside the floor', found: self.ratio, atMost: 1.25, unit: ' ×' },
    {
      what: `ably-jwt, beside the fastest other library (${fastestPeer.name})`,
      found: self.ratio / fastestPeer.ratio,
      atMost: 1,
      unit: ' ×',
    },
  ],
  versions: {
    ...versions(['fast-jwt', 'jsonwebtoken'], from),
    ...versions(['jose']),
    ...('@node-rs/jsonwebtoken' in signers
      ? {
          '@node-rs/jsonwebtoken': versions(['@node-rs/jsonwebtoken-linux-x64-gnu'], from)[
            '@node-rs/jsonwebtoken-linux-x64-gnu'
          ],
        }
      : {}),
  },
  data: byCost,
});
