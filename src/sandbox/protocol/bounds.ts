/** How deep a frame or a body may be nested. Below the 100 levels that MessagePack encoders write. */
const maxDepth = 72;

/** Whether a JSON text is nested no deeper than the server reads. It needn't be valid. */
export function isBoundedJson(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '"') quoted = !quoted;
    else if (quoted) {
      if (character === '\\') i++;
    } else if (character === '{' || character === '[') {
      if (++depth > maxDepth) return false;
    } else if (character === '}' || character === ']') depth--;
  }
  return true;
}

/** How many bytes a length takes that follows a type byte: 1, 2 or 4. */
type LengthBytes = 1 | 2 | 4;

/** The size of an element's head, of the data behind it, and the number of elements inside. */
interface Head {
  readonly head: number;
  readonly data: number;
  readonly inside: number;
}

/**
 * Whether MessagePack is whole, nested no deeper than the server reads, and holds no list that announces more elements
 * than there are bytes left. Decoders reserve memory for what a list announces: three bytes can ask for 65,536 elements.
 */
export function isBoundedMsgpack(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** The elements to come, at each level that is open. */
  const open = [1];
  let waiting = 1;
  let at = 0;
  while (open.length > 0) {
    if (open.at(-1) === 0) {
      open.pop();
      continue;
    }
    open[open.length - 1]!--;
    waiting--;
    const element = at < bytes.length ? readHead(view, at) : undefined;
    if (element === undefined) return false;
    at += element.head + element.data;
    waiting += element.inside;
    // Each element that is still to come takes a byte at least.
    if (waiting > bytes.length - at) return false;
    if (element.inside > 0 && open.push(element.inside) > maxDepth + 1) return false;
  }
  return at === bytes.length;
}

/** Reads the head of an element. {@link https://github.com/msgpack/msgpack/blob/master/spec.md} */
function readHead(view: DataView, at: number): Head | undefined {
  const type = view.getUint8(at);
  const lengthOf = (size: LengthBytes) => {
    if (at + 1 + size > view.byteLength) return Number.POSITIVE_INFINITY;
    if (size === 1) return view.getUint8(at + 1);
    return size === 2 ? view.getUint16(at + 1) : view.getUint32(at + 1);
  };
  if (type <= 0x7f || type >= 0xe0) return fixed(0);
  if (type <= 0x8f) return { head: 1, data: 0, inside: (type & 0x0f) * 2 };
  if (type <= 0x9f) return { head: 1, data: 0, inside: type & 0x0f };
  if (type <= 0xbf) return fixed(type & 0x1f);
  if (type >= 0xd4 && type <= 0xd8) return fixed(1 + 2 ** (type - 0xd4)); // extensions of 1 to 16 bytes
  return heads[type]?.(lengthOf);
}

const fixed = (data: number): Head => ({ head: 1, data, inside: 0 });
const sized =
  (size: LengthBytes, more = 0) =>
  (lengthOf: (size: LengthBytes) => number): Head => ({
    head: 1 + size,
    data: lengthOf(size) + more,
    inside: 0,
  });
const list =
  (size: LengthBytes, each: 1 | 2) =>
  (lengthOf: (size: LengthBytes) => number): Head => ({
    head: 1 + size,
    data: 0,
    inside: lengthOf(size) * each,
  });
const always = (data: number) => () => fixed(data);

/** The types that need more than their type byte, and those of a fixed size. 0xc1 is not used. */
const heads: Readonly<Record<number, (lengthOf: (size: LengthBytes) => number) => Head>> = {
  192: always(0), // nil
  194: always(0), // false
  195: always(0), // true
  196: sized(1), // bytes
  197: sized(2),
  198: sized(4),
  199: sized(1, 1), // extensions, with their type
  200: sized(2, 1),
  201: sized(4, 1),
  202: always(4), // floats
  203: always(8),
  204: always(1), // integers
  205: always(2),
  206: always(4),
  207: always(8),
  208: always(1),
  209: always(2),
  210: always(4),
  211: always(8),
  217: sized(1), // strings
  218: sized(2),
  219: sized(4),
  220: list(2, 1), // arrays
  221: list(4, 1),
  222: list(2, 2), // maps
  223: list(4, 2),
};
