import { canonicalEntries, parseCapability } from '../capability/capability.js';
import { isAcceptedOperation, operations, suggestOperation } from '../capability/operation.js';
import { coversResource, parseResource } from '../capability/resource.js';
import type { JsonObject } from '../util/json.js';
import { didYouMean, quoted } from '../util/text.js';
import { formatSeconds, maxTtlSeconds } from './duration.js';
import { claimNames, claimPrefixes, plainClaims, wildcardClientId } from './encode.js';

/** What `explainAblyJwt` warns of: nothing that Ably refuses. */
export type RiskCode =
  | 'CAPABILITY_EVERYTHING'
  | 'CAPABILITY_INHERITED'
  | 'CAPABILITY_EMPTY'
  | 'OPERATION_UNKNOWN'
  | 'RESOURCE_EMPTY'
  | 'RESOURCE_LITERAL'
  | 'CLIENT_ID_WILDCARD'
  | 'CLAIM_IGNORED'
  | 'TTL_SHORT'
  | 'TTL_REVOCABLE'
  | 'TOKEN_LARGE'
  | 'TOKEN_OPAQUE'
  | 'SIGNATURE_UNCHECKED';

/** A finding about something that Ably accepts, but a person should look at. */
export interface Risk {
  code: RiskCode;
  severity: 'warning';
  message: string;
  hint: string;
}

export const warning = (code: RiskCode, message: string, hint: string): Risk => ({
  code,
  severity: 'warning',
  message,
  hint,
});

/** Three quarters of what fits in an HTTP header. */
export const largeTokenBytes = 6144;

export function largeToken(bytes: number): Risk {
  return warning(
    'TOKEN_LARGE',
    `The token has ${bytes} bytes; HTTP headers hold about 8192, cookies and other headers included.`,
    'Grant patterns such as "chat:*" instead of single channels, and keep data out of claims.',
  );
}

/** What is risky in a payload that Ably may accept. */
export function risks(payload: JsonObject): Risk[] {
  return [
    ...capabilityRisks(payload),
    ...clientIdRisks(payload),
    ...ignoredClaims(payload),
    ...ttlRisks(payload),
  ];
}

function capabilityRisks(payload: JsonObject): Risk[] {
  const claim = payload[claimNames.capability];
  if (claim === undefined) {
    return [
      warning(
        'CAPABILITY_INHERITED',
        `There is no claim "${claimNames.capability}": the token has every right of its key.`,
        'Name what the client may do, unless it may do all of that.',
      ),
    ];
  }
  let entries: ReturnType<typeof canonicalEntries>;
  try {
    entries = canonicalEntries(parseCapability(claim as string));
  } catch {
    // An error finding says so already.
    return [];
  }
  if (entries.length === 0) {
    return [
      warning(
        'CAPABILITY_EMPTY',
        'The capability is empty: the token grants nothing.',
        'Name a resource and its operations.',
      ),
    ];
  }
  return entries.flatMap(([resource, granted]) => [
    ...(resource === ''
      ? [
          warning(
            'RESOURCE_EMPTY',
            'The capability has an empty resource, which matches no channel.',
            'Was the id of a room or a user missing when the capability was written?',
          ),
        ]
      : []),
    ...(granted.includes('*') && coversResource(parseResource(resource), parseResource('*'))
      ? [
          warning(
            'CAPABILITY_EVERYTHING',
            `The capability grants every operation on ${quoted(resource)}, which is every channel.`,
            'Grant the operations and channels that this client needs.',
          ),
        ]
      : []),
    ...granted
      .filter((operation) => !isAcceptedOperation(operation))
      .map((operation) => unknownOperation(resource, operation)),
    ...literalRisk(resource, `capability of ${quoted(resource)}`),
  ]);
}

function unknownOperation(resource: string, operation: string): Risk {
  return warning(
    'OPERATION_UNKNOWN',
    `The capability of ${quoted(resource)} has an unknown operation ${quoted(operation)}.${suggestOperation(operation)}`,
    `Unless Ably has added it since, Ably refuses the capability. It knows ${operations.join(', ')}.`,
  );
}

function literalRisk(resource: string, where: string): Risk[] {
  const segment = resource.split(':').find((part) => {
    const name = part.replace(/^\[[^\]]*\]/, '');
    return name !== '*' && name.includes('*');
  });
  if (segment === undefined) return [];
  return [
    warning(
      'RESOURCE_LITERAL',
      `In the ${where} the "*" of ${quoted(segment)} is a literal character, not a wildcard.`,
      'Only a whole segment between colons is a wildcard, as in "chat:*".',
    ),
  ];
}

function clientIdRisks(payload: JsonObject): Risk[] {
  if (payload[claimNames.clientId] !== wildcardClientId) return [];
  return [
    warning(
      'CLIENT_ID_WILDCARD',
      `The claim "${claimNames.clientId}" is "*": the holder may take any identity.`,
      "Put the user's own id there, unless the holder is a server of yours.",
    ),
  ];
}

/** Names that people write for the claims that Ably reads. */
const claimAliases: Readonly<Record<string, string>> = {
  capability: claimNames.capability,
  capabilities: claimNames.capability,
  xablycapabilities: claimNames.capability,
  clientid: claimNames.clientId,
  revocationkey: claimNames.revocationKey,
};
// Ably reads them, this package does not write them.
const otherClaims: ReadonlySet<string> = new Set([claimNames.token, 'x-ably-clientType', 'x-ably-appId']);

function ignoredClaims(payload: JsonObject): Risk[] {
  return Object.keys(payload).flatMap((name) => {
    const prefix = claimPrefixes.find((known) => name.startsWith(known));
    if (prefix !== undefined) return literalRisk(name.slice(prefix.length), `claim ${quoted(name)}`);
    if (plainClaims.includes(name) || otherClaims.has(name)) return [];
    const suggestion = didYouMean(name, /^(x-)?ably/i.test(name) ? plainClaims : [], claimAliases);
    if (suggestion === '' && !/^(x-ably-|ably\.)/i.test(name)) return [];
    return [
      warning(
        'CLAIM_IGNORED',
        `Ably ignores the claim ${quoted(name)}.${suggestion}`,
        suggestion === ''
          ? 'Names that begin with x-ably- or ably. are reserved by Ably; remove it.'
          : 'Rename it, to the letter.',
      ),
    ];
  });
}

function ttlRisks(payload: JsonObject): Risk[] {
  const { iat, exp } = payload;
  if (typeof iat !== 'number' || typeof exp !== 'number') return [];
  const ttl = exp - iat;
  if (ttl < 120) {
    return [
      warning(
        'TTL_SHORT',
        ttl > 0
          ? `The token is valid for ${formatSeconds(ttl)} only; Ably asks for a new one 30s before it expires.`
          : 'The token expires before it is issued, or in that very second: "exp" is not later than "iat".',
        'Give it two minutes at least, or clients do little else but renew.',
      ),
    ];
  }
  if (
    ttl > maxTtlSeconds.revocable &&
    ttl <= maxTtlSeconds.any &&
    payload[claimNames.revocationKey] !== undefined
  ) {
    return [
      warning(
        'TTL_REVOCABLE',
        `The token has a revocation key and is valid for ${formatSeconds(ttl)}.`,
        'Only keys with revocable tokens heed a revocation key, and they take tokens for one hour at most.',
      ),
    ];
  }
  return [];
}
