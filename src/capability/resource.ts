/** A capability's resource or a channel's name: its qualifier (`[meta]`, or none) and its segments. */
export interface Resource {
  readonly qualifier: string;
  readonly segments: readonly string[];
}

/**
 * Splits a resource or channel name. In `[meta]log` the qualifier is `meta`, in `[?rewind=1]chat` there is none, only
 * channel parameters; a `[` that is never closed is part of the name.
 *
 * @returns undefined for an empty name, which stands for no channel at all
 */
export function parseResource(name: string): Resource | undefined {
  let qualifier = '';
  let path = name;
  const end = name.startsWith('[') ? name.indexOf(']') : -1;
  if (end > 0) {
    qualifier = /^[^?=]*/.exec(name.slice(1, end))![0];
    path = name.slice(end + 1);
  }
  return path === '' ? undefined : { qualifier, segments: path.split(':') };
}

/** Whether a capability's resource covers a channel. */
export function matchesResource(pattern: string, channel: string): boolean {
  const p = parseResource(pattern);
  const c = parseResource(channel);
  if (p === undefined || c === undefined) return false;
  if (p.qualifier !== '*' && p.qualifier !== c.qualifier) return false;
  return matchesSegments(p.segments, c.segments);
}

function matchesSegments(pattern: readonly string[], channel: readonly string[]): boolean {
  const open = pattern.at(-1) === '*';
  const fixed = open ? pattern.length - 1 : pattern.length;
  if (open ? channel.length < fixed : channel.length !== fixed) return false;
  for (let i = 0; i < fixed; i++) if (pattern[i] !== '*' && pattern[i] !== channel[i]) return false;
  return true;
}

/** Whether every channel that `inner` covers is covered by `outer` too. */
export function coversResource(outer: string, inner: string): boolean {
  const i = parseResource(inner);
  if (i === undefined) return true;
  const o = parseResource(outer);
  if (o === undefined || (o.qualifier !== '*' && o.qualifier !== i.qualifier)) return false;
  const innerOpen = i.segments.at(-1) === '*';
  const innerFixed = innerOpen ? i.segments.slice(0, -1) : i.segments;
  if (o.segments.at(-1) !== '*') return !innerOpen && matchesSegments(o.segments, innerFixed);
  const fixed = o.segments.slice(0, -1);
  // A channel has one segment at least, so `*:*` covers `*`.
  if (fixed.length > Math.max(1, innerFixed.length)) return false;
  return fixed.every((segment, n) => segment === '*' || segment === innerFixed[n]);
}

/**
 * The resource that both cover, by Ably's algorithm: with different numbers of segments the shorter one must end in
 * `*`, which then takes the longer one's tail.
 */
export function intersectResources(a: string, b: string): string | undefined {
  const [x, y] = [parseResource(a), parseResource(b)];
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
