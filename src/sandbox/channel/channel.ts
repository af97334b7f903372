import { getOrMake } from '../../util/maps.js';
import { type App, randomId } from '../auth/apps.js';
import type { SandboxClock } from '../clock.js';
import { encodeFrame, type Format } from '../protocol/codec.js';
import { ModeBit } from '../protocol/modes.js';
import { Action, type Frame, MessageAction, type WireMessage } from '../protocol/protocol.js';
import { Annotations } from './annotations.js';
import { History, type Publish, type StoredMessage } from './history.js';
import { applyMutation, type Mutation } from './mutations.js';
import { channelName } from './name.js';
import { PresenceSet } from './presence.js';

/** Who gets a channel's frames. */
export interface Receiver {
  readonly id: string;
  /** Whether it wants to see its own messages. */
  readonly echo: boolean;
  /** The format it speaks; undefined while it has no live transport. */
  readonly format: Format | undefined;
  write(bytes: string | Uint8Array): void;
}

/** A connection's hold on a channel. */
export interface Attachment {
  /** The channel as the client calls it, with its qualifier. */
  readonly name: string;
  readonly channel: Channel;
  readonly receiver: Receiver;
  /** The modes that the client asked for: what a new token permits of them is granted without asking again. */
  requested: number;
  granted: number;
  params: Readonly<Record<string, string>>;
}

/** A channel: who is attached, who is present, and the last messages. */
export class Channel {
  readonly name: string;
  readonly attachments = new Set<Attachment>();
  readonly history = new History();
  readonly presence: PresenceSet;
  readonly annotations: Annotations;
  readonly #clock: SandboxClock;
  readonly #series = randomId(10);
  #time = 0;
  #count = 0;
  #serial: string;

  constructor(name: string, clock: SandboxClock) {
    this.name = name;
    this.#clock = clock;
    this.#serial = this.nextSerial();
    this.presence = new PresenceSet(this, clock);
    this.annotations = new Annotations(this, clock);
  }

  /** The place in the channel's history that has been reached. */
  get serial(): string {
    return this.#serial;
  }

  /** Serials grow as strings do, also when the clock stands still. */
  nextSerial(): string {
    const now = Math.max(this.#time, this.#clock.now());
    this.#count = now === this.#time ? this.#count + 1 : 0;
    this.#time = now;
    this.#serial = `${String(now).padStart(14, '0')}-${String(this.#count).padStart(6, '0')}@${this.#series}`;
    return this.#serial;
  }

  /**
   * Publishes messages to the channel's subscribers. One whose id is known was published before: it keeps its serial
   * and isn't delivered again.
   *
   * @param messages - as they came, checked, their client ids and claims stamped
   * @param connectionId - the connection that sends them
   * @param id - stands in front of the ids of messages that have none
   * @returns the serial of each message
   */
  publish(messages: readonly WireMessage[], connectionId: string | undefined, id: string): string[] {
    const channelSerial = this.nextSerial();
    const timestamp = this.#clock.now();
    const fresh = new Map<string, StoredMessage>();
    const serials = messages.map((message, index) => {
      const messageId = message.id ?? `${id}:${index}`;
      const known = this.history.serialOf(messageId) ?? fresh.get(messageId)?.serial;
      if (known !== undefined) return known;
      const serial = `${channelSerial}:${String(index).padStart(3, '0')}`;
      const { version: _, ...content } = message;
      const stamps = { action: MessageAction.CREATE, id: messageId, serial, timestamp };
      fresh.set(messageId, {
        ...content,
        ...stamps,
        ...(connectionId === undefined ? {} : { connectionId }),
      });
      return serial;
    });
    if (fresh.size > 0) {
      const publish = { channelSerial, connectionId, id, timestamp, messages: [...fresh.values()] };
      this.history.add(publish);
      this.#deliver(publish);
    }
    return serials;
  }

  /**
   * Changes a message, and tells the subscribers.
   *
   * @returns the serial of the new version
   */
  mutate(original: StoredMessage, changes: Mutation, connectionId: string | undefined): string {
    const channelSerial = this.nextSerial();
    const timestamp = this.#clock.now();
    const serial = `${channelSerial}:000`;
    const changed = applyMutation(original, changes, { ...changes.version, serial, timestamp });
    const publish = { channelSerial, connectionId, id: randomId(12), timestamp };
    this.history.addChange({ ...publish, messages: [changed] });
    // Who is there gets what was appended; who comes later, by a resume or in history, gets the whole.
    const appended = { ...changed, action: changes.action, data: changes.data };
    this.#deliver({ ...publish, messages: [changes.action === MessageAction.APPEND ? appended : changed] });
    return serial;
  }

  /**
   * What a client that has seen everything up to a serial has missed.
   *
   * @returns undefined when that can't be told: the serial is not of this channel, or what followed is lost
   */
  missedSince(serial: string): readonly Publish[] | undefined {
    const known = serial.endsWith(`@${this.#series}`) && serial <= this.#serial;
    return known ? this.history.since(serial) : undefined;
  }

  /**
   * What a client that attaches with the parameter `rewind` gets first: the messages as they are now, each on its own.
   *
   * @param rewind - a number of messages, or a time in `s` or `m`
   */
  rewind(rewind: string): readonly Publish[] {
    const [, amount, unit] = /^(\d+)([sm]?)$/.exec(rewind) ?? [];
    const since = this.#clock.now() - Number(amount) * (unit === 'm' ? 60_000 : 1_000);
    const messages = this.history.messages();
    const chosen =
      unit === ''
        ? messages.slice(Math.max(0, messages.length - Number(amount)))
        : messages.filter(({ timestamp }) => timestamp >= since);
    return chosen.map((message) => ({
      channelSerial: this.#serial,
      connectionId: message.connectionId,
      id: message.id,
      timestamp: message.timestamp,
      messages: [message],
    }));
  }

  /** Sends a frame to the attachments that want it. It is encoded once for each format. */
  broadcast(frame: Frame, wanted: (attachment: Attachment) => boolean): void {
    const encoded = new Map<string, string | Uint8Array>();
    for (const attachment of this.attachments) {
      const { format } = attachment.receiver;
      if (format === undefined || !wanted(attachment)) continue;
      const encode = () => encodeFrame({ ...frame, channel: attachment.name }, format);
      attachment.receiver.write(getOrMake(encoded, `${format} ${attachment.name}`, encode));
    }
  }

  #deliver(publish: Publish): void {
    this.broadcast(
      messageFrame(publish),
      ({ granted, receiver }) =>
        (granted & ModeBit.SUBSCRIBE) !== 0 && (receiver.echo || receiver.id !== publish.connectionId),
    );
  }
}

/** The MESSAGE frame of a publish. */
export function messageFrame(publish: Publish): Frame {
  return { action: Action.MESSAGE, ...publish };
}

/**
 * The app's channel of a name, made when it is first used.
 *
 * @throws {@link Refusal} 40010 for what can't be a channel's name
 */
export function channelOf(app: App, name: string, clock: SandboxClock): Channel {
  const base = channelName(name);
  return getOrMake(app.channels, base, () => new Channel(base, clock));
}
