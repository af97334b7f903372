import { can } from '../../capability/capability.js';
import { getOrMake } from '../../util/maps.js';
import { readAnnotations } from '../channel/annotations.js';
import { assertPublishable, isMutation, readMessages, readPresence } from '../channel/messages.js';
import { assertMayMutate, assertMutable, readMutation } from '../channel/mutations.js';
import { channelName } from '../channel/name.js';
import { mostSpecific, RateLimit } from '../channel/user-claims.js';
import { noObjects, protocolError, toErrorInfo } from '../protocol/errors.js';
import { ModeBit } from '../protocol/modes.js';
import { Action, type Frame, type WireMessage } from '../protocol/protocol.js';
import type { Connection } from './connection.js';

type Handler = (connection: Connection, frame: Frame) => void;

const handlers: Readonly<Record<number, Handler>> = {
  [Action.HEARTBEAT]: (connection, { id }) => connection.send({ action: Action.HEARTBEAT, id }),
  [Action.PONG]: (connection, { id }) => connection.pong(id),
  [Action.AUTH]: (connection, { auth }) => void connection.renew(auth?.accessToken),
  [Action.CLOSE]: (connection) => connection.close(),
  [Action.DISCONNECT]: (connection) => connection.drop(),
  [Action.ATTACH]: ({ attachments }, frame) => attachments.attach(frame),
  [Action.DETACH]: ({ attachments }, frame) => attachments.detach(frame),
  [Action.SYNC]: ({ attachments }, frame) => attachments.sync(frame),
  [Action.MESSAGE]: settled(publishMessages),
  [Action.PRESENCE]: settled(present),
  [Action.ANNOTATION]: settled(publishAnnotations),
  [Action.OBJECT]: settled(unsupported),
};

/** Handles a client's frame. Actions that the server doesn't know are ignored, as Ably does (RTF1). */
export function handleFrame(connection: Connection, frame: Frame): void {
  handlers[frame.action]?.(connection, frame);
}

/** The serials in an ACK, one for each message. */
type Serials = (string | null)[];

/** Answers with ACK or NACK. A frame that a client sends again after a resume gets its first answer again. */
function settled(act: (connection: Connection, frame: Frame) => Serials): Handler {
  return (connection, frame) => {
    const msgSerial = frame.msgSerial ?? 0;
    const given = connection.answers.get(msgSerial);
    if (given === undefined)
      connection.answer(
        msgSerial,
        answerTo(msgSerial, () => act(connection, frame)),
      );
    else connection.send(given);
  };
}

function answerTo(msgSerial: number, act: () => Serials): Frame {
  try {
    return { action: Action.ACK, msgSerial, count: 1, res: [{ serials: act() }] };
  } catch (error) {
    return { action: Action.NACK, msgSerial, count: 1, error: toErrorInfo(error) };
  }
}

function publishMessages(connection: Connection, frame: Frame): Serials {
  const { identity, app } = connection;
  const name = channelName(frame.channel ?? '');
  const messages = readMessages(frame.messages ?? [], connection, name);
  if (messages.length > 0 && messages.every(isMutation)) return mutate(connection, name, messages);
  if (!can(identity.capability, 'publish', name)) {
    throw protocolError('NOT_PERMITTED', 'Unauthorized to publish to channel');
  }
  assertMode(connection, frame, ModeBit.PUBLISH, 'publish a message', 'PUBLISH');
  assertPublishable(app, name, messages);
  limitRate(connection, name, messages.length);
  const channel = connection.context.channels.open(app, name);
  return channel.publish(messages, connection.id, `${connection.id}:${frame.msgSerial}`);
}

function mutate(connection: Connection, name: string, messages: readonly WireMessage[]): Serials {
  const { app, context } = connection;
  assertMutable(app, name);
  return messages.map((message) => {
    assertMayMutate(name, message, connection);
    const channel = context.channels.open(app, name);
    const { original, changes } = readMutation(channel, message, connection);
    return channel.mutate(original, changes, connection.id);
  });
}

function present(connection: Connection, frame: Frame): Serials {
  const { identity, app, context } = connection;
  const name = channelName(frame.channel ?? '');
  if (!can(identity.capability, 'presence', name))
    throw protocolError('NOT_PERMITTED', 'Unauthorized to enter presence channel');
  if (connection.attachments.get(frame.channel) === undefined) throw protocolError('CHANNEL_NOT_ATTACHED');
  assertMode(connection, frame, ModeBit.PRESENCE, 'enter, update or leave presence', 'PRESENCE');
  const messages = readPresence(frame.presence ?? [], connection, name);
  // Before the ACK, on which the client's promise settles: by then its own set of members must be up to date.
  const { presence } = context.channels.open(app, name);
  presence.apply(messages, connection.id, `${connection.id}:${frame.msgSerial}`);
  return messages.map(() => null);
}

function publishAnnotations(connection: Connection, frame: Frame): Serials {
  const { identity, app, context } = connection;
  const name = channelName(frame.channel ?? '');
  if (!can(identity.capability, 'annotation-publish', name)) {
    throw protocolError('NOT_PERMITTED', 'Unauthorized to publish annotations to channel');
  }
  assertMode(connection, frame, ModeBit.ANNOTATION_PUBLISH, 'publish an annotation', 'ANNOTATION_PUBLISH');
  assertMutable(app, name);
  const channel = context.channels.open(app, name);
  const annotations = readAnnotations(frame.annotations ?? [], connection, channel);
  return channel.annotations.publish(annotations, connection.id, `${connection.id}:${frame.msgSerial}`);
}

function unsupported(): never {
  throw protocolError('UNSUPPORTED', noObjects);
}

/** An attached client must have asked for the mode. A client that isn't attached needs only the right. */
function assertMode(connection: Connection, frame: Frame, mode: number, verb: string, name: string): void {
  const attachment = connection.attachments.get(frame.channel);
  if (attachment === undefined || (attachment.granted & mode) !== 0) return;
  throw protocolError(
    'MODE_MISSING',
    `Unable to ${verb} as client did not request the ${name} mode when attaching`,
  );
}

function limitRate(connection: Connection, channel: string, count: number): void {
  const rate = mostSpecific(connection.identity.publishRateLimits, channel);
  if (rate === undefined) return;
  const limit = getOrMake(connection.rates, channel, () => new RateLimit(connection.context.clock));
  if (!limit.take(count, rate)) {
    throw protocolError(
      'RATE_LIMITED',
      `rate limit exceeded: the token allows ${rate} messages per second on ${channel}`,
    );
  }
}
