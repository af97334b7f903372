import { AblyJwtError } from '../errors.js';
import { isBase64url } from '../util/base64url.js';
import type { JsonObject } from '../util/json.js';
import { describe } from '../util/text.js';
import { embeddedTokenClaim } from './claims.js';
import { type CompactJwt, malformed, notBase64url, partsOf, readJws, readObject } from './compact.js';
import { isAblyToken, notAJwt, unwrapped } from './pasted.js';

/** A token that was opened. */
export interface OpenedToken {
  /** The token that Ably judges: the given one, or the one embedded in it. */
  readonly token: CompactJwt;
  /** The token around it. */
  readonly envelope?: Envelope;
}

/** A token that holds another one. Ably neither verifies its signature nor decrypts it. */
export interface Envelope {
  /** What is wrong with its form. */
  readonly errors: readonly AblyJwtError[];
  /** Its payload; undefined for an encrypted one. */
  readonly payload?: JsonObject | undefined;
}

/**
 * Opens a token and finds the one that Ably judges: the token in `x-ably-token` of a JWS's header, of a JWS's payload, or
 * of the clear header of a JWE; else the given one.
 */
export function openToken(jwt: unknown): OpenedToken {
  if (typeof jwt !== 'string') return { token: { text: '', errors: [notAJwt(jwt)] } };
  const outer = readCompactJwt(jwt);
  const embedded = embeddedIn(outer);
  if (embedded === undefined) return { token: outer };
  const token = readCompactJwt(embedded);
  const { errors, payload } = outer;
  if (embeddedIn(token) === undefined) return { token, envelope: { errors, payload } };
  const nested = malformed('holds a token that holds another one.', 'Embed the Ably token itself.');
  return { token: { ...token, errors: [nested, ...token.errors] }, envelope: { errors, payload } };
}

/** Whether it is an Ably Token that another token holds: only Ably can read it. */
export function isOpaque({ token, envelope }: OpenedToken): boolean {
  return envelope !== undefined && isAblyToken(token.text);
}

/**
 * Everything that is wrong with a token that holds another one.
 *
 * @param innerExp - when the inner token expires, in seconds, if that is known
 */
export function* envelopeErrors(envelope: Envelope | undefined, innerExp?: number): Generator<AblyJwtError> {
  if (envelope !== undefined) yield* envelope.errors;
  yield* envelopeExpiryErrors(envelope, innerExp);
}

/**
 * What is wrong with the expiry of a token that holds another one.
 *
 * @param envelope - the outer token
 * @param innerExp - when the inner token expires, in seconds; anything but a number has an error of its own
 */
export function* envelopeExpiryErrors(
  envelope: Envelope | undefined,
  innerExp: unknown,
): Generator<AblyJwtError> {
  const exp = envelope?.payload?.exp;
  if (exp === undefined) return;
  if (typeof exp !== 'number') {
    yield new AblyJwtError(
      'CLAIM_INVALID',
      `The outer token's "exp" must be a number of seconds since 1970, found ${describe(exp)}.`,
    );
  } else if (typeof innerExp === 'number' && exp > innerExp) {
    yield new AblyJwtError(
      'CLAIM_INVALID',
      'The outer token\'s "exp" is later than that of the Ably token inside it.',
      { statusCode: 401, hint: 'Let the outer token expire with the inner one, or before it.' },
    );
  }
}

function embeddedIn({ header, payload }: CompactJwt): string | undefined {
  const inner = header?.[embeddedTokenClaim] ?? payload?.[embeddedTokenClaim];
  return typeof inner === 'string' ? inner : undefined;
}

function readCompactJwt(text: string): CompactJwt {
  const jws = partsOf(text, 3);
  if (jws !== undefined) {
    const token = readJws(text, jws);
    // What stands around a token is no base64url either, and is the error to report.
    return token.errors.length > 0 && unwrapped(text) !== text ? { text, errors: [notAJwt(text)] } : token;
  }
  const jwe = partsOf(text, 5);
  const token = jwe === undefined ? undefined : readJwe(text, jwe);
  return token !== undefined && embeddedIn(token) !== undefined ? token : { text, errors: [notAJwt(text)] };
}

/** The clear header of a JWE; undefined for five parts that are something else. */
function readJwe(text: string, [encodedHeader, ...others]: readonly string[]): CompactJwt | undefined {
  const errors: AblyJwtError[] = [];
  const header = readObject('header', encodedHeader!, errors);
  if (typeof header?.enc !== 'string') return undefined;
  // Once: who has one wrong part has a wrong encoder, and the others with it.
  const wrong = others.find((part) => !isBase64url(part));
  if (wrong !== undefined) errors.push(notBase64url('part', wrong));
  return { text, errors, header };
}
