import { decode, encode } from '@msgpack/msgpack';
import type { AblySandbox } from 'ably-jwt/testing';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';

// biome-ignore lint/suspicious/noExplicitAny: frames are looked at as they come.
type Frame = any;

/** A WebSocket to a sandbox that speaks in frames, for what the client hides. */
export class RawClient {
  readonly #socket: WebSocket;
  readonly #msgpack: boolean;
  readonly #frames: Frame[] = [];
  readonly #waiting: ((frame: Frame) => void)[] = [];
  /** The close code, when the socket has closed. */
  readonly closed: Promise<number>;
  /** Resolves with each WebSocket ping. */
  readonly pinged: Promise<void>;

  constructor(sandbox: AblySandbox, query: Record<string, string>) {
    this.#msgpack = query.format === 'msgpack';
    this.#socket = new WebSocket(`ws://localhost:${sandbox.port}/?${new URLSearchParams(query)}`);
    this.#socket.on('message', (data) => {
      const frame = this.#msgpack ? decode(data as Buffer) : JSON.parse(data.toString());
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#frames.push(frame);
      else waiting(frame);
    });
    this.#socket.on('error', () => {});
    this.closed = new Promise((resolve) => this.#socket.once('close', resolve));
    this.pinged = new Promise((resolve) => this.#socket.once('ping', () => resolve()));
    onTestFinished(() => this.#socket.terminate());
  }

  /** The next frame that hasn't been looked at. */
  next(): Promise<Frame> {
    const frame = this.#frames.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  send(frame: object): void {
    this.#socket.send(this.#msgpack ? encode(frame) : JSON.stringify(frame));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket.send(bytes);
  }

  /** Sends a frame and gives the next one. */
  ask(frame: object): Promise<Frame> {
    this.send(frame);
    return this.next();
  }
}
