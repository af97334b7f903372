import { type Attachment, type Channel, channelOf, messageFrame } from '../channel/channel.js';
import type { Publish } from '../channel/history.js';
import { parseChannelName } from '../channel/name.js';
import { refusal, toErrorInfo } from '../protocol/errors.js';
import { ModeBit, modeNames, permittedModes, requestedModes } from '../protocol/modes.js';
import { Action, Flag, type Frame } from '../protocol/protocol.js';
import type { Connection } from './connection.js';

/** ATTACH: the client gets of the modes that it asks for those that its token permits, or an error of the channel. */
export function attach(connection: Connection, frame: Frame): void {
  const name = frame.channel ?? '';
  try {
    const { params: ownParams } = parseChannelName(name);
    const channel = channelOf(connection.app, name, connection.world.clock);
    const params = { ...ownParams, ...textParams(frame.params) };
    const requested = requestedModes(frame.flags ?? 0, params.modes);
    const granted = permittedModes(connection.identity.capability, channel.name, requested);
    if (granted === 0) throw notPermitted(channel);
    const before = connection.attachments.get(name);
    const attachment = before ?? { name, channel, receiver: connection, requested, granted, params };
    Object.assign(attachment, { requested, granted, params });
    connection.attachments.set(name, attachment);
    channel.attachments.add(attachment);
    sendAttached(connection, attachment, continuation(attachment, frame, before !== undefined));
  } catch (error) {
    release(connection, name);
    connection.send({ action: Action.ERROR, channel: name, error: toErrorInfo(error) });
  }
}

/** DETACH: always granted. */
export function detach(connection: Connection, frame: Frame): void {
  const name = frame.channel ?? '';
  release(connection, name);
  connection.send({ action: Action.DETACHED, channel: name });
}

/** SYNC: the client asks for the members again. */
export function sync(connection: Connection, frame: Frame): void {
  const attachment = connection.attachments.get(frame.channel ?? '');
  if (attachment === undefined || (attachment.granted & ModeBit.PRESENCE_SUBSCRIBE) === 0) return;
  sendMembers(connection, attachment);
}

/** After a new token: what it permits of the modes that each attachment asked for. Where nothing is left, it ends. */
export function reconcile(connection: Connection): void {
  for (const attachment of [...connection.attachments.values()]) {
    const { channel, name, requested } = attachment;
    attachment.granted = permittedModes(connection.identity.capability, channel.name, requested);
    if (attachment.granted !== 0) continue;
    release(connection, name);
    connection.send({ action: Action.ERROR, channel: name, error: toErrorInfo(notPermitted(channel)) });
  }
}

function notPermitted(channel: Channel) {
  return refusal(
    'NOT_PERMITTED',
    `operation not permitted with provided capability: attach to ${channel.name}`,
  );
}

function release(connection: Connection, name: string): void {
  const attachment = connection.attachments.get(name);
  if (attachment === undefined) return;
  connection.attachments.delete(name);
  attachment.channel.attachments.delete(attachment);
  attachment.channel.presence.leave(connection.id);
}

/** Where a client stands in a channel's history when it has attached. */
interface Continuation {
  /** It has missed nothing, or is told now what it has missed. */
  readonly resumed: boolean;
  /** What it is to get at once. */
  readonly backlog: readonly Publish[];
  /** The serial of what it has seen before the backlog. */
  readonly serial: string;
}

function continuation(
  { channel, params, granted }: Attachment,
  frame: Frame,
  attached: boolean,
): Continuation {
  const { serial } = channel;
  const subscribes = (granted & ModeBit.SUBSCRIBE) !== 0;
  if (attached) return { resumed: true, backlog: [], serial };
  const missed =
    typeof frame.channelSerial === 'string' ? channel.missedSince(frame.channelSerial) : undefined;
  if (missed !== undefined) {
    // With a backlog the client stands where it stood, and the messages that follow take it on.
    const backlog = subscribes ? missed : [];
    return { resumed: true, backlog, serial: backlog.length > 0 ? frame.channelSerial! : serial };
  }
  const comesBack = ((frame.flags ?? 0) & Flag.ATTACH_RESUME) !== 0;
  const backlog =
    subscribes && !comesBack && params.rewind !== undefined ? channel.rewind(params.rewind) : [];
  return { resumed: false, backlog, serial };
}

function sendAttached(
  connection: Connection,
  attachment: Attachment,
  { resumed, backlog, serial }: Continuation,
): void {
  const { name, channel, granted, params } = attachment;
  const tellsMembers = channel.presence.size > 0 && (granted & ModeBit.PRESENCE_SUBSCRIBE) !== 0;
  const flags =
    (resumed ? Flag.RESUMED : 0) |
    (backlog.length > 0 ? Flag.HAS_BACKLOG : 0) |
    (tellsMembers ? Flag.HAS_PRESENCE : 0);
  connection.send({
    action: Action.ATTACHED,
    channel: name,
    channelSerial: serial,
    flags: granted | flags,
    params: knownParams(params, granted),
  });
  for (const publish of backlog) connection.send({ ...messageFrame(publish), channel: name });
  if (tellsMembers) sendMembers(connection, attachment);
}

function sendMembers(connection: Connection, { name, channel }: Attachment): void {
  for (const frame of channel.presence.syncFrames()) connection.send({ ...frame, channel: name });
}

function textParams(params: unknown): Record<string, string> {
  if (typeof params !== 'object' || params === null) return {};
  return Object.fromEntries(Object.entries(params).filter(([, value]) => typeof value === 'string'));
}

/** The parameters that the server knows, which are what the client is to see as `channel.params`. */
function knownParams(params: Readonly<Record<string, string>>, granted: number): Record<string, string> {
  const known: Record<string, string> = {};
  if (params.modes !== undefined) known.modes = modeNames(granted);
  for (const name of ['delta', 'rewind']) if (params[name] !== undefined) known[name] = params[name];
  return known;
}
