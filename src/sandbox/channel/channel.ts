import { randomId } from '../auth/apps.js';
import type { SandboxClock } from '../clock.js';
import { ModeBit } from '../protocol/modes.js';
import { Action, type Frame, MessageAction, type WireMessage } from '../protocol/protocol.js';
import { Annotations } from './annotations.js';
import { Feed } from './feed.js';
import { History, type Publish, type StoredMessage } from './history.js';
import { applyMutation, type Mutation } from './mutations.js';
import { PresenceSet } from './presence.js';

/** A channel: who is attached, who is present, and the latest messages. */
export class Channel {
  readonly name: string;
  readonly feed: Feed;
  readonly history = new History();
  readonly presence: PresenceSet;
  readonly annotations: Annotations;
  readonly #clock: SandboxClock;

  constructor(name: string, clock: SandboxClock) {
    this.name = name;
    this.#clock = clock;
    this.feed = new Feed(clock);
    this.presence = new PresenceSet(this.feed);
    this.annotations = new Annotations(this.feed, this.history);
  }

  /**
   * Publishes messages to the channel's subscribers. One whose id is known was published before: it keeps its serial
   * and isn't delivered again.
   *
   * @param messages - checked, with their client ids and claims
   * @param connectionId - the sender's connection
   * @param id - the prefix of the ids of messages without an id
   * @returns the serial of each message
   */
  publish(messages: readonly WireMessage[], connectionId: string | undefined, id: string): string[] {
    const channelSerial = this.feed.nextSerial();
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
   * Changes a message, and sends the change to the subscribers.
   *
   * @returns the serial of the new version
   */
  mutate(original: StoredMessage, changes: Mutation, connectionId: string | undefined): string {
    const channelSerial = this.feed.nextSerial();
    const timestamp = this.#clock.now();
    const serial = `${channelSerial}:000`;
    const changed = applyMutation(original, changes, { ...changes.version, serial, timestamp });
    const publish = { channelSerial, connectionId, id: randomId(12), timestamp };
    this.history.addChange({ ...publish, messages: [changed] });
    // Subscribers get what was appended. Clients that resume or read history later get the whole message.
    const appended = { ...changed, action: changes.action, data: changes.data };
    this.#deliver({ ...publish, messages: [changes.action === MessageAction.APPEND ? appended : changed] });
    return serial;
  }

  /**
   * The publishes that a client has missed which has seen everything up to a serial.
   *
   * @returns undefined when the serial is not of this channel, or what followed is no longer kept
   */
  missedSince(serial: string): readonly Publish[] | undefined {
    return this.feed.issued(serial) ? this.history.since(serial) : undefined;
  }

  /**
   * The publishes that a client gets first which attaches with the parameter `rewind`: the messages as they are now, each
   * on its own.
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
      channelSerial: this.feed.serial,
      connectionId: message.connectionId,
      id: message.id,
      timestamp: message.timestamp,
      messages: [message],
    }));
  }

  #deliver(publish: Publish): void {
    this.feed.broadcast(
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
