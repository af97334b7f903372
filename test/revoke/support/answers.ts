import { revokeAblyTokens } from 'ably-jwt';
import { errorOf } from '../../support/errors.js';
import { key } from '../../support/tokens.js';

/** A `fetch` that answers every request in one way. */
export const answers =
  (status: number, body: unknown): typeof fetch =>
  async () =>
    new Response(typeof body === 'string' ? body : JSON.stringify(body), { status });

const options = { targets: [{ clientId: 'a' }] };

/** The error when the whole request is answered in that way. */
export const refusal = (status: number, body: unknown, apiKey = key) =>
  errorOf(() => revokeAblyTokens(apiKey, options, { fetch: answers(status, body) }));

/** The outcome for the one target, `clientId:a`, when its result has these members. */
export async function outcome(members: object, apiKey = key) {
  const transport = { fetch: answers(201, { results: [{ target: 'clientId:a', ...members }] }) };
  const { successCount, failureCount, results } = await revokeAblyTokens(apiKey, options, transport);
  return { successCount, failureCount, result: results[0]! };
}
