import { createHash, randomBytes } from 'node:crypto';
import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';

// Clients as a language without an SDK of Ably's writes them: HTTP and sockets, and nothing else of anybody's.

/** Waits for values that come one by one, in the order in which they come. */
export class Inbox<Value> {
  readonly #values: Value[] = [];
  readonly #waiting: ((value: Value) => void)[] = [];

  put(value: Value): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#values.push(value);
    else waiting(value);
  }

  /** The next value that fits; those before it are dropped. */
  async next(fits: (value: Value) => boolean = () => true): Promise<Value> {
    for (;;) {
      const value =
        this.#values.shift() ?? (await new Promise<Value>((resolve) => this.#waiting.push(resolve)));
      if (fits(value)) return value;
    }
  }
}

/** An answer to a plain request. */
export function ask(
  url: string,
  { method = 'GET', headers = {}, body = '' }: { method?: string; headers?: object; body?: string } = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { ...headers, 'content-length': Buffer.byteLength(body) } });
    sent.on('error', reject).on('response', async (response: IncomingMessage) => {
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      resolve({ status: response.statusCode!, text });
    });
    sent.end(body);
  });
}

/** An event of a stream of server-sent events. */
export interface ServerEvent {
  readonly event?: string;
  readonly data?: string;
}

/** A stream of server-sent events, as `curl -N` prints it. After its end comes an event without a name. */
export function openEventStream(url: string): Promise<Inbox<ServerEvent>> {
  return new Promise((resolve, reject) => {
    request(url)
      .on('error', reject)
      .on('response', async (response) => {
        const events = new Inbox<ServerEvent>();
        resolve(events);
        let text = '';
        for await (const chunk of response.setEncoding('utf8')) {
          text += chunk;
          const blocks = text.split('\n\n');
          text = blocks.pop()!;
          for (const block of blocks) {
            const fields = block.split('\n').map((line) => line.split(/: ?(.*)/s, 2));
            events.put(Object.fromEntries(fields));
          }
        }
        events.put({});
      })
      .end();
  });
}

/** A WebSocket (RFC 6455) for short text frames. */
export class PlainWebSocket {
  readonly frames = new Inbox<{ readonly action: number; readonly [name: string]: unknown }>();
  readonly #socket: Socket;
  #bytes: Buffer;

  private constructor(socket: Socket, head: Buffer) {
    this.#socket = socket;
    this.#bytes = head;
    socket.on('error', () => {});
    socket.on('data', (data) => {
      this.#bytes = Buffer.concat([this.#bytes, data]);
      this.#read();
    });
    this.#read();
  }

  static open(url: string): Promise<PlainWebSocket> {
    const key = randomBytes(16).toString('base64');
    const proof = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': key,
    };
    return new Promise((resolve, reject) => {
      request(url, { headers })
        .on('error', reject)
        .on('upgrade', (response, socket, head) => {
          if (response.headers['sec-websocket-accept'] !== proof) reject(new Error('The proof is wrong.'));
          else resolve(new PlainWebSocket(socket as Socket, head));
        })
        .end();
    });
  }

  send(frame: object): void {
    this.#write(1, Buffer.from(JSON.stringify(frame)));
  }

  close(): void {
    this.#socket.destroy();
  }

  #write(opcode: number, payload: Buffer): void {
    const mask = randomBytes(4);
    const { length } = payload;
    const head = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 0xff];
    const masked = payload.map((byte, index) => byte ^ mask[index % 4]!);
    this.#socket.write(Buffer.concat([Buffer.from([0x80 | opcode, ...head]), mask, masked]));
  }

  #read(): void {
    for (;;) {
      const bytes = this.#bytes;
      if (bytes.length < 2) return;
      const short = bytes[1]! & 0x7f;
      const start = short === 126 ? 4 : 2;
      if (bytes.length < start) return;
      const end = start + (short === 126 ? bytes.readUInt16BE(2) : short);
      if (bytes.length < end) return;
      this.#bytes = bytes.subarray(end);
      const payload = bytes.subarray(start, end);
      const opcode = bytes[0]! & 0x0f;
      if (opcode === 1) this.frames.put(JSON.parse(payload.toString()));
      if (opcode === 9) this.#write(10, payload);
    }
  }
}
