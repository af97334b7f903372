import { explainAblyJwt, verifyAblyJwt } from 'ably-jwt';
import { type AblySandbox, createManualClock, startAblySandbox } from 'ably-jwt/testing';
import { expect, onTestFinished, test } from 'vitest';
import { type BrokenToken, brokenTokens } from '../support/broken-tokens.js';
import { issuedAt, key } from '../support/tokens.js';

/** Whether the sandbox accepts a token, whatever it then permits. */
async function isAccepted(sandbox: AblySandbox, { jwt }: BrokenToken): Promise<boolean> {
  const bearer = Buffer.from(jwt).toString('base64');
  const response = await fetch(`${sandbox.url}/channels/chat:1/messages`, {
    headers: { Authorization: `Bearer ${bearer}` },
  });
  const { error } = (await response.json()) as { error?: { code: number } };
  // 40160: the token is good, and doesn't grant this.
  return error === undefined || error.code === 40160;
}

test('the sandbox refuses what the verifier refuses and unknown operations, in 10,000 tokens', async () => {
  const currentDate = issuedAt;
  const sandbox = await startAblySandbox({ keys: [{ key }], clock: createManualClock(issuedAt) });
  onTestFinished(() => sandbox.close());
  const tokens = [...brokenTokens(10_000, 20_261_124)];
  const disagreements: object[] = [];
  const compare = async (token: BrokenToken) => {
    const isVerified = await verifyAblyJwt(token.jwt, key, { currentDate }).then(
      () => true,
      () => false,
    );
    const findings = await explainAblyJwt(token.jwt, key, { currentDate });
    const isUnknown = findings.some(({ code }) => code === 'OPERATION_UNKNOWN');
    const accepted = await isAccepted(sandbox, token);
    if (accepted !== (isVerified && !isUnknown)) disagreements.push({ ...token, accepted, isVerified });
  };
  const workers = Array.from({ length: 16 }, async () => {
    for (let token = tokens.pop(); token !== undefined; token = tokens.pop()) await compare(token);
  });
  await Promise.all(workers);
  expect(disagreements).toEqual([]);
}, 120_000);
