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
    btoa(`${key.name}:${secret}`),
    btoa(secret),
    secret,
    // Within a longer text in base64. What is very short is in any text.
    ...[0, 1, 2].map((offset) => base64Core(secret, offset)).filter(({ length }) => length > 3),
  ];
  const forms = [...new Set(hidden.flatMap((text) => [text, toBase64url(text)]))];
  return (text) => {
    // More than is shown, so that a secret is not cut before it is seen; but no more, since texts may be huge.
    let clean = text.slice(0, maxChars + 4 * (key.name.length + secret.length));
    for (const form of forms) clean = clean.replaceAll(form, '***');
    return printable(clean.slice(0, maxChars));
  };
}

/** The characters that a text has in base64 wherever it stands: those that depend on it alone, behind `offset` bytes. */
function base64Core(text: string, offset: number): string {
  const encoded = btoa('x'.repeat(offset) + text).replaceAll('=', '');
  const end = Math.floor(((offset + text.length) * 8) / 6);
  return encoded.slice(Math.ceil((offset * 8) / 6), end);
}

function toBase64url(text: string): string {
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
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
