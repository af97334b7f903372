import { type AblyJwtError, type AblyJwtErrorCode, isAblyJwtError } from '../errors.js';
import { judgeToken, openToken } from './checks.js';
import { isAblyToken, isCompactForm, notAJwt, unwrapped } from './compact.js';
import type { AblyKey } from './key.js';
import { type AblyKeys, claimLimits, toAblyKeys, type VerifyAblyJwtOptions } from './verify.js';
import { largeToken, largeTokenBytes, type RiskCode, risks, warning } from './warnings.js';

/** One thing that {@link explainAblyJwt} found. */
export interface Finding {
  /** What it is, as a word that a program can compare. */
  code: AblyJwtErrorCode | RiskCode;
  /** The code with which Ably refuses the token; none for a warning. */
  ablyCode?: number;
  /** `'error'`: Ably refuses the token. `'warning'`: it accepts it, but you may not want that. */
  severity: 'error' | 'warning';
  /** What was found, and what Ably wants. */
  message: string;
  /** What to change. */
  hint: string;
}

/**
 * Tells a person why Ably refuses a token, or what is risky about it: every defect in one pass, by the rules of
 * {@link verifyAblyJwt}. Also for what people paste by mistake, such as a token in quotes, an API key, or JSON.
 *
 * Without a key, or with a bad one, it says what could not be checked. It never throws for a bad token and never shows
 * a secret, so its findings may go into a log or a support ticket.
 *
 * @param jwt - the token, as it was found
 * @param keys - the key or keys that should have signed it
 * @param options - clock, tolerance, and whether the key has revocable tokens
 * @returns what was found, errors first; `[]` when Ably accepts the token and there is nothing to remark
 * @throws {@link AblyJwtError} `OPTION_INVALID` for options of another form
 * @see {@link https://ably.com/docs/auth/token/jwt | Ably: JWTs}
 *
 * @example
 * ```ts run
 * import { explainAblyJwt } from 'ably-jwt';
 *
 * for (const { severity, message, hint } of await explainAblyJwt('Bearer eyJh...', 'appId.keyId:secret')) {
 *   console.log(`${severity}: ${message} ${hint}`);
 * }
 * ```
 */
export async function explainAblyJwt(
  jwt: string,
  keys?: AblyKeys,
  options: VerifyAblyJwtOptions = {},
): Promise<Finding[]> {
  const limits = claimLimits(options, 'explainAblyJwt');
  const { ablyKeys, unchecked } = readKeys(keys);
  const given: unknown = jwt;
  // What stands around the token is a fault of its own, and hides those of the token.
  const text = typeof given === 'string' ? unwrapped(given) : given;
  const wrapping = text === given ? [] : [notAJwt(given)];
  const opened = openToken(text);
  const inner = opened.token.text;
  if (inner !== text && isAblyToken(inner)) return [...wrapping.map(errorFinding), opaque];
  const { faults, payload } = await judgeToken(opened, ablyKeys, limits);
  const findings = [...wrapping, ...faults].map(errorFinding);
  if (typeof text === 'string' && isCompactForm(text)) {
    if (text.length > largeTokenBytes) findings.push(largeToken(text.length));
    if (unchecked !== undefined) findings.push(unchecked);
  }
  if (payload !== undefined) findings.push(...risks(payload));
  return findings;
}

const opaque = warning(
  'TOKEN_OPAQUE',
  'The token holds an Ably Token, which is opaque: only Ably can tell whether it is valid.',
  'Nothing is checked but its form. An Ably JWT in its place could be.',
);

function errorFinding({ code, ablyCode, message, hint }: AblyJwtError): Finding {
  return {
    code,
    ...(ablyCode === undefined ? {} : { ablyCode }),
    severity: 'error',
    message,
    hint: hint ?? '',
  };
}

function readKeys(keys: AblyKeys | undefined): { ablyKeys?: readonly AblyKey[]; unchecked?: Finding } {
  const notChecked = (why: string, hint: string) => ({
    unchecked: warning('SIGNATURE_UNCHECKED', `The key and the signature could not be checked: ${why}`, hint),
  });
  if (keys === undefined)
    return notChecked('no key was given.', 'Pass the API key that should have signed the token.');
  try {
    return { ablyKeys: toAblyKeys(keys) };
  } catch (error) {
    if (!isAblyJwtError(error)) throw error;
    return notChecked(error.message, error.hint ?? 'Pass the API key that should have signed the token.');
  }
}
