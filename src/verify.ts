import { type Duration, durationSeconds } from './duration.js';
import { AblyJwtError, isAblyJwtError } from './errors.js';
import { hs256 } from './internal/hs256.js';
import { assertKnownOptions, booleanOption, dateMs, optionError } from './internal/options.js';
import { describe, quoted } from './internal/text.js';
import { type AblyKey, toAblyKey } from './key.js';
import { type AblyJwt, type ClaimLimits, claimFaults, readClaims } from './read-claims.js';
import { type CompactJwt, malformed, notAJwt, parseCompactJwt, unwrapEmbeddedToken } from './token.js';

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
 * ```ts
 * import { createAblyJwt, verifyAblyJwt } from 'ably-jwt';
 *
 * const jwt = await createAblyJwt('appId.keyId:secret', { capability: { chat: ['subscribe'] }, clientId: 'alice' });
 * const token = await verifyAblyJwt(jwt, 'appId.keyId:secret');
 * token.can('publish', 'chat'); // false
 * ```
 */
export async function verifyAblyJwt(
  jwt: string,
  keys: AblyKeys,
  options: VerifyAblyJwtOptions = {},
): Promise<AblyJwt> {
  const { faults, token } = await judgeToken(jwt, toAblyKeys(keys), claimLimits(options));
  if (faults.length > 0) throw faults[0];
  return token!;
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
 * ```ts
 * import { createAblyJwt, decodeAblyJwt } from 'ably-jwt';
 *
 * const jwt = await createAblyJwt('appId.keyId:secret', { capability: 'inherit', clientId: 'alice' });
 * console.log(decodeAblyJwt(jwt).clientId); // alice
 * ```
 */
export function decodeAblyJwt(jwt: string): AblyJwt {
  const { token, outerExp } = openToken(jwt);
  for (const fault of [
    ...headerFaults(token),
    ...claimFaults(token.payload),
    ...embeddingFaults(token, outerExp),
  ]) {
    throw fault;
  }
  return readClaims(token.header.kid as string, token.payload);
}

/** What {@link judgeToken} found. */
export interface Judgement {
  /** Every fault, in the order in which Ably looks for them. */
  readonly faults: readonly AblyJwtError[];
  /** What the token says; only when there is no fault. */
  readonly token?: AblyJwt;
}

/**
 * Judges a token: the one set of rules behind {@link verifyAblyJwt}, which throws the first fault, and
 * `explainAblyJwt`, which tells them all.
 *
 * @param keys - left out: key and signature are not looked at
 */
export async function judgeToken(
  jwt: unknown,
  keys: readonly AblyKey[] | undefined,
  limits: ClaimLimits,
): Promise<Judgement> {
  let opened: OpenedToken;
  try {
    opened = openToken(jwt);
  } catch (error) {
    if (!isAblyJwtError(error)) throw error;
    return { faults: [error] };
  }
  const { text, token, outerExp } = opened;
  const header = headerFaults(token);
  // A signature made in another way, or by nobody knows which key, can't be looked at.
  const signature = keys === undefined || header.length > 0 ? [] : await signatureFaults(text, token, keys);
  const faults = [
    ...header,
    ...signature,
    ...claimFaults(token.payload, limits),
    ...embeddingFaults(token, outerExp),
  ];
  return faults.length > 0
    ? { faults }
    : { faults, token: readClaims(token.header.kid as string, token.payload) };
}

interface OpenedToken {
  /** The compact form of `token`. */
  readonly text: string;
  /** The token that Ably judges: the given one, or the one inside it. */
  readonly token: CompactJwt;
  /** The `exp` of the token around it. */
  readonly outerExp?: number | undefined;
}

function openToken(jwt: unknown): OpenedToken {
  if (typeof jwt !== 'string') throw notAJwt(jwt);
  const embedded = unwrapEmbeddedToken(jwt);
  if (embedded === undefined) return { text: jwt, token: parseCompactJwt(jwt) };
  if (unwrapEmbeddedToken(embedded.inner) !== undefined) {
    throw malformed('holds a token that holds another one.', 'Embed the Ably token itself.');
  }
  return { text: embedded.inner, token: parseCompactJwt(embedded.inner), outerExp: embedded.outerExp };
}

function headerFaults({ header }: CompactJwt): AblyJwtError[] {
  const faults: AblyJwtError[] = [];
  if (header.alg !== 'HS256') {
    const found = header.alg === undefined ? 'none' : describe(header.alg);
    faults.push(
      new AblyJwtError('ALG_NOT_ALLOWED', `The header's "alg" must be "HS256", found ${found}.`, {
        hint: 'Ably takes no other algorithm. Sign with HMAC-SHA256 and the secret of the API key.',
      }),
    );
  }
  if (header.crit !== undefined) {
    faults.push(malformed('has a "crit" header: it asks for extensions that Ably JWTs don\'t have.'));
  }
  if (typeof header.kid !== 'string' || header.kid === '') {
    const found =
      header.kid === undefined ? 'has no "kid" in its header' : 'has a "kid" that is not a key name';
    faults.push(
      malformed(
        `${found}.`,
        "Set kid to the key's name, appId.keyId: what stands before the colon of the API key.",
      ),
    );
  }
  return faults;
}

async function signatureFaults(
  text: string,
  { header, hasSignature }: CompactJwt,
  keys: readonly AblyKey[],
): Promise<AblyJwtError[]> {
  const kid = header.kid as string;
  const named = keys.filter((key) => key.name === kid);
  if (named.length === 0) return [unknownKey(kid, keys)];
  if (hasSignature) for (const key of named) if (await hs256().verify(key, text)) return [];
  const found = hasSignature
    ? 'is not the one that the secret of the key'
    : 'is missing; it must be made with the secret of the key';
  return [
    new AblyJwtError(
      'SIGNATURE_INVALID',
      `The signature ${found} ${quoted(kid)}${hasSignature ? ' gives' : ''}.`,
      {
        hint: 'Is the secret that of this very key, as text, and was the token left unchanged since it was signed?',
      },
    ),
  ];
}

function unknownKey(kid: string, keys: readonly AblyKey[]): AblyJwtError {
  // What follows a colon may be the secret.
  const [name, secret] = kid.split(':', 2);
  const [appId] = kid.split('.', 1);
  const known = keys.some((key) => key.appId === appId);
  const hint =
    secret !== undefined
      ? 'It is the whole API key, secret included: put only the name in the header, and revoke this key if the token left your server.'
      : kid.includes('.')
        ? `The keys given are ${keys.map((key) => quoted(key.name)).join(', ')}.`
        : 'It must be the whole name, appId.keyId.';
  return new AblyJwtError(
    known ? 'KEY_UNKNOWN' : 'APP_UNKNOWN',
    `The header's "kid" is ${quoted(name!)}, which is ${known ? 'no key' : 'of no app'} that was given.`,
    { hint },
  );
}

/** Ably refuses an outer token that outlives the one inside. */
function embeddingFaults({ payload }: CompactJwt, outerExp: number | undefined): AblyJwtError[] {
  if (outerExp === undefined || typeof payload.exp !== 'number' || outerExp <= payload.exp) return [];
  return [
    new AblyJwtError(
      'CLAIM_INVALID',
      'The outer token\'s "exp" is later than that of the Ably token inside it.',
      {
        statusCode: 401,
        hint: 'Let the outer token expire with the inner one, or before it.',
      },
    ),
  ];
}

/** The keys that a function was given, parsed. */
export function toAblyKeys(keys: unknown): readonly AblyKey[] {
  const list: readonly unknown[] = Array.isArray(keys) ? keys : [keys];
  if (list.length === 0) throw optionError('keys', keys, 'at least one API key');
  return list.map(toAblyKey);
}

const optionNames: ReadonlySet<string> = new Set<keyof VerifyAblyJwtOptions>([
  'clockTolerance',
  'revocable',
  'currentDate',
]);

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
