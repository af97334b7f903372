import {
  AblyJwtError,
  assertKnownOptions,
  booleanOption,
  clockMs,
  memberError,
  optionError,
} from '../errors.js';
import { encodeJson, isPlainObject, jsonString } from '../util/json.js';
import { quoted, simplified } from '../util/text.js';
import { type Claim, claims, claimValues, isReserved, optionOf, reservedBecause } from './claims.js';
import { durationSeconds, formatSeconds, maxTtlSeconds, ttlError } from './duration.js';
import { type AblyJwtOptions, holdsJwtOption, jwtOptionNames } from './options.js';

/**
 * The token's payload as JSON text: iat, exp, the claims that Ably reads in the order of their table, further claims.
 * Written by hand, so that the order holds also for names that look like numbers, which an object would put first.
 *
 * @param options - what the caller of `createAblyJwt` passed; all of it is checked here
 */
export function encodeClaims(options: unknown): string {
  assertJwtOptions(options);
  const ttl = ttlSeconds(options);
  const issuedAtMs = clockMs('issuedAt', options.issuedAt);
  const iat = Math.floor(issuedAtMs / 1000) - backdateSeconds(options.backdate, ttl);
  let payload = `{"iat":${iat},"exp":${iat + ttl}`;
  const values = claimValues(options);
  for (let i = 0; i < claims.length; i++) payload += encodeClaim(claims[i]!, values[i], options);
  return `${payload}${furtherClaims(options.claims)}}`;
}

/** Names that people know the options by: claims, other JWT libraries, Ably's token requests. */
const aliases: Readonly<Record<string, string>> = {
  expiresin: 'ttl',
  expirationtime: 'ttl',
  payload: 'claims',
  userid: 'clientId',
};

function aliasOf(name: string): string | undefined {
  const plain = simplified(name);
  return optionOf(name) ?? (Object.hasOwn(aliases, plain) ? aliases[plain] : undefined);
}

function assertJwtOptions(options: unknown): asserts options is AblyJwtOptions {
  assertKnownOptions(options, jwtOptionNames, 'createAblyJwt', aliasOf, holdsJwtOption);
}

function ttlSeconds(options: AblyJwtOptions): number {
  const revocable = booleanOption('revocable', options.revocable);
  if (options.ttl === undefined) return 3600;
  const seconds = durationSeconds('ttl', options.ttl);
  if (seconds === 0) throw optionError('ttl', options.ttl, 'greater than zero');
  const max = revocable ? maxTtlSeconds.revocable : maxTtlSeconds.any;
  if (seconds > max) throw ttlError(`"ttl" is ${quoted(options.ttl)}`, revocable);
  return seconds;
}

function backdateSeconds(backdate: AblyJwtOptions['backdate'], ttl: number): number {
  if (backdate === undefined) return 0;
  const seconds = durationSeconds('backdate', backdate);
  if (seconds < ttl) return seconds;
  throw optionError(
    'backdate',
    backdate,
    `less than the ttl (${formatSeconds(ttl)}): the token would expire at once`,
  );
}

function encodeClaim(claim: Claim, value: unknown, options: AblyJwtOptions): string {
  if (value === undefined) {
    const error = claim.whenUndefined?.(claim.option in options);
    if (error !== undefined) throw error;
    return '';
  }
  if (claim.perPattern !== undefined) return encodePatterns(claim, value);
  const literal = claim.encode(value, claim.option);
  return literal === undefined ? '' : `,"${claim.name}":${literal}`;
}

function encodePatterns({ name, option, perPattern, encode }: Claim, values: unknown): string {
  if (!isPlainObject(values))
    throw optionError(option, values, `an object that maps ${perPattern} patterns to values`);
  let text = '';
  for (const pattern of Object.keys(values)) {
    if (values[pattern] === undefined) continue;
    if (pattern === '' || !pattern.isWellFormed())
      throw optionError(`${option} pattern`, pattern, `a ${perPattern} name or pattern`);
    text += `,${jsonString(name + pattern)}:${encode(values[pattern], `${option}.${pattern}`)}`;
  }
  return text;
}

function furtherClaims(further: unknown): string {
  if (further === undefined) return '';
  if (!isPlainObject(further)) throw optionError('claims', further, 'a JSON object');
  // Checked and written from one copy: a Proxy may name other members when it is asked again.
  const own = { ...further };
  const reserved = Object.keys(own).find(isReserved);
  if (reserved !== undefined)
    throw new AblyJwtError(
      'OPTION_INVALID',
      `"claims" can't hold ${quoted(reserved)}: ${reservedBecause(reserved)}`,
    );
  const members = encodeJson(own, 'claims', memberError).slice(1, -1);
  return members === '' ? '' : `,${members}`;
}
