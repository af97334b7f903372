import * as credentials from '../../util/credentials.js';

/** What could be a key in base64, as in an Authorization header. In a path, `%20` may stand before it. */
const base64 = /(?:(?<![\w%-]|%[\da-fA-F])|(?<=%[\da-fA-F]{2}))[\w-]{24,}/g;

/** A text without the tokens and secrets in it, wherever a client put them: in a path, a header or a channel's name. */
export function maskCredentials(text: string): string {
  return credentials
    .maskCredentials(text)
    .replace(base64, (word) =>
      credentials.holdsKey(Buffer.from(word, 'base64').toString('latin1')) ? '(key)' : word,
    );
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
