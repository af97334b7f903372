import { claimNames } from './claims.js';
import { AblyJwtError } from './errors.js';
import { decodeBase64url, isBase64url } from './internal/base64url.js';
import { type JsonObject, parseJsonObject } from './internal/json.js';
import { describe } from './internal/text.js';

/** A compact JWS whose form has been checked. Nothing in it has been believed yet. */
export interface CompactJwt {
  readonly header: JsonObject;
  readonly payload: JsonObject;
  readonly hasSignature: boolean;
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
 *
 * @throws AblyJwtError `TOKEN_MALFORMED`
 */
export function parseCompactJwt(jwt: string): CompactJwt {
  const parts = jwt.split('.');
  if (jwt.length > maxChars || parts.length !== 3) throw notAJwt(jwt);
  const [header, payload, signature] = parts as [string, string, string];
  if (!isBase64url(signature)) throw malformed('has a signature that is not base64url.');
  return {
    header: decodeObject('header', header),
    payload: decodeObject('payload', payload),
    hasSignature: signature !== '',
  };
}

function decodeObject(part: 'header' | 'payload', encoded: string): JsonObject {
  const text = decodeBase64url(encoded);
  if (text === undefined) throw malformed(`has a ${part} that is not base64url of UTF-8 text.`);
  const parsed = parseJsonObject(text);
  if ('value' in parsed) return parsed.value;
  const hint = /^"?\[object \w+\]"?$/.test(text)
    ? 'It is "[object Object]": an object was encoded without JSON.stringify.'
    : undefined;
  throw malformed(`has a ${part} that ${parsed.problem}.`, hint);
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
 * @returns undefined for a token that holds no other
 */
export function unwrapEmbeddedToken(token: string): EmbeddedToken | undefined {
  const parts = token.split('.');
  if (token.length > maxChars || (parts.length !== 3 && parts.length !== 5)) return undefined;
  const header = readObject(parts[0]!);
  if (header === undefined || (parts.length === 5 && typeof header.enc !== 'string')) return undefined;
  const payload = parts.length === 3 ? readObject(parts[1]!) : undefined;
  const inner = header[claimNames.token] ?? payload?.[claimNames.token];
  if (typeof inner !== 'string') return undefined;
  return typeof payload?.exp === 'number' ? { inner, outerExp: payload.exp } : { inner };
}

function readObject(encoded: string): JsonObject | undefined {
  const text = decodeBase64url(encoded);
  const parsed = text === undefined ? undefined : parseJsonObject(text);
  return parsed !== undefined && 'value' in parsed ? parsed.value : undefined;
}

/** What was given in place of a JWT, for a person. Shows none of it. */
export function notAJwt(token: unknown): AblyJwtError {
  const [problem, hint] = diagnose(token);
  return malformed(`${problem}`, hint);
}

function diagnose(token: unknown): [problem: string, hint?: string] {
  if (typeof token !== 'string') return [`must be a string, found ${describe(token)}.`];
  if (token.trim() === '') return ['is empty.', 'Did the endpoint answer without a body?'];
  if (token.length > maxChars)
    return [`has ${token.length} characters; Ably's clients take ${maxChars} at most.`];
  if (/^bearer\s/i.test(token))
    return ['is an Authorization header.', 'Remove "Bearer " in front of the token.'];
  if (/^\s*["'`]/.test(token)) return ['is in quotes.', 'Remove them. Was it sent as JSON?'];
  if (/^[\w-]+\.[\w-]+:[\w-]+$/.test(token)) {
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
  if (/^[\w-]+\.[\w-]+$/.test(token)) {
    return ['looks like an Ably Token, which is opaque: only Ably can read it.', 'Pass an Ably JWT.'];
  }
  const parts = token.split('.').length;
  return [
    `has ${parts} part${parts === 1 ? '' : 's'}; a JWT has three, with dots between them.`,
    'Was it cut off when it was copied?',
  ];
}
