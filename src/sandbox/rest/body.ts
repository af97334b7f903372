import type { IncomingMessage } from 'node:http';
import { decode } from '../protocol/codec.js';
import { protocolError } from '../protocol/errors.js';
import { maxFrameSize } from '../protocol/protocol.js';

/**
 * Reads and decodes the body of a request; undefined without one.
 *
 * @throws {@link ProtocolError} for a body that is too large or not of its format
 */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  if (Number(request.headers['content-length']) > maxFrameSize) throw bodyTooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxFrameSize) throw bodyTooLarge();
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  const format = (request.headers['content-type'] ?? '').includes('msgpack') ? 'msgpack' : 'json';
  try {
    return decode(Buffer.concat(chunks), format);
  } catch {
    throw protocolError(
      'BODY_INVALID',
      `invalid request body: it is not ${format === 'json' ? 'JSON' : 'MessagePack'}, or nested too deep`,
    );
  }
}

function bodyTooLarge() {
  return protocolError('MESSAGE_TOO_LARGE', `message too large: a body may have ${maxFrameSize} bytes`);
}
