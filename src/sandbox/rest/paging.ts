import { toWire } from '../protocol/codec.js';
import { protocolError } from '../protocol/errors.js';
import { isSecretParameter } from '../protocol/mask.js';
import type { WireAnnotation, WireMessage, WirePresence } from '../protocol/protocol.js';
import type { RestRequest, RestResponse } from './types.js';

const defaultLimit = 100;
const maxLimit = 1_000;

type Listed = WireMessage | WirePresence | WireAnnotation;

/** An element of a list, with its place in it. */
export interface Placed<Element> {
  /** Grows from the oldest element to the newest, as strings do. */
  readonly place: string;
  readonly timestamp: number;
  readonly element: Element;
}

/**
 * A page of a list of the past: between `start` and `end`, newest first unless `direction` says otherwise.
 *
 * @param list - oldest first
 * @param name - the last part of the list's path, for the links
 * @throws {@link ProtocolError} 40003 for a parameter that can't be read
 */
export function historyPage<Element extends Listed>(
  request: RestRequest,
  list: readonly Placed<Element>[],
  name: string,
): RestResponse {
  const { query } = request;
  const start = whole(query, 'start', 0);
  const end = whole(query, 'end', Number.MAX_SAFE_INTEGER);
  if (start > end) throw protocolError('BAD_REQUEST', 'bad request: "start" is later than "end"');
  const direction = query.get('direction') ?? 'backwards';
  if (direction !== 'backwards' && direction !== 'forwards') {
    throw protocolError('PARAMETER_INVALID', 'invalid "direction": it must be "backwards" or "forwards"');
  }
  const found = list.filter(({ timestamp }) => timestamp >= start && timestamp <= end);
  return page(request, direction === 'forwards' ? found : found.reverse(), name);
}

/**
 * A page of a list in the order it has.
 *
 * @param name - the last part of the list's path, for the links
 * @throws {@link ProtocolError} 40003 for a limit that can't be read
 */
export function page<Element extends Listed>(
  { query, format }: RestRequest,
  list: readonly Placed<Element>[],
  name: string,
): RestResponse {
  const limit = whole(query, 'limit', defaultLimit);
  if (limit < 1 || limit > maxLimit)
    throw protocolError('PARAMETER_INVALID', `invalid "limit": it must be 1 to ${maxLimit}`);
  const after = query.get('after');
  const from = after === null ? 0 : list.findIndex(({ place }) => place === after) + 1;
  const items = list.slice(from, from + limit);
  const link = (rel: string, place: string | null | undefined) => {
    const parameters = new URLSearchParams(query);
    // The browser's way around caches, and the credentials, are not part of the list's address.
    for (const name of [...parameters.keys()])
      if (name === 'after' || name === 'rnd' || isSecretParameter(name)) parameters.delete(name);
    // Ably's client drops a link without a query.
    parameters.set('limit', String(limit));
    if (typeof place === 'string') parameters.set('after', place);
    return `<./${name}?${parameters}>; rel="${rel}"`;
  };
  const links = [link('first', null), link('current', after)];
  if (from + limit < list.length) links.push(link('next', items.at(-1)?.place));
  return {
    status: 200,
    body: items.map(({ element }) => toWire(element, format)),
    headers: { Link: links.join(', ') },
  };
}

function whole(query: URLSearchParams, name: string, absent: number): number {
  const text = query.get(name);
  if (text === null) return absent;
  if (!/^\d{1,15}$/.test(text))
    throw protocolError('PARAMETER_INVALID', `invalid "${name}": it must be a whole number`);
  return Number(text);
}
