import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/**
 * What is between the sockets of this process. Both ends of every connection are in it, so that nothing is under way when
 * each connection has two ends, and every byte that was written was read.
 */
export class Wire {
  readonly #sockets = new Set<Socket>();
  /** By the client's port: how many ends of a client there are, less those of a server. */
  readonly #unmatched = new Map<number, number>();
  #connecting = 0;
  readonly #onClient = (message: unknown) => this.#addClient((message as { socket: Socket }).socket);
  readonly #onServer = (message: unknown) => this.#addServer((message as { socket: Socket }).socket);

  constructor() {
    subscribe('net.client.socket', this.#onClient);
    subscribe('net.server.socket', this.#onServer);
  }

  close(): void {
    unsubscribe('net.client.socket', this.#onClient);
    unsubscribe('net.server.socket', this.#onServer);
  }

  get isQuiet(): boolean {
    if (this.#connecting > 0 || this.#unmatched.size > 0) return false;
    let bytes = 0;
    for (const { bytesWritten, bytesRead } of this.#sockets) bytes += bytesWritten - bytesRead;
    return bytes === 0;
  }

  #addClient(socket: Socket): void {
    this.#connecting += 1;
    let connecting = true;
    const isDone = () => {
      if (connecting) this.#connecting -= 1;
      connecting = false;
    };
    socket.once('connect', () => {
      isDone();
      this.#add(socket, socket.localPort!, 1);
    });
    socket.once('close', isDone);
  }

  #addServer(socket: Socket): void {
    // Undefined if the client is gone already.
    if (socket.remotePort !== undefined) this.#add(socket, socket.remotePort, -1);
  }

  #add(socket: Socket, port: number, side: 1 | -1): void {
    this.#sockets.add(socket);
    this.#count(port, side);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#count(port, -side);
    });
  }

  #count(port: number, by: number): void {
    const count = (this.#unmatched.get(port) ?? 0) + by;
    if (count === 0) this.#unmatched.delete(port);
    else this.#unmatched.set(port, count);
  }
}
