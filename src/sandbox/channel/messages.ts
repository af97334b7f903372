import { type App, rulesFor } from '../auth/apps.js';
import { stampClientId } from '../auth/identity.js';
import { refusal } from '../protocol/errors.js';
import {
  MessageAction,
  maxMessageSize,
  PresenceAction,
  type WireMessage,
  type WirePresence,
} from '../protocol/protocol.js';
import { asObjects, copyText, payloadOf, type Sender, withClaim } from './elements.js';

/**
 * Reads messages of a frame or a REST body, and stamps on them what the sender can't choose: the client id and the
 * user claim.
 *
 * @throws {@link Refusal} for what isn't a message, is too large, or names another client
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
    if (typeof raw.version === 'object' && raw.version !== null) message.version = raw.version;
    return withClaim(message, sender.identity, channel);
  });
  const size = messages.reduce((sum, message) => sum + sizeOf(message), 0);
  if (size > maxMessageSize) {
    throw refusal(
      'MESSAGE_TOO_LARGE',
      `message too large: ${size} bytes, of which ${maxMessageSize} are allowed`,
    );
  }
  return messages;
}

/**
 * Checks that messages may be published on a channel as new ones.
 *
 * @throws {@link Refusal} 40000 for changes of other messages; 40161 for those without a client id where one is needed
 */
export function assertPublishable(
  app: App,
  channel: { readonly name: string },
  messages: readonly WireMessage[],
): void {
  if (messages.some(isMutation))
    throw refusal('BAD_REQUEST', 'bad request: a change of a message is not published with others');
  const anonymous = messages.some(({ clientId }) => clientId === undefined);
  if (anonymous && rulesFor(app, channel.name).identified === true) throw refusal('NEEDS_IDENTITY');
}

/** Whether a message changes another one, instead of being one. */
export function isMutation({ action = MessageAction.CREATE }: WireMessage): boolean {
  return action !== MessageAction.CREATE;
}

/**
 * Reads presence messages likewise.
 *
 * @throws {@link Refusal} for what isn't a presence message, or has no client id or another client's
 */
export function readPresence(
  value: unknown,
  sender: Sender,
  channel: string,
): (WirePresence & { clientId: string })[] {
  return asObjects(value, 'presence').map((raw) => {
    const clientId = stampClientId(sender.clientId, raw.clientId);
    if (clientId === undefined) throw refusal('PRESENCE_NEEDS_IDENTITY');
    const { action } = raw;
    if (
      action !== PresenceAction.ENTER &&
      action !== PresenceAction.LEAVE &&
      action !== PresenceAction.UPDATE
    ) {
      throw refusal(
        'BAD_REQUEST',
        `bad request: a client can't send the presence action ${JSON.stringify(action)}`,
      );
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
