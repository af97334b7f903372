import {
  assertGrantable,
  canonicalEntries,
  capabilityError,
  parseCapability,
  stringifyEntries,
} from '../capability/capability.js';
import { isDocumentedOperation, operations, suggestOperation } from '../capability/operation.js';
import {
  AblyJwtError,
  assertKnownOptions,
  booleanOption,
  dateMs,
  memberError,
  optionError,
} from '../errors.js';
import { encodeJson, isPlainObject, jsonString, nestedJsonString } from '../util/json.js';
import { namesOf } from '../util/options.js';
import { quoted } from '../util/text.js';
import { durationSeconds, formatSeconds, maxTtlSeconds } from './duration.js';
import { type AblyJwtOptions, anyClientId } from './options.js';

/** The names of the claims that Ably reads. */
export const claimNames = {
  capability: 'x-ably-capability',
  clientId: 'x-ably-clientId',
  revocationKey: 'x-ably-revocation-key',
  token: 'x-ably-token',
  channel: 'ably.channel.',
  room: 'ably.room.',
  publishRate: 'ably.limits.publish.perAttachment.maxRate.',
} as const;

/** Those of them that are whole names, and those that a channel's or a room's name or pattern follows. */
export const plainClaims: readonly string[] = [
  claimNames.capability,
  claimNames.clientId,
  claimNames.revocationKey,
];
export const claimPrefixes: readonly string[] = [claimNames.channel, claimNames.room, claimNames.publishRate];

/** The clientId of a token whose holder may take any identity. */
export const wildcardClientId = '*';

const optionNames = namesOf<AblyJwtOptions>({
  capability: true,
  clientId: true,
  ttl: true,
  revocable: true,
  revocationKey: true,
  channelClaims: true,
  roomClaims: true,
  publishRateLimits: true,
  claims: true,
  allowBrowser: true,
  issuedAt: true,
  backdate: true,
});
// What other JWT libraries and Ably itself call the same things.
const optionAliases = {
  expiresin: 'ttl',
  expirationtime: 'ttl',
  exp: 'ttl',
  iat: 'issuedAt',
  payload: 'claims',
  userid: 'clientId',
};

/** Refuses options that {@link encodeClaims} does not know. */
export function assertJwtOptions(options: unknown): asserts options is AblyJwtOptions {
  assertKnownOptions(options, optionNames, 'createAblyJwt', optionAliases);
}

/**
 * The token's payload as JSON text: iat, exp, capability, clientId, revocation key, channel claims, room claims, rate
 * limits, further claims. Written by hand, so that the order holds also for names that look like numbers, which an
 * object would put first.
 *
 * @param options - checked here, but for unknown names
 * @param nowMs - the clock, in milliseconds
 */
export function encodeClaims(options: AblyJwtOptions, nowMs: number): string {
  const ttl = ttlSeconds(options);
  const issuedAtMs = options.issuedAt === undefined ? nowMs : dateMs('issuedAt', options.issuedAt);
  const iat = Math.floor(issuedAtMs / 1000) - backdateSeconds(options.backdate, ttl);
  let payload = `{"iat":${iat},"exp":${iat + ttl}`;
  const capability = capabilityClaim(options.capability);
  if (capability !== undefined) payload += `,"${claimNames.capability}":${capability}`;
  if (options.clientId !== undefined)
    payload += `,"${claimNames.clientId}":${jsonString(clientIdClaim(options.clientId))}`;
  if (options.revocationKey !== undefined) {
    payload += `,"${claimNames.revocationKey}":${jsonString(nonEmptyText('revocationKey', options.revocationKey))}`;
  }
  payload += patternClaims('channelClaims', claimNames.channel, options.channelClaims, userClaim);
  payload += patternClaims('roomClaims', claimNames.room, options.roomClaims, userClaim);
  payload += patternClaims('publishRateLimits', claimNames.publishRate, options.publishRateLimits, rateLimit);
  return `${payload}${furtherClaims(options.claims)}}`;
}

function ttlSeconds(options: AblyJwtOptions): number {
  const revocable = booleanOption('revocable', options.revocable);
  if (options.ttl === undefined) return 3600;
  const seconds = durationSeconds('ttl', options.ttl);
  if (seconds === 0) throw optionError('ttl', options.ttl, 'longer than no time at all');
  const max = revocable ? maxTtlSeconds.revocable : maxTtlSeconds.any;
  if (seconds > max) throw ttlError(`"ttl" is ${quoted(options.ttl)}`, revocable);
  return seconds;
}

/** A `TTL_TOO_LONG` error about a subject such as `"ttl" is "2d"`. */
export function ttlError(subject: string, revocable: boolean): AblyJwtError {
  const limit = revocable ? '1 hour' : '24 hours';
  const whose = revocable ? 'a token of a key with revocable tokens' : 'a token';
  return new AblyJwtError('TTL_TOO_LONG', `${subject}, but Ably accepts ${whose} for at most ${limit}.`, {
    hint: 'Clients renew by themselves before a token expires, so a short ttl costs nothing but a request.',
  });
}

function backdateSeconds(backdate: AblyJwtOptions['backdate'], ttl: number): number {
  if (backdate === undefined) return 0;
  const seconds = durationSeconds('backdate', backdate);
  if (seconds >= ttl) {
    throw optionError(
      'backdate',
      backdate,
      `less than the ttl (${formatSeconds(ttl)}): the token would expire at once`,
    );
  }
  return seconds;
}

/** The literals of the operations in the claim: made once, since every token has some. */
const operationLiterals: ReadonlyMap<string, string> = new Map(
  [...operations, '*'].map((operation) => [operation, nestedJsonString(operation)]),
);
const claimLiteral = (name: string) => operationLiterals.get(name) ?? nestedJsonString(name);

/** The claim's JSON literal: Ably wants the capability as JSON text in a string, not as an object. */
function capabilityClaim(capability: unknown): string | undefined {
  if (capability === 'inherit') return undefined;
  if (capability === undefined) {
    throw new AblyJwtError(
      'OPTION_INVALID',
      '"capability" is missing: a token without it has every right of the key.',
      {
        hint: "Name what the client may do, such as { 'chat:*': ['subscribe'] }, or say 'inherit' if it may do all that the key may.",
      },
    );
  }
  const isText = typeof capability === 'string';
  const entries = canonicalEntries(isText ? parseCapability(capability) : capability);
  if (entries.length === 0) {
    throw capabilityError(
      'is empty: the token would grant nothing.',
      "Name a resource, such as { 'chat:*': ['subscribe'] }.",
    );
  }
  for (const [resource, granted] of entries) {
    if (resource === '') throw capabilityError('has an empty resource, which matches no channel.');
    assertGrantable(resource, granted);
    if (!isText) assertKnownOperations(resource, granted);
  }
  return `"${stringifyEntries(entries, claimLiteral)}"`;
}

function assertKnownOperations(resource: string, granted: readonly string[]): void {
  for (const operation of granted) {
    if (isDocumentedOperation(operation)) continue;
    throw capabilityError(
      `${quoted(resource)} has an unknown operation ${quoted(operation)}.${suggestOperation(operation)}`,
      `Ably's operations are ${operations.join(', ')}, or * for all. A newer one can be passed in JSON text.`,
    );
  }
}

function clientIdClaim(clientId: string | symbol): string {
  if (clientId === anyClientId) return wildcardClientId;
  if (clientId === wildcardClientId) {
    throw optionError(
      'clientId',
      clientId,
      "a user's id",
      'To let the holder take any identity, pass anyClientId, which no user can register as a name.',
    );
  }
  return nonEmptyText('clientId', clientId);
}

function nonEmptyText(option: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') {
    throw optionError(option, value, 'a string that is not empty', 'Leave the option out if there is none.');
  }
  if (!value.isWellFormed())
    throw optionError(option, value, 'without lone surrogates (halves of characters)');
  return value;
}

/** A user claim is always a string to Ably: other values travel as JSON text. */
function userClaim(path: string, value: unknown): string {
  const json = encodeJson(value, path, memberError);
  return typeof value === 'string' ? json : jsonString(json);
}

function rateLimit(path: string, value: unknown): string {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return JSON.stringify(value);
  throw optionError(path, value, 'a finite number of messages per second, more than 0');
}

function patternClaims(
  option: string,
  prefix: string,
  values: unknown,
  encode: (path: string, value: unknown) => string,
): string {
  if (values === undefined) return '';
  if (!isPlainObject(values)) throw optionError(option, values, 'an object of channel pattern and value');
  let text = '';
  for (const pattern of Object.keys(values)) {
    if (values[pattern] === undefined) continue;
    if (pattern === '' || !pattern.isWellFormed())
      throw optionError(`${option} pattern`, pattern, 'a channel name or pattern');
    text += `,${jsonString(prefix + pattern)}:${encode(`${option}.${pattern}`, values[pattern])}`;
  }
  return text;
}

const reservedName = /^(iat|exp)$|^(x-ably-|ably\.)/i;

function furtherClaims(claims: unknown): string {
  if (claims === undefined) return '';
  if (!isPlainObject(claims)) throw optionError('claims', claims, 'a JSON object');
  const reserved = Object.keys(claims).find((name) => reservedName.test(name));
  if (reserved !== undefined) {
    throw new AblyJwtError('OPTION_INVALID', `"claims" holds ${quoted(reserved)}, a name that Ably reads.`, {
      hint: `Use the option for it: ${[...optionNames].join(', ')}.`,
    });
  }
  const members = encodeJson(claims, 'claims', memberError).slice(1, -1);
  return members === '' ? '' : `,${members}`;
}
