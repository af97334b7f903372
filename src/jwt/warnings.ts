import { type CapabilityEntry, parseEntries } from '../capability/capability.js';
import { isAcceptedOperation, operations, suggestOperation } from '../capability/operation.js';
import { coversResource, parseResource } from '../capability/resource.js';
import type { JsonObject } from '../util/json.js';
import { didYouMean, quoted, simplified } from '../util/text.js';
import { claimOf, claims, embeddedTokenClaim, serverClientType, wildcardClientId } from './claims.js';
import type { CompactJwt } from './compact.js';
import { formatSeconds, maxTtlSeconds } from './duration.js';
import { appIdChars, hasAblyAppId, isKeyName } from './key.js';

const everyChannel = parseResource('*')!;

/** What {@link explainAblyJwt} warns about: nothing that Ably refuses for certain. */
export type WarningCode =
  | 'APP_ID_INVALID'
  | 'CAPABILITY_EVERYTHING'
  | 'CAPABILITY_INHERITED'
  | 'CAPABILITY_EMPTY'
  | 'OPERATION_UNKNOWN'
  | 'RESOURCE_EMPTY'
  | 'RESOURCE_LITERAL'
  | 'CLIENT_ID_WILDCARD'
  | 'CLIENT_TYPE_UNKNOWN'
  | 'CLAIM_IGNORED'
  | 'TTL_SHORT'
  | 'TTL_REVOCABLE'
  | 'TOKEN_LARGE'
  | 'TOKEN_OPAQUE'
  | 'SIGNATURE_UNCHECKED';

/** A finding about something that Ably accepts, but a person should look at. */
interface Warning {
  code: WarningCode;
  severity: 'warning';
  message: string;
  hint: string;
}

const warning = (code: WarningCode, message: string, hint: string): Warning => ({
  code,
  severity: 'warning',
  message,
  hint,
});

/** @internal About a token that holds an Ably Token. */
export const opaqueToken = warning(
  'TOKEN_OPAQUE',
  'The token holds an Ably Token, which is opaque: only Ably can check whether it is valid.',
  'Only its form was checked. Put an Ably JWT in its place to have everything checked.',
);

/** @internal About a signature that could not be checked. */
export function uncheckedSignature(
  why: string,
  hint = 'Pass the API key that should have signed the token.',
): Warning {
  return warning('SIGNATURE_UNCHECKED', `The key and the signature could not be checked: ${why}`, hint);
}

/** Three quarters of what fits in an HTTP header. */
const largeTokenBytes = 6144;

/** @internal Warns about a token that leaves little room for other headers. */
export function* sizeWarnings(jwt: string): Generator<Warning> {
  if (jwt.length <= largeTokenBytes) return;
  yield warning(
    'TOKEN_LARGE',
    `The token has ${jwt.length} bytes; HTTP headers hold about 8192, cookies and other headers included.`,
    'Grant patterns such as "chat:*" instead of single channels, and keep data out of claims.',
  );
}

/** @internal Warns about what is risky in a token that Ably may accept. */
export function* tokenWarnings({ payload }: CompactJwt): Generator<Warning> {
  if (payload === undefined) return;
  yield* capabilityWarnings(payload);
  yield* identityWarnings(payload);
  yield* ignoredClaims(payload);
  yield* ttlWarnings(payload);
}

/** @internal Warns about a key that can't be Ably's. Only for a token whose key was not given: who gives one knows where it is from. */
export function* appIdWarnings({ header }: CompactJwt): Generator<Warning> {
  const kid = header?.kid;
  if (typeof kid !== 'string' || !isKeyName(kid) || hasAblyAppId(kid)) return;
  const appId = kid.split('.', 1)[0]!;
  yield warning(
    'APP_ID_INVALID',
    `The app id ${quoted(appId)} in "kid" has ${appId.length} characters; Ably's app ids have ${appIdChars}.`,
    'Ably has no such app and would refuse the token (40101). Copy the API key from the Ably dashboard again.',
  );
}

function* capabilityWarnings(payload: JsonObject): Generator<Warning> {
  const claim = payload['x-ably-capability'];
  if (claim === undefined) {
    yield warning(
      'CAPABILITY_INHERITED',
      'There is no claim "x-ably-capability": the token has every right of its key.',
      'List what the client may do, unless it may do everything that the key may.',
    );
    return;
  }
  const entries = readEntries(claim);
  if (entries?.length === 0) {
    yield warning(
      'CAPABILITY_EMPTY',
      'The capability is empty: the token grants nothing.',
      'Name a resource and its operations.',
    );
  }
  for (const entry of entries ?? []) yield* entryWarnings(entry);
}

/** The entries of a capability claim; undefined if it has an error, which is reported as such. */
function readEntries(claim: unknown): readonly CapabilityEntry[] | undefined {
  try {
    return parseEntries(claim as string);
  } catch {
    return undefined;
  }
}

function* entryWarnings([resource, granted]: CapabilityEntry): Generator<Warning> {
  if (resource === '') {
    yield warning(
      'RESOURCE_EMPTY',
      'The capability has an empty resource, which matches no channel.',
      'The id of a room or a user was probably missing when the capability was written.',
    );
  }
  if (granted.includes('*') && coversResource(parseResource(resource), everyChannel)) {
    yield warning(
      'CAPABILITY_EVERYTHING',
      `The capability grants every operation on ${quoted(resource)}, which is every channel.`,
      'Grant the operations and channels that this client needs.',
    );
  }
  for (const operation of granted) {
    if (isAcceptedOperation(operation)) continue;
    yield warning(
      'OPERATION_UNKNOWN',
      `The capability of ${quoted(resource)} has an unknown operation ${quoted(operation)}.${suggestOperation(operation)}`,
      `Ably refuses operations it doesn't know; this version knows ${operations.join(', ')}.`,
    );
  }
  yield* literalWarnings(resource, `capability of ${quoted(resource)}`);
}

function* literalWarnings(resource: string, where: string): Generator<Warning> {
  const segment = resource.split(':').find((part) => {
    const name = part.replace(/^\[[^\]]*\]/, '');
    return name !== '*' && name.includes('*');
  });
  if (segment === undefined) return;
  yield warning(
    'RESOURCE_LITERAL',
    `In the ${where} the "*" of ${quoted(segment)} is a literal character, not a wildcard.`,
    'Only a whole segment between colons is a wildcard, as in "chat:*".',
  );
}

function* identityWarnings(payload: JsonObject): Generator<Warning> {
  if (payload['x-ably-clientId'] === wildcardClientId) {
    yield warning(
      'CLIENT_ID_WILDCARD',
      'The claim "x-ably-clientId" is "*": the holder may take any identity.',
      "Put the user's own id there, unless the holder is a server of yours.",
    );
  }
  const clientType = payload['x-ably-clientType'];
  if (typeof clientType === 'string' && clientType !== '' && clientType !== serverClientType) {
    yield warning(
      'CLIENT_TYPE_UNKNOWN',
      `The claim "x-ably-clientType" is ${quoted(clientType)}; the only type that Ably documents is "${serverClientType}".`,
      `Write "${serverClientType}" for a server of yours, and leave the claim out for a device.`,
    );
  }
}

/** Names that people write for the claims that Ably reads. */
const claimAliases: Readonly<Record<string, string>> = {
  capability: 'x-ably-capability',
  capabilities: 'x-ably-capability',
  xablycapabilities: 'x-ably-capability',
  clientid: 'x-ably-clientId',
  clienttype: 'x-ably-clientType',
  revocationkey: 'x-ably-revocation-key',
};
const singleClaims = claims.filter(({ perPattern }) => perPattern === undefined).map(({ name }) => name);
// Ably reads or writes them, this package does not.
const otherClaims: ReadonlySet<string> = new Set([embeddedTokenClaim, 'x-ably-appId']);

function* ignoredClaims(payload: JsonObject): Generator<Warning> {
  for (const name of Object.keys(payload)) {
    const claim = claimOf(name);
    if (claim?.perPattern !== undefined) {
      yield* literalWarnings(name.slice(claim.name.length), `claim ${quoted(name)}`);
    } else if (claim === undefined && !otherClaims.has(name)) {
      yield* ignoredClaim(name);
    }
  }
}

function* ignoredClaim(name: string): Generator<Warning> {
  const plain = simplified(name);
  const alias = Object.hasOwn(claimAliases, plain) ? claimAliases[plain] : undefined;
  const suggestion = didYouMean(name, /^(x-)?ably/i.test(name) ? singleClaims : [], () => alias);
  if (suggestion === '' && !/^(x-ably-|ably\.)/i.test(name)) return;
  yield warning(
    'CLAIM_IGNORED',
    `Ably ignores the claim ${quoted(name)}.${suggestion}`,
    suggestion === ''
      ? 'Names that begin with x-ably- or ably. are reserved by Ably; remove it.'
      : 'Rename it, to the letter.',
  );
}

function* ttlWarnings(payload: JsonObject): Generator<Warning> {
  const { iat, exp } = payload;
  if (typeof iat !== 'number' || typeof exp !== 'number') return;
  const ttl = exp - iat;
  if (ttl < 120) {
    yield warning(
      'TTL_SHORT',
      ttl > 0
        ? `The token is valid for ${formatSeconds(ttl)} only; Ably asks for a new one 30s before it expires.`
        : 'The token expires before it is issued, or in that very second: "exp" is not later than "iat".',
      'Give it two minutes at least, or clients do little else but renew.',
    );
  }
  const isRevocable = payload['x-ably-revocation-key'] !== undefined;
  if (isRevocable && ttl > maxTtlSeconds.revocable && ttl <= maxTtlSeconds.any) {
    yield warning(
      'TTL_REVOCABLE',
      `The token has a revocation key and is valid for ${formatSeconds(ttl)}.`,
      'Only keys with revocable tokens honor a revocation key, and they accept tokens for one hour at most.',
    );
  }
}
