/** A capability's resource or a channel's name: its qualifier (`[meta]`, or none) and its segments. */
export interface Resource {
  readonly qualifier: string;
  readonly segments: readonly string[];
}

/** The parts of a name: `[qualifier?params]path`. */
export interface SplitName {
  readonly qualifier: string;
  readonly params: string;
  readonly path: string;
}

/**
 * Splits a resource or channel name. In `[meta]log` the qualifier is `meta`. `[?rewind=1]chat` has no
 * qualifier, only channel parameters. A `[` that is never closed is part of the path.
 */
export function splitName(name: string): SplitName {
  const end = name.startsWith('[') ? name.indexOf(']') : -1;
  if (end < 0) return { qualifier: '', params: '', path: name };
  const block = name.slice(1, end);
  const stop = block.search(/[?=]/);
  return {
    qualifier: stop < 0 ? block : block.slice(0, stop),
    params: block[stop] === '?' ? block.slice(stop + 1) : '',
    path: name.slice(end + 1),
  };
}

/**
 * Parses a resource or channel name.
 *
 * @returns undefined for an empty name, which denotes no channel at all
 */
export function parseResource(name: string): Resource | undefined {
  const { qualifier, path } = splitName(name);
  return path === '' ? undefined : { qualifier, segments: path.split(':') };
}

/** Whether a pattern matches a name, by Ably's grammar for resources. */
export function matchesResource(pattern: string, name: string): boolean {
  return matches(parseResource(pattern), parseResource(name), sameLength);
}

/**
 * Whether a capability's resource covers a channel. It also covers it if it matches the name without the suffix that
 * Ably's products add: `lobby` covers `lobby::$chat`, the channel of a Chat room.
 *
 * @param channel - what {@link parseResource} made of the name, so that a capability parses it once
 */
export function coversChannel(resource: string, channel: Resource | undefined): boolean {
  return matches(parseResource(resource), channel, endsOrHasSuffix);
}

/** Whether segments may end after the first `length`. */
type EndRule = (segments: readonly string[], length: number) => boolean;

const sameLength: EndRule = (segments, length) => segments.length === length;
const endsOrHasSuffix: EndRule = (segments, length) =>
  sameLength(segments, length) || hasProductSuffix(segments, length);

/** Whether what follows the first segments is a product's suffix, `::$…`. */
function hasProductSuffix(segments: readonly string[], length: number): boolean {
  return segments[length] === '' && segments[length + 1]?.startsWith('$') === true;
}

function matches(pattern: Resource | undefined, name: Resource | undefined, mayEnd: EndRule): boolean {
  if (pattern === undefined || name === undefined || !coversQualifier(pattern, name)) return false;
  const length = fixedLength(pattern);
  if (isOpen(pattern) ? name.segments.length < length : !mayEnd(name.segments, length)) return false;
  return startsWith(name.segments, pattern.segments, length);
}

/** Whether `outer` covers every channel that `inner` covers. */
export function coversResource(outer: Resource | undefined, inner: Resource): boolean {
  if (outer === undefined || !coversQualifier(outer, inner)) return false;
  const length = fixedLength(outer);
  const innerLength = fixedLength(inner);
  const covers = isOpen(outer)
    ? length <= shortestName(inner)
    : (length === innerLength && !isOpen(inner)) || hasProductSuffix(inner.segments, length);
  return covers && startsWith(inner.segments, outer.segments, length);
}

const coversQualifier = (pattern: Resource, name: Resource) =>
  pattern.qualifier === '*' || pattern.qualifier === name.qualifier;

/** How many segments the shortest name has that an open pattern matches. No name is empty. */
function shortestName(pattern: Resource): number {
  const length = fixedLength(pattern);
  // So `*:*` covers `*`, and `:*:*` covers `:*`.
  return length === 1 && pattern.segments[0] === '' ? 2 : Math.max(1, length);
}

const isOpen = ({ segments }: Resource) => segments.at(-1) === '*';
/** How many segments stand before an open end. */
const fixedLength = (resource: Resource) => resource.segments.length - (isOpen(resource) ? 1 : 0);

/** Whether a name begins with what the first segments of a pattern match. */
function startsWith(segments: readonly string[], pattern: readonly string[], length: number): boolean {
  for (let i = 0; i < length; i++) if (pattern[i] !== '*' && pattern[i] !== segments[i]) return false;
  return true;
}

/**
 * The resource that both cover, by Ably's algorithm: with different numbers of segments the shorter one must end in
 * `*`, which then absorbs the longer one's tail.
 */
export function intersectResources(x: Resource | undefined, y: Resource | undefined): string | undefined {
  if (x === undefined || y === undefined) return undefined;
  if (x.qualifier !== y.qualifier && x.qualifier !== '*' && y.qualifier !== '*') return undefined;
  const [short, long] =
    x.segments.length <= y.segments.length ? [x.segments, y.segments] : [y.segments, x.segments];
  const absorbs = short.length < long.length;
  if (absorbs && short.at(-1) !== '*') return undefined;
  const segments: string[] = [];
  for (const [n, segment] of long.entries()) {
    const other = absorbs && n >= short.length - 1 ? '*' : short[n]!;
    if (other !== '*' && segment !== '*' && other !== segment) return undefined;
    segments.push(other === '*' ? segment : other);
  }
  return resourceName(x.qualifier === '*' ? y.qualifier : x.qualifier, segments.join(':'));
}

function resourceName(qualifier: string, path: string): string {
  if (qualifier !== '') return `[${qualifier}]${path}`;
  // A path that looks like a qualifier is kept from being read as one.
  return path.startsWith('[') && path.includes(']') ? `[]${path}` : path;
}
