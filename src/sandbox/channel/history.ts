import { setBounded } from '../../util/maps.js';
import type { WireMessage } from '../protocol/protocol.js';

/** How many publishes, and how many presence events, a channel keeps for history and for resuming clients. */
export const ringSize = 1_000;

/** A message that was published, with everything that the server stamps on it. */
export type StoredMessage = WireMessage & { id: string; serial: string; timestamp: number };

/** A publish: the messages of one frame or one REST request, or the change of a message. */
export interface Publish {
  readonly channelSerial: string;
  readonly connectionId: string | undefined;
  readonly id: string;
  readonly timestamp: number;
  readonly messages: readonly StoredMessage[];
}

/** A channel, as far as its messages go. */
export interface MessageSource {
  readonly name: string;
  readonly history: History;
}

/** A channel's latest publishes. */
export class History {
  /** By channel serial, oldest first. */
  readonly #publishes = new Map<string, Publish>();
  /** The serials of messages, by id. */
  readonly #serials = new Map<string, string>();
  /** Every message that was published, by serial: its versions, oldest first. */
  readonly #messages = new Map<string, StoredMessage[]>();
  /** The serials of the messages that were changed, once for each change that is kept. */
  readonly #changed: string[] = [];
  /** The serial of the last publish that was lost. */
  #lost = '';

  add(publish: Publish): void {
    for (const message of publish.messages) {
      setBounded(this.#serials, message.id, message.serial, ringSize);
      setBounded(this.#messages, message.serial, [message], ringSize);
    }
    this.#keep(publish);
  }

  /** Adds the change of a message. `publish` holds the message as it is after the change. */
  addChange(publish: Publish & { readonly messages: readonly [StoredMessage] }): void {
    const [changed] = publish.messages;
    this.#messages.get(changed.serial)?.push(changed);
    this.#changed.push(changed.serial);
    // Of the oldest change, what it replaced is forgotten: the message as it is now always stays.
    if (this.#changed.length > ringSize) this.#messages.get(this.#changed.shift()!)?.shift();
    this.#keep(publish);
  }

  /** Sets the summary of a message's annotations. */
  summarize(serial: string, summary: Record<string, object>): void {
    const versions = this.#messages.get(serial);
    const latest = versions?.pop();
    if (versions !== undefined && latest !== undefined)
      versions.push({ ...latest, annotations: { summary } });
  }

  /** The serial of the message of that id. */
  serialOf(id: string): string | undefined {
    return this.#serials.get(id);
  }

  /** The versions of a message, oldest first; none when the message isn't known. */
  versions(serial: string): readonly StoredMessage[] {
    return this.#messages.get(serial) ?? [];
  }

  /** Every message as it is now, oldest first. */
  messages(): StoredMessage[] {
    return Array.from(this.#messages.values(), (versions) => versions.at(-1)!);
  }

  /**
   * The publishes after a serial.
   *
   * @returns undefined when some of them are lost
   */
  since(serial: string): Publish[] | undefined {
    if (serial < this.#lost) return undefined;
    return [...this.#publishes.values()].filter((publish) => publish.channelSerial > serial);
  }

  #keep(publish: Publish): void {
    const oldest = this.#publishes.keys().next().value;
    if (this.#publishes.size === ringSize && oldest !== undefined) this.#lost = oldest;
    setBounded(this.#publishes, publish.channelSerial, publish, ringSize);
  }
}
