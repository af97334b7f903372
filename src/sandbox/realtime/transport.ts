import type { RawData, WebSocket } from 'ws';
import { randomId } from '../auth/apps.js';
import { decode, encodeFrame, type Format } from '../protocol/codec.js';
import { protocolError, toErrorInfo } from '../protocol/errors.js';
import { Action, type Frame } from '../protocol/protocol.js';
import type { Heartbeats } from './heartbeat.js';

/** How much waits for a client that reads slowly, in bytes, before its transport is cut. */
const maxBuffered = 8 * 1024 * 1024;

/** What a client says of its transport when it connects. */
export interface TransportParams {
  readonly format: Format;
  readonly echo: boolean;
  /**
   * The sign of life that the client wants: HEARTBEAT frames, PING frames that it answers with PONG, or WebSocket pings.
   */
  readonly heartbeats: 'frames' | 'bounce' | 'pings';
  /** Its interval in milliseconds. */
  readonly heartbeatInterval: number;
  /** The client declares itself a server. */
  readonly declaresServer: boolean;
  /** The SDK, as it names itself. */
  readonly agent: string | undefined;
}

/** A WebSocket that speaks Ably's protocol. */
export class Transport {
  readonly params: TransportParams;
  readonly #socket: WebSocket;
  #onFrame: ((frame: Frame) => void) | undefined;
  #onClose: (() => void) | undefined;
  readonly #stopHeartbeat: () => void;
  /** The id of the PING that the client has not answered. */
  #unanswered: string | undefined;

  constructor(socket: WebSocket, params: TransportParams, heartbeats: Heartbeats) {
    this.#socket = socket;
    this.params = params;
    this.#stopHeartbeat = heartbeats.start(params.heartbeatInterval, () => this.#beat());
    socket.on('message', (data) => this.#receive(data));
    socket.on('close', () => {
      this.#stopHeartbeat();
      this.#onClose?.();
    });
    // What goes wrong on a socket ends it: 'close' follows.
    socket.on('error', () => {});
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** Hands over what comes in; what came before is lost, since clients wait for CONNECTED. */
  listen(onFrame: (frame: Frame) => void, onClose: () => void): void {
    this.#onFrame = onFrame;
    this.#onClose = onClose;
  }

  send(frame: Frame): void {
    this.write(encodeFrame(frame, this.params.format));
  }

  write(bytes: string | Uint8Array): void {
    if (!this.open) return;
    // A client that doesn't read must not fill the memory. It can resume.
    if (this.#socket.bufferedAmount > maxBuffered) this.#socket.terminate();
    else this.#socket.send(bytes);
  }

  /** PONG: the client lives. One that answers no PING is ignored. */
  pong(id: string | undefined): void {
    if (id === this.#unanswered) this.#unanswered = undefined;
  }

  /** Says a last word and closes; nothing that still comes in is heard. */
  end(frame?: Frame, code = 1000): void {
    if (frame !== undefined) this.send(frame);
    this.#forget();
    this.#socket.close(code);
  }

  /** Cuts the connection, as a network does. */
  cut(): void {
    this.#forget();
    this.#socket.terminate();
  }

  #beat(): void {
    const { heartbeats } = this.params;
    if (heartbeats === 'frames') this.send({ action: Action.HEARTBEAT });
    else if (heartbeats === 'pings') {
      if (this.open) this.#socket.ping();
    } else if (this.#unanswered === undefined) {
      this.#unanswered = randomId(8);
      this.send({ action: Action.PING, id: this.#unanswered });
    } else {
      // No PONG within an interval: the client is gone, whatever its socket says.
      this.#socket.terminate();
    }
  }

  #forget(): void {
    this.#stopHeartbeat();
    this.#onFrame = undefined;
    this.#onClose = undefined;
  }

  #receive(data: RawData): void {
    try {
      this.#onFrame?.(readFrame(data as Buffer, this.params.format));
    } catch (error) {
      const onClose = this.#onClose;
      this.end({ action: Action.ERROR, error: toErrorInfo(error) }, 1003);
      onClose?.();
    }
  }
}

/** Reads a client's frame. What is null in it counts as absent: clients write some absent values so. */
function readFrame(data: Buffer, format: Format): Frame {
  let value: unknown;
  try {
    value = decode(data, format);
  } catch {
    throw protocolError(
      'BAD_REQUEST',
      `bad request: the frame is not ${format === 'json' ? 'JSON' : 'MessagePack'}, or nested too deep`,
    );
  }
  if (typeof value !== 'object' || value === null || typeof (value as Frame).action !== 'number') {
    throw protocolError('BAD_REQUEST', 'bad request: the frame is not an object with a numeric action');
  }
  const frame = withoutNulls(value);
  for (const [name, type] of Object.entries(fieldTypes)) {
    const field = frame[name];
    if (field !== undefined && typeof field !== type)
      throw protocolError('BAD_REQUEST', `bad request: "${name}" of a frame must be of type ${type}`);
  }
  if (Object.values(frame.params ?? {}).some((param) => typeof param === 'object'))
    throw protocolError('BAD_REQUEST', 'bad request: each of "params" of a frame must be a string');
  return frame as unknown as Frame;
}

/** The fields of a client's frame that are more than data, and so must be what they seem. */
const fieldTypes = {
  id: 'string',
  channel: 'string',
  channelSerial: 'string',
  msgSerial: 'number',
  flags: 'number',
  params: 'object',
  auth: 'object',
} as const satisfies Partial<Record<keyof Frame, string>>;

/** A copy without the properties that are null. */
function withoutNulls(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== null));
}
