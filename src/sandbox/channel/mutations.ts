import { can } from '../../capability/capability.js';
import type { Operation } from '../../capability/operation.js';
import { type App, rulesFor } from '../auth/apps.js';
import { stampClientId } from '../auth/identity.js';
import { protocolError } from '../protocol/errors.js';
import { MessageAction, type MessageVersion, type WireMessage } from '../protocol/protocol.js';
import type { MessageSource, StoredMessage } from './history.js';
import { assertSize, type Sender } from './messages.js';

/** What is to become of a message that was published before. */
export interface Mutation {
  readonly action: number;
  readonly name?: string | undefined;
  readonly data?: unknown;
  readonly encoding?: string | undefined;
  readonly extras?: Record<string, unknown> | undefined;
  readonly version: Pick<MessageVersion, 'clientId' | 'description' | 'metadata'>;
}

const rights: Readonly<Record<number, 'update' | 'delete'>> = {
  [MessageAction.UPDATE]: 'update',
  [MessageAction.APPEND]: 'update',
  [MessageAction.DELETE]: 'delete',
};

/** @throws {@link ProtocolError} 93002 when the messages of the channel can't be changed */
export function assertMutable(app: App, channel: string): void {
  if (rulesFor(app, channel).mutableMessages !== true) throw protocolError('NOT_MUTABLE');
}

/** Whether a sender may change its own messages of a channel, or any. */
function mutationRights(channel: string, { action = MessageAction.CREATE }: WireMessage, sender: Sender) {
  const verb = rights[action];
  if (verb === undefined)
    throw protocolError('BAD_REQUEST', `bad request: a client can't send the message action ${action}`);
  const holds = (whose: 'own' | 'any') =>
    can(sender.identity.capability, `message-${verb}-${whose}` satisfies Operation, channel);
  return { verb, any: holds('any'), own: holds('own') };
}

/** @throws {@link ProtocolError} 40160 when a sender may change no message of a channel as it asks */
export function assertMayMutate(channel: string, request: WireMessage, sender: Sender): void {
  const { verb, any, own } = mutationRights(channel, request, sender);
  if (typeof request.serial !== 'string')
    throw protocolError('PARAMETER_INVALID', 'This message lacks a serial');
  if (any || own) return;
  throw protocolError(
    'NOT_PERMITTED',
    `operation not permitted with provided capability: ${verb} messages of ${channel}`,
  );
}

/**
 * Reads the change of a message, after {@link assertMayMutate}.
 *
 * @param request - read by `readMessages`; its `serial` names the message
 * @throws {@link ProtocolError} 40160 or 40166 for another client's message; 40400 when the channel has no such message
 */
export function readMutation(
  channel: MessageSource,
  request: WireMessage,
  sender: Sender,
): { original: StoredMessage; changes: Mutation } {
  const { action = MessageAction.CREATE, serial = '', name, data, encoding, extras, version = {} } = request;
  const { verb, any } = mutationRights(channel.name, request, sender);
  const original = channel.history.versions(serial).at(-1);
  if (original === undefined)
    throw protocolError('NOT_FOUND', 'not found: the channel has no message of that serial');
  if (!any) {
    if (sender.clientId === undefined || sender.clientId === '*') throw protocolError('OWN_NEEDS_IDENTITY');
    if (original.clientId !== sender.clientId) {
      throw protocolError(
        'NOT_PERMITTED',
        `operation not permitted with provided capability: ${verb} another client's message`,
      );
    }
  }
  if (action === MessageAction.APPEND && (typeof data !== 'string' || typeof original.data !== 'string')) {
    throw protocolError(
      'DATA_INVALID',
      'invalid message data or encoding: only text can be appended, and only to text',
    );
  }
  if (action === MessageAction.APPEND) assertSize({ ...original, data: `${original.data}${data}` });
  const clientId = stampClientId(sender.clientId, version.clientId);
  const { description, metadata } = version;
  return {
    original,
    changes: { action, name, data, encoding, extras, version: { clientId, description, metadata } },
  };
}

/** A message as it is after a change: what the change doesn't name stays. */
export function applyMutation(
  original: StoredMessage,
  changes: Mutation,
  version: MessageVersion,
): StoredMessage {
  const { name = original.name, extras = original.extras, data, encoding } = changes;
  const appends = changes.action === MessageAction.APPEND;
  const payload =
    data === undefined ? { data: original.data, encoding: original.encoding } : { data, encoding };
  return defined({
    ...original,
    name,
    extras,
    ...payload,
    ...(appends ? { data: `${original.data}${data}`, encoding: original.encoding } : {}),
    action: appends ? MessageAction.UPDATE : changes.action,
    version,
  });
}

/** Without the properties that are undefined. */
function defined<Value extends object>(value: { [Name in keyof Value]: Value[Name] | undefined }): Value {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as Value;
}
