import { type AblyJwtError, type AblyJwtErrorCode, isAblyJwtError, pointingAt } from '../errors.js';
import { isSigned, tokenErrors } from './checks.js';
import { envelopeErrors, isOpaque, openToken } from './embedded.js';
import { type AblyKey, toAblyKeys } from './key.js';
import { lifetimeLimits, type VerifyAblyJwtOptions } from './lifetime.js';
import { isCompactForm, notAJwt, unwrapped } from './pasted.js';
import type { AblyKeys } from './verify.js';
import {
  appIdWarnings,
  opaqueToken,
  sizeWarnings,
  tokenWarnings,
  uncheckedSignature,
  type WarningCode,
} from './warnings.js';

/** One thing that {@link explainAblyJwt} found. */
export interface Finding {
  /** A stable, machine-readable code: of an error, or of a warning. */
  code: AblyJwtErrorCode | WarningCode;
  /** The code with which Ably refuses the token; absent for a warning. */
  ablyCode?: number;
  /** `'error'` if Ably refuses the token; `'warning'` if Ably accepts it, but you may not want that. */
  severity: 'error' | 'warning';
  /** What was found, and what Ably wants. */
  message: string;
  /** What to change. */
  hint: string;
}

/**
 * Explains to a person why Ably refuses a token, or what is risky about it. Reports every defect in one pass, by the
 * rules of {@link verifyAblyJwt}: there is a finding with the severity `'error'` if and only if that would throw. It also
 * recognizes what people paste by mistake, such as a token in quotes, an API key, or JSON.
 *
 * Without a key, or with a bad one, it reports what could not be checked. It never throws for a bad token and never shows
 * a secret, so you can put its findings into a log or a support ticket. An Ably Token that another token holds is opaque:
 * `verifyAblyJwt` refuses it, and this function warns that only Ably can check it.
 *
 * @param jwt - the token, as it was found. A text of more than 131,072 characters is reported as too long and not read
 * @param keys - the key or keys that should have signed it
 * @param options - clock and lifetime options
 * @returns what was found, errors first; `[]` means Ably would accept it and there are no warnings
 * @throws {@link AblyJwtError} `OPTION_INVALID` if an option is misspelled or of the wrong type
 * @see {@link https://ably.com/docs/auth/token/jwt | Ably: JWTs}
 *
 * @example
 * ```ts run
 * import { explainAblyJwt } from 'ably-jwt';
 *
 * for (const { severity, message, hint } of await explainAblyJwt('Bearer eyJh...', 'appId1.keyId:secret')) {
 *   console.log(`${severity}: ${message} ${hint}`);
 * }
 * ```
 */
export async function explainAblyJwt(
  jwt: string,
  keys?: AblyKeys,
  options: VerifyAblyJwtOptions = {},
): Promise<Finding[]> {
  try {
    const limits = lifetimeLimits(options, 'explainAblyJwt');
    const given: unknown = jwt;
    // What stands around the token is an error of its own, and would hide those of the token.
    const text = typeof given === 'string' ? unwrapped(given) : given;
    const wrapping = text === given ? [] : [notAJwt(given)];
    const opened = openToken(text);
    if (isOpaque(opened))
      return [...[...wrapping, ...envelopeErrors(opened.envelope)].map(errorFinding), opaqueToken];
    const isToken = typeof text === 'string' && isCompactForm(text);
    const { keys: ablyKeys, unchecked } = readKeys(keys);
    const signed = ablyKeys !== undefined && (await isSigned(opened.token, ablyKeys));
    return [
      ...[...wrapping, ...tokenErrors(opened, { keys: ablyKeys, signed, limits })].map(errorFinding),
      ...(isToken ? sizeWarnings(text) : []),
      ...(unchecked === undefined || !isToken ? [] : [unchecked, ...appIdWarnings(opened.token)]),
      ...tokenWarnings(opened.token),
    ];
  } catch (error) {
    throw pointingAt(explainAblyJwt, error);
  }
}

function errorFinding({ code, ablyCode, message, hint }: AblyJwtError): Finding {
  return {
    code,
    ...(ablyCode === undefined ? {} : { ablyCode }),
    severity: 'error',
    message,
    hint: hint ?? '',
  };
}

function readKeys(keys: AblyKeys | undefined): { keys?: readonly AblyKey[]; unchecked?: Finding } {
  if (keys === undefined) return { unchecked: uncheckedSignature('no key was given.') };
  try {
    return { keys: toAblyKeys(keys, 'explainAblyJwt(jwt, keys)') };
  } catch (error) {
    if (!isAblyJwtError(error)) throw error;
    return { unchecked: uncheckedSignature(error.message, error.hint) };
  }
}
