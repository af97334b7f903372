// Loaded before a server: whatever port it wants, it gets a free one on loopback, and its parent process is told which.
import { Server as HttpServer } from 'node:http';
import { Server } from 'node:net';

const { Bun } = globalThis;
if (Bun === undefined) {
  const { listen } = Server.prototype;
  Server.prototype.listen = function (...parameters) {
    // Those that aren't HTTP servers try whether a port is free.
    if (!(this instanceof HttpServer)) return listen.apply(this, parameters);
    const callback = parameters.find((parameter) => typeof parameter === 'function');
    this.once('listening', () => process.send(this.address().port));
    return listen.apply(this, [0, '127.0.0.1', callback]);
  };
} else {
  const { serve } = Bun;
  Bun.serve = (options) => {
    const server = serve({ ...options, port: 0, hostname: '127.0.0.1' });
    process.send(server.port);
    return server;
  };
}
