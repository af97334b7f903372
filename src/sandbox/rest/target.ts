/** What an HTTP request is for. */
export interface Target {
  /** The path as it was sent: not decoded, so that a channel's name can hold a slash. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Splits a request's URL. By hand, since `URL` would take a channel named `..` for a step up. */
export function parseTarget(url = '/'): Target {
  const [path, query] = url.split(/\?(.*)/s, 2) as [string, string?];
  return { path, query: new URLSearchParams(query) };
}
