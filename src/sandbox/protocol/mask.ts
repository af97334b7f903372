/** A JWT: its first part is the base64url of `{"…`. */
const jwt = /(?<![\w-])eyJ[\w-]*\.[\w-]+(?:\.[\w-]*)+/g;
/** An API key. A shorter text behind the colon is not a secret: `app.news:today` is a channel. */
const key = /(?<![\w-])([\w-]+\.[\w-]+)(?::|%3a)[\w-]{16,}/gi;

/** A text without the tokens and secrets in it, wherever a client put them: in a path, a header or a channel's name. */
export function maskCredentials(text: string): string {
  return text.replace(jwt, '(token)').replace(key, '$1:…');
}

/** A path without the secret of a key that was put where its name belongs: `/keys/app.key:secret/requestToken`. */
export function maskPath(path: string): string {
  return maskCredentials(path.replace(/^(\/keys\/[^/:%]*)(?::|%3a)[^/]*/i, '$1:…'));
}

/** Parameters that hold credentials, and what people call them by mistake. */
const secretParameters: ReadonlySet<string> = new Set([
  'key',
  'apikey',
  'token',
  'accesstoken',
  'authorization',
  'secret',
  'password',
]);

/** Whether a query parameter holds credentials. */
export function isSecretParameter(name: string): boolean {
  return secretParameters.has(name.toLowerCase().replace(/[_-]/g, ''));
}
