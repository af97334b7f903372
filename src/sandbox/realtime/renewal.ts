import type { Identity } from '../auth/identity.js';
import type { Context } from '../context.js';
import { plannedError } from '../faults.js';
import { protocolError } from '../protocol/errors.js';

/**
 * Authenticates the new token of a connected client.
 *
 * @returns undefined when the connection is to be cut instead
 * @throws {@link ProtocolError} or {@link AblyJwtError} when the token is refused
 */
export async function authenticateRenewal(
  { authenticator, faults }: Context,
  clientId: string | undefined,
  token: unknown,
): Promise<Identity | undefined> {
  const planned = await faults.take({ on: 'renew', clientId: () => clientId });
  if (planned === 'close') return undefined;
  if (planned === 'hang') return new Promise(() => {});
  if (planned !== undefined) throw plannedError(planned);
  if (typeof token !== 'string' || token.trim() === '') {
    throw protocolError('CREDENTIALS_REFUSED', 'Not authorized: the AUTH frame has no accessToken');
  }
  return authenticator.authenticate({ token }, 'realtime');
}
