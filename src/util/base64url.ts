// The only characters that can end a text whose last group is short: the others have spare bits set, which
// lax decoders ignore, so that several texts would stand for the same bytes.
const lastOfTwo = 'AQgw';
const lastOfThree = 'AEIMQUYcgkosw048';

/** Whether `text` is base64url as RFC 7515 writes it: no padding, no white space, no spare bits. */
export function isBase64url(text: string): boolean {
  if (!/^[\w-]*$/.test(text)) return false;
  const rest = text.length % 4;
  if (rest === 0) return true;
  const last = text.at(-1)!;
  return rest === 2 ? lastOfTwo.includes(last) : rest === 3 && lastOfThree.includes(last);
}

/** Base64url of bytes, or of a text's UTF-8. */
export function encodeBase64url(data: string | Uint8Array): string {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/**
 * The UTF-8 text behind strict base64url.
 *
 * @returns undefined when it is not strict base64url, or not UTF-8
 */
export function decodeBase64url(text: string): string | undefined {
  if (!isBase64url(text)) return undefined;
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  try {
    // ignoreBOM keeps a byte order mark in the text, where JSON.parse refuses it.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
