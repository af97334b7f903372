import { refusal } from './failures.js';
import type { RestRequest, RestResponse } from './http.js';
import { requestToken, time } from './rest-auth.js';

/** Answers one kind of request. */
export type Handler = (request: RestRequest) => RestResponse | Promise<RestResponse>;

const routes: readonly (readonly [method: string, path: string, handler: Handler])[] = [
  ['GET', '/time', time],
  ['POST', '/keys/:keyName/requestToken', requestToken],
];

/**
 * The handler for a request, and the parts of the path that its route names.
 *
 * @param path - as it was sent: a name in it may hold an encoded slash
 * @throws {@link Refusal} for a path or method that there is none for
 */
export function findRoute(
  method: string,
  path: string,
): { handler: Handler; params: Record<string, string> } {
  const segments = path.split('/').map(decode);
  let pathKnown = false;
  for (const [routeMethod, pattern, handler] of routes) {
    const params = match(pattern.split('/'), segments);
    if (params === undefined) continue;
    if (routeMethod === method) return { handler, params };
    pathKnown = true;
  }
  if (pathKnown) throw refusal('METHOD_NOT_ALLOWED', `method not allowed: ${method} ${path}`);
  throw refusal('NOT_FOUND', `not found: ${path}`);
}

function match(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index]!;
    if (part.startsWith(':') && segment !== '') params[part.slice(1)] = segment;
    else if (part !== segment) return undefined;
  }
  return params;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw refusal(
      'BAD_REQUEST',
      'bad request: the path has a percent sign that is not followed by a character code',
    );
  }
}
