/**
 * A JWT, or what is left of one: its first part is the base64url of `{"…`. It is looked for only where a word begins, which
 * keeps the cost linear. Within a word it counts too: a client may have put letters in front.
 */
const jwt = /(?<![\w-])(?=[\w-]*?eyJ[\w-]{10})[\w-]+(?:(?:\.|%2[eE])[\w-]*)+/g;
/** An API key. A shorter text behind the colon is not a secret: `app.news:today` is a channel. */
const key = /(?<![\w-])([\w-]+\.[\w-]+)(?::|%3a)[\w-]{16,}/gi;

/** The fewest characters of a secret that is struck out of any text: a shorter one is a word that may stand there. */
export const shortestSecret = 16;

/** A text without the JWTs in it, wherever they stand. */
export function maskTokens(text: string): string {
  return text.replace(jwt, '(token)');
}

/** A text without the JWTs and the secrets of keys in it. */
export function maskCredentials(text: string): string {
  return maskTokens(text).replace(key, '$1:…');
}

/** Whether there is a whole API key in a text. */
export function holdsKey(text: string): boolean {
  return text.search(key) >= 0;
}

/** The first JWT in a text. */
export function findJwt(text: string): string | undefined {
  for (const [word] of text.matchAll(jwt)) {
    const parts = word.slice(word.indexOf('eyJ')).split('.', 3);
    if (parts.length === 3 && parts[1] !== '') return parts.join('.');
  }
  return undefined;
}
