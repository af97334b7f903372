import type { App } from '../auth/apps.js';
import type { Identity } from '../auth/identity.js';
import type { Channel } from '../channel/channel.js';
import { messageFrame } from '../channel/channel.js';
import type { Channels } from '../channel/channels.js';
import type { Attachment, Receiver } from '../channel/feed.js';
import type { Publish } from '../channel/history.js';
import { assertIdentified } from '../channel/messages.js';
import { parseChannelName } from '../channel/name.js';
import { protocolError, toErrorInfo } from '../protocol/errors.js';
import { ModeBit, modeNames, permittedModes, requestedModes } from '../protocol/modes.js';
import { Action, Flag, type Frame } from '../protocol/protocol.js';

/** The connection that attaches. */
export interface Holder extends Receiver {
  readonly app: App;
  readonly identity: Identity;
  readonly clientId: string | undefined;
  send(frame: Frame): void;
}

interface ChannelAttachment extends Attachment {
  readonly channel: Channel;
}

/** A connection's attachments, by the channel's name as the client writes it. */
export class Attachments {
  readonly #holder: Holder;
  readonly #channels: Channels;
  readonly #byName = new Map<string, ChannelAttachment>();

  constructor(holder: Holder, channels: Channels) {
    this.#holder = holder;
    this.#channels = channels;
  }

  /** The channels' names. */
  get names(): readonly string[] {
    return [...this.#byName.keys()];
  }

  get(name: string | undefined): Attachment | undefined {
    return this.#byName.get(name ?? '');
  }

  /** ATTACH: grants the requested modes that the token permits. If it permits none, the channel fails. */
  attach(frame: Frame): void {
    const name = frame.channel ?? '';
    const { app, identity } = this.#holder;
    try {
      const { name: channelName, params: ownParams } = parseChannelName(name);
      const params = { ...ownParams, ...textParams(frame.params) };
      assertSupportedParams(params);
      const requested = requestedModes(frame.flags ?? 0, params.modes);
      const granted = permittedModes(identity.capability, channelName, requested);
      if (granted === 0) throw notPermitted(channelName);
      assertIdentified(app, channelName, this.#holder.clientId);
      const channel = this.#channels.open(app, channelName);
      const before = this.#byName.get(name);
      const attachment = before ?? { name, channel, receiver: this.#holder, requested, granted, params };
      Object.assign(attachment, { requested, granted, params });
      this.#byName.set(name, attachment);
      channel.feed.attachments.add(attachment);
      this.#sendAttached(attachment, continuation(attachment, frame, before !== undefined));
    } catch (error) {
      this.#release(name);
      this.#holder.send({ action: Action.ERROR, channel: name, error: toErrorInfo(error) });
    }
  }

  /** DETACH: always granted. */
  detach(frame: Frame): void {
    const name = frame.channel ?? '';
    this.#release(name);
    this.#holder.send({ action: Action.DETACHED, channel: name });
  }

  /** SYNC: sends the members again. */
  sync(frame: Frame): void {
    const attachment = this.#byName.get(frame.channel ?? '');
    if (attachment === undefined || (attachment.granted & ModeBit.PRESENCE_SUBSCRIBE) === 0) return;
    this.#sendMembers(attachment);
  }

  /** After a new token: grants what it permits of each attachment's requested modes. An attachment left with none ends. */
  reconcile(): void {
    for (const attachment of [...this.#byName.values()]) {
      const { channel, name, requested } = attachment;
      attachment.granted = permittedModes(this.#holder.identity.capability, channel.name, requested);
      if (attachment.granted !== 0) continue;
      this.#release(name);
      const error = toErrorInfo(notPermitted(channel.name));
      this.#holder.send({ action: Action.ERROR, channel: name, error });
    }
  }

  /** Drops all of them; the connection's members stay present. */
  clear(): void {
    for (const attachment of this.#byName.values()) attachment.channel.feed.attachments.delete(attachment);
    this.#byName.clear();
  }

  #release(name: string): void {
    const attachment = this.#byName.get(name);
    if (attachment === undefined) return;
    this.#byName.delete(name);
    attachment.channel.feed.attachments.delete(attachment);
    attachment.channel.presence.leave(this.#holder.id);
  }

  #sendAttached(attachment: ChannelAttachment, { resumed, backlog, serial }: Continuation): void {
    const { name, channel, granted, params } = attachment;
    const sendsMembers = channel.presence.size > 0 && (granted & ModeBit.PRESENCE_SUBSCRIBE) !== 0;
    const flags =
      (resumed ? Flag.RESUMED : 0) |
      (backlog.length > 0 ? Flag.HAS_BACKLOG : 0) |
      (sendsMembers ? Flag.HAS_PRESENCE : 0);
    this.#holder.send({
      action: Action.ATTACHED,
      channel: name,
      channelSerial: serial,
      flags: granted | flags,
      params: knownParams(params, granted),
    });
    for (const publish of backlog) this.#holder.send({ ...messageFrame(publish), channel: name });
    if (sendsMembers) this.#sendMembers(attachment);
  }

  #sendMembers({ name, channel }: ChannelAttachment): void {
    for (const frame of channel.presence.syncFrames()) this.#holder.send({ ...frame, channel: name });
  }
}

function notPermitted(channel: string) {
  return protocolError(
    'NOT_PERMITTED',
    `operation not permitted with provided capability: attach to ${channel}`,
  );
}

/** The point in a channel's history from which an attached client continues. */
interface Continuation {
  /** It has missed nothing, or gets now what it has missed. */
  readonly resumed: boolean;
  /** What it gets at once. */
  readonly backlog: readonly Publish[];
  /** The serial of what it has seen before the backlog. */
  readonly serial: string;
}

function continuation(
  { channel, params, granted }: ChannelAttachment,
  frame: Frame,
  attached: boolean,
): Continuation {
  const { serial } = channel.feed;
  const subscribes = (granted & ModeBit.SUBSCRIBE) !== 0;
  if (attached) return { resumed: true, backlog: [], serial };
  const missed =
    typeof frame.channelSerial === 'string' ? channel.missedSince(frame.channelSerial) : undefined;
  if (missed !== undefined) {
    // With a backlog the client continues from its own serial, and the messages that follow move it on.
    const backlog = subscribes ? missed : [];
    return { resumed: true, backlog, serial: backlog.length > 0 ? frame.channelSerial! : serial };
  }
  const comesBack = ((frame.flags ?? 0) & Flag.ATTACH_RESUME) !== 0;
  const backlog =
    subscribes && !comesBack && params.rewind !== undefined ? channel.rewind(params.rewind) : [];
  return { resumed: false, backlog, serial };
}

/** A client's channel parameters as text: `{ rewind: 1 }` is sent as a number. */
function textParams(params: unknown): Record<string, string> {
  if (typeof params !== 'object' || params === null) return {};
  const entries = Object.entries(params).filter(([, value]) =>
    ['string', 'number', 'boolean'].includes(typeof value),
  );
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

/** @throws {@link ProtocolError} 50001 for what the server would accept and never do */
function assertSupportedParams({ delta }: Readonly<Record<string, string>>): void {
  if (delta === undefined) return;
  throw protocolError(
    'UNSUPPORTED',
    'the sandbox sends no message deltas: leave the channel parameter "delta" out, or test with an Ably account',
  );
}

/** The parameters that the server knows, which are what the client is to see as `channel.params`. */
function knownParams(params: Readonly<Record<string, string>>, granted: number): Record<string, string> {
  const known: Record<string, string> = {};
  if (params.modes !== undefined) known.modes = modeNames(granted);
  if (params.rewind !== undefined) known.rewind = params.rewind;
  return known;
}
