import { randomId } from '../auth/apps.js';
import { ModeBit } from '../protocol/modes.js';
import { Action, type Frame, PresenceAction, type WirePresence } from '../protocol/protocol.js';
import type { Attachment, Feed } from './feed.js';
import { ringSize } from './history.js';

/** How many members a SYNC frame holds. */
const syncPage = 100;

/** A presence message with everything that the server stamps on it. */
export type StoredPresence = WirePresence & {
  id: string;
  clientId: string;
  connectionId: string;
  timestamp: number;
};

/** The members of a channel, and the latest events of entering and leaving. */
export class PresenceSet {
  readonly #feed: Feed;
  readonly #members = new Map<string, StoredPresence>();
  readonly #events: StoredPresence[] = [];

  constructor(feed: Feed) {
    this.#feed = feed;
  }

  /** The members: each client id, once for each of its connections. */
  get members(): StoredPresence[] {
    return [...this.#members.values()];
  }

  /** The last events, oldest first. */
  get events(): readonly StoredPresence[] {
    return this.#events;
  }

  get size(): number {
    return this.#members.size;
  }

  /**
   * Applies a connection's presence messages, and sends them to those who subscribe to presence.
   *
   * @param messages - checked, with their client ids
   * @param id - the prefix of the ids of messages without an id
   */
  apply(messages: readonly (WirePresence & { clientId: string })[], connectionId: string, id: string): void {
    const timestamp = this.#feed.clock.now();
    const stored = messages.map((message, index): StoredPresence => {
      // A client that enters again on the same connection shows the id of its membership.
      const own = message.id?.startsWith(`${connectionId}:`) ? message.id : undefined;
      return { ...message, id: own ?? `${id}:${index}`, connectionId, timestamp };
    });
    const events = stored.map((message) => this.#record(message)).filter((event) => event !== undefined);
    if (events.length > 0) this.#deliver(events, connectionId, id, timestamp);
  }

  /** Removes a connection's members. */
  leave(connectionId: string): void {
    if (this.#members.size === 0) return;
    const gone = this.members.filter((member) => member.connectionId === connectionId);
    if (gone.length === 0) return;
    this.apply(
      gone.map(({ id: _, ...member }) => ({ ...member, action: PresenceAction.LEAVE })),
      connectionId,
      // Not an id of the connection: clients then know that the server made it, and compare timestamps (RTP2b1).
      `sandbox:${randomId(8)}`,
    );
  }

  /** The SYNC frames with all members. The cursor of the last one is empty. */
  *syncFrames(): Generator<Frame> {
    const syncId = randomId(10);
    const members = this.members;
    for (let start = 0; start === 0 || start < members.length; start += syncPage) {
      const next = start + syncPage;
      yield {
        action: Action.SYNC,
        channelSerial: `${syncId}:${next < members.length ? next : ''}`,
        presence: members.slice(start, next).map((member) => ({ ...member, action: PresenceAction.PRESENT })),
      };
    }
  }

  /** Adds or removes the member; undefined when that changes nothing. */
  #record(message: StoredPresence): StoredPresence | undefined {
    const key = JSON.stringify([message.connectionId, message.clientId]);
    const present = this.#members.get(key);
    let event = message;
    if (message.action !== PresenceAction.LEAVE) {
      this.#members.set(key, message);
    } else {
      if (present === undefined) return undefined;
      this.#members.delete(key);
      // A client that leaves without data leaves with its latest data.
      if (message.data === undefined) event = { ...present, ...message };
    }
    this.#events.push(event);
    if (this.#events.length > ringSize) this.#events.shift();
    return event;
  }

  #deliver(presence: StoredPresence[], connectionId: string, id: string, timestamp: number): void {
    const frame: Frame = {
      action: Action.PRESENCE,
      channelSerial: this.#feed.nextSerial(),
      connectionId,
      id,
      timestamp,
      presence,
    };
    this.#feed.broadcast(frame, (attachment) => listens(attachment, connectionId));
  }
}

/** The attachments that asked for presence, and the connection itself, which needs its own members. */
function listens({ granted, receiver }: Attachment, connectionId: string): boolean {
  return (granted & ModeBit.PRESENCE_SUBSCRIBE) !== 0 || receiver.id === connectionId;
}
