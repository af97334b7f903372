import { getOrMake } from '../../util/maps.js';
import { randomId } from '../auth/apps.js';
import type { SandboxClock } from '../clock.js';
import { encodeFrame, type Format } from '../protocol/codec.js';
import type { Frame } from '../protocol/protocol.js';

/** A connection, as the receiver of a channel's frames. */
export interface Receiver {
  readonly id: string;
  /** Whether it receives its own messages too. */
  readonly echo: boolean;
  /** The format it speaks; undefined while it has no live transport. */
  readonly format: Format | undefined;
  write(bytes: string | Uint8Array): void;
}

/** A connection's attachment to a channel. */
export interface Attachment {
  /** The channel's name as the client writes it, with its parameters. */
  readonly name: string;
  readonly receiver: Receiver;
  /** The modes that the client asked for. After a renewal they are granted as far as the new token permits. */
  requested: number;
  granted: number;
  params: Readonly<Record<string, string>>;
}

/** The live side of a channel: its attachments, the frames sent to them, and the serials in those frames. */
export class Feed {
  readonly attachments = new Set<Attachment>();
  readonly clock: SandboxClock;
  readonly #series = randomId(10);
  #time = 0;
  #count = 0;
  #serial: string;

  constructor(clock: SandboxClock) {
    this.clock = clock;
    this.#serial = this.nextSerial();
  }

  /** The serial of the latest frame. */
  get serial(): string {
    return this.#serial;
  }

  /** A new serial. Serials sort as strings in the order they were made, even while the clock stands still. */
  nextSerial(): string {
    const now = Math.max(this.#time, this.clock.now());
    this.#count = now === this.#time ? this.#count + 1 : 0;
    this.#time = now;
    this.#serial = `${String(now).padStart(14, '0')}-${String(this.#count).padStart(6, '0')}@${this.#series}`;
    return this.#serial;
  }

  /** Whether a serial is one of this channel's own, up to now. */
  issued(serial: string): boolean {
    return serial.endsWith(`@${this.#series}`) && serial <= this.#serial;
  }

  /** Sends a frame to the attachments that want it, encoded once for each format. */
  broadcast(frame: Frame, wanted: (attachment: Attachment) => boolean): void {
    const encoded = new Map<string, string | Uint8Array>();
    for (const attachment of this.attachments) {
      const { format } = attachment.receiver;
      if (format === undefined || !wanted(attachment)) continue;
      const encode = () => encodeFrame({ ...frame, channel: attachment.name }, format);
      attachment.receiver.write(getOrMake(encoded, `${format} ${attachment.name}`, encode));
    }
  }
}
