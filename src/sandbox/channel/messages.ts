import { describe } from '../../util/text.js';
import { type App, rulesFor } from '../auth/apps.js';
import { type Identity, stampClientId } from '../auth/identity.js';
import { fromWire } from '../protocol/codec.js';
import { protocolError } from '../protocol/errors.js';
import {
  MessageAction,
  maxMessageSize,
  PresenceAction,
  type WireMessage,
  type WirePresence,
} from '../protocol/protocol.js';
import { userClaimFor } from './user-claims.js';

/** Who sends a message. */
export interface Sender {
  readonly identity: Identity;
  /** The client id of the connection or request. */
  readonly clientId: string | undefined;
}

/**
 * Reads messages of a frame or a REST body, and adds what the sender can't choose: the client id and the user
 * claim.
 *
 * @throws {@link ProtocolError} for anything but a message, a message that is too large, or one that names another client
 */
export function readMessages(value: unknown, sender: Sender, channel: string): WireMessage[] {
  const list = asObjects(value, 'messages');
  const messages = list.map((raw): WireMessage => {
    const message: WireMessage = { ...payloadOf(raw) };
    const clientId = stampClientId(sender.clientId, raw.clientId);
    if (clientId !== undefined) message.clientId = clientId;
    copyText(raw, message, 'name');
    copyText(raw, message, 'id');
    copyText(raw, message, 'serial');
    if (typeof raw.action === 'number') message.action = raw.action;
    if (typeof raw.version === 'object' && raw.version !== null) {
      assertShallow(raw.version, 'version');
      message.version = raw.version;
    }
    return withClaim(message, sender.identity, channel);
  });
  assertSize(...messages);
  return messages;
}

/** @throws {@link ProtocolError} 40009 for messages that are larger together than one may be */
export function assertSize(...messages: readonly WireMessage[]): void {
  const size = messages.reduce((sum, message) => sum + sizeOf(message), 0);
  if (size <= maxMessageSize) return;
  throw protocolError(
    'MESSAGE_TOO_LARGE',
    `message too large: ${size} bytes, of which ${maxMessageSize} are allowed`,
  );
}

/**
 * Checks that messages may be published on a channel as new ones.
 *
 * @throws {@link ProtocolError} 40000 for changes of other messages; 40161 for those without a client id where one is needed
 */
export function assertPublishable(app: App, channel: string, messages: readonly WireMessage[]): void {
  if (messages.some(isMutation))
    throw protocolError('BAD_REQUEST', 'bad request: a change of a message is not published with others');
  for (const { clientId } of messages) assertIdentified(app, channel, clientId);
}

/** @throws {@link ProtocolError} 40161 for a client without an identity on a channel that wants one */
export function assertIdentified(app: App, channel: string, clientId: string | undefined): void {
  const identified = clientId !== undefined && clientId !== '*';
  if (!identified && rulesFor(app, channel).identified === true) throw protocolError('NEEDS_IDENTITY');
}

/** Whether a message changes another one, instead of being one. */
export function isMutation({ action = MessageAction.CREATE }: WireMessage): boolean {
  return action !== MessageAction.CREATE;
}

/**
 * Reads presence messages likewise.
 *
 * @throws {@link ProtocolError} for anything but a presence message, and one without a client id or with another client's
 */
export function readPresence(
  value: unknown,
  sender: Sender,
  channel: string,
): (WirePresence & { clientId: string })[] {
  return asObjects(value, 'presence').map((raw) => {
    const clientId = stampClientId(sender.clientId, raw.clientId);
    if (clientId === undefined) throw protocolError('PRESENCE_NEEDS_IDENTITY');
    const { action } = raw;
    if (
      action !== PresenceAction.ENTER &&
      action !== PresenceAction.LEAVE &&
      action !== PresenceAction.UPDATE
    ) {
      // Not what is no number: it may be anything.
      const found = typeof action === 'number' ? action : describe(action);
      throw protocolError('BAD_REQUEST', `bad request: a client can't send the presence action ${found}`);
    }
    const message: WirePresence & { clientId: string } = { ...payloadOf(raw), clientId, action };
    copyText(raw, message, 'id');
    return withClaim(message, sender.identity, channel);
  });
}

/** A message's size as Ably counts it (Ably spec TM6). */
function sizeOf({ name = '', clientId = '', data, extras }: WireMessage): number {
  const payload =
    typeof data === 'string' ? Buffer.byteLength(data) : data instanceof Uint8Array ? data.byteLength : 0;
  const rest = extras === undefined ? 0 : Buffer.byteLength(JSON.stringify(extras));
  return Buffer.byteLength(name) + Buffer.byteLength(clientId) + payload + rest;
}

/** Checks a list of objects. One object counts as a list of one. */
export function asObjects(value: unknown, what: string): Record<string, unknown>[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  for (const entry of list) {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      throw protocolError('BODY_INVALID', `invalid request body: ${what} must be objects`);
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
    throw protocolError('BODY_INVALID', `invalid request body: "${name}" must be a string`);
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
    throw protocolError('DATA_INVALID', `invalid message data or encoding: "data" is a ${typeof data}`);
  }
  if (typeof extras === 'object' && extras !== null && !Array.isArray(extras)) {
    assertShallow(extras, 'extras');
    payload.extras = extras as Record<string, unknown>;
  } else if (extras !== undefined && extras !== null) {
    throw protocolError('BODY_INVALID', 'invalid request body: "extras" must be an object');
  }
  return fromWire(payload);
}

/** How deep the JSON in a message may be nested. */
const maxDepth = 64;

/** Refuses what could not be written again in every format. */
function assertShallow(value: unknown, name: string, depth = 1): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > maxDepth) {
    throw protocolError(
      'BODY_INVALID',
      `invalid request body: "${name}" is nested more than ${maxDepth} levels deep`,
    );
  }
  for (const member of Object.values(value)) assertShallow(member, name, depth + 1);
}

/** Sets `extras.userClaim` from the token. Whatever the client wrote there is removed. */
export function withClaim<Message extends { extras?: Record<string, unknown> }>(
  message: Message,
  identity: Identity,
  channel: string,
): Message {
  const claim = userClaimFor(identity, channel);
  if (claim === undefined && message.extras?.userClaim === undefined) return message;
  const { userClaim: _, ...extras } = message.extras ?? {};
  if (claim !== undefined) extras.userClaim = claim;
  return { ...message, extras };
}
