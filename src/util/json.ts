import { describe } from './text.js';

/** What JSON can hold. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue | undefined };

/** @internal A JSON object as it comes out of {@link parseJsonObject}: every member is its own property. */
export type JsonObject = { readonly [name: string]: JsonValue };

/** Deeper than any claim needs, shallow enough for every JSON parser's stack. */
const maxDepth = 100;

/**
 * @internal
 * Parses a JSON object where `JSON.parse` is lax: refuses a name that occurs twice (parsers differ in which they
 * keep), lone surrogates, numbers too large to be finite, and nesting beyond 100 levels.
 *
 * @returns the object, or what is wrong, as the end of a sentence
 */
export function parseJsonObject(text: string): { readonly value: JsonObject } | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Not JSON.parse's own words: they quote the text, which may hold a secret.
    return { problem: 'is not JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { problem: `is JSON, but ${describe(value)} instead of an object` };
  }
  const found = inspect(value, 1);
  if (typeof found === 'string') return { problem: found };
  if (found !== writtenNames(text)) return { problem: 'has a name that occurs twice in one object' };
  return { value: value as JsonObject };
}

/** How many names a parsed value holds in all its objects, or what is wrong with it. */
function inspect(value: unknown, depth: number): number | string {
  if (typeof value === 'string') return value.isWellFormed() ? 0 : 'has a string with a lone surrogate';
  if (typeof value === 'number') return Number.isFinite(value) ? 0 : 'has a number too large to be finite';
  if (typeof value !== 'object' || value === null) return 0;
  if (depth > maxDepth) return `is nested more than ${maxDepth} levels deep`;
  let names = 0;
  const isArray = Array.isArray(value);
  for (const name of Object.keys(value)) {
    if (!isArray) names += 1;
    if (!name.isWellFormed()) return 'has a name with a lone surrogate';
    const inside = inspect((value as Record<string, unknown>)[name], depth + 1);
    if (typeof inside === 'string') return inside;
    names += inside;
  }
  return names;
}

/** How many names stand in a JSON text that is known to be valid: string literals followed by a colon. */
function writtenNames(text: string): number {
  let names = 0;
  // Without escapes a string ends at the next quote. One pattern for both would overflow the stack on long strings.
  for (const literal of text.replace(/\\./g, '').matchAll(/"[^"]*"\s*(:?)/g))
    if (literal[1] === ':') names += 1;
  return names;
}

// Everything that JSON writes as it is. Most names and ids are like this, and a test is cheaper than stringify.
const plainText = /^[\w .:*@/\-[\]]*$/;

/** @internal A JSON string literal. */
export function jsonString(text: string): string {
  return plainText.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** @internal A JSON string literal as it stands in a JSON text that is itself written as a string: quoted twice. */
export function nestedJsonString(text: string): string {
  return plainText.test(text) ? `\\"${text}\\"` : JSON.stringify(JSON.stringify(text)).slice(1, -1);
}

/**
 * @internal
 * JSON text of a value, without what `JSON.stringify` would silently change or drop: functions, symbols, BigInt,
 * non-finite numbers, `undefined` in an array, lone surrogates, and objects that are more than data (a `toJSON`
 * method, a Date, a Map, an instance of a class). Members that are `undefined` are left out.
 *
 * @param value - the value
 * @param path - its name, for the message
 * @param fail - makes the error from the path and what is wrong there
 */
export function encodeJson(
  value: unknown,
  path: string,
  fail: (path: string, problem: string) => Error,
  depth = 1,
): string {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw fail(path, 'holds a lone surrogate (half of a character)');
    return jsonString(value);
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw fail(path, `is ${value}, which JSON can't hold`);
    return JSON.stringify(value);
  }
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object') throw fail(path, `is ${describe(value)}, which JSON can't hold`);
  if (depth > maxDepth) throw fail(path, `is nested more than ${maxDepth} levels deep, or holds itself`);
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') {
    throw fail(path, `is ${describe(value)} with a toJSON method; pass the data that you want in the token`);
  }
  if (Array.isArray(value)) {
    // Not map: it skips the holes of a sparse array, which would come out as invalid JSON.
    return `[${Array.from(value, (item, i) => encodeJson(item, `${path}[${i}]`, fail, depth + 1)).join(',')}]`;
  }
  if (!isPlainObject(value)) throw fail(path, `is ${describe(value)}; pass a plain object`);
  let text = '';
  for (const name of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[name];
    if (member === undefined) continue;
    if (!name.isWellFormed()) throw fail(path, 'has a name with a lone surrogate (half of a character)');
    text += `${text === '' ? '' : ','}${jsonString(name)}:${encodeJson(member, `${path}.${name}`, fail, depth + 1)}`;
  }
  return `{${text}}`;
}

/** @internal An object made by a literal, `JSON.parse` or `Object.create(null)`, in any realm. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
