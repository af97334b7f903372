import { AblyJwtError } from '../errors.js';
import { isBase64url } from '../util/base64url.js';
import type { JsonObject } from '../util/json.js';
import { describe, quoted } from '../util/text.js';
import { claimOf, claims } from './claims.js';
import { type CompactJwt, malformed } from './compact.js';
import { envelopeExpiryErrors, type OpenedToken } from './embedded.js';
import { isSignedBy, signatureChars } from './jws.js';
import { type AblyKey, appIdChars, hasAblyAppId, isKeyName } from './key.js';
import { type LifetimeLimits, lifetimeErrors } from './lifetime.js';

/** What is known beside the token itself. */
export interface CheckContext {
  /** The keys that may have signed it; if omitted, only the form of `kid` is checked. */
  readonly keys?: readonly AblyKey[] | undefined;
  /** Whether one of `keys` signed it, see {@link isSigned}. */
  readonly signed?: boolean;
  /** If omitted, the token's time is not checked. */
  readonly limits?: LifetimeLimits;
}

/**
 * Everything that is wrong with a token, in the order in which Ably looks for it. This is the one list of checks:
 * `decodeAblyJwt` and `verifyAblyJwt` throw its first error, `explainAblyJwt` reports them all.
 */
export function* tokenErrors(
  { token, envelope }: OpenedToken,
  context: CheckContext = {},
): Generator<AblyJwtError> {
  const { header, payload } = token;
  if (envelope !== undefined) yield* envelope.errors;
  yield* token.errors;
  if (header !== undefined) {
    yield* headerErrors(header);
    yield* keyErrors(token, header, context);
  }
  if (payload !== undefined) yield* claimErrors(payload, context.limits);
  yield* envelopeExpiryErrors(envelope, payload?.exp);
}

/** Whether one of the keys that the token names signed it. A promise where `hs256` gives one. */
export function isSigned({ text, header }: CompactJwt, keys: readonly AblyKey[]): boolean | Promise<boolean> {
  const [first = false, ...others] = keys
    .filter((key) => key.name === header?.kid)
    .map((key) => isSignedBy(key, text));
  if (typeof first === 'boolean') return first || others.includes(true);
  return Promise.all([first, ...others]).then((results) => results.includes(true));
}

function* headerErrors(header: JsonObject): Generator<AblyJwtError> {
  if (header.alg !== 'HS256') {
    const found = header.alg === undefined ? 'none' : describe(header.alg);
    yield new AblyJwtError('ALG_NOT_ALLOWED', `The header's "alg" must be "HS256", found ${found}.`, {
      hint: 'Ably accepts no other algorithm. Sign with HMAC-SHA256 and the secret of the API key.',
    });
  }
  if (header.crit !== undefined)
    yield malformed('has a "crit" header: it asks for extensions that Ably JWTs don\'t have.');
  if (!isNamed(header)) {
    const found =
      header.kid === undefined ? 'has no "kid" in its header' : 'has a "kid" that is not a key name';
    yield malformed(
      `${found}.`,
      'Set "kid" to the name of the key, appId.keyId: the part of the API key before the colon.',
    );
  }
}

function isNamed(header: JsonObject): header is JsonObject & { readonly kid: string } {
  return typeof header.kid === 'string' && header.kid !== '';
}

function* keyErrors(
  { text }: CompactJwt,
  header: JsonObject,
  { keys, signed }: CheckContext,
): Generator<AblyJwtError> {
  if (!isNamed(header)) return;
  const signature = text.slice(text.lastIndexOf('.') + 1);
  const { kid, alg } = header;
  if (keys === undefined) {
    if (!isKeyName(kid)) yield unknownKey(kid, keys);
  } else if (!keys.some((key) => key.name === kid)) {
    yield unknownKey(kid, keys);
  } else if (alg === 'HS256' && !signed && isBase64url(signature)) {
    // A signature made in another way can't be checked, and one that can't be read has an error of its own.
    yield signatureError(kid, signature.length);
  }
}

function signatureError(kid: string, chars: number): AblyJwtError {
  const problem = chars === 0 ? 'is missing' : 'is not what the secret of this key gives';
  return new AblyJwtError('SIGNATURE_INVALID', `The signature ${problem} (key ${quoted(kid)}).`, {
    hint:
      chars === 0 || chars === signatureChars
        ? 'Sign with the secret of this key: the part after its colon, as text. And do not change the token afterwards.'
        : `It has ${chars} characters; HMAC-SHA256 in base64url has ${signatureChars}. Is it hex, or encoded twice?`,
  });
}

/** A `kid` that names none of the keys, or, where there are none to compare with, can't be the name of any. */
function unknownKey(kid: string, keys: readonly AblyKey[] | undefined): AblyJwtError {
  const appId = kid.split('.', 1)[0];
  const isOurApp = keys === undefined || keys.some((key) => key.appId === appId);
  const why =
    keys === undefined
      ? 'is not a key name'
      : isOurApp
        ? 'is none of the keys given'
        : 'is of another app than the keys given';
  // What follows a colon may be the secret, and so may a text without the form of a name.
  const name = kid.split(':', 1)[0]!;
  const isShown = isKeyName(name) || keys?.some((key) => key.appId === name);
  return new AblyJwtError(
    isOurApp ? 'KEY_UNKNOWN' : 'APP_UNKNOWN',
    `The header's "kid"${isShown ? `, ${quoted(name)},` : ''} ${why}.`,
    { hint: kidHint(kid, keys) },
  );
}

function kidHint(kid: string, keys: readonly AblyKey[] | undefined): string {
  if (kid.includes(':'))
    return 'It is the whole API key, secret included: put only the name, appId.keyId, into the header. If such a token left your server, revoke the key.';
  if (!isKeyName(kid))
    return 'It must be the whole name of a key, appId.keyId: the part of the API key before the colon.';
  const given = `The keys given are ${keys!.map((key) => quoted(key.name)).join(', ')}.`;
  return hasAblyAppId(kid) ? given : `${given} An app id of Ably's has ${appIdChars} characters.`;
}

function* claimErrors(payload: JsonObject, limits: LifetimeLimits | undefined): Generator<AblyJwtError> {
  yield* lifetimeErrors(payload, limits);
  for (const claim of checkOrder) {
    const value = payload[claim.name];
    if (claim.perPattern === undefined && value !== undefined) yield* one(claim.check(value, claim.name));
  }
  for (const [name, value] of Object.entries(payload)) {
    const claim = claimOf(name);
    if (claim?.perPattern !== undefined) yield* one(claim.check(value, name));
  }
}

const checkOrder = [
  ...claims.filter((claim) => claim.checkedFirst),
  ...claims.filter((claim) => !claim.checkedFirst),
];

function* one(error: AblyJwtError | undefined): Generator<AblyJwtError> {
  if (error !== undefined) yield error;
}
