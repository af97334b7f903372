import { splitName } from '../../capability/resource.js';
import { protocolError } from '../protocol/errors.js';

/** A channel's name as a client writes it, in its parts. */
export interface ParsedChannelName {
  /** The channel itself, as in `chat` or `[meta]log`. */
  readonly name: string;
  /** The parameters in front of it, as in `[?rewind=1]chat`. */
  readonly params: Readonly<Record<string, string>>;
}

/**
 * Splits a channel's name.
 *
 * @throws {@link ProtocolError} 40010 for a text that can't be a channel's name, 50001 for a filtered channel
 */
export function parseChannelName(text: string): ParsedChannelName {
  const { qualifier, params, path } = splitName(text);
  if (path === '' || path.startsWith(':') || path.startsWith('[') || path.includes('\n')) {
    throw protocolError('CHANNEL_NAME_INVALID', `invalid channel name ${JSON.stringify(text)}`);
  }
  // As a channel of its own it would stay silent.
  if (text.startsWith('[filter=')) {
    throw protocolError('UNSUPPORTED', `the sandbox does not filter messages: subscribe to "${path}" itself`);
  }
  const name = qualifier === '' ? path : `[${qualifier}]${path}`;
  return { name, params: Object.fromEntries(new URLSearchParams(params)) };
}

/**
 * The channel's name without parameters.
 *
 * @throws {@link ProtocolError} 40010 for a text that can't be a channel's name
 */
export function channelName(text: string): string {
  return parseChannelName(text).name;
}
