import { explainAblyJwt, isAblyJwtError, verifyAblyJwt } from 'ably-jwt';
import { expect, test } from 'vitest';
import { brokenTokens, mistakes } from '../support/broken-tokens.js';
import { issuedAt, key } from '../support/tokens.js';

const now = { currentDate: issuedAt };

test('explainAblyJwt finds an error if and only if verifyAblyJwt throws, in 10,000 tokens', async () => {
  const seen = new Map<string, number>();
  const disagreements: object[] = [];
  const counts = { accepted: 0, refused: 0 };
  for (const token of brokenTokens(10_000, 20_261_124)) {
    for (const name of token.mistakes) seen.set(name, (seen.get(name) ?? 0) + 1);
    const findings = await explainAblyJwt(token.jwt, key, now);
    const first = findings.find(({ severity }) => severity === 'error');
    const thrown: unknown = await verifyAblyJwt(token.jwt, key, now).then(
      () => undefined,
      (error) => error,
    );
    counts[thrown === undefined ? 'accepted' : 'refused'] += 1;
    const thrownCode = isAblyJwtError(thrown) ? thrown.code : thrown;
    if (first?.code !== thrownCode) disagreements.push({ ...token, first: first?.code, thrownCode });
    // An operation that Ably refuses and the verifier doesn't is a warning.
    const warned = findings.some(({ code }) => code === 'OPERATION_UNKNOWN');
    if (thrown === undefined && warned !== token.hasUnknownOperation)
      disagreements.push({ ...token, warned });
  }
  expect(disagreements).toEqual([]);
  // Each mistake was tried, and neither verdict is the only one.
  expect(mistakes.filter((name) => (seen.get(name) ?? 0) < 50)).toEqual([]);
  expect(Math.min(counts.accepted, counts.refused)).toBeGreaterThan(2000);
});
