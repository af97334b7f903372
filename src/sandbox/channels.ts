import { type App, randomId } from './apps.js';
import type { SandboxClock } from './clock.js';
import { encode, type Format, toWire } from './codec.js';
import { refusal } from './failures.js';
import { getOrMake } from './maps.js';
import { ModeBit } from './modes.js';
import { PresenceSet } from './presence.js';
import { Action, type Frame, type WireMessage } from './protocol.js';

/** How many publishes, and how many presence events, a channel keeps for history and for resuming clients. */
export const ringSize = 1_000;

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
  params: Record<string, string>;
}

/** A message that was published, with everything that the server stamps on it. */
export type StoredMessage = WireMessage & { id: string; serial: string; timestamp: number };

/** A publish: the messages of one frame or one REST request. */
export interface Publish {
  readonly channelSerial: string;
  readonly connectionId: string | undefined;
  readonly id: string;
  readonly timestamp: number;
  readonly messages: StoredMessage[];
}

/** A channel: who is attached, who is present, and the last messages. */
export class Channel {
  readonly name: string;
  readonly attachments = new Set<Attachment>();
  readonly presence: PresenceSet;
  readonly #clock: SandboxClock;
  readonly #series = randomId(10);
  #time = 0;
  #count = 0;
  #serial: string;
  #publishes: Publish[] = [];
  /** The serial of the last publish that the ring lost. */
  #lost = '';
  readonly #byId = new Map<string, StoredMessage>();

  constructor(name: string, clock: SandboxClock) {
    this.name = name;
    this.#clock = clock;
    this.#serial = this.nextSerial();
    this.presence = new PresenceSet(this, clock);
  }

  /** The place in the channel's history that has been reached. */
  get serial(): string {
    return this.#serial;
  }

  /** The publishes that the ring still holds, oldest first. */
  get publishes(): readonly Publish[] {
    return this.#publishes;
  }

  /** The message of that serial, if the ring still holds it. */
  message(serial: string): StoredMessage | undefined {
    return this.#publishes.flatMap(({ messages }) => messages).find((message) => message.serial === serial);
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
    const fresh: StoredMessage[] = [];
    const serials = messages.map((message, index) => {
      const known = message.id === undefined ? undefined : this.#byId.get(message.id);
      if (known !== undefined) return known.serial;
      const stored: StoredMessage = {
        action: 0,
        ...message,
        id: message.id ?? `${id}:${index}`,
        serial: `${channelSerial}:${String(index).padStart(3, '0')}`,
        timestamp,
        ...(connectionId === undefined ? {} : { connectionId }),
      };
      fresh.push(stored);
      this.#byId.set(stored.id, stored);
      return stored.serial;
    });
    if (fresh.length > 0)
      this.#keepAndDeliver({ channelSerial, connectionId, id, timestamp, messages: fresh });
    return serials;
  }

  /**
   * What a client that has seen everything up to a serial has missed.
   *
   * @returns undefined when that can't be told: the serial is not of this channel, or the ring has lost what followed
   */
  missedSince(serial: string): readonly Publish[] | undefined {
    const known = serial.endsWith(`@${this.#series}`) && serial >= this.#lost && serial <= this.#serial;
    return known ? this.#publishes.filter((publish) => publish.channelSerial > serial) : undefined;
  }

  /** Sends a frame to the attachments that want it. It is encoded once for each format. */
  broadcast(frame: Frame, wanted: (attachment: Attachment) => boolean): void {
    const encoded = new Map<string, string | Uint8Array>();
    for (const attachment of this.attachments) {
      const { format } = attachment.receiver;
      if (format === undefined || !wanted(attachment)) continue;
      const kind = `${format} ${attachment.name}`;
      attachment.receiver.write(
        getOrMake(encoded, kind, () => encodeFrame({ ...frame, channel: attachment.name }, format)),
      );
    }
  }

  #keepAndDeliver(publish: Publish): void {
    this.#publishes.push(publish);
    if (this.#publishes.length > ringSize) {
      const lost = this.#publishes.shift()!;
      this.#lost = lost.channelSerial;
      for (const message of lost.messages) this.#byId.delete(message.id);
    }
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

/** Writes a frame, its data as the format has it. */
export function encodeFrame(frame: Frame, format: Format): string | Uint8Array {
  const { messages, presence } = frame;
  if (messages === undefined && presence === undefined) return encode(frame, format);
  return encode(
    {
      ...frame,
      messages: messages?.map((message) => toWire(message, format)),
      presence: presence?.map((member) => toWire(member, format)),
    },
    format,
  );
}

/**
 * The app's channel of a name that may have parameters in front, as in `[?rewind=1]chat`: those are not part of it.
 *
 * @throws {@link Refusal} 40010 for what can't be a channel's name
 */
export function channelOf(app: App, name: string, clock: SandboxClock): Channel {
  const base = channelName(name);
  return getOrMake(app.channels, base, () => new Channel(base, clock));
}

/** The channel's name without parameters. */
export function channelName(name: string): string {
  const parts = /^\[([^\]?=]*)(?:[?=][^\]]*)?\](.*)$/s.exec(name);
  const path = parts === null ? name : parts[2]!;
  if (path === '' || path.startsWith(':') || path.startsWith('[') || path.includes('\n')) {
    throw refusal('CHANNEL_NAME_INVALID', `invalid channel name ${JSON.stringify(name)}`);
  }
  return parts === null || parts[1] === '' ? path : `[${parts[1]}]${path}`;
}
