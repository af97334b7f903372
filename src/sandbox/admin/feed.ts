import type { ServerResponse } from 'node:http';
import type { EventLog, SandboxEvent } from '../events.js';

/** How much may wait for a reader that doesn't read, in bytes, before it is cut off. */
const longestBacklog = 4 * 1024 * 1024;

/** The events of a server as server-sent events: those of late, then each as it happens. */
export class Feed {
  readonly #events: EventLog;
  readonly #write: (event: SandboxEvent) => string;
  readonly #readers = new Set<ServerResponse>();
  #count = 0;

  /** @param write - makes the text of an event, without a line break */
  constructor(events: EventLog, write: (event: SandboxEvent) => string) {
    this.#events = events;
    this.#write = write;
  }

  /** Passes an event on. */
  send(event: SandboxEvent): void {
    this.#count++;
    if (this.#readers.size === 0) return;
    const frame = this.#frame(this.#count, event);
    for (const reader of this.#readers) {
      reader.write(frame);
      if (reader.writableLength > longestBacklog) reader.destroy();
    }
  }

  /**
   * Answers with the events.
   *
   * @param last - the id of the last event that the reader has, as browsers send it when they come back
   */
  open(response: ServerResponse, last: string | undefined): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    // A reader that is slow to say so is told nothing twice: the first line opens the stream.
    response.write(': the events of an Ably sandbox\n\n');
    const { entries } = this.#events;
    const first = this.#count - entries.length + 1;
    const from =
      last !== undefined && /^\d{1,15}$/.test(last) && Number(last) <= this.#count ? Number(last) + 1 : first;
    for (const [index, event] of entries.entries())
      if (first + index >= from) response.write(this.#frame(first + index, event));
    this.#readers.add(response);
    response.on('close', () => this.#readers.delete(response));
  }

  #frame(id: number, event: SandboxEvent): string {
    return `id: ${id}\ndata: ${this.#write(event)}\n\n`;
  }
}
