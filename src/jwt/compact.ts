import { AblyJwtError } from '../errors.js';
import { decodeBase64url, isBase64url } from '../util/base64url.js';
import { type JsonObject, parseJsonObject } from '../util/json.js';
import { quoted } from '../util/text.js';

/** @internal A compact JWS, as far as it could be read. Nothing in it is trusted yet. */
export interface CompactJwt {
  /** The text that was read. */
  readonly text: string;
  /** What is wrong with its form. */
  readonly errors: readonly AblyJwtError[];
  readonly header?: JsonObject | undefined;
  readonly payload?: JsonObject | undefined;
}

/** @internal Longer than any token that an Ably client accepts. */
export const maxTokenChars = 131_072;
/** Ably reads tokens from HTTP headers, which hold about 8 KiB. */
const maxSignedBytes = 8192;

/** @internal A `TOKEN_MALFORMED` error about the token's form. */
export function malformed(problem: string, hint?: string): AblyJwtError {
  return new AblyJwtError('TOKEN_MALFORMED', `The token ${problem}`, { hint });
}

/** @internal The parts of a compact JWS or JWE; undefined for a text with another number of parts, or one that is too long. */
export function partsOf(text: string, count: 3 | 5): readonly string[] | undefined {
  if (text.length > maxTokenChars) return undefined;
  const parts = text.split('.');
  return parts.length === count ? parts : undefined;
}

/** @internal Reads the parts of a compact JWS. */
export function readJws(text: string, [header, payload, signature]: readonly string[]): CompactJwt {
  const errors: AblyJwtError[] = [];
  return {
    text,
    header: readObject('header', header!, errors),
    payload: readObject('payload', payload!, errors),
    errors: isBase64url(signature!) ? errors : [...errors, notBase64url('signature', signature!)],
  };
}

/** @internal Decodes a part, more strictly than JOSE libraries do, and adds what is wrong with it to `errors`. */
export function readObject(part: string, encoded: string, errors: AblyJwtError[]): JsonObject | undefined {
  const text = decodeBase64url(encoded);
  if (text === undefined) {
    errors.push(notBase64url(part, encoded));
    return undefined;
  }
  const parsed = parseJsonObject(text);
  if ('value' in parsed) return parsed.value;
  const hint = /^"?\[object \w+\]"?$/.test(text)
    ? 'It is "[object Object]": an object was encoded without JSON.stringify.'
    : undefined;
  errors.push(malformed(`has a ${part} that ${parsed.problem}.`, hint));
  return undefined;
}

/** @internal An error about a part that lax decoders might read. */
export function notBase64url(part: string, encoded: string): AblyJwtError {
  const wanted = part === 'header' || part === 'payload' ? 'base64url of UTF-8 text' : 'base64url';
  return malformed(`has a ${part} that is not ${wanted}.`, base64Hint(encoded));
}

function base64Hint(encoded: string): string | undefined {
  if (/^[\w+/-]+={0,2}$/.test(encoded) && /[+/=]/.test(encoded)) {
    return 'It is plain base64: use base64url, with - and _ in place of + and /, and without =.';
  }
  return /\s/.test(encoded)
    ? 'There is white space in it. Was the token wrapped over several lines?'
    : undefined;
}

/**
 * @internal
 * Refuses a token that does not fit in an HTTP header.
 *
 * @param jwt - the token
 * @param payload - its claims, or their JSON text, to find the largest
 */
export function assertTokenSize(jwt: string, payload: string | object): void {
  if (jwt.length <= maxSignedBytes) return;
  const claims: object = typeof payload === 'string' ? JSON.parse(payload) : payload;
  const sizes = Object.entries(claims)
    .map(([name, value]) => [name, new TextEncoder().encode(JSON.stringify(value)).length] as const)
    .sort(([, a], [, b]) => b - a);
  const [name, size] = sizes[0]!;
  throw new AblyJwtError(
    'TOKEN_TOO_LARGE',
    `The token has ${jwt.length} bytes, more than the ${maxSignedBytes} that fit in an HTTP header. Its largest claim is ${quoted(name)} with ${size} bytes.`,
    { hint: 'Grant patterns such as "chat:*" instead of single channels, and keep data out of claims.' },
  );
}
