import {
  assertGrantable,
  type Capability,
  canonicalEntries,
  capabilityError,
  fromEntries,
  parseEntries,
  stringifyEntries,
} from '../capability/capability.js';
import {
  isDocumentedOperation,
  type Operation,
  operations,
  suggestOperation,
} from '../capability/operation.js';
import { AblyJwtError, isAblyJwtError, memberError, optionError } from '../errors.js';
import { encodeJson, type JsonValue, jsonString, nestedJsonString } from '../util/json.js';
import { describe, quoted } from '../util/text.js';
import { type AblyJwtOptions, anyClientId } from './options.js';

/** What an Ably JWT says, with claims under the names that the rest of this package uses. */
export interface AblyJwt {
  /** The name of the key that signed it, `appId.keyId`. */
  keyName: string;
  /** The holder's identity; absent for an anonymous client, `'*'` if the holder may take any. */
  clientId?: string;
  /** `'server'` if Ably counts the holder as a server of yours; absent for a device. */
  clientType?: string;
  /** What it grants, in canonical order; absent if it inherits all rights of the key. */
  capability?: Capability;
  /** When it was issued. */
  issuedAt: Date;
  /** When it expires. */
  expiresAt: Date;
  /** The name by which it can be revoked together with others. */
  revocationKey?: string;
  /** Maps channel names and patterns to what other clients read as `extras.userClaim`. */
  channelClaims: Record<string, string>;
  /** The same for the rooms of Ably Chat. */
  roomClaims: Record<string, string>;
  /** Maps channel names and patterns to messages per second and attachment. */
  publishRateLimits: Record<string, number>;
  /** All other claims. */
  claims: Record<string, JsonValue>;
  /**
   * Whether the token grants an operation on a channel, by Ably's rules for capabilities. Never throws.
   *
   * A token never grants more than its key does, and the key's own rights are known to Ably alone. So for an inherited
   * capability the answer is `true` unless you pass `keyCapability`.
   *
   * @param operation - the operation to ask for
   * @param channel - the channel's name
   * @param keyCapability - the capability of the key, as the Ably dashboard shows it; if given, only what the key
   *   grants too counts
   */
  can(operation: Operation | '*', channel: string, keyCapability?: Capability): boolean;
}

type ClaimOption = Exclude<keyof AblyJwtOptions & keyof AblyJwt, 'claims'>;

/**
 * A claim that Ably reads: everything that is known about it. To add one, add its row to {@link claims}, its option to
 * `AblyJwtOptions` and its member to {@link AblyJwt}, and its option to {@link claimValues}.
 */
export interface Claim {
  /** The claim's name, or, with `perPattern`, what stands in front of a channel's or room's name or pattern. */
  readonly name: string;
  /** The option that sets it, and the member of {@link AblyJwt} that holds it. */
  readonly option: ClaimOption;
  /** What the pattern is matched against: then there is a claim for each pattern. */
  readonly perPattern?: 'channel' | 'room';
  /** Whether Ably looks at it before all others. */
  readonly checkedFirst?: true;
  /** The error for an option that is `undefined`: left out, or given without a value. */
  readonly whenUndefined?: (given: boolean) => AblyJwtError | undefined;
  /** Checks an option's value and writes it as JSON; undefined if there is no claim for it. */
  readonly encode: (value: unknown, path: string) => string | undefined;
  /** Checks a claim's value. */
  readonly check: (value: JsonValue, name: string) => AblyJwtError | undefined;
  /** Reads a claim's checked value; the value itself by default. */
  readonly decode?: (value: JsonValue) => unknown;
}

/** The claims that Ably reads beside `iat` and `exp`, in the order in which a payload holds them. */
export const claims: readonly Claim[] = [
  {
    name: 'x-ably-capability',
    option: 'capability',
    whenUndefined: (given) =>
      given
        ? undefinedError('capability', "Pass 'inherit' for every right of the key.")
        : new AblyJwtError(
            'OPTION_INVALID',
            '"capability" is missing: a token without it has every right of the key.',
            {
              hint: "Name what the client may do, such as { 'chat:*': ['subscribe'] }, or pass 'inherit' if it may do everything that the key may.",
            },
          ),
    encode: encodeCapability,
    check: checkCapability,
    decode: (text) => fromEntries(parseEntries(text as string)),
  },
  {
    name: 'x-ably-clientId',
    option: 'clientId',
    checkedFirst: true,
    whenUndefined: (given) =>
      given
        ? undefinedError(
            'clientId',
            'Return null for a logged-out user; leave clientId out for an anonymous client.',
          )
        : undefined,
    encode: encodeClientId,
    check: (value, name) =>
      isNonEmptyText(value)
        ? undefined
        : new AblyJwtError(
            'CLIENT_ID_INVALID',
            `The claim ${quoted(name)} must be a string that is not empty, found ${describe(value)}.`,
            { hint: 'Leave the claim out for an anonymous client.' },
          ),
  },
  {
    name: 'x-ably-clientType',
    option: 'clientType',
    encode: (value, option) => {
      if (value === serverClientType) return `"${serverClientType}"`;
      throw optionError(
        option,
        value,
        `'${serverClientType}'`,
        'Leave the option out for users and their devices.',
      );
    },
    // Ably may come to know other types, so any text is accepted.
    check: (value, name) =>
      isNonEmptyText(value) ? undefined : claimError(name, value, `the string "${serverClientType}"`),
  },
  {
    name: 'x-ably-revocation-key',
    option: 'revocationKey',
    whenUndefined: (given) =>
      given
        ? undefinedError('revocationKey', 'Leave it out if the token need not be revocable by it.')
        : undefined,
    encode: (value, option) => jsonString(nonEmptyText(option, value)),
    check: (value, name) =>
      isNonEmptyText(value) ? undefined : claimError(name, value, 'a string that is not empty'),
  },
  {
    name: 'ably.channel.',
    option: 'channelClaims',
    perPattern: 'channel',
    encode: encodeUserClaim,
    check: checkUserClaim,
  },
  {
    name: 'ably.room.',
    option: 'roomClaims',
    perPattern: 'room',
    encode: encodeUserClaim,
    check: checkUserClaim,
  },
  {
    name: 'ably.limits.publish.perAttachment.maxRate.',
    option: 'publishRateLimits',
    perPattern: 'channel',
    encode: (value, path) => {
      if (isRate(value)) return JSON.stringify(value);
      throw optionError(path, value, 'a finite number of messages per second, more than 0');
    },
    check: (value, name) =>
      isRate(value) ? undefined : claimError(name, value, 'a number of messages per second, more than 0'),
  },
];

/**
 * @internal The values of the claims' options, in the order of {@link claims}. Read by names that stand here: by a name in a variable
 * it takes several times as long, and most of them are absent.
 */
export function claimValues(options: AblyJwtOptions): readonly unknown[] {
  const { capability, clientId, clientType, revocationKey } = options;
  const { channelClaims, roomClaims, publishRateLimits } = options;
  return [capability, clientId, clientType, revocationKey, channelClaims, roomClaims, publishRateLimits];
}

/** @internal The claim, or the header parameter, in which another token holds an Ably token. */
export const embeddedTokenClaim = 'x-ably-token';
/** @internal The clientId of a token whose holder may take any identity. */
export const wildcardClientId = '*';
/** @internal The one client type that Ably documents. */
export const serverClientType = 'server';

const inLowerCase = (name: string) => name.toLowerCase();

/**
 * @internal
 * The row of a claim in a token, by its name.
 *
 * @param read - what is compared of two names; the names as they are, if omitted
 */
export function claimOf(name: string, read = (text: string) => text): Claim | undefined {
  return claims.find((claim) =>
    claim.perPattern ? read(name).startsWith(read(claim.name)) : read(name) === read(claim.name),
  );
}

/** @internal The option that sets a claim, however it is capitalized. */
export function optionOf(claimName: string): string | undefined {
  const name = inLowerCase(claimName);
  if (name === 'exp') return 'ttl';
  if (name === 'iat') return 'issuedAt';
  return claimOf(name, inLowerCase)?.option;
}

/** @internal Whether a name is one that Ably reads, or may read one day. */
export function isReserved(name: string): boolean {
  return /^(iat|exp)$|^(x-ably-|ably\.)/i.test(name);
}

/** @internal What sets a claim of a reserved name. */
export function reservedBecause(name: string): string {
  const option = optionOf(name);
  if (option !== undefined) return `${quoted(name)} is set by the option "${option}".`;
  return name === embeddedTokenClaim
    ? 'embedAblyToken sets it.'
    : 'names that begin with x-ably- or ably. belong to Ably.';
}

/** @internal A `CLAIM_INVALID` error about a claim's value. */
export function claimError(name: string, found: unknown, wanted: string, hint?: string): AblyJwtError {
  return new AblyJwtError(
    'CLAIM_INVALID',
    `The claim ${quoted(name)} must be ${wanted}, found ${describe(found)}.`,
    { hint },
  );
}

// An identity or a right that went missing must not become an anonymous token, or one with every right.
function undefinedError(option: string, remedy: string): AblyJwtError {
  return new AblyJwtError(
    'OPTION_INVALID',
    `"${option}" is undefined. Did you forget to await your session lookup? ${remedy}`,
  );
}

const isNonEmptyText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isRate = (value: unknown): value is number => Number.isFinite(value) && (value as number) > 0;

function nonEmptyText(option: string, value: unknown): string {
  if (!isNonEmptyText(value))
    throw optionError(option, value, 'a string that is not empty', 'Leave the option out if there is none.');
  if (!value.isWellFormed())
    throw optionError(option, value, 'without lone surrogates (halves of characters)');
  return value;
}

/** The literals of the operations in the claim: made once, since every token has some. */
const operationLiterals: ReadonlyMap<string, string> = new Map(
  [...operations, '*'].map((operation) => [operation, nestedJsonString(operation)]),
);
const claimLiteral = (name: string) => operationLiterals.get(name) ?? nestedJsonString(name);

/** Ably wants the capability as JSON text in a string, not as an object. */
function encodeCapability(capability: unknown): string | undefined {
  if (capability === 'inherit') return undefined;
  const isText = typeof capability === 'string';
  const entries = isText ? parseEntries(capability) : canonicalEntries(capability);
  if (entries.length === 0) {
    throw capabilityError(
      'is empty: the token would grant nothing.',
      "Name a resource, such as { 'chat:*': ['subscribe'] }.",
    );
  }
  for (const [resource, granted] of entries) {
    if (resource === '') throw capabilityError('has an empty resource, which matches no channel.');
    // Of text, everything but the operations' names has been checked.
    if (!isText) assertSignable(resource, granted);
  }
  return `"${stringifyEntries(entries, claimLiteral)}"`;
}

function assertSignable(resource: string, granted: readonly string[]): void {
  assertGrantable(resource, granted);
  for (const operation of granted) {
    if (isDocumentedOperation(operation)) continue;
    throw capabilityError(
      `${quoted(resource)} has an unknown operation ${quoted(operation)}.${suggestOperation(operation)}`,
      `Ably's operations are ${operations.join(', ')}, or * for all. A newer one can be passed in JSON text.`,
    );
  }
}

function checkCapability(value: JsonValue, name: string): AblyJwtError | undefined {
  if (typeof value !== 'string') {
    return new AblyJwtError(
      'CAPABILITY_NOT_STRING',
      `The claim ${quoted(name)} must be a string of JSON text, found ${describe(value)}.`,
      {
        hint: "Some of Ably's code reads that as no capability, which grants every right of the key; other code accepts it. Rely on neither: encode it with JSON.stringify.",
      },
    );
  }
  if (value === '') return claimError(name, value, 'JSON text', 'For example {"chat:*":["subscribe"]}.');
  try {
    parseEntries(value, (problem, hint) => {
      // What is wrong with one resource begins with the resource.
      const subject = problem.startsWith('"') ? 'In the claim' : 'The claim';
      return new AblyJwtError('CAPABILITY_INVALID', `${subject} ${quoted(name)} ${problem}`, { hint });
    });
    return undefined;
  } catch (error) {
    if (isAblyJwtError(error)) return error;
    throw error;
  }
}

function encodeClientId(clientId: unknown, option: string): string {
  if (clientId === anyClientId) return `"${wildcardClientId}"`;
  if (clientId === wildcardClientId) {
    throw optionError(
      option,
      clientId,
      "a user's id",
      'To let the holder take any identity, pass anyClientId, which no user can register as a name.',
    );
  }
  return jsonString(nonEmptyText(option, clientId));
}

/** A user claim is always a string to Ably: other values travel as JSON text. */
function encodeUserClaim(value: unknown, path: string): string {
  const json = encodeJson(value, path, memberError);
  return typeof value === 'string' ? json : jsonString(json);
}

function checkUserClaim(value: JsonValue, name: string): AblyJwtError | undefined {
  return typeof value === 'string'
    ? undefined
    : claimError(name, value, 'a string', 'Encode other values with JSON.stringify.');
}
