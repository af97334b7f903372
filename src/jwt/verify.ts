import { pointed, pointingAt } from '../errors.js';
import { isSigned, tokenErrors } from './checks.js';
import type { AblyJwt } from './claims.js';
import { decodeClaims } from './decode.js';
import { type OpenedToken, openToken } from './embedded.js';
import { type AblyKey, toAblyKeys } from './key.js';
import { lifetimeLimits, type VerifyAblyJwtOptions } from './lifetime.js';

/** One key, or several during a key rotation. The one that counts is selected by the token's `kid`. */
export type AblyKeys = string | AblyKey | readonly (string | AblyKey)[];

/**
 * Verifies an Ably JWT as Ably does and returns what it grants. Checks form, algorithm, key and signature, then the
 * claims: no claim is trusted until the signature is verified. Stricter than JOSE libraries where those are lax.
 *
 * If another token holds the Ably JWT (`x-ably-token`), Ably judges only the Ably JWT, and so does this function. Of the
 * outer token it checks the form and that it doesn't outlive the inner one.
 *
 * Operations that this version doesn't know are accepted, so that a new one doesn't break a running backend.
 * {@link explainAblyJwt} warns about them.
 *
 * @param jwt - the token, at most 131,072 characters
 * @param keys - the key, or several of which the token's `kid` names one
 * @param options - clock and lifetime options
 * @returns what the token says
 * @throws {@link AblyJwtError} `TOKEN_MALFORMED` if the value isn't a JWT, or has no `kid`
 * @throws {@link AblyJwtError} `ALG_NOT_ALLOWED` if the algorithm isn't HS256
 * @throws {@link AblyJwtError} `APP_UNKNOWN` if `kid` names a key of another app than `keys`
 * @throws {@link AblyJwtError} `KEY_UNKNOWN` if `kid` names another key of the app
 * @throws {@link AblyJwtError} `SIGNATURE_INVALID` if the key didn't sign the token
 * @throws {@link AblyJwtError} `CLAIM_MISSING` if `iat` or `exp` is missing
 * @throws {@link AblyJwtError} `CLAIM_INVALID` if a claim has the wrong type, `iat` lies in the future, or an outer token
 *   outlives the inner one
 * @throws {@link AblyJwtError} `TTL_TOO_LONG` if the token is valid for more than 24 h, or 1 h with `revocable`
 * @throws {@link AblyJwtError} `TOKEN_EXPIRED` if `exp` has passed
 * @throws {@link AblyJwtError} `CLIENT_ID_INVALID` if the clientId is empty or not a string
 * @throws {@link AblyJwtError} `CAPABILITY_NOT_STRING` if the capability is an object instead of JSON text
 * @throws {@link AblyJwtError} `CAPABILITY_INVALID` if Ably would refuse the capability
 * @throws {@link AblyJwtError} `KEY_MALFORMED` if a key isn't an Ably API key
 * @throws {@link AblyJwtError} `OPTION_INVALID` if an option is misspelled or of the wrong type
 *
 * @example
 * ```ts run
 * import { createAblyJwt, verifyAblyJwt } from 'ably-jwt';
 *
 * const jwt = await createAblyJwt('appId1.keyId:secret', { capability: { chat: ['subscribe'] }, clientId: 'alice' });
 * const token = await verifyAblyJwt(jwt, 'appId1.keyId:secret');
 * token.can('publish', 'chat'); // => false
 * ```
 */
export async function verifyAblyJwt(
  jwt: string,
  keys: AblyKeys,
  options: VerifyAblyJwtOptions = {},
): Promise<AblyJwt> {
  try {
    const ablyKeys = toAblyKeys(keys, 'verifyAblyJwt(jwt, keys)');
    const limits = lifetimeLimits(options, 'verifyAblyJwt');
    const opened = openToken(jwt);
    const signature = isSigned(opened.token, ablyKeys);
    // Not awaited in vain: a stack that is captured afterwards doesn't begin at the caller's line.
    const signed = typeof signature === 'boolean' ? signature : await signature;
    const [error] = tokenErrors(opened, { keys: ablyKeys, signed, limits });
    if (error !== undefined) throw error;
    return read(opened);
  } catch (error) {
    throw pointingAt(verifyAblyJwt, error);
  }
}

/**
 * Reads an Ably JWT without verifying who signed it or whether it is still valid: **anyone can write such a token**.
 * For logs and for people. Never decide anything by it; use {@link verifyAblyJwt} for that. The form of the token and the
 * types of its claims are checked.
 *
 * @param jwt - the token, at most 131,072 characters
 * @returns what the token says
 * @throws {@link AblyJwtError} `TOKEN_MALFORMED` if the value isn't a JWT, or has no `kid`
 * @throws {@link AblyJwtError} `ALG_NOT_ALLOWED` if the algorithm isn't HS256
 * @throws {@link AblyJwtError} `KEY_UNKNOWN` if `kid` can't be the name of a key
 * @throws {@link AblyJwtError} `CLAIM_MISSING` if `iat` or `exp` is missing
 * @throws {@link AblyJwtError} `CLAIM_INVALID` if a claim has the wrong type, or an outer token outlives the inner one
 * @throws {@link AblyJwtError} `CLIENT_ID_INVALID` if the clientId is empty or not a string
 * @throws {@link AblyJwtError} `CAPABILITY_NOT_STRING` if the capability is an object instead of JSON text
 * @throws {@link AblyJwtError} `CAPABILITY_INVALID` if Ably would refuse the capability
 *
 * @example
 * ```ts run
 * import { createAblyJwt, decodeAblyJwt } from 'ably-jwt';
 *
 * const jwt = await createAblyJwt('appId1.keyId:secret', { capability: 'inherit', clientId: 'alice' });
 * console.log(decodeAblyJwt(jwt).clientId); // => alice
 * ```
 */
export function decodeAblyJwt(jwt: string): AblyJwt {
  return pointed(decodeAblyJwt, () => {
    const opened = openToken(jwt);
    const [error] = tokenErrors(opened);
    if (error !== undefined) throw error;
    return read(opened);
  });
}

/** What a token without errors says: then it has a header with a `kid`, and a payload. */
function read({ token: { header, payload } }: OpenedToken): AblyJwt {
  return decodeClaims(header!.kid as string, payload!);
}
