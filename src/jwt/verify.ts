import { assertKnownOptions, booleanOption, dateMs, optionError } from '../errors.js';
import { namesOf } from '../util/options.js';
import { embeddingFaults, headerFaults, judgeToken, openToken } from './checks.js';
import { type AblyJwt, type ClaimLimits, claimFaults, readClaims } from './decode.js';
import { type Duration, durationSeconds } from './duration.js';
import { type AblyKey, toAblyKey } from './key.js';

/** One key, or several while keys are being rotated: the token's `kid` says which one counts. */
export type AblyKeys = string | AblyKey | readonly (string | AblyKey)[];

/** How {@link verifyAblyJwt} looks at time. */
export interface VerifyAblyJwtOptions {
  /**
   * How far `iat` may lie in the future, for servers whose clocks differ. Expiry has no tolerance: Ably has none.
   *
   * @defaultValue `'60s'`, as Ably's
   */
  clockTolerance?: Duration | undefined;
  /**
   * Whether the key has revocable tokens, so that more than one hour between `iat` and `exp` is refused.
   *
   * @defaultValue `false`
   */
  revocable?: boolean | undefined;
  /**
   * The time to judge by.
   *
   * @defaultValue now
   */
  currentDate?: Date | undefined;
}

/**
 * Checks an Ably JWT as Ably does, and says what it grants: its form, algorithm, key, signature, and then its claims.
 * Nothing in a token is believed before its signature is right. Stricter than JOSE libraries where those are lax.
 *
 * An Ably JWT inside another token (`x-ably-token`) is what Ably judges, and so does this function.
 *
 * @param jwt - the token
 * @param keys - the key, or several of which the token's `kid` names one
 * @param options - tolerance and clock
 * @returns what the token says
 * @throws {@link AblyJwtError} `TOKEN_MALFORMED` · `ALG_NOT_ALLOWED`: anything but HS256 · `APP_UNKNOWN`, `KEY_UNKNOWN`:
 *   `kid` names none of `keys` · `SIGNATURE_INVALID` · `CLAIM_MISSING`, `CLAIM_INVALID` · `TTL_TOO_LONG` ·
 *   `TOKEN_EXPIRED` · `CLIENT_ID_INVALID` · `CAPABILITY_NOT_STRING`, `CAPABILITY_INVALID`; each with Ably's own code and
 *   status. `KEY_MALFORMED` and `OPTION_INVALID` for wrong arguments
 *
 * @example
 * ```ts run
 * import { createAblyJwt, verifyAblyJwt } from 'ably-jwt';
 *
 * const jwt = await createAblyJwt('appId.keyId:secret', { capability: { chat: ['subscribe'] }, clientId: 'alice' });
 * const token = await verifyAblyJwt(jwt, 'appId.keyId:secret');
 * token.can('publish', 'chat'); // => false
 * ```
 */
export async function verifyAblyJwt(
  jwt: string,
  keys: AblyKeys,
  options: VerifyAblyJwtOptions = {},
): Promise<AblyJwt> {
  const { faults, header, payload } = await judgeToken(
    openToken(jwt),
    toAblyKeys(keys),
    claimLimits(options),
  );
  if (faults.length > 0) throw faults[0];
  // Both could be read, or there would be a fault.
  return readClaims(header!.kid as string, payload!);
}

/**
 * Reads an Ably JWT without checking who signed it or whether it is still valid: **anybody can write such a token**.
 * For logs and for people; decide nothing by it, use {@link verifyAblyJwt} for that. The form and the types of the
 * claims are checked.
 *
 * @param jwt - the token
 * @returns what the token says
 * @throws {@link AblyJwtError} `TOKEN_MALFORMED` · `ALG_NOT_ALLOWED` · `CLAIM_MISSING`, `CLAIM_INVALID` ·
 *   `CLIENT_ID_INVALID` · `CAPABILITY_NOT_STRING`, `CAPABILITY_INVALID`
 *
 * @example
 * ```ts run
 * import { createAblyJwt, decodeAblyJwt } from 'ably-jwt';
 *
 * const jwt = await createAblyJwt('appId.keyId:secret', { capability: 'inherit', clientId: 'alice' });
 * console.log(decodeAblyJwt(jwt).clientId); // => alice
 * ```
 */
export function decodeAblyJwt(jwt: string): AblyJwt {
  const { token, outerExp } = openToken(jwt);
  const { header = {}, payload = {} } = token;
  for (const fault of [
    ...token.faults,
    ...headerFaults(header),
    ...claimFaults(payload),
    ...embeddingFaults(payload.exp, outerExp),
  ]) {
    throw fault;
  }
  return readClaims(header.kid as string, payload);
}

/** The keys that a function was given, parsed. */
export function toAblyKeys(keys: unknown): readonly AblyKey[] {
  const list: readonly unknown[] = Array.isArray(keys) ? keys : [keys];
  if (list.length === 0) throw optionError('keys', keys, 'at least one API key');
  return list.map(toAblyKey);
}

const optionNames = namesOf<VerifyAblyJwtOptions>({
  clockTolerance: true,
  revocable: true,
  currentDate: true,
});

/** Checks the options of the functions that judge tokens. */
export function claimLimits(options: VerifyAblyJwtOptions, caller = 'verifyAblyJwt'): ClaimLimits {
  assertKnownOptions(options, optionNames, caller);
  return {
    nowMs: options.currentDate === undefined ? Date.now() : dateMs('currentDate', options.currentDate),
    toleranceSeconds:
      options.clockTolerance === undefined ? 60 : durationSeconds('clockTolerance', options.clockTolerance),
    revocable: booleanOption('revocable', options.revocable),
  };
}
