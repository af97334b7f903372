import type { AblyJwtError } from '../errors.js';
import { describe, isThenable, isWholeKey } from '../util/text.js';
import { embeddedTokenClaim } from './claims.js';
import { malformed, maxTokenChars } from './compact.js';

/** The error about what was given in place of a JWT. Shows none of it. */
export function notAJwt(given: unknown): AblyJwtError {
  const [problem, hint] = problemOf(given);
  return malformed(problem, hint);
}

function problemOf(given: unknown): [problem: string, hint?: string] {
  if (isThenable(given)) return ['is a Promise.', 'Put "await" in front of it.'];
  if (typeof given !== 'string') return [`must be a string, found ${describe(given)}.`];
  if (given.length > maxTokenChars)
    return [`has ${given.length} characters; Ably's clients accept ${maxTokenChars} at most.`];
  const found = mistakes.find(([applies]) => applies(given));
  if (found !== undefined) return [found[1], found[2]];
  const parts = given.split('.').length;
  return [
    `has ${parts} part${parts === 1 ? '' : 's'}; a JWT has three, with dots between them.`,
    'Was it cut off when it was copied?',
  ];
}

const mistakes: readonly [applies: (text: string) => boolean, problem: string, hint: string][] = [
  [(text) => text.trim() === '', 'is empty.', 'Did the endpoint answer without a body?'],
  [
    (text) => bearer.test(text.trimStart()),
    'is an Authorization header.',
    'Remove "Bearer " in front of the token.',
  ],
  [(text) => /^\s*["'`]/.test(text), 'is in quotes.', 'Remove them. Was it sent as JSON?'],
  [
    isWholeKey,
    'is an API key, not a token.',
    'Sign a token with the key on your server. If this key reached a client, revoke it.',
  ],
  [
    (text) => /^\s*[{[]/.test(text),
    'is JSON, not a compact JWT.',
    'Pass the token itself: of TokenDetails, the member "token".',
  ],
  [(text) => /^\s*</.test(text), 'is HTML.', 'Did the endpoint redirect to a login page?'],
  [(text) => text !== text.trim(), 'has white space around it.', 'Trim it.'],
  [isAblyToken, 'looks like an Ably Token, which is opaque: only Ably can read it.', 'Pass an Ably JWT.'],
  [
    (text) => text.split('.').length === 5,
    'is encrypted (a JWE) and holds no Ably token in the clear.',
    `Ably reads it in the protected header, as "${embeddedTokenClaim}".`,
  ],
];

/** Whether a text has the form of an Ably Token, the opaque kind that Ably itself issues. */
export function isAblyToken(text: string): boolean {
  return /^[\w-]+\.[\w+/=~-]+$/.test(text);
}

/** Whether a text has the parts of a signed or of an encrypted token. */
export function isCompactForm(text: string): boolean {
  return /^[^.\s]*(\.[^.\s]*){2}(\.[^.\s]*\.[^.\s]*)?$/.test(text);
}

const bearer = /^(?:authorization:\s*)?bearer\s+/i;

/** A token without what people paste around it: white space, quotes, `Bearer `, or the JSON of TokenDetails. */
export function unwrapped(text: string): string {
  if (text.length > maxTokenChars) return text;
  const inner = unquoted(text.trim().replace(bearer, '')).trim();
  const candidate = tokenOfDetails(inner) ?? inner;
  return isCompactForm(candidate) ? candidate : text;
}

function unquoted(text: string): string {
  const quote = text[0]!;
  return '"\'`'.includes(quote) && text.endsWith(quote) ? text.slice(1, -1) : text;
}

function tokenOfDetails(text: string): string | undefined {
  try {
    const { token } = JSON.parse(text) as { token?: unknown };
    return typeof token === 'string' ? token : undefined;
  } catch {
    return undefined;
  }
}
