/**
 * What stands at a path of properties, if it is of that type. What servers and functions of an app throw can be anything,
 * also null, an object with a getter that throws, or a Proxy.
 */
export function read(from: unknown, type: 'number', ...path: string[]): number | undefined;
export function read(from: unknown, type: 'string', ...path: string[]): string | undefined;
export function read(from: unknown, type: string, ...path: string[]): unknown {
  try {
    const value = path.reduce((parent, name) => (parent as Record<string, unknown>)[name], from);
    return typeof value === type ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Parsed JSON. Undefined for any other text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
