import { AblyJwtError, pointed } from '../errors.js';
import { isPlainObject, jsonString, parseJsonObject } from '../util/json.js';
import { describe, quoted } from '../util/text.js';
import { type Operation, operations } from './operation.js';
import { coversChannel, parseResource } from './resource.js';

/**
 * What a token grants: for each resource, a list of operations, or `['*']` for all of them.
 *
 * A resource is a channel name or a pattern of `:`-separated segments. A segment `*` matches any one segment. At the
 * end it matches any number of segments, including none: `chat:*` covers `chat`, `chat:1` and `chat:1:typing`. Only a
 * whole segment is a wildcard: `chat*` is a literal name. `[meta]*` and `[queue]*` cover Ably's meta channels and
 * queues, `[*]*` covers everything. The rights on a channel are the union over all resources that cover it.
 *
 * Ably's own products add a suffix to the names that you choose: the channel of the Chat room `lobby` is
 * `lobby::$chat`. A resource that covers the name without such a `::$` suffix covers the channel too.
 *
 * @see {@link https://ably.com/docs/auth/capabilities | Ably: capabilities}
 */
export type Capability = { [resource: string]: readonly (Operation | '*')[] };

/**
 * Tells whether a capability grants an operation on a channel. Never throws: a value that isn't a capability grants
 * nothing, and an empty resource or channel name matches nothing.
 *
 * @param capability - what a token or a key grants
 * @param operation - the operation to ask for; `'*'` asks for every operation
 * @param channel - the channel's name. A parameter block in front of it, such as `[?rewind=1]`, is ignored
 * @returns `true` if any resource that covers the channel lists the operation or `'*'`
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
    const name = parseResource(channel);
    return Object.keys(capability).some((resource) => {
      const granted: unknown = capability[resource];
      if (!Array.isArray(granted) || !(granted.includes('*') || granted.includes(operation))) return false;
      return coversChannel(resource, name);
    });
  } catch {
    // Getters and proxies may throw.
    return false;
  }
}

/**
 * Parses the JSON text of a capability: a token's `x-ably-capability` claim, or the `capability` of TokenDetails.
 * Keeps operations that this version does not know, since Ably may have added them.
 *
 * @param json - the JSON text
 * @returns the capability in canonical order, without duplicates
 * @throws {@link AblyJwtError} `CAPABILITY_INVALID` if Ably would refuse the text: it is not a JSON object of operation
 *   lists, names a resource twice, has an empty list, or has `*` beside other operations
 *
 * @example
 * ```ts run
 * import { parseCapability } from 'ably-jwt';
 *
 * parseCapability('{"chat:*":["subscribe","publish"]}'); // => { 'chat:*': ['publish', 'subscribe'] }
 * ```
 */
export function parseCapability(json: string): Capability {
  return pointed(parseCapability, () => fromEntries(parseEntries(json)));
}

/** @internal Makes the error for a capability: an option of the caller's, or a claim of a token. */
export type CapabilityErrorMaker = (defect: string, hint?: string) => AblyJwtError;

/** @internal The entries of a capability's JSON text, in canonical order. Checks what Ably checks, but the operations' names. */
export function parseEntries(json: string, fail: CapabilityErrorMaker = capabilityError): CapabilityEntry[] {
  if (typeof json !== 'string') throw fail(`must be JSON text, found ${describe(json)}.`);
  const parsed = parseJsonObject(json);
  if ('problem' in parsed) {
    throw fail(
      `${parsed.problem}.`,
      json.trim() === '*'
        ? "To grant every operation on every channel, write { '*': ['*'] }. To grant all rights of the key, pass 'inherit'."
        : 'It must be the JSON text of an object, such as {"chat:*":["subscribe"]}.',
    );
  }
  const entries = canonicalEntries(parsed.value, fail);
  for (const [resource, granted] of entries) assertGrantable(resource, granted, fail);
  return entries;
}

/**
 * Writes the canonical JSON text of a capability, the form that Ably compares and signs: no white space, resources and
 * operations sorted by UTF-16 code units, no duplicates. Two capabilities with the same entries give the same text. A
 * resource that another one covers is kept.
 *
 * @param capability - the capability; it is not changed
 * @returns the JSON text
 * @throws {@link AblyJwtError} `CAPABILITY_INVALID` if it is not an object of lists of strings
 *
 * @example
 * ```ts run
 * import { stringifyCapability } from 'ably-jwt';
 *
 * stringifyCapability({ b: ['subscribe', 'publish'], a: ['*'] }); // => {"a":["*"],"b":["publish","subscribe"]}
 * ```
 */
export function stringifyCapability(capability: Capability): string {
  return pointed(stringifyCapability, () => stringifyEntries(canonicalEntries(capability)));
}

/** @internal A resource and its operations, sorted and without duplicates. */
export type CapabilityEntry = readonly [resource: string, granted: readonly string[]];

/** @internal The entries in canonical order. Checks the shape alone: {@link assertGrantable} checks what Ably refuses. */
export function canonicalEntries(
  capability: unknown,
  fail: CapabilityErrorMaker = capabilityError,
): CapabilityEntry[] {
  if (!isPlainObject(capability)) {
    throw fail(
      `must be an object that maps resources to operations, found ${describe(capability)}.`,
      "For example { 'chat:*': ['subscribe'] }.",
    );
  }
  const entries: CapabilityEntry[] = [];
  for (const resource of Object.keys(capability).sort()) {
    const granted: unknown = capability[resource];
    if (!resource.isWellFormed()) throw fail('has a resource with a lone surrogate (half of a character).');
    if (!Array.isArray(granted)) {
      throw fail(
        `${quoted(resource)} must have a list of operations, found ${describe(granted)}.`,
        "Write a list, also for a single operation, such as ['subscribe'].",
      );
    }
    entries.push([resource, canonicalList(resource, granted, fail)]);
  }
  return entries;
}

function canonicalList(
  resource: string,
  granted: readonly unknown[],
  fail: CapabilityErrorMaker,
): readonly string[] {
  // By insertion when there are few: `Set` and `sort` would cost more than all the rest of the capability.
  const few = granted.length <= operations.length;
  const list: string[] = [];
  // A loop, since map() and every() would skip the holes of a sparse array.
  for (const operation of granted) {
    if (typeof operation !== 'string' || !operation.isWellFormed()) {
      throw fail(`${quoted(resource)} has ${describe(operation)} among its operations.`);
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

/** @internal Refuses a list that Ably refuses: an empty one, or `*` beside other operations. */
export function assertGrantable(
  resource: string,
  granted: readonly string[],
  fail: CapabilityErrorMaker = capabilityError,
): void {
  if (granted.length === 0) {
    throw fail(
      `${quoted(resource)} has no operations.`,
      'List at least one operation, or leave the resource out.',
    );
  }
  if (granted.includes('')) throw fail(`${quoted(resource)} has an empty operation.`);
  if (granted.length > 1 && granted.includes('*')) {
    throw fail(
      `${quoted(resource)} has "*" beside other operations.`,
      'Write ["*"] for every operation, or list only the operations that you mean.',
    );
  }
}

/**
 * @internal
 * JSON text of entries, in their order. Concatenated, since objects put integer-like names such as "10" first.
 *
 * @param literal - writes a name: {@link nestedJsonString} if the text becomes a JSON string itself
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

/** @internal A capability of entries. Each becomes an own property, even `__proto__`. */
export function fromEntries(entries: Iterable<CapabilityEntry>): Capability {
  return Object.fromEntries(entries) as Capability;
}

/**
 * @internal
 * A `CAPABILITY_INVALID` error.
 *
 * @param defect - what is wrong, as the rest of a sentence that begins with `"capability"`
 */
export function capabilityError(defect: string, hint?: string): AblyJwtError {
  return new AblyJwtError('CAPABILITY_INVALID', `"capability" ${defect}`, { hint });
}
