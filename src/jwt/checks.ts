import { AblyJwtError } from '../errors.js';
import type { JsonObject } from '../util/json.js';
import { describe, quoted } from '../util/text.js';
import { type CompactJwt, malformed, notAJwt, readCompactJwt, unwrapEmbeddedToken } from './compact.js';
import { type ClaimLimits, claimFaults } from './decode.js';
import { hs256 } from './jws.js';
import type { AblyKey } from './key.js';

/** What {@link judgeToken} found. */
export interface Judgement {
  /** Every fault, in the order in which Ably looks for them. */
  readonly faults: readonly AblyJwtError[];
  /** The payload, as far as it could be read; believed only when there is no fault. */
  readonly payload?: JsonObject | undefined;
  /** The header, likewise. */
  readonly header?: JsonObject | undefined;
}

/** A token that was opened: the given one, or the one inside it. */
export interface OpenedToken {
  /** The token that Ably judges. */
  readonly token: CompactJwt;
  /** The `exp` of the token around it. */
  readonly outerExp?: number | undefined;
}

/**
 * Judges a token: the one set of rules behind `verifyAblyJwt`, which throws the first fault, and
 * `explainAblyJwt`, which tells them all.
 *
 * @param opened - what {@link openToken} gave
 * @param keys - left out: key and signature are not looked at
 */
export async function judgeToken(
  { token, outerExp }: OpenedToken,
  keys: readonly AblyKey[] | undefined,
  limits: ClaimLimits,
): Promise<Judgement> {
  const { header, payload } = token;
  const faults = [...token.faults];
  if (header !== undefined) {
    faults.push(...headerFaults(header));
    if (typeof header.kid === 'string' && header.kid !== '')
      faults.push(...(await keyFaults(token, header, keys)));
  }
  if (payload !== undefined)
    faults.push(...claimFaults(payload, limits), ...embeddingFaults(payload.exp, outerExp));
  return { faults, header, payload };
}

/** Finds the token that Ably judges. */
export function openToken(jwt: unknown): OpenedToken {
  if (typeof jwt !== 'string') return { token: { text: '', faults: [notAJwt(jwt)] } };
  const outer = readCompactJwt(jwt);
  const embedded = unwrapEmbeddedToken(jwt, outer);
  if (embedded === undefined) return { token: outer };
  const { inner, outerExp } = embedded;
  const token = readCompactJwt(inner);
  if (unwrapEmbeddedToken(inner, token) === undefined) return { token, outerExp };
  const nested = malformed('holds a token that holds another one.', 'Embed the Ably token itself.');
  return { token: { ...token, faults: [nested, ...token.faults] }, outerExp };
}

export function headerFaults(header: JsonObject): AblyJwtError[] {
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

async function keyFaults(
  { text }: CompactJwt,
  { alg, kid }: JsonObject,
  keys: readonly AblyKey[] | undefined,
): Promise<AblyJwtError[]> {
  const name = kid as string;
  if (keys === undefined) return keyName.test(name) ? [] : [unknownKey(name, keys)];
  const named = keys.filter((key) => key.name === name);
  if (named.length === 0) return [unknownKey(name, keys)];
  // A signature made in another way can't be looked at.
  if (alg !== 'HS256') return [];
  const length = text.length - text.lastIndexOf('.') - 1;
  if (length === signatureChars) for (const key of named) if (await hs256().verify(key, text)) return [];
  const problem = length === 0 ? 'is missing' : 'is not what the secret of this key gives';
  return [
    new AblyJwtError('SIGNATURE_INVALID', `The signature ${problem} (key ${quoted(name)}).`, {
      hint:
        length === 0 || length === signatureChars
          ? 'Sign with the secret of this very key, what stands behind its colon, as text; and do not change the token afterwards.'
          : `It has ${length} characters; HMAC-SHA256 in base64url has ${signatureChars}. Is it hex, or encoded twice?`,
    }),
  ];
}

const keyName = /^[\w-]+\.[\w-]+$/;

/** A `kid` that names none of the keys, or, where there are none to compare with, can't be the name of any. */
function unknownKey(kid: string, keys: readonly AblyKey[] | undefined): AblyJwtError {
  const appId = kid.split('.', 1)[0];
  const known = keys === undefined || keys.some((key) => key.appId === appId);
  const why =
    keys === undefined
      ? 'is no key name'
      : known
        ? 'is none of the keys given'
        : 'is of another app than the keys given';
  // What follows a colon may be the secret, and so may a text without the form of a name.
  const name = kid.split(':', 1)[0]!;
  const shown = keyName.test(name) || keys?.some((key) => key.appId === name);
  return new AblyJwtError(
    known ? 'KEY_UNKNOWN' : 'APP_UNKNOWN',
    `The header's "kid"${shown ? `, ${quoted(name)},` : ''} ${why}.`,
    {
      hint: kid.includes(':')
        ? 'It is the whole API key, secret included: put only the name, appId.keyId, into the header. If such a token left your server, revoke the key.'
        : keyName.test(kid)
          ? `The keys given are ${keys?.map((key) => quoted(key.name)).join(', ')}.`
          : 'It must be the whole name of a key, appId.keyId: what stands before the colon of the API key.',
    },
  );
}

/** HMAC-SHA256 in base64url. */
const signatureChars = 43;

/**
 * Ably refuses an outer token that outlives the one inside.
 *
 * @param innerExp - when the inner token expires, in seconds; anything but a number has a fault of its own
 * @param outerExp - when the outer one does
 */
export function embeddingFaults(innerExp: unknown, outerExp: number | undefined): AblyJwtError[] {
  if (outerExp === undefined || typeof innerExp !== 'number' || outerExp <= innerExp) return [];
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
