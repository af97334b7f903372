import { can } from '../../capability/capability.js';
import { getOrMake } from '../../util/maps.js';
import { readAnnotations } from '../channel/annotations.js';
import { type Channel, channelOf } from '../channel/channel.js';
import { assertPublishable, isMutation, readMessages, readPresence } from '../channel/messages.js';
import { assertMutable, readMutation } from '../channel/mutations.js';
import { mostSpecific, RateLimit } from '../channel/user-claims.js';
import { refusal, toErrorInfo } from '../protocol/errors.js';
import { ModeBit } from '../protocol/modes.js';
import { Action, type Frame, type WireMessage } from '../protocol/protocol.js';
import { attach, detach, sync } from './attachments.js';
import type { Connection } from './connection.js';

type Handler = (connection: Connection, frame: Frame) => void;

const handlers: Readonly<Record<number, Handler>> = {
  [Action.HEARTBEAT]: (connection, { id }) => connection.send({ action: Action.HEARTBEAT, id }),
  [Action.AUTH]: (connection, { auth }) => void connection.renew(auth?.accessToken),
  [Action.CLOSE]: (connection) => connection.close(),
  [Action.DISCONNECT]: (connection) => connection.drop(),
  [Action.ATTACH]: attach,
  [Action.DETACH]: detach,
  [Action.SYNC]: sync,
  [Action.MESSAGE]: settled(publish),
  [Action.PRESENCE]: settled(present),
  [Action.ANNOTATION]: settled(annotate),
  [Action.OBJECT]: settled(unsupported),
};

/** Does what a client's frame asks for. Actions that the server doesn't know are ignored, as Ably does (RTF1). */
export function handleFrame(connection: Connection, frame: Frame): void {
  handlers[frame.action]?.(connection, frame);
}

/** The serials that an ACK tells, one for each message. */
type Serials = (string | null)[];

/** Answers with ACK or NACK. A frame that was answered before, and comes again after a resume, isn't done again. */
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

function publish(connection: Connection, frame: Frame): Serials {
  const { identity, app, world } = connection;
  const channel = channelOf(app, frame.channel ?? '', world.clock);
  const messages = readMessages(frame.messages ?? [], connection, channel.name);
  if (messages.length > 0 && messages.every(isMutation)) return mutate(connection, channel, messages);
  if (!can(identity.capability, 'publish', channel.name)) {
    throw refusal('NOT_PERMITTED', 'Unauthorized to publish to channel');
  }
  assertMode(connection, frame, ModeBit.PUBLISH, 'publish a message', 'PUBLISH');
  assertPublishable(app, channel, messages);
  limitRate(connection, channel, messages.length);
  return channel.publish(messages, connection.id, `${connection.id}:${frame.msgSerial}`);
}

function mutate(connection: Connection, channel: Channel, messages: readonly WireMessage[]): Serials {
  assertMutable(connection.app, channel);
  return messages.map((message) => {
    const { original, changes } = readMutation(channel, message, connection);
    return channel.mutate(original, changes, connection.id);
  });
}

function present(connection: Connection, frame: Frame): Serials {
  const { identity, app, world } = connection;
  const channel = channelOf(app, frame.channel ?? '', world.clock);
  if (!can(identity.capability, 'presence', channel.name))
    throw refusal('NOT_PERMITTED', 'Unauthorized to enter presence channel');
  if (!connection.attachments.has(frame.channel ?? '')) throw refusal('CHANNEL_NOT_ATTACHED');
  assertMode(connection, frame, ModeBit.PRESENCE, 'enter, update or leave presence', 'PRESENCE');
  const messages = readPresence(frame.presence ?? [], connection, channel.name);
  // The client's promise settles with the ACK, so its own set of members must have been told before.
  channel.presence.apply(messages, connection.id, `${connection.id}:${frame.msgSerial}`);
  return messages.map(() => null);
}

function annotate(connection: Connection, frame: Frame): Serials {
  const { identity, app, world } = connection;
  const channel = channelOf(app, frame.channel ?? '', world.clock);
  if (!can(identity.capability, 'annotation-publish', channel.name)) {
    throw refusal('NOT_PERMITTED', 'Unauthorized to publish annotations to channel');
  }
  assertMode(connection, frame, ModeBit.ANNOTATION_PUBLISH, 'publish an annotation', 'ANNOTATION_PUBLISH');
  assertMutable(app, channel);
  const annotations = readAnnotations(frame.annotations ?? [], connection, channel);
  return channel.annotations.publish(annotations, connection.id, `${connection.id}:${frame.msgSerial}`);
}

function unsupported(): never {
  throw refusal('UNSUPPORTED');
}

/** A client that has attached must have asked for the mode; one that hasn't needs the right only. */
function assertMode(connection: Connection, frame: Frame, mode: number, deed: string, name: string): void {
  const attachment = connection.attachments.get(frame.channel ?? '');
  if (attachment === undefined || (attachment.granted & mode) !== 0) return;
  throw refusal(
    'MODE_MISSING',
    `Unable to ${deed} as client did not request the ${name} mode when attaching`,
  );
}

function limitRate(connection: Connection, channel: Channel, count: number): void {
  const rate = mostSpecific(connection.identity.publishRateLimits, channel.name);
  if (rate === undefined) return;
  const limit = getOrMake(connection.rates, channel.name, () => new RateLimit(connection.world.clock));
  if (!limit.take(count, rate)) {
    throw refusal(
      'RATE_LIMITED',
      `rate limit exceeded: the token allows ${rate} messages per second on ${channel.name}`,
    );
  }
}
