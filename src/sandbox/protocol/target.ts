/** The request target: path and query. */
export interface RequestTarget {
  /** The path as it was sent: not decoded, so that a channel's name can hold a slash. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Splits a request's URL. By hand, because `URL` would read a channel named `..` as a step up. */
export function parseRequestTarget(url = '/'): RequestTarget {
  const [path, query] = url.split(/\?(.*)/s, 2) as [string, string?];
  return { path, query: new URLSearchParams(query) };
}
