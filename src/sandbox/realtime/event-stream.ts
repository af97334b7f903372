import type { ServerResponse } from 'node:http';
import { AblyJwtError } from '../../errors.js';
import type { App } from '../auth/apps.js';
import { expiredText } from '../auth/authenticator.js';
import type { Identity } from '../auth/identity.js';
import type { Channel } from '../channel/channel.js';
import type { Attachment, Receiver } from '../channel/feed.js';
import { type SandboxClock, Timers } from '../clock.js';
import { toErrorInfo } from '../protocol/errors.js';
import { ModeBit } from '../protocol/modes.js';
import type { ErrorInfo, Frame } from '../protocol/protocol.js';

/** How many bytes wait for a client that reads slowly, before its stream is cut. */
const maxBuffered = 8 * 1024 * 1024;

/** Why a stream ends, if it is an event. */
type EndType = 'expired' | 'revoked';

/** What a stream is for. */
interface EventStreamOptions {
  readonly clock: SandboxClock;
  readonly identity: Identity;
  readonly id: string;
  /** Those that the client may subscribe to. */
  readonly channels: readonly Channel[];
  /** What each channel sends first, as the channel parameter `rewind`. */
  readonly rewind: string | undefined;
  /** Notes why it has ended. */
  readonly report: (type: EndType, error: ErrorInfo | undefined) => void;
}

/**
 * A client that receives messages as server-sent events, without an SDK. It publishes nothing and can't renew its token:
 * it comes back with another one. {@link https://ably.com/docs/protocols/sse}
 */
export class EventStream implements Receiver {
  readonly id: string;
  readonly echo = true;
  readonly format = 'json';
  readonly identity: Identity;
  readonly #response: ServerResponse;
  readonly #report: EventStreamOptions['report'];
  readonly #timers: Timers<'expiry'>;
  readonly #attachments: readonly { readonly channel: Channel; readonly attachment: Attachment }[];

  constructor(
    response: ServerResponse,
    { clock, identity, id, channels, rewind, report }: EventStreamOptions,
  ) {
    this.id = id;
    this.identity = identity;
    this.#response = response;
    this.#report = report;
    this.#timers = new Timers(clock);
    const requested = ModeBit.SUBSCRIBE;
    this.#attachments = channels.map((channel) => ({
      channel,
      attachment: { name: channel.name, receiver: this, requested, granted: requested, params: {} },
    }));
    for (const { channel, attachment } of this.#attachments) {
      channel.feed.attachments.add(attachment);
      if (rewind === undefined) continue;
      for (const publish of channel.rewind(rewind))
        this.#send({ action: 0, channel: channel.name, ...publish });
    }
    const { token } = identity;
    if (token !== undefined)
      this.#timers.set('expiry', token.expiresAt - clock.now(), () => {
        this.end(toErrorInfo(new AblyJwtError('TOKEN_EXPIRED', expiredText)), 'expired');
      });
  }

  get app(): App {
    return this.identity.key.app;
  }

  /** The client receives only messages: of what a channel broadcasts, the attachment wants nothing else. */
  write(bytes: string | Uint8Array): void {
    this.#send(JSON.parse(bytes as string) as Frame);
  }

  /** Ends the stream, after an error if there is one. With a type, that is an event. */
  end(error?: ErrorInfo, type?: EndType): void {
    if (this.#response.writableEnded) return;
    if (type !== undefined) this.#report(type, error);
    this.#timers.clear();
    for (const { channel, attachment } of this.#attachments) channel.feed.attachments.delete(attachment);
    if (error !== undefined) this.#event('error', error);
    this.#response.end();
  }

  #send({ channel, channelSerial, messages = [] }: Frame): void {
    for (const message of messages) this.#event('message', { ...message, channel }, channelSerial);
  }

  #event(name: string, data: object, id?: string): void {
    if (this.#response.writableLength > maxBuffered) {
      this.#response.destroy();
      return;
    }
    const lines = id === undefined ? '' : `id: ${id}\n`;
    this.#response.write(`${lines}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  }
}
