import { type Attachment, type Channel, channelOf, messageFrame, type Publish } from './channels.js';
import type { Connection } from './connection.js';
import { refusal, toErrorInfo } from './failures.js';
import { ModeBit, modeNames, permittedModes, requestedModes } from './modes.js';
import { Action, Flag, type Frame } from './protocol.js';

/** ATTACH: the client gets of the modes that it asks for those that its token permits, or an error of the channel. */
export function attach(connection: Connection, frame: Frame): void {
  const name = frame.channel ?? '';
  try {
    const channel = channelOf(connection.app, name, connection.world.clock);
    const params = textParams(frame.params);
    const requested = requestedModes(frame.flags ?? 0, params.modes);
    const granted = permittedModes(connection.identity.capability, channel.name, requested);
    if (granted === 0) throw notPermitted(channel);
    const before = connection.attachments.get(name);
    const attachment: Attachment = before ?? {
      name,
      channel,
      receiver: connection,
      requested,
      granted,
      params,
    };
    Object.assign(attachment, { requested, granted, params });
    connection.attachments.set(name, attachment);
    channel.attachments.add(attachment);
    const missed = before !== undefined ? [] : missedBy(channel, frame.channelSerial);
    sendAttached(connection, attachment, missed, frame.channelSerial);
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

function missedBy(channel: Channel, serial: string | undefined): readonly Publish[] | undefined {
  return typeof serial === 'string' ? channel.missedSince(serial) : undefined;
}

/** @param missed - what follows ATTACHED; undefined when the client can't be told what it has missed */
function sendAttached(
  connection: Connection,
  attachment: Attachment,
  missed: readonly Publish[] | undefined,
  seen: string | undefined,
): void {
  const { name, channel, granted, params } = attachment;
  const tellMembers = channel.presence.size > 0 && (granted & ModeBit.PRESENCE_SUBSCRIBE) !== 0;
  const replay = missed !== undefined && missed.length > 0;
  connection.send({
    action: Action.ATTACHED,
    channel: name,
    // With a replay the client stands where it stood, and the messages that follow take it on.
    channelSerial: replay ? seen : channel.serial,
    flags: granted | (missed === undefined ? 0 : Flag.RESUMED) | (tellMembers ? Flag.HAS_PRESENCE : 0),
    params: knownParams(params, granted),
  });
  if ((granted & ModeBit.SUBSCRIBE) !== 0) {
    for (const publish of missed ?? []) connection.send({ ...messageFrame(publish), channel: name });
  }
  if (tellMembers) sendMembers(connection, attachment);
}

function sendMembers(connection: Connection, { name, channel }: Attachment): void {
  for (const frame of channel.presence.syncFrames()) connection.send({ ...frame, channel: name });
}

function textParams(params: unknown): Record<string, string> {
  if (typeof params !== 'object' || params === null) return {};
  return Object.fromEntries(Object.entries(params).filter(([, value]) => typeof value === 'string'));
}

/** The parameters that the server knows, which are what the client is to see as `channel.params`. */
function knownParams(params: Record<string, string>, granted: number): Record<string, string> {
  const known: Record<string, string> = {};
  if (params.modes !== undefined) known.modes = modeNames(granted);
  for (const name of ['delta', 'rewind']) if (params[name] !== undefined) known[name] = params[name];
  return known;
}
