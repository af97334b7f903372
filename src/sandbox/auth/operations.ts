import type { Capability } from '../../capability/capability.js';
import { isAcceptedOperation } from '../../capability/operation.js';
import { AblyJwtError } from '../../errors.js';
import { quoted } from '../../util/text.js';

/**
 * Ably refuses a token with an operation that it doesn't know. `verifyAblyJwt` accepts one, because a newer operation must
 * not break a running backend.
 *
 * @throws {@link AblyJwtError} `CAPABILITY_INVALID`
 */
export function assertAcceptedOperations(capability: Capability): void {
  for (const granted of Object.values(capability)) {
    const unknown = granted.find((operation) => !isAcceptedOperation(operation));
    if (unknown === undefined) continue;
    throw new AblyJwtError(
      'CAPABILITY_INVALID',
      `invalid capability: there is no operation ${quoted(unknown)}`,
    );
  }
}
