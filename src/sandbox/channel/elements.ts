import type { Identity } from '../auth/identity.js';
import { fromWire } from '../protocol/codec.js';
import { refusal } from '../protocol/errors.js';
import type { WireMessage } from '../protocol/protocol.js';
import { userClaim } from './user-claims.js';

/** Who sends a message. */
export interface Sender {
  readonly identity: Identity;
  /** The client id of the connection or request. */
  readonly clientId: string | undefined;
}

/** What should be a list of objects; one object counts as a list of one. */
export function asObjects(value: unknown, what: string): Record<string, unknown>[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  for (const entry of list) {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      throw refusal('BODY_INVALID', `invalid request body: ${what} must be objects`);
    }
  }
  return list as Record<string, unknown>[];
}

/** Copies a text, if it is there. */
export function copyText<Name extends string>(
  from: Record<string, unknown>,
  to: { [name in Name]?: string },
  name: Name,
): void {
  const value = from[name];
  if (value === undefined || value === null) return;
  if (typeof value !== 'string')
    throw refusal('BODY_INVALID', `invalid request body: "${name}" must be a string`);
  to[name] = value;
}

/** The data, encoding and extras of a message or the like. */
export function payloadOf(raw: Record<string, unknown>): Pick<WireMessage, 'data' | 'encoding' | 'extras'> {
  const payload: Pick<WireMessage, 'data' | 'encoding' | 'extras'> = {};
  copyText(raw, payload, 'encoding');
  const { data, extras } = raw;
  if (typeof data === 'string' || data instanceof Uint8Array) {
    payload.data = data;
  } else if (typeof data === 'object' && data !== null) {
    // By hand, without an SDK, people send JSON as it is.
    payload.data = JSON.stringify(data);
    payload.encoding = payload.encoding === undefined ? 'json' : `${payload.encoding}/json`;
  } else if (data !== undefined && data !== null) {
    throw refusal('DATA_INVALID', `invalid message data or encoding: "data" is a ${typeof data}`);
  }
  if (typeof extras === 'object' && extras !== null && !Array.isArray(extras)) {
    payload.extras = extras as Record<string, unknown>;
  } else if (extras !== undefined && extras !== null) {
    throw refusal('BODY_INVALID', 'invalid request body: "extras" must be an object');
  }
  return fromWire(payload);
}

/** Only the token can say what stands in `extras.userClaim`; what the client wrote there is taken out. */
export function withClaim<Message extends { extras?: Record<string, unknown> }>(
  message: Message,
  identity: Identity,
  channel: string,
): Message {
  const claim = userClaim(identity, channel);
  if (claim === undefined && message.extras?.userClaim === undefined) return message;
  const { userClaim: _, ...extras } = message.extras ?? {};
  if (claim !== undefined) extras.userClaim = claim;
  return { ...message, extras };
}
