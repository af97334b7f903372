import { stampClientId } from '../auth/identity.js';
import { protocolError } from '../protocol/errors.js';
import { ModeBit } from '../protocol/modes.js';
import { Action, MessageAction, type WireAnnotation } from '../protocol/protocol.js';
import type { Feed } from './feed.js';
import { type History, type MessageSource, ringSize } from './history.js';
import { asObjects, copyText, payloadOf, type Sender, withClaim } from './messages.js';
import { summarize } from './summaries.js';

/** An annotation with everything that the server stamps on it. */
export type StoredAnnotation = WireAnnotation & { id: string; serial: string; timestamp: number };

/** The last annotations of a channel's messages. They are sent one by one, and then in a summary. */
export class Annotations {
  readonly #feed: Feed;
  readonly #history: History;
  readonly #list: StoredAnnotation[] = [];

  constructor(feed: Feed, history: History) {
    this.#feed = feed;
    this.#history = history;
  }

  /** Those of a message, oldest first. */
  of(messageSerial: string): StoredAnnotation[] {
    return this.#list.filter((annotation) => annotation.messageSerial === messageSerial);
  }

  /**
   * Publishes annotations.
   *
   * @param id - the prefix of the ids of annotations without an id
   * @returns the serial of each
   */
  publish(annotations: readonly WireAnnotation[], connectionId: string | undefined, id: string): string[] {
    const channelSerial = this.#feed.nextSerial();
    const timestamp = this.#feed.clock.now();
    const stored = annotations.map((annotation, index): StoredAnnotation => {
      const serial = `${channelSerial}:${String(index).padStart(3, '0')}`;
      return { ...annotation, id: annotation.id ?? `${id}:${index}`, serial, timestamp };
    });
    this.#list.push(...stored);
    this.#list.splice(0, this.#list.length - ringSize);
    this.#feed.broadcast(
      { action: Action.ANNOTATION, channelSerial, connectionId, id, timestamp, annotations: stored },
      ({ granted }) => (granted & ModeBit.ANNOTATION_SUBSCRIBE) !== 0,
    );
    for (const serial of new Set(stored.map(({ messageSerial }) => messageSerial!))) this.#summarize(serial);
    return stored.map(({ serial }) => serial);
  }

  /** Sends the summary of a message's annotations to the subscribers of messages. */
  #summarize(serial: string): void {
    const summary = summarize(this.of(serial));
    if (Object.keys(summary).length === 0) return;
    this.#history.summarize(serial, summary);
    const channelSerial = this.#feed.nextSerial();
    const message = { action: MessageAction.SUMMARY, serial, annotations: { summary } };
    this.#feed.broadcast(
      {
        action: Action.MESSAGE,
        channelSerial,
        id: channelSerial,
        timestamp: this.#feed.clock.now(),
        messages: [message],
      },
      ({ granted }) => (granted & ModeBit.SUBSCRIBE) !== 0,
    );
  }
}

/**
 * Reads annotations of a frame or a REST body, and stamps on them what the sender can't choose.
 *
 * @param messageSerial - the message that they are about, where the path names it
 * @throws {@link ProtocolError} for what isn't an annotation, names another client, or is about no message of the channel
 */
export function readAnnotations(
  value: unknown,
  sender: Sender,
  channel: MessageSource,
  messageSerial?: string,
): WireAnnotation[] {
  return asObjects(value, 'annotations').map((raw) => {
    const annotation: WireAnnotation = { ...payloadOf(raw), action: raw.action === 1 ? 1 : 0 };
    const clientId = stampClientId(sender.clientId, raw.clientId);
    if (clientId !== undefined) annotation.clientId = clientId;
    for (const name of ['id', 'type', 'name', 'messageSerial'] as const) copyText(raw, annotation, name);
    if (typeof raw.count === 'number') annotation.count = raw.count;
    if (messageSerial !== undefined) annotation.messageSerial = messageSerial;
    if (annotation.type === undefined)
      throw protocolError('BODY_INVALID', 'invalid request body: an annotation needs a "type"');
    if (channel.history.versions(annotation.messageSerial ?? '').length === 0) {
      throw protocolError('NOT_FOUND', 'not found: the channel has no message of that serial');
    }
    return withClaim(annotation, sender.identity, channel.name);
  });
}
