/**
 * A JWT: its first part is the base64url of `{"…`. A longer one is found within a word too: in a path, `%20` stands before
 * it, or what somebody wrote in front.
 */
const jwt = /(?<![\w-])(?=eyJ|[\w-]*?eyJ[\w-]{15})[\w-]+(?:\.|%2[eE])[\w-]+(?:(?:\.|%2[eE])[\w-]*)+/g;
/** An API key. A shorter text behind the colon is not a secret: `app.news:today` is a channel. */
const key = /(?<![\w-])([\w-]+\.[\w-]+)(?::|%3a)[\w-]{16,}/gi;
/** What could be a key in base64, as in an Authorization header. In a path, `%20` may stand before it. */
const base64 = /(?:(?<![\w%-]|%[\da-fA-F])|(?<=%[\da-fA-F]{2}))[\w-]{24,}/g;

/** A text without the tokens and secrets in it, wherever a client put them: in a path, a header or a channel's name. */
export function maskCredentials(text: string): string {
  return text
    .replace(jwt, '(token)')
    .replace(key, '$1:…')
    .replace(base64, (word) => (holdsKey(word) ? '(key)' : word));
}

/** Whether a word is the base64 of a text with a key in it. */
function holdsKey(word: string): boolean {
  return Buffer.from(word, 'base64').toString('latin1').search(key) >= 0;
}

/** A path without the secret of a key that was put where its name belongs: `/keys/app.key:secret/requestToken`. */
export function maskPath(path: string): string {
  return maskCredentials(path.replace(/^(\/keys\/[^/:%]*)(?::|%3a)[^/]*/i, '$1:…'));
}

/** What the names of parameters with credentials are, and what people call them by mistake. */
const secretName = /^(api)?key$|auth|bearer|credential|jwt|password|secret|token/;

/** Whether a query parameter holds credentials. */
export function isSecretParameter(name: string): boolean {
  return secretName.test(name.toLowerCase().replace(/[_-]/g, ''));
}
