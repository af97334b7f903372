import { AblyJwtError } from '../errors.js';
import { isPlainObject, jsonString, parseJsonObject } from '../util/json.js';
import { describe, quoted } from '../util/text.js';
import { matchesResource } from './resource.js';

/** Every operation that Ably knows, for messages and for the check of {@link Capability} objects. */
export const operations = [
  'subscribe',
  'publish',
  'presence',
  'object-subscribe',
  'object-publish',
  'annotation-subscribe',
  'annotation-publish',
  'message-update-own',
  'message-update-any',
  'message-delete-own',
  'message-delete-any',
  'history',
  'stats',
  'push-subscribe',
  'push-admin',
  'channel-metadata',
  'privileged-headers',
] as const;

const knownOperations: ReadonlySet<string> = new Set<string>([...operations, '*']);

/** Whether an operation is one that this version knows, or `*`. */
export function isKnownOperation(operation: string): boolean {
  return knownOperations.has(operation);
}

/**
 * What a client may do on a channel.
 *
 * | operation | lets the client |
 * | --- | --- |
 * | `subscribe` | receive messages, and see who is present |
 * | `publish` | send messages |
 * | `presence` | enter, update and leave presence; takes a clientId |
 * | `history` | read past messages and presence |
 * | `channel-metadata` | read a channel's status, and list the channels in use |
 * | `stats` | read the app's statistics; only meaningful on `*` |
 * | `annotation-subscribe`, `annotation-publish` | receive, and send, annotations of messages |
 * | `message-update-own`, `message-update-any` | change one's own messages, or anybody's |
 * | `message-delete-own`, `message-delete-any` | delete one's own messages, or anybody's |
 * | `object-subscribe`, `object-publish` | read, and change, LiveObjects |
 * | `push-subscribe`, `push-admin` | manage the push registration of one's own device, or of all |
 * | `privileged-headers` | set privileged fields in a message's `extras` |
 *
 * @useDeclaredType
 * @see {@link https://ably.com/docs/auth/capabilities | Ably: capabilities}
 */
export type Operation = (typeof operations)[number];

/**
 * What a token grants: for each resource, a list of operations, or `['*']` for all of them.
 *
 * A resource is a channel name or a pattern of `:`-separated segments. A segment `*` stands for any one segment, and
 * at the end for any number of segments, none included: `chat:*` covers `chat`, `chat:1` and `chat:1:typing`. Only a
 * whole segment is a wildcard: `chat*` is a literal name. `[meta]*` and `[queue]*` cover Ably's meta channels and
 * queues, `[*]*` covers everything. The rights on a channel are those of all matching resources together.
 *
 * @see {@link https://ably.com/docs/auth/capabilities | Ably: capabilities}
 */
export type Capability = { [resource: string]: readonly (Operation | '*')[] };

/**
 * Whether a capability grants an operation on a channel. Never throws: what isn't a capability grants nothing, and
 * an empty resource or channel name matches nothing.
 *
 * @param capability - what a token or a key grants
 * @param operation - the operation to ask for
 * @param channel - the channel's name; a parameter block such as `[?rewind=1]` in front of it does not count
 *
 * @example
 * ```ts run
 * import { can } from 'ably-jwt';
 *
 * can({ 'chat:*': ['subscribe'] }, 'subscribe', 'chat:42'); // => true
 * can({ 'chat:*': ['subscribe'] }, 'publish', 'chat:42'); // => false
 * ```
 */
export function can(capability: Capability, operation: Operation | '*', channel: string): boolean {
  if (typeof operation !== 'string' || typeof channel !== 'string') return false;
  try {
    if (!isPlainObject(capability)) return false;
    return Object.keys(capability).some((resource) => {
      const granted: unknown = capability[resource];
      if (!Array.isArray(granted) || !(granted.includes('*') || granted.includes(operation))) return false;
      return matchesResource(resource, channel);
    });
  } catch {
    // Getters and proxies may throw.
    return false;
  }
}

/**
 * Parses the JSON text of a capability, as it stands in a token's `x-ably-capability` claim or in an Ably Token's
 * details. Operations that this version does not know are kept: Ably may have added them.
 *
 * @param json - the JSON text
 * @returns the capability in canonical order, without duplicates
 * @throws {@link AblyJwtError} `CAPABILITY_INVALID` when the text is not a JSON object of operation lists, holds a
 *   resource twice, has an empty list, or has `*` beside other operations: Ably refuses all of these
 *
 * @example
 * ```ts run
 * import { parseCapability } from 'ably-jwt';
 *
 * parseCapability('{"chat:*":["subscribe","publish"]}'); // => { 'chat:*': ['publish', 'subscribe'] }
 * ```
 */
export function parseCapability(json: string): Capability {
  if (typeof json !== 'string') throw capabilityError(`must be JSON text, found ${describe(json)}.`);
  const parsed = parseJsonObject(json);
  if ('problem' in parsed) {
    throw capabilityError(
      `${parsed.problem}.`,
      'It must be the JSON text of an object, such as {"chat:*":["subscribe"]}.',
    );
  }
  const entries = canonicalEntries(parsed.value);
  for (const [resource, granted] of entries) assertGrantable(resource, granted);
  return fromEntries(entries);
}

/**
 * The canonical JSON text of a capability, the form that Ably compares and signs: no white space, resources and
 * operations sorted by UTF-16 code units, duplicates removed. Two capabilities with the same entries give the same
 * text. A resource that another one covers stays in it.
 *
 * @param capability - the capability; it is not changed
 * @throws {@link AblyJwtError} `CAPABILITY_INVALID` when it is not an object of lists of strings
 *
 * @example
 * ```ts run
 * import { stringifyCapability } from 'ably-jwt';
 *
 * stringifyCapability({ b: ['subscribe', 'publish'], a: ['*'] }); // => {"a":["*"],"b":["publish","subscribe"]}
 * ```
 */
export function stringifyCapability(capability: Capability): string {
  return stringifyEntries(canonicalEntries(capability));
}

/** A resource and its operations, sorted and without duplicates. */
export type CapabilityEntry = readonly [resource: string, granted: readonly string[]];

/** The entries in canonical order. The shape is checked, not what Ably makes of it. */
export function canonicalEntries(capability: unknown): CapabilityEntry[] {
  if (!isPlainObject(capability)) {
    throw capabilityError(
      `must be an object of resource and operations, found ${describe(capability)}.`,
      "For example { 'chat:*': ['subscribe'] }.",
    );
  }
  const entries: CapabilityEntry[] = [];
  for (const resource of Object.keys(capability).sort()) {
    const granted: unknown = capability[resource];
    if (!resource.isWellFormed())
      throw capabilityError('has a resource with a lone surrogate (half of a character).');
    if (!Array.isArray(granted)) {
      throw capabilityError(
        `${quoted(resource)} must have a list of operations, found ${describe(granted)}.`,
        "Write a list, also for a single operation, such as ['subscribe'].",
      );
    }
    entries.push([resource, canonicalList(resource, granted)]);
  }
  return entries;
}

function canonicalList(resource: string, granted: readonly unknown[]): readonly string[] {
  // By insertion when there are few: `Set` and `sort` would cost more than all the rest of the capability.
  const few = granted.length <= operations.length;
  const list: string[] = [];
  // A loop, since map() and every() would skip the holes of a sparse array.
  for (const operation of granted) {
    if (typeof operation !== 'string' || !operation.isWellFormed()) {
      throw capabilityError(`${quoted(resource)} has ${describe(operation)} among its operations.`);
    }
    if (few) insertSorted(list, operation);
    else list.push(operation);
  }
  return few ? list : [...new Set(list)].sort();
}

function insertSorted(list: string[], text: string): void {
  let place = list.length;
  while (place > 0 && list[place - 1]! > text) place -= 1;
  if (list[place - 1] === text) return;
  for (let i = list.length; i > place; i -= 1) list[i] = list[i - 1]!;
  list[place] = text;
}

/** Refuses a list that Ably refuses: an empty one, or `*` beside other operations. */
export function assertGrantable(resource: string, granted: readonly string[]): void {
  if (granted.length === 0) {
    throw capabilityError(
      `${quoted(resource)} has no operations.`,
      'List at least one operation, or leave the resource out.',
    );
  }
  if (granted.includes('')) throw capabilityError(`${quoted(resource)} has an empty operation.`);
  if (granted.length > 1 && granted.includes('*')) {
    throw capabilityError(
      `${quoted(resource)} has "*" beside other operations.`,
      'Write ["*"] for every operation, or only the operations that you mean.',
    );
  }
}

/**
 * JSON text of entries in the order they have. By hand, since objects put integer-like names such as "10" first.
 *
 * @param literal - writes a name: {@link nestedJsonString} for a text that goes into a JSON string
 */
export function stringifyEntries(entries: readonly CapabilityEntry[], literal = jsonString): string {
  let text = '';
  for (const [resource, granted] of entries) {
    let list = '';
    for (const operation of granted) list += list === '' ? literal(operation) : `,${literal(operation)}`;
    text += `${text === '' ? '' : ','}${literal(resource)}:[${list}]`;
  }
  return `{${text}}`;
}

/** A capability of entries. Each becomes an own property, also `__proto__`. */
export function fromEntries(entries: Iterable<CapabilityEntry>): Capability {
  return Object.fromEntries(entries) as Capability;
}

/** A `CAPABILITY_INVALID` error. */
export function capabilityError(problem: string, hint?: string): AblyJwtError {
  return new AblyJwtError('CAPABILITY_INVALID', `"capability" ${problem}`, { hint });
}
