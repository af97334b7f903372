import { decode as decodeMsgpack, Encoder } from '../vendor.js';
import { isBoundedJson, isBoundedMsgpack } from './bounds.js';
import type { Frame } from './protocol.js';

const encoder = new Encoder({ ignoreUndefined: true });
const utf8 = new TextDecoder();

/** How frames and bodies are written: JSON text or MessagePack bytes. */
export type Format = 'json' | 'msgpack';

/** Writes a frame or a body. Properties that are undefined are left out. */
export function encode(value: unknown, format: Format): string | Uint8Array {
  return format === 'json' ? JSON.stringify(value) : encoder.encode(value);
}

/**
 * Reads a frame or a body.
 *
 * @throws when the bytes are not of that format, or nested too deep
 */
export function decode(bytes: Uint8Array, format: Format): unknown {
  const text = format === 'json' ? utf8.decode(bytes) : undefined;
  if (text === undefined ? !isBoundedMsgpack(bytes) : !isBoundedJson(text))
    throw new RangeError('out of bounds');
  return text === undefined ? decodeMsgpack(bytes) : JSON.parse(text);
}

/** A message or presence message, as far as its data goes. */
interface WithData {
  data?: unknown;
  encoding?: string;
}

/**
 * The element as the server keeps it: binary data is bytes, and never a base64 text, whatever the format it came in.
 * The outermost encoding step is at the end of `encoding`.
 */
export function fromWire<Element extends WithData>(element: Element): Element {
  const { data, encoding } = element;
  if (typeof data !== 'string' || encoding === undefined || !/(^|\/)base64$/.test(encoding)) return element;
  const { encoding: _, ...rest } = element;
  const outer = encoding.slice(0, Math.max(0, encoding.length - '/base64'.length));
  return {
    ...rest,
    data: Buffer.from(data, 'base64'),
    ...(outer === '' ? {} : { encoding: outer }),
  } as unknown as Element;
}

/** The element as it is written in a format: JSON has no bytes, so they become base64 with an encoding step. */
export function toWire<Element extends WithData>(element: Element, format: Format): Element {
  const { data, encoding } = element;
  if (format === 'msgpack' || !(data instanceof Uint8Array)) return element;
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
  return { ...element, data: text, encoding: encoding === undefined ? 'base64' : `${encoding}/base64` };
}

/** Writes a frame, its data as the format has it. */
export function encodeFrame(frame: Frame, format: Format): string | Uint8Array {
  const { messages, presence, annotations } = frame;
  if (messages === undefined && presence === undefined && annotations === undefined)
    return encode(frame, format);
  return encode(
    {
      ...frame,
      messages: messages?.map((message) => toWire(message, format)),
      presence: presence?.map((member) => toWire(member, format)),
      annotations: annotations?.map((annotation) => toWire(annotation, format)),
    },
    format,
  );
}
