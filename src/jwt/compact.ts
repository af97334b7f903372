import { AblyJwtError } from '../errors.js';
import { decodeBase64url, isBase64url } from '../util/base64url.js';
import { type JsonObject, parseJsonObject } from '../util/json.js';
import { describe, isWholeKey } from '../util/text.js';
import { claimNames } from './encode.js';

/** A compact JWS, as far as it could be read. Nothing in it has been believed yet. */
export interface CompactJwt {
  /** The text that was read. */
  readonly text: string;
  /** What is wrong with its form. */
  readonly faults: readonly AblyJwtError[];
  readonly header?: JsonObject | undefined;
  readonly payload?: JsonObject | undefined;
}

/** Longer than any token that an Ably client takes. */
const maxChars = 131_072;

/** A `TOKEN_MALFORMED` error about the token's form. */
export function malformed(problem: string, hint?: string): AblyJwtError {
  return new AblyJwtError('TOKEN_MALFORMED', `The token ${problem}`, { hint });
}

/**
 * Splits and decodes a compact JWS, more strictly than JOSE libraries do: base64url without padding or spare bits,
 * UTF-8, JSON objects without a name that occurs twice.
 */
export function readCompactJwt(text: string): CompactJwt {
  const parts = text.split('.');
  if (text.length > maxChars || parts.length !== 3) return { text, faults: [notAJwt(text)] };
  const faults: AblyJwtError[] = [];
  const read = (part: 'header' | 'payload', encoded: string) => {
    const object = decodeObject(part, encoded);
    if (!(object instanceof AblyJwtError)) return object;
    faults.push(object);
    return undefined;
  };
  const header = read('header', parts[0]!);
  const payload = read('payload', parts[1]!);
  if (!isBase64url(parts[2]!))
    faults.push(malformed('has a signature that is not base64url.', base64Hint(parts[2]!)));
  // What stands around a token is no base64url either, and is the fault to tell.
  if (faults.length > 0 && unwrapped(text) !== text) return { text, faults: [notAJwt(text)] };
  return { text, faults, header, payload };
}

function decodeObject(part: string, encoded: string): JsonObject | AblyJwtError {
  const text = decodeBase64url(encoded);
  if (text === undefined)
    return malformed(`has a ${part} that is not base64url of UTF-8 text.`, base64Hint(encoded));
  const parsed = parseJsonObject(text);
  if ('value' in parsed) return parsed.value;
  const hint = /^"?\[object \w+\]"?$/.test(text)
    ? 'It is "[object Object]": an object was encoded without JSON.stringify.'
    : undefined;
  return malformed(`has a ${part} that ${parsed.problem}.`, hint);
}

function base64Hint(encoded: string): string | undefined {
  if (/^[\w+/-]+={0,2}$/.test(encoded) && /[+/=]/.test(encoded)) {
    return 'It is plain base64: use base64url, with - and _ in place of + and /, and without =.';
  }
  return /\s/.test(encoded)
    ? 'There is white space in it. Was the token wrapped over several lines?'
    : undefined;
}

/** A token that stands inside another one, by Ably's rules for embedded tokens. */
export interface EmbeddedToken {
  /** The Ably token or Ably JWT, the only part that Ably judges. */
  readonly inner: string;
  /** The outer token's `exp` in seconds, where there is one that can be read. */
  readonly outerExp?: number;
}

/**
 * The token that Ably would judge: the one in the outer token's `x-ably-token`, in the header of a JWS, in the payload
 * of a JWS, or in the clear header of a JWE. Neither the outer signature nor the encryption counts.
 *
 * @param token - the outer token, or one that holds no other
 * @param read - what was read of it, if that was done already
 * @returns undefined for a token that holds no other
 */
export function unwrapEmbeddedToken(
  token: string,
  read: CompactJwt = readCompactJwt(token),
): EmbeddedToken | undefined {
  const { header = readJweHeader(token), payload } = read;
  if (header === undefined) return undefined;
  const inner = header[claimNames.token] ?? payload?.[claimNames.token];
  if (typeof inner !== 'string') return undefined;
  return typeof payload?.exp === 'number' ? { inner, outerExp: payload.exp } : { inner };
}

function readJweHeader(token: string): JsonObject | undefined {
  const parts = token.split('.');
  if (token.length > maxChars || parts.length !== 5) return undefined;
  const header = decodeObject('header', parts[0]!);
  return header instanceof AblyJwtError || typeof header.enc !== 'string' ? undefined : header;
}

/** What was given in place of a JWT, for a person. Shows none of it. */
export function notAJwt(token: unknown): AblyJwtError {
  const [problem, hint] = diagnose(token);
  return malformed(problem, hint);
}

function diagnose(token: unknown): [problem: string, hint?: string] {
  if (typeof token !== 'string') return [`must be a string, found ${describe(token)}.`];
  if (token.trim() === '') return ['is empty.', 'Did the endpoint answer without a body?'];
  if (token.length > maxChars)
    return [`has ${token.length} characters; Ably's clients take ${maxChars} at most.`];
  if (/^\s*(authorization:\s*)?bearer\s/i.test(token))
    return ['is an Authorization header.', 'Remove "Bearer " in front of the token.'];
  if (/^\s*["'`]/.test(token)) return ['is in quotes.', 'Remove them. Was it sent as JSON?'];
  if (isWholeKey(token)) {
    return [
      'is an API key, not a token.',
      'Sign a token with the key on your server. If this key reached a client, revoke it.',
    ];
  }
  if (/^\s*[{[]/.test(token)) {
    return ['is JSON, not a compact JWT.', 'Pass the token itself: of TokenDetails, the member "token".'];
  }
  if (/^\s*</.test(token)) return ['is HTML.', 'Did the endpoint redirect to a login page?'];
  if (/^\s|\s$/.test(token)) return ['has white space around it.', 'Trim it.'];
  if (isAblyToken(token)) {
    return ['looks like an Ably Token, which is opaque: only Ably can read it.', 'Pass an Ably JWT.'];
  }
  const parts = token.split('.').length;
  if (parts === 5)
    return [
      'is encrypted (a JWE) and holds no Ably token in the clear.',
      `Ably reads it in the protected header, as "${claimNames.token}".`,
    ];
  return [
    `has ${parts} part${parts === 1 ? '' : 's'}; a JWT has three, with dots between them.`,
    'Was it cut off when it was copied?',
  ];
}

/** Whether a text has the form of an Ably Token, the opaque kind that Ably itself issues. */
export function isAblyToken(text: string): boolean {
  return /^[\w-]+\.[\w+/=~-]+$/.test(text);
}

/** Whether a text has the parts of a signed or of an encrypted token. */
export function isCompactForm(text: string): boolean {
  return /^[^.\s]*(\.[^.\s]*){2}(\.[^.\s]*\.[^.\s]*)?$/.test(text);
}

/** A token without what people paste around it: white space, quotes, `Bearer `, or the JSON of TokenDetails. */
export function unwrapped(text: string): string {
  const inner = text
    .trim()
    .replace(/^(?:authorization:\s*)?bearer\s+/i, '')
    .replace(/^(["'`])(.*)\1$/s, '$2')
    .trim();
  const fromJson = /^\{.*"token"\s*:\s*"([^"]*)".*\}$/s.exec(inner)?.[1];
  const candidate = fromJson ?? inner;
  return isCompactForm(candidate) ? candidate : text;
}
