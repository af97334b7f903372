import { type AblyKey, secretOf } from '../jwt/key.js';
import { printable } from '../util/text.js';

/** Longer than any message of Ably's. */
const maxChars = 500;

/**
 * What comes from the other side, fit for a message. A gateway may echo the request, and with it the key.
 *
 * @returns a function that cuts a text to 500 characters, strikes the key, its secret and their base64 out of it, and escapes
 *   control characters, which could pass for another entry in a log
 */
export function cleaner(key: AblyKey): (text: string) => string {
  const secret = secretOf(key);
  const hidden = [
    `${key.name}:${secret}`,
    base64(`${key.name}:${secret}`),
    base64(secret),
    secret,
    // Within a longer text in base64. What is very short is in any text.
    ...[0, 1, 2].map((offset) => base64Core(secret, offset)).filter(({ length }) => length > 3),
  ];
  return (text) => {
    // The whole text, before it is cut: a cut within a secret would leave the first part of it.
    const clean = hidden.reduce((rest, form) => rest.replaceAll(form, '***'), text);
    return printable(clean.slice(0, maxChars));
  };
}

/** A text in base64 and base64url: in that of a key there is no character in which they differ. */
function base64(text: string): string {
  return btoa(text).replaceAll('=', '');
}

/** The characters that a text has in base64 wherever it stands: those that depend on it alone, behind `offset` bytes. */
function base64Core(text: string, offset: number): string {
  const encoded = btoa('x'.repeat(offset) + text);
  const end = Math.floor(((offset + text.length) * 8) / 6);
  return encoded.slice(Math.ceil((offset * 8) / 6), end);
}

const ownNames: readonly unknown[] = ['TimeoutError', 'AbortError', 'TypeError'];

/** What an error of `fetch` is called: the system's code, such as ECONNREFUSED, or the name of a well-known error. */
export function errorName(error: unknown): string {
  try {
    const { name, cause } = Object(error) as { name?: unknown; cause?: { code?: unknown } };
    const code = cause?.code;
    if (typeof code === 'string' && /^[A-Z_0-9]{1,40}$/.test(code)) return code;
    return ownNames.includes(name) ? String(name) : 'unknown error';
  } catch {
    // A getter or a proxy may throw.
    return 'unknown error';
  }
}
