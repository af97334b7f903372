// The same signature where a runtime has only WebCrypto, beside jose with an imported CryptoKey.
import { compare, report, short, versions } from './measure.mjs';
import { apiKey, capability, clientId, loadPeers } from './peers.mjs';

const { signers } = await loadPeers();
// How ably-jwt finds node:crypto; without it, it signs as on Workers and edge runtimes.
Object.assign(process, { getBuiltinModule: undefined });
const { createAblyJwt } = await import('ably-jwt');

const rows = await compare(
  {
    jose: signers.jose,
    'ably-jwt': async (times) => {
      for (let i = 0; i < times; i++) await createAblyJwt(apiKey, { capability, clientId });
    },
  },
  { base: 'jose', milliseconds: 6000, batch: 1 },
);
await report({
  name: 'webcrypto',
  title: 'One signature without node:crypto, by WebCrypto',
  columns: ['', 'µs', '±', '× jose'],
  rows: rows.map(({ name, microseconds, spread, ratio }) => [
    name,
    short(microseconds),
    `${(spread * 100).toFixed(0)} %`,
    ratio.toFixed(2),
  ]),
  limits: [
    {
      what: 'ably-jwt, beside jose with an imported CryptoKey',
      found: rows[1].ratio,
      atMost: 1.1,
      unit: ' ×',
    },
  ],
  versions: versions(['jose']),
});
